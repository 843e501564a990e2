"""Writing results: one file, a contact sheet, or numbered files; all or nothing for each file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studio.app.sheet import contact_sheet
from studio.engine.wording import WrongUse
from studio.model import provenance
from studio.model.clip import Clip
from studio.model.errors import UserError
from studio.model.media import Image, Labels, Mask, Media
from studio.model.melody import Melody
from studio.model.provenance import Provenance


def check_target(out: str, kind: type[Media]) -> None:
    """Refuse a target that cannot be written before any work is done: WrongUse, or UserError for the disk."""
    path = Path(out)
    if not is_folder(out) and kind in (Image, Mask):
        from studio.model.io import FORMATS

        try:
            FORMATS.writer_for(path)
        except UserError as error:
            raise WrongUse(error.sentence, error.hint) from None
    if not is_folder(out) and kind is Clip:
        check_video(path)
    if not is_folder(out) and kind is Melody:
        check_music(path)
    parent = path if is_folder(out) else path.parent
    existing = next(folder for folder in (parent, *parent.absolute().parents) if folder.exists())
    if not existing.is_dir():
        raise WrongUse(f"“{existing}” is no folder.")


def check_video(path: Path) -> None:
    """Refuse an ending that a clip cannot be written as; a name without one becomes a folder of frames."""
    from studio.app.video_write import SUFFIXES, is_video_target

    if path.suffix and not is_video_target(path):
        raise WrongUse(
            f"“{path.suffix}” is no kind of video.", f"Use one of: {', '.join(SUFFIXES)}, or a folder."
        )


def check_music(path: Path) -> None:
    """Refuse an ending that music cannot be written as."""
    from studio.app.music.files import check_suffix

    try:
        check_suffix(path)
    except UserError as error:
        raise WrongUse(error.sentence, error.hint) from None


def is_folder(out: str) -> bool:
    """Whether ``--out`` names a folder: it ends in a slash or is one."""
    return out.endswith(("/", "\\")) or Path(out).is_dir()


def write_results(values: Sequence[Media], out: str, recipe: Provenance) -> list[Path]:
    """Write results where ``--out`` says; returns the files. A folder gets a single clip as PNG frames."""
    clips = [value for value in values if isinstance(value, Clip)]
    if clips and (len(values) == 1 or not is_folder(out)):
        return [write_one(clips[0], Path(out), recipe)]
    if is_folder(out):
        stem = recipe.generator
        names = [f"{stem}-{i:03d}{suffix_for(type(value))}" for i, value in enumerate(values, 1)]
        return [write_one(value, Path(out) / name, recipe) for value, name in zip(values, names, strict=True)]
    images = [as_image(value) for value in values if isinstance(value, Image | Mask)]
    if images:
        return [write_one(images[0] if len(images) == 1 else contact_sheet(images), Path(out), recipe)]
    if values and isinstance(values[0], Melody):
        return [write_one(values[0], Path(out), recipe)]
    return [write_text("\n".join(map(in_words, values)), Path(out))]


def write_one(value: Media, path: Path, recipe: Provenance) -> Path:
    """Write one value, pictures with their recipe inside."""
    make_parent(path)
    if isinstance(value, Melody):
        return write_music(value, path)
    if isinstance(value, Clip):
        return write_video(value, path)
    if not isinstance(value, Image | Mask):
        return write_text(in_words(value), path)
    from studio.model.io import export_image

    image = as_image(value)
    export_image(Image(image.pixels, image.icc, {**image.meta, provenance.KEY: recipe.to_json()}), path)
    return path


def write_video(clip: Clip, path: Path) -> Path:
    """Write a clip as its ending says, or as a folder of frames."""
    from studio.app.video_write import write_clip

    for _ in write_clip(path, clip):
        pass
    return path


def write_music(melody: Melody, path: Path) -> Path:
    """Write music as its ending says."""
    from studio.app import places
    from studio.app.music import files
    from studio.app.settings import Settings

    files.write(melody, path, Settings.load(places.settings_file()).music.soundfont)
    return path


def write_text(text: str, path: Path) -> Path:
    """Write text, complete or not at all."""
    from studio.model.io import atomic_write

    make_parent(path)
    with atomic_write(path) as file:
        file.write((text + "\n").encode())
    return path


def make_parent(path: Path) -> None:
    """Make the folder a file shall lie in."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The folder “{path.parent}” cannot be made: {error.strerror}.") from None


def as_image(value: Image | Mask) -> Image:
    """Masks as grey pictures."""
    return Image(value.pixels[..., None]) if isinstance(value, Mask) else value


def suffix_for(kind: type[Media]) -> str:
    """How files are called whose format nobody chose."""
    if issubclass(kind, Melody):
        return ".mid"
    if issubclass(kind, Clip):
        return ".mp4"
    return ".png" if issubclass(kind, Image | Mask) else ".txt"


def in_words(value: Media) -> str:
    """Texts and labels as lines."""
    return "\n".join(value.names) if isinstance(value, Labels) else str(value)
