"""Opening and saving. Every function here may be called in any thread; each error is a UserError.

A document that is opened belongs to the caller, who may hand it over to the main thread. Saving from another
thread starts with `document.capture()` in the main thread and goes on with `save_state`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from studio.model.copying import document_of
from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.io import colour, metadata, ora_write
from studio.model.io.atomic import atomic_write
from studio.model.io.formats import FORMATS, Format, Notices
from studio.model.io.options import FlatOptions, Options, OraOptions
from studio.model.io.pixels import is_opaque
from studio.model.io.problems import reading, writing
from studio.model.io.source import foreign, head_of, open_source
from studio.model.media import Image
from studio.model.nodes import GeneratedLayer, RasterLayer
from studio.model.provenance import Provenance
from studio.model.state import DocumentState

FLATTENED = "{title} keeps no layers: they were merged in the file."
REDUCED = "Saved with 8 bits per channel: finer shades were rounded off."


def open_image(path: Path | str) -> Image:
    """The picture in a file, with layers merged. What could not be kept is in `notices(image.meta)`."""
    found = _read(Path(path))
    return found.flatten() if isinstance(found, Document) else found


def open_document(path: Path | str) -> Document:
    """A new document from a file: its layers, or one layer with its picture. Unmodified."""
    path = Path(path)
    found = _read(path)
    document = found if isinstance(found, Document) else _from_image(found, path.stem)
    document.title = path.stem
    document.mark_saved(path)
    return document


def _read(path: Path) -> Image | Document:
    with reading(path), open_source(path) as file:
        head = head_of(file)
        known = FORMATS.recognise(head)
        if known is None or known.read is None:
            raise _unknown(path, head)
        return known.read(file)


def _unknown(path: Path, head: bytes) -> UserError:
    what = foreign(head)
    titles = ", ".join(known.title for known in FORMATS.readers())
    sentence = f"“{path.name}” is {what}, not a picture." if what else f"“{path.name}” cannot be recognised."
    return UserError(sentence, f"{titles} can be opened.")


def _from_image(image: Image, title: str) -> Document:
    """One layer, generated if the picture tells how it was made. As documents are RGB, grey becomes sRGB."""
    if colour.space_of(image.icc) == "gray":
        image = colour.to_srgb(image)
    document = Document.from_image(image, title)
    document.resolution_dpi = metadata.dpi_of(image.meta) or document.resolution_dpi
    document.meta.pop(metadata.DPI, None)
    recipe = document.meta.pop(metadata.PROVENANCE, None)
    if recipe:
        _make_generated(document, recipe)
    return document


def _make_generated(document: Document, recipe: str) -> None:
    try:
        provenance = Provenance.from_json(recipe)
    except UserError as error:
        document.meta = metadata.with_notices(document.meta, error.sentence)
        return
    painted = document.root.children[0]
    assert isinstance(painted, RasterLayer)
    layer = GeneratedLayer(painted.name, provenance, document.depth)
    layer.pixels = painted.pixels
    document.root.remove(painted)
    document.root.append(layer)
    document.active = layer


def save_document(document: Document, path: Path | str, **options: Any) -> Notices:
    """Save as the file's ending says; returns what the format could not keep. Main thread.

    The document counts as saved afterwards if nothing was lost. Options are the fields of the format's model
    in `studio.model.io.options`. On any error the file that was there before is still there.
    """
    path = Path(path)
    notices = save_state(document.capture(), path, options)
    if FORMATS.writer_for(path).layers or not notices:
        document.title = path.stem
        document.mark_saved(path)
    return notices


def save_state(state: DocumentState, path: Path | str, options: Mapping[str, Any] | None = None) -> Notices:
    """What `save_document` does, from an immutable state and in any thread, without touching a document."""
    path = Path(path)
    form = FORMATS.writer_for(path)
    chosen = _options(form, options or {})
    with writing(path):
        merged = merged_image(state)
        if form.layers:
            assert isinstance(chosen, OraOptions)
            with atomic_write(path) as file:
                ora_write.write(file, state, merged, chosen.compression)
            return ()
        several = sum(node.pixels is not None for node in state.root.walk()) > 1
        notices = (FLATTENED.format(title=form.title),) if several else ()
        return notices + _write(form, chosen, _without_empty_alpha(merged), path)


def export_image(image: Image, path: Path | str, options: Mapping[str, Any] | None = None) -> Notices:
    """Write one picture as the file's ending says; returns what the format could not keep."""
    path = Path(path)
    form = FORMATS.writer_for(path)
    if form.layers:
        return save_state(_from_image(image, path.stem).capture(), path, options)
    with writing(path):
        return _write(form, _options(form, options or {}), image, path)


def _options(form: Format, given: Mapping[str, Any]) -> Options:
    assert form.options is not None
    try:
        return form.options(**given)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise UserError(
            f"{form.title} files cannot be written with {field} like that.", first["msg"]
        ) from error


def _write(form: Format, options: Options, image: Image, path: Path) -> Notices:
    assert form.write is not None and isinstance(options, FlatOptions)
    image = Image(image.pixels, image.icc, _kept(image.meta, options))
    image, notices = _in_depth(image, getattr(options, "depth", "8"))
    with atomic_write(path) as file:
        return notices + form.write(file, image, options)


def _kept(meta: Mapping[str, str], options: FlatOptions) -> dict[str, str]:
    always = {metadata.DPI: True, metadata.PROVENANCE: options.provenance}
    return {key: text for key, text in meta.items() if always.get(key, options.metadata)}


def _in_depth(image: Image, depth: str) -> tuple[Image, Notices]:
    wanted = {"8": np.uint8, "16": np.uint16}.get(depth, image.pixels.dtype)
    if wanted == image.pixels.dtype:
        return image, ()
    dtype = "uint8" if wanted == np.uint8 else "uint16"
    notices = (REDUCED,) if dtype == "uint8" and depth == "8" else ()
    return Image(image.array(dtype, image.channels), image.icc, image.meta), notices


def merged_image(state: DocumentState) -> Image:
    """The composite of a state with profile, resolution and metadata, made from a private copy."""
    flat = document_of(state).flatten()
    meta = dict(flat.meta) | {metadata.DPI: f"{state.dpi:.10g}"}
    layers = [node for node in state.root.walk() if node.pixels is not None]
    if len(layers) == 1 and layers[0].provenance:
        meta[metadata.PROVENANCE] = layers[0].provenance.to_json()
    return Image(flat.pixels, flat.icc, meta)


def _without_empty_alpha(image: Image) -> Image:
    if not image.has_alpha or not is_opaque(image.pixels):
        return image
    return Image(image.pixels[..., :3], image.icc, image.meta)
