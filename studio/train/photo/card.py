"""The card of a shipped photo model: what it is, from what, how well it does, and where it fails."""

from __future__ import annotations

from typing import Any

from torch import nn

from studio.train.photo.recipe import PhotoRecipe

FOLDER = {"upscale": "upscale", "deblur": "restore", "denoise": "restore", "inpaint": "inpaint"}

SHEET = {
    "upscale": "The small picture, its bicubic enlargement, the network's, and the original.",
    "deblur": "What went in, the network's answer, and the original.",
    "denoise": "What went in, the network's answer, and the original.",
    "inpaint": "What went in (the hole in grey), the network's answer laid into the hole, and the original.",
}

INTERFACE = {
    "upscale": "- RGB in [0, 1] of any size -> {scale} times as wide and high",
    "deblur": "- RGB in [0, 1] of any size -> the same size",
    "denoise": "- RGB in [0, 1] of any size -> the same size",
    "inpaint": "- RGB in [0, 1] and a mask, 1 to fill, from 32 x 32 -> RGB everywhere; lay it into the hole",
}

METHOD = {
    "upscale": """\
The middle (at most 320 x 320) of held-out photographs (the last column says how many), reduced by
bicubic interpolation with antialiasing and rounded to 8 bits. PSNR and SSIM on Y of BT.601, 4 pixels of
border left out, as in SRGAN's paper; bicubic and Lanczos are Pillow's.""",
    "deblur": """\
The middle (at most 256 x 256) of held-out photographs (the last column says how many), blurred in
linear light by a random camera trajectory of 4 to 9 pixels or by a disc of radius 1 to 2, with 0.4 %
noise, 8 bits. PSNR over RGB, SSIM on Y. No method is told the kernel; the settings of unsharp mask and
Wiener filter (a Gaussian as guess) are the best of six and nine on training photographs.""",
    "denoise": """\
The middle (at most 160 x 160) of held-out photographs (the last column says how many). PSNR over RGB,
SSIM on Y. The strength of non-local means and of the bilateral filter (OpenCV) is the best of three on
training photographs; neither it nor the network is told the strength of the noise.""",
    "inpaint": """\
The middle 160 x 160 of held-out photographs (the last column says how many), under brush strokes or
object outlines. PSNR is over the pixels of the hole. Telea is OpenCV's, radius 5; *patches* fills by
nearest patches of the same picture, coarse to fine, by exhaustive search.""",
}

PERCEPTUAL = """\
*perceptual* is the mean squared distance of unit-length features at four depths of a MobileNetV2 trained on
ImageNet (smaller is better); it only measures, nothing was trained with it."""
TEXTURE = """\
*texture* is the Fréchet distance of its features, averaged over patches of 64 x 64, between all answers and
all originals (0 is best): whether the surfaces look like those of photographs, whatever their details."""


def card(
    plan: PhotoRecipe,
    about: dict[str, Any],
    net: nn.Module,
    state: dict[str, Any],
    scores: dict[str, Any] | None,
    counts: tuple[int, int],
) -> str:
    """The whole card, in Markdown; ``counts`` are training and held-out photographs."""
    parts = [f"# {plan.title}", plan.card.use, f"![{plan.title}, contact sheet]({plan.name}.png)"]
    parts.append(f"{SHEET[plan.task]} Held-out photographs, not chosen by hand.")
    parts += ["## What it takes and gives", INTERFACE[plan.task].format(**plan.network)]
    parts += ["## Data", data(about, counts), "## Training", training(plan, net, state)]
    parts += ["## Measurements", measurements(plan, scores)]
    failures = "\n".join(f"- {line}" for line in plan.card.failures) or "- none noted yet"
    return "\n\n".join(part for part in [*parts, "## Known failures", failures] if part) + "\n"


def data(about: dict[str, Any], counts: tuple[int, int]) -> str:
    """Where the photographs are from and under which licence."""
    packages = ", ".join(f"`{name}`" for name in about["packages"])
    return (
        f"- {about['title']}; from {packages}, fetched by `python -m studio.train.fetch photographs`\n"
        f"- licence: {about['licence']}\n"
        f"- {counts[0]} trained on, {counts[1]} held out: {about['held_out']}"
    )


def training(plan: PhotoRecipe, net: nn.Module, state: dict[str, Any]) -> str:
    """Everything needed to do it again."""
    settings, millions = plan.train, sum(p.numel() for p in net.parameters()) / 1e6
    path = f"plugins/{FOLDER[plan.task]}/recipes/{plan.name}.toml"
    start = f" --start resources/models/{plan.start}.safetensors" if plan.start else ""
    start += " --features TEXTURE" if settings.perceptual else ""
    lines = [
        f"`python -m studio.train.photo {path} --data DATA --out RUN{start}`; seed {settings.seed}",
        f"{state['images']:,} crops of {settings.crop} x {settings.crop} seen in "
        f"{state['cpu_seconds'] / 60:.0f} processor minutes (two shared cores, no graphics card)",
        f"{millions:.2f} million parameters; shipped: average, half-life {settings.ema_images:,.0f} crops",
        f"losses: {losses(plan)}; batch {settings.batch}, Adam, rate {settings.rate:g}, half a cosine",
    ]
    return "\n".join(f"- {line}" for line in lines)


def losses(plan: PhotoRecipe) -> str:
    """The losses with their weights."""
    settings = plan.train
    named = {"absolute error": settings.pixel, "absolute error in the hole": settings.hole}
    named["absolute error of the spectra"] = settings.frequency
    named["distance in a texture network's features (`studio.train.photo.texture`)"] = settings.perceptual
    if versus := settings.adversary:
        kind = "relativistic pairs" if versus.objective == "relativistic" else "hinge"
        named |= {f"{kind} against a patch discriminator": versus.weight}
        named |= {"distance of its features": versus.matching}
    text = ", ".join(f"{name} {weight:g}" for name, weight in named.items() if weight)
    after = settings.adversary.after if settings.adversary else 0
    return text + (f" (the discriminator joins after {after:.0%} of the time)" if after else "")


def measurements(plan: PhotoRecipe, scores: dict[str, Any] | None) -> str:
    """A table of scores beside the classic methods, and how they were taken."""
    if scores is None:
        return "Not measured yet: these weights are provisional."
    first = next(iter(next(iter(scores.values())).values()))
    keys = [key for key in first if key != "pictures"]
    rows = [["condition", "method", *keys, "pictures"], ["---"] * (len(keys) + 3)]
    for condition, by in scores.items():
        for name, row in by.items():
            label = "**this network**" if name == "network" else name
            rows.append([condition, label, *[number(k, row[k]) for k in keys], str(int(row["pictures"]))])
    table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    notes = [
        METHOD[plan.task],
        PERCEPTUAL if "perceptual" in keys else "",
        TEXTURE if "texture" in keys else "",
    ]
    return "\n\n".join([table, "\n".join(note for note in notes if note)])


def number(key: str, value: float) -> str:
    """A measure with the digits it deserves."""
    return f"{value:.2f} dB" if key.startswith("PSNR") else f"{value:.4f}"
