"""The place of a ledger on SQLite: which file on which computer, told by several witnesses."""

import sys
from dataclasses import dataclass
from pathlib import Path

from wa_desktop.ledger.places.filesystems import born, id_of, kind_of
from wa_desktop.ledger.places.machine import computer_name, machine_id
from wa_desktop.words import Words, words

_WITH_SNAPSHOTS = frozenset({"btrfs", "zfs"})
"""A snapshot there has the inodes of the original, and an id of its own."""

_PASSING_INODES = frozenset({"vfat", "exfat", "msdos", "cifs", "9p", "fuse"})
_PASSING_KINDS = ("fuse.", "smb")
"""File systems that may number their files anew each time they are mounted, by name and by how
their names begin."""


@dataclass(frozen=True, slots=True)
class FilePlace:
    """``machine``, ``filesystem`` and ``born`` are ``None`` where the system does not tell;
    ``computer`` is its name, only to be shown. ``born`` in nanoseconds."""

    path: str
    inode: int
    born: int | None
    filesystem: str | None
    kind: str
    machine: str | None
    computer: str

    @classmethod
    def of(cls, file: Path, *, named: Path | None = None) -> "FilePlace":
        """Where a file is now. ``named``: what it is about to be called."""
        found = file.stat()
        return cls(
            path=str((named or file).absolute().resolve()),
            inode=found.st_ino,
            born=born(file, found),
            filesystem=id_of(file),
            kind=kind_of(file),
            machine=machine_id(),
            computer=computer_name(),
        )

    @property
    def said(self) -> Words:
        """For people."""
        return words("{file} on {computer}", file=self.path, computer=self.computer)

    def is_same(self, other: "FilePlace") -> bool:
        """Whether both are the same file, wherever it is mounted by now and whoever reads it.

        A renamed computer, a new container on the same volume, another mount point, a disk put
        into another computer: the file is the same. A copy is another file, on whatever path. A
        clone of a whole disk or virtual machine cannot be told from the original.
        """
        if self.inode != other.inode or self._born_apart(other):
            return self._is_numbered_anew(other)
        if self.born is None or other.born is None:
            return (
                _agree(self.filesystem, other.filesystem)
                or _agree(self.machine, other.machine)
                or self.path == other.path
            )
        snapshots = self.kind in _WITH_SNAPSHOTS or other.kind in _WITH_SNAPSHOTS
        return not (snapshots and _differ(self.filesystem, other.filesystem))

    def _born_apart(self, other: "FilePlace") -> bool:
        return _differ(self.born, other.born)

    def _is_numbered_anew(self, other: "FilePlace") -> bool:
        """The same file under another number, where numbers may pass; nothing else has changed."""
        if self.path != other.path or _differ(self.machine, other.machine):
            return False
        if self.born is not None and other.born is not None:
            # Elsewhere tools that copy set the moment of birth, too.
            return self.born == other.born and sys.platform == "linux"
        return self.kind == other.kind and (
            self.kind in _PASSING_INODES or self.kind.startswith(_PASSING_KINDS)
        )


def _agree(one: str | None, other: str | None) -> bool:
    return one is not None and one == other


def _differ(one: str | int | None, other: str | int | None) -> bool:
    return one is not None and other is not None and one != other
