"""Tells whether a file is still the one that was looked at before."""

from dataclasses import dataclass
from pathlib import Path

from wa_desktop.errors import InvalidInput
from wa_desktop.words import words


@dataclass(frozen=True, slots=True)
class FileStamp:
    """A file's ``size`` in bytes and the time of its last change in nanoseconds.

    ``columns`` are the names of its table's columns, where they are known.
    """

    size: int
    changed_at: int
    columns: tuple[str, ...] = ()

    @classmethod
    def of(cls, path: Path) -> "FileStamp | None":
        """The stamp of a file as it is now; ``None`` where there is no file."""
        try:
            found = path.stat()
        except (OSError, ValueError):
            return None
        return cls(found.st_size, found.st_mtime_ns)

    def is_of_the_same_file(self, now: "FileStamp | None") -> bool:
        """Whether size and time are those of ``now``."""
        return now is not None and (now.size, now.changed_at) == (self.size, self.changed_at)


def refuse_a_changed_file(name: str, before: FileStamp | None, now: FileStamp | None) -> None:
    """Raise :class:`InvalidInput` when a file is not the one that was looked at before."""
    if before is None or before.is_of_the_same_file(now):
        return
    if now is None:
        raise InvalidInput(
            words(
                "{name} disappeared while it was in use. Nothing was taken from it. "
                "Choose the file again.",
                name=name,
            )
        )
    raise changed_file(name)


def changed_file(name: str) -> InvalidInput:
    """What is said about a file that is not the one that was looked at before."""
    return InvalidInput(
        words(
            "{name} changed after it was opened. Nothing was taken from it. Wait until it is "
            "saved, then choose the file again.",
            name=name,
        )
    )
