"""Where a table's bytes come from: a file, bytes in memory or a stream that can seek."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from wa_desktop.errors import InvalidInput
from wa_desktop.words import words


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes that can be read again from their beginning; ``name`` is for messages to the user."""

    name: str
    origin: Path | bytes | BinaryIO

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """The bytes from their beginning; a caller's own stream is left open.

        Raises :class:`InvalidInput` for a folder, a missing file or one that may not be read,
        also when that happens while it is being read.
        """
        try:
            if isinstance(self.origin, bytes):
                yield BytesIO(self.origin)
            elif isinstance(self.origin, Path):
                self._refuse_what_is_no_file(self.origin)
                with self.origin.open("rb") as binary:
                    yield binary
            else:
                self.origin.seek(0)
                yield self.origin
        except FileNotFoundError as error:
            raise InvalidInput(
                words("{name} is not there any more. Choose the file again.", name=self.name)
            ) from error
        except PermissionError as error:
            raise InvalidInput(
                words(
                    "{name} may not be read by you. Change its permissions or copy it.",
                    name=self.name,
                )
            ) from error
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise InvalidInput(
                words("{name} cannot be read: {reason}.", name=self.name, reason=reason)
            ) from error

    def _refuse_what_is_no_file(self, path: Path) -> None:
        if path.is_dir() and path.suffix.lower() == ".numbers":
            raise InvalidInput(
                words(
                    "{name} is a document of Apple Numbers. Export it as Excel (.xlsx) or .csv and "
                    "choose that file.",
                    name=self.name,
                )
            )
        if path.is_dir():
            raise InvalidInput(
                words("{name} is a folder. Choose a file inside it.", name=self.name)
            )
        # A pipe or a device would never end or never begin.
        if path.exists() and not path.is_file():
            raise InvalidInput(
                words("{name} is not a regular file. Choose a saved file.", name=self.name)
            )


def shown_name(name: str) -> str:
    """A file's name as it can be shown, stored and sent: bytes that are no text are replaced."""
    return "".join(one if one.isprintable() else "\ufffd" for one in name)


def source_of(origin: Path | str | bytes | BinaryIO, name: str | None = None) -> Source:
    """Wrap what :func:`open_table` was given; ``name`` is what the user knows it by."""
    if isinstance(origin, str):
        origin = Path(origin)
    if isinstance(origin, Path):
        return Source(shown_name(name or origin.name or str(origin)), origin)
    return Source(shown_name(name) if name else "The data", origin)
