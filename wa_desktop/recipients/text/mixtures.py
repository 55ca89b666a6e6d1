"""Tells a UTF-8 file with a few faulty lines from a file in another encoding."""

from dataclasses import dataclass
from typing import BinaryIO

_LONGEST_LINE = 1 << 20
_MANY_TIMES = 2
_WESTERN = frozenset(("cp1250", "cp1252", "cp1254", "cp1257"))
_CYRILLIC = frozenset(("cp1251", "koi8_r", "cp866"))


@dataclass(frozen=True, slots=True)
class Mixture:
    """Lines with bytes above ASCII: how many are ``valid`` UTF-8, how many are not.

    ``sure`` lines are valid and hold at least two characters above ASCII: no other encoding
    writes such lines by chance. ``first_valid`` is the first of the valid ones (0: none).
    """

    valid: int
    invalid: int
    sure: int
    first_valid: int

    @property
    def is_utf8(self) -> bool:
        """Whether the file is UTF-8 but for a few lines."""
        return self.valid >= _MANY_TIMES * self.invalid and self.valid > 0

    def mixes_utf8_into(self, encoding: str) -> bool:
        """Whether lines of UTF-8 stand in a file of that encoding, which would garble them.

        Two letters of a Cyrillic encoding can look like one letter of UTF-8, those of a
        western one do not; encodings of eastern Asia do so often.
        """
        if encoding in _WESTERN:
            return self.valid > 0
        return encoding in _CYRILLIC and self.sure > 0


def mixture_of(binary: BinaryIO) -> Mixture:
    """Count the lines of a whole file, in constant memory."""
    binary.seek(0)
    valid = invalid = sure = first_valid = number = 0
    while line := binary.readline(_LONGEST_LINE):
        number += 1
        if line.isascii():
            continue
        for part in line.split(b"\r"):  # old Macintosh files have no other line end
            if part.isascii():
                continue
            try:
                text = part.decode()
            except UnicodeDecodeError:
                invalid += 1
                continue
            valid += 1
            first_valid = first_valid or number
            sure += sum(not one.isascii() for one in text) > 1
    return Mixture(valid, invalid, sure, first_valid)
