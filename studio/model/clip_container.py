"""Files with moving pictures or sound, opened by PyAV.

The kind of file is told by its first bytes and given to the decoder by name, so no file can make it read
others (as playlists do).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.model.errors import UserError

if TYPE_CHECKING:
    from av.container import InputContainer

    from studio.model.clip_decode import Passed

HEAD = 512  # bytes that tell the kind
MAX_BAD = 200  # damaged packets in a row


@contextmanager
def open_container(
    path: Path, form_of: Callable[[bytes], str | None], unknown: UserError
) -> Generator[InputContainer]:
    """An open file of the kind that its first bytes tell, `unknown` where they tell none. UserError."""
    import av
    from av.error import FFmpegError

    try:
        with path.open("rb") as file:
            form = form_of(file.read(HEAD))
        if form is None:
            raise unknown
        container = av.open(str(path), format=form, options={"protocol_whitelist": "file"})
    except FFmpegError as error:
        raise UserError(f"“{path.name}” is damaged.", error.strerror or "") from None
    except OSError as error:
        hint = error.strerror or "It may have been moved."
        raise UserError(f"“{path.name}” cannot be read.", hint) from None
    with container:
        yield container


def decoded(container: InputContainer, stream: Any, passed: Passed | None = None) -> Generator[Any]:
    """The decoded frames of a stream, but for those that may be passed over.

    Damaged packets are left out; too many in a row are the end.
    """
    from av.error import FFmpegError

    bad = 0
    packets = container.demux(stream)
    while bad < MAX_BAD:
        try:
            packet = next(packets)
            if passed is not None:
                stream.codec_context.skip_frame = "NONREF" if passed.over(packet) else "DEFAULT"
            frames = packet.decode()
        except StopIteration:
            return
        except (FFmpegError, ValueError):
            bad += 1
            continue
        bad = 0
        yield from frames


def form_of(head: bytes) -> str | None:
    """The decoder for a file by its first bytes; None for anything else."""
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return "mov"
    if head[:4] == b"RIFF":
        return "avi" if head[8:11] == b"AVI" else None
    kinds = {b"\x1aE\xdf\xa3": "matroska", b"GIF8": "gif", b"OggS": "ogg", b"FLV\x01": "flv"}
    if head[:4] in kinds:
        return kinds[head[:4]]
    return "mpegts" if head[:1] == b"G" and head[188:189] == b"G" else None


def sound_form(head: bytes) -> str | None:
    """The decoder for a file with sound by its first bytes; None for anything else."""
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"fLaC":
        return "flac"
    if head[:3] == b"ID3" or (head[:1] == b"\xff" and head[1:2] >= b"\xe0"):
        return "aac" if head[:1] == b"\xff" and head[1] & 0xF6 == 0xF0 else "mp3"
    return form_of(head)
