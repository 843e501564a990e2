"""How to write each file format. Shown as forms, given as keywords, checked once here."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Channels = Literal["as document", "8", "16"]


class Options(BaseModel):
    """Base of all formats' options."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)  # at the first save


class FlatOptions(Options):
    """What every format without layers can be asked."""

    metadata: bool = Field(True, title="Keep metadata", description="EXIF, XMP and texts of the opened file.")
    provenance: bool = Field(True, title="Keep recipe", description="How a generated picture was made.")


class PngOptions(FlatOptions):
    """PNG: lossless."""

    depth: Channels = Field("as document", title="Bits per channel")
    compression: int = Field(3, ge=0, le=12, title="Compression", description="0 is fastest, 12 smallest.")


class TiffOptions(FlatOptions):
    """TIFF: lossless."""

    depth: Channels = Field("as document", title="Bits per channel")
    compression: Literal["deflate", "none"] = Field("deflate", title="Compression")


class JpegOptions(FlatOptions):
    """JPEG: small, lossy, without transparency."""

    quality: int = Field(92, ge=1, le=100, title="Quality")
    subsampling: Literal["4:4:4", "4:2:2", "4:2:0"] = Field("4:4:4", title="Colour resolution")
    progressive: bool = Field(False, title="Progressive")
    background: str = Field(
        "#ffffff",
        pattern=r"^#[0-9a-fA-F]{6}$",
        title="Background",
        description="Shown where it is transparent.",
        json_schema_extra={"widget": "color"},
    )


class WebpOptions(FlatOptions):
    """WebP: small, lossy or lossless, with transparency."""

    quality: int = Field(90, ge=0, le=100, title="Quality")
    lossless: bool = Field(False, title="Lossless")


class OraOptions(Options):
    """OpenRaster: everything, with layers."""

    compression: int = Field(1, ge=0, le=12, title="Compression", description="0 is fastest, 12 smallest.")
