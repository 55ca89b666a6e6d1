"""Which encoding a delimited file is written in, when nobody says."""

import codecs
import re
from typing import BinaryIO

from charset_normalizer import from_bytes

from wa_desktop.errors import InvalidInput
from wa_desktop.recipients.source import Source
from wa_desktop.recipients.text.faulty_bytes import FAULT_MARK, MARK_FAULTS
from wa_desktop.recipients.text.mixtures import Mixture, mixture_of
from wa_desktop.words import words

_CHUNK = 1 << 20
_SAMPLE = 64 * 1024
_FEW_FAULTS = 0.05  # of the lines
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with the shorter one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CYRILLIC = ("cp1251", "koi8_r", "cp866")
# What spreadsheets and CRM exports write in practice; rarer ones only produce false matches.
_OTHERS = ("cp1252", "cp1250", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "shift_jis",
    "gb18030", "big5", "euc_kr", "euc_jp", *_CYRILLIC)  # fmt: skip
_NAMES = {"cp1251": "windows-1251", "cp1252": "windows-1252", "cp1250": "windows-1250"}
_WESTERN = frozenset("äöüßéèêëàâçñíóúáïîôûùãõÄÖÜÉÈÊÀÂÑÇÁÍÓÚÃÕ€–—‘’“”„«»¿¡ªº°§©®…\xa0")
_TYPOGRAPHIC = frozenset("«»„“”‘’–—…№\xa0€°")
_WORD = re.compile(r"[^\W\d_]+")
_VOWELS = frozenset("аеёиоуыэюяіїєўАЕЁИОУЫЭЮЯІЇЄЎ")


def find_encoding(source: Source) -> str:
    """The file's encoding by its mark, by a trial of UTF-8, else by its letters.

    A file that is UTF-8 but for a few lines is UTF-8. Reads the whole file in pieces of
    constant size. Raises :class:`InvalidInput` when no encoding fits, or when lines of two
    encodings are mixed.
    """
    with source.opened() as binary:
        start = binary.read(_SAMPLE)
        for mark, encoding in _BOMS:
            if start.startswith(mark):
                return encoding
        if marked := _utf16_without_mark(start):
            return marked
        if _decodes(binary, "utf-8"):
            return "utf-8"
        mixture = mixture_of(binary)
        if mixture.is_utf8:
            return "utf-8"
        sample = _telling_lines(binary)
        candidates = _candidates(sample)
        found = _fitting(binary, sample, candidates)
        if found is not None:
            shown = _NAMES.get(found, found.replace("_", "-"))
            if mixture.mixes_utf8_into(found):
                raise _mixed(source, mixture, shown)
            return shown
    raise InvalidInput(
        words(
            "The encoding of {name} was not recognised. Save it as UTF-8, or say which it is.",
            name=source.name,
        )
    )


def _fitting(binary: BinaryIO, sample: bytes, candidates: list[str]) -> str | None:
    """The first encoding that fits the whole file, or nearly where its letters are so telling."""
    for encoding in candidates:
        if _decodes(binary, encoding) or (encoding in _CYRILLIC and _nearly_fits(sample, encoding)):
            return encoding
    return next((one for one in candidates[:1] if _nearly_fits(sample, one)), None)


def _nearly_fits(sample: bytes, encoding: str) -> bool:
    """Whether few of the telling lines have bytes that the encoding lacks."""
    lines = sample.decode(encoding, errors=MARK_FAULTS).splitlines()
    return sum(FAULT_MARK in line for line in lines) <= len(lines) * _FEW_FAULTS


def _mixed(source: Source, mixture: Mixture, encoding: str) -> InvalidInput:
    return InvalidInput(
        words(
            "{name} mixes two encodings: line {line:,} is UTF-8, but other lines are {encoding}. "
            "Save it in one encoding, or say which one it has: rows in another are left out.",
            name=source.name,
            line=mixture.first_valid,
            encoding=encoding,
        )
    )


def checked_encoding(name: str) -> str:
    """An encoding that Python knows and that holds text; :class:`InvalidInput` otherwise."""
    try:
        decoded = b"1".decode(name)
    except (LookupError, ValueError) as error:
        if not isinstance(error, UnicodeDecodeError):
            raise InvalidInput(
                words(
                    "{name!r} is no known encoding. Examples: utf-8, windows-1251, utf-16.",
                    name=name[:40],
                )
            ) from error
        decoded = ""  # a wide encoding such as UTF-32 wants more than one byte
    if not isinstance(decoded, str):
        raise InvalidInput(words("{name!r} is no encoding of text.", name=name[:40]))
    return name


def _utf16_without_mark(start: bytes) -> str | None:
    """UTF-16 by its zero bytes: text of digits and delimiters has them at every other place."""
    if b"\0" not in start:
        return None
    half = max(len(start) // 2, 1)
    for encoding, zeros, others in (
        ("utf-16-le", start[1::2], start[0::2]),
        ("utf-16-be", start[0::2], start[1::2]),
    ):
        if zeros.count(0) > half * 0.2 and others.count(0) < half * 0.01:
            return encoding
    return None


def _decodes(binary: BinaryIO, encoding: str) -> bool:
    """Whether the whole stream decodes without a fault."""
    decoder = codecs.getincrementaldecoder(encoding)()
    binary.seek(0)
    try:
        while chunk := binary.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _telling_lines(binary: BinaryIO) -> bytes:
    """Lines with bytes above ASCII: only these tell encodings apart, wherever they stand."""
    binary.seek(0)
    found: list[bytes] = []
    size = 0
    while size < _SAMPLE and (line := binary.readline(_SAMPLE)):
        if not line.isascii():
            found.append(line)
            size += len(line)
    return b"".join(found)


def _candidates(sample: bytes) -> list[str]:
    """Encodings in the order in which they should be tried."""
    cyrillic = [one for one in _CYRILLIC if _reads_as_cyrillic(sample, one)]
    matches = [match.encoding for match in from_bytes(sample, cp_isolation=list(_OTHERS))]
    if matches[:1] == ["cp1250"] and _reads_as_western(sample):
        matches.insert(0, "cp1252")
    return [*cyrillic, *matches, *(() if matches else ("cp1252", "cp1251"))]


def _reads_as_cyrillic(sample: bytes, encoding: str) -> bool:
    """Whether the words are Cyrillic, cased like words and with a natural share of vowels.

    The library alone takes a few Russian names for Korean: lists are short and hold more
    digits than letters.
    """
    text = sample.decode(encoding, errors="replace")
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    if not words:
        return False
    good = sum(
        all("\u0400" <= letter <= "\u04ff" for letter in word)
        and (word[1:].islower() or word.isupper() or len(word) == 1)
        for word in words
    )
    letters = "".join(words)
    vowels = sum(letter in _VOWELS for letter in letters) / len(letters)
    marks = [one for one in text if not one.isascii() and one not in _TYPOGRAPHIC]
    return good >= 0.9 * len(words) and 0.25 <= vowels <= 0.65 and len(letters) >= 0.85 * len(marks)


def _reads_as_western(sample: bytes) -> bool:
    """Whether every character above ASCII is common in western Europe (both code pages fit)."""
    text = sample.decode("cp1252", errors="replace")
    return all(character.isascii() or character in _WESTERN for character in text)
