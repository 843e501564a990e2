"""The one place where what can go wrong with a file becomes a sentence and a hint.

Decoders meet files from strangers; whatever they raise on one means that the file is damaged. The original
exception stays attached as the cause, for the log.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Generator
from pathlib import Path

from PIL import Image as Pillow

from studio.model.errors import UserError

_MEMORY = "Close other documents and programs."
_READING: dict[int, tuple[str, str]] = {
    errno.ENOENT: ("“{name}” is not there.", "It may have been moved, renamed or deleted."),
    errno.ENOTDIR: ("“{name}” is not there.", "It may have been moved, renamed or deleted."),
    errno.EACCES: ("“{name}” may not be read.", "Check the file's permissions."),
    errno.EPERM: ("“{name}” may not be read.", "Check the file's permissions."),
    errno.EISDIR: ("“{name}” is a folder.", "Choose a picture inside it."),
    errno.ENAMETOOLONG: ("The file name is too long.", "Use a shorter name."),
    errno.EMFILE: ("Too many files are open.", "Close some documents and try again."),
}
_WRITING: dict[int, tuple[str, str]] = {
    errno.ENOSPC: ("The disk is full: “{name}” was not saved.", "Free some space or save to another disk."),
    errno.EDQUOT: (
        "Your disk quota is used up: “{name}” was not saved.",
        "Free some space or save elsewhere.",
    ),
    errno.EFBIG: ("“{name}” would be too large for this disk: it was not saved.", "Save to another disk."),
    errno.EROFS: ("“{name}” is on a read-only disk: it was not saved.", "Save to another folder."),
    errno.EACCES: ("“{name}” may not be written.", "Save under another name or in another folder."),
    errno.EPERM: ("“{name}” may not be written.", "Save under another name or in another folder."),
    errno.ENOENT: ("The folder for “{name}” does not exist.", "Choose another folder."),
    errno.ENOTDIR: ("The folder for “{name}” does not exist.", "Choose another folder."),
    errno.EISDIR: ("“{name}” is a folder or a device.", "Save under another name."),
    errno.ENAMETOOLONG: ("The file name is too long.", "Use a shorter name."),
}


@contextlib.contextmanager
def reading(path: Path) -> Generator[None]:
    """Turn every error of the block into a UserError about reading `path`."""
    try:
        yield
    except UserError:
        raise
    except OSError as error:
        if error.errno is None:  # Pillow and others use OSError for broken content
            raise damaged(path.name) from error
        sentence, hint = _READING.get(error.errno, ("“{name}” could not be read.", error.strerror or ""))
        raise UserError(sentence.format(name=path.name), hint) from error
    except MemoryError as error:
        raise UserError(
            f"There is not enough memory to open “{path.name}”.", "Close other documents."
        ) from error
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning) as error:
        raise UserError(f"“{path.name}” is too large to open.", str(error)) from error
    except Exception as error:
        raise damaged(path.name) from error


@contextlib.contextmanager
def writing(path: Path) -> Generator[None]:
    """Turn errors of the operating system and lack of memory into a UserError about writing `path`."""
    try:
        yield
    except OSError as error:
        fallback = ("“{name}” could not be written.", error.strerror or str(error))
        sentence, hint = _WRITING.get(error.errno or 0, fallback)
        raise UserError(sentence.format(name=path.name), hint) from error
    except MemoryError as error:
        raise UserError(
            f"There is not enough memory to save “{path.name}”.", "Close other documents."
        ) from error


def damaged(name: str) -> UserError:
    """The error for content that cannot be made sense of."""
    return UserError(f"“{name}” is damaged or not complete.", "Try another copy of the file.")
