"""Says what a file is that is no table, and what to do about it."""

import re
import zipfile
from collections.abc import Callable

from wa_desktop.errors import InvalidInput
from wa_desktop.recipients.source import Source
from wa_desktop.words import Words, words

KIND_BYTES = 64 * 1024
"""How much of a file's beginning the functions here want."""

_XML_WORKBOOK = "urn:schemas-microsoft-com:office:spreadsheet"
_WEB_PAGE = re.compile(r"<(!doctype\s+html|html|table)\b", re.IGNORECASE)
_EMPTY_ZIP = b"PK\x05\x06"
_ZIP = b"PK\x03\x04"
_EXCEL_LOCK_SIZE = 165
_LOCK_NAME_AT = 55  # in an Excel lock file: the name of the user once more, two bytes a letter
_OFFICE_LOCK = re.compile(r"\.?~lock\.(.+)[#_]")


def is_web_page(start: bytes) -> bool:
    """Whether a file begins as a web page; many programs save those as .xls."""
    text = _text(start)
    return text.startswith("<") and _WEB_PAGE.search(text) is not None


def is_xml_workbook(start: bytes) -> bool:
    """Whether a file begins as an XML workbook (XML Spreadsheet 2003)."""
    text = _text(start)
    return text.startswith("<") and _XML_WORKBOOK in text and "<html" not in text.lower()


def refuse_a_lock_file(source: Source) -> None:
    """Raise :class:`InvalidInput` for the file that an office program keeps beside an open one."""
    if source.name.startswith("~$") and len(source.name) > len("~$"):
        raise _lock_file(source, source.name.removeprefix("~$"))
    if match := _OFFICE_LOCK.fullmatch(source.name):
        raise _lock_file(source, match[1])


def refuse_other_kinds(source: Source, start: bytes) -> None:
    """Raise :class:`InvalidInput` for shortcuts, archives and other files that are no tables."""
    for is_one, saying in _KINDS:
        if is_one(start):
            raise InvalidInput(saying(source.name))
    if start.startswith(_ZIP):
        _refuse_other_archives(source)


def _lock_file(source: Source, workbook: str) -> InvalidInput:
    return InvalidInput(
        words(
            "{name} is the lock file of an office program: it exists while {workbook} is open "
            "and holds no rows. Choose {workbook}.",
            name=source.name,
            workbook=workbook,
        )
    )


def _refuse_other_archives(source: Source) -> None:
    try:
        with source.opened() as binary, zipfile.ZipFile(binary) as packed:
            names = frozenset(packed.namelist())
    # The reader of workbooks says what is wrong with a damaged one.
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError):
        return
    if any(name.startswith("Index/") or name == "Index.zip" for name in names):
        raise InvalidInput(numbers_document(source.name))
    if any(name.startswith(("word/", "ppt/")) for name in names):
        raise InvalidInput(
            words(
                "{name} is a text document or a presentation. Copy its table into a workbook "
                "and choose that.",
                name=source.name,
            )
        )
    if not any(name.startswith("xl/") or name in ("content.xml", "mimetype") for name in names):
        raise InvalidInput(
            words("{name} is a .zip archive. Unpack it and choose a file inside.", name=source.name)
        )


def numbers_document(name: str) -> Words:
    """What is said about a document of Apple Numbers."""
    return words(
        "{name} is a document of Apple Numbers. Export it as Excel (.xlsx) or .csv and choose "
        "that file.",
        name=name,
    )


def _text(start: bytes) -> str:
    """The beginning as text, whatever its encoding: only its ASCII characters count."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return start.decode("utf-16", errors="replace").lstrip()
    return start.removeprefix(b"\xef\xbb\xbf").decode("latin-1").lstrip()


def _starts(*beginnings: bytes) -> Callable[[bytes], bool]:
    return lambda start: start.startswith(beginnings)


def _says(beginning: str, *parts: str) -> Callable[[bytes], bool]:
    def fits(start: bytes) -> bool:
        text = _text(start).lower()
        return text.startswith(beginning) and all(part in text for part in parts)

    return fits


def _is_excel_lock(start: bytes) -> bool:
    return (
        len(start) == _EXCEL_LOCK_SIZE
        and start[0] < _LOCK_NAME_AT
        and start[_LOCK_NAME_AT : _LOCK_NAME_AT + 2] == bytes((start[0], 0))
    )


def _is_other_xml(start: bytes) -> bool:
    return _says("<?xml")(start) and not is_web_page(start) and _XML_WORKBOOK not in _text(start)


def _shortcut(name: str) -> Words:
    return words(
        "{name} is a shortcut, not the file itself. Choose the file that it leads to.", name=name
    )


def _web_link(name: str) -> Words:
    return words(
        "{name} is only a link to a web page. Open it, download the list as .xlsx or .csv and "
        "choose that file.",
        name=name,
    )


_KINDS: tuple[tuple[Callable[[bytes], bool], Callable[[str], Words]], ...] = (
    (
        _is_excel_lock,
        lambda name: words(
            "{name} is the lock file that Excel keeps beside an open workbook. Choose the "
            "workbook itself.",
            name=name,
        ),
    ),
    (_starts(b"L\0\0\0\x01\x14\x02\0", b"book\0\0\0\0mark"), _shortcut),
    (_says("[desktop entry]", "type=link"), _web_link),
    (_says("[desktop entry]"), _shortcut),
    (_says("[internetshortcut]"), _web_link),
    (_says("<?xml", "<plist", "<key>url</key>"), _web_link),
    (_says("bplist00", "url"), _web_link),
    (_says("{", "docs.google.com/"), _web_link),
    (_says("{", '"doc_id"'), _web_link),
    (
        _says("bplist00"),
        lambda name: words(
            "{name} is not on this computer yet, only its place in the cloud. Download it and "
            "choose it again.",
            name=name,
        ),
    ),
    (
        _starts(_EMPTY_ZIP),
        lambda name: words("{name} is an empty archive. Choose another file.", name=name),
    ),
    (
        _says("begin:vcard"),
        lambda name: words(
            "{name} is a file of contact cards (vCard). Export the contacts as .csv and choose "
            "that file.",
            name=name,
        ),
    ),
    (
        _says("mime-version:"),
        lambda name: words(
            "{name} is a web archive. Open it in a spreadsheet program and save it as .xlsx or "
            ".csv.",
            name=name,
        ),
    ),
    (
        _says("{\\rtf"),
        lambda name: words(
            "{name} is a text document. Copy its table into a workbook and choose that.", name=name
        ),
    ),
    (
        _is_other_xml,
        lambda name: words(
            "{name} is an XML file but no workbook. Open it in a spreadsheet program and save it "
            "as .xlsx or .csv.",
            name=name,
        ),
    ),
)
