"""What every generator has that draws with a style-based network: its params, its classes, its loading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from studio.api import Catalogue, Context, Field, Params

from .latent import Latent, parse_class
from .space import load_network


class DrawingParams(Params):
    """Which network draws, what, and how boldly."""

    model: str = Field("", title="Model", description="Which trained network draws; empty for the first.")
    class_: str = Field(
        "",
        alias="class",
        title="Class",
        max_length=400,
        description="Values separated by commas, such as “google, cook”; empty for any.",
        json_schema_extra={"widget": "labels"},
    )
    truncation: float = Field(
        0.7, ge=0, le=1.5, title="Truncation", description="Low for typical pictures, high for unusual ones."
    )


class Drawing:
    """Base of the generators."""

    @classmethod
    def choices(cls, ctx: Catalogue, params: Mapping[str, Any]) -> dict[str, Sequence[str]]:
        """The class values of the chosen model."""
        model = ctx.find("style", str(params.get("model", "")))
        return {"class_": [value for condition in model.conditions for value in condition.values]}

    @classmethod
    def check(cls, ctx: Catalogue, params: DrawingParams) -> None:
        """UserError for a class that the model does not know."""
        parse_class(params.class_, ctx.find("style", params.model).conditions)

    def load(self, ctx: Context) -> None:
        """Build the network and keep it warm."""
        self.net = load_network(ctx)
        self.latent = Latent(self.net, ctx.model, ctx.device)
