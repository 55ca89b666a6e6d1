"""The container of .xlsx and .ods: a ZIP archive, checked before anything is unpacked."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from wa_desktop.errors import InvalidInput
from wa_desktop.recipients.source import Source
from wa_desktop.recipients.workbooks.grid import Damaged, Encrypted
from wa_desktop.words import words

# A packed workbook of a few kilobytes can unpack to more than the memory of the machine.
_MOST_UNPACKED = 2 << 30
_IS_ENCRYPTED = 1


class Packed:
    """Members of an archive by name; some programs write ``xl\\Workbook.xml``."""

    def __init__(self, source: Source, binary: BinaryIO) -> None:
        """Raises :class:`InvalidInput` for a bomb, ``BadZipFile`` and the like for damage."""
        self._archive = zipfile.ZipFile(binary)
        members = self._archive.infolist()
        size = sum(member.file_size for member in members)
        if size > _MOST_UNPACKED:
            raise InvalidInput(
                words(
                    "{name} unpacks to {size:,} MB, too much for a workbook. Save it as .csv.",
                    name=source.name,
                    size=size >> 20,
                )
            )
        self._members = {_folded(member.filename): member for member in members}

    def __contains__(self, name: str) -> bool:
        return _folded(name) in self._members

    @contextmanager
    def member(self, name: str) -> Iterator[BinaryIO]:
        """A member's bytes. Raises :class:`Damaged` where there is none."""
        found = self._members.get(_folded(name))
        if found is None:
            raise Damaged(f"no member {name}")
        if found.flag_bits & _IS_ENCRYPTED:
            raise Encrypted
        with self._archive.open(found) as stream:
            yield stream  # type: ignore[misc]

    def close(self) -> None:
        """Let go of the archive; the file itself stays open."""
        self._archive.close()


def _folded(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()
