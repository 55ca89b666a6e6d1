import io
import plistlib
import zipfile
from pathlib import Path

import pytest

from wa_desktop.errors import InvalidInput
from wa_desktop.recipients.files import open_table


def zipped(*names: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as packed:
        for name in names:
            packed.writestr(name, "x")
    return data.getvalue()


def excel_lock(user: str) -> bytes:
    ascii_name = bytes((len(user),)) + user.encode().ljust(54)
    return ascii_name + bytes((len(user), 0)) + user.ljust(54).encode("utf-16-le")


URL = "https://docs.google.com/open?id=1"


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("~$customers.xlsx", excel_lock("Ann"), "lock file.*Choose customers.xlsx"),
        ("~$customers.xlsx", b"", "lock file.*Choose customers.xlsx"),
        (
            ".~lock.customers.ods#",
            b",ann,pc,01.09.2026 10:00,file:///x;",
            "Choose customers.ods",
        ),
        ("upload", excel_lock("Ann Example"), "lock file"),
        ("customers.xlsx.lnk", b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0" + bytes(60), "shortcut"),
        ("customers", b"book\0\0\0\0mark\0\0\0\0" + bytes(200), "shortcut"),
        ("customers.desktop", b"[Desktop Entry]\nType=Link\nURL=file:///x\n", "link"),
        ("customers.desktop", b"[Desktop Entry]\nType=Application\n", "shortcut"),
        (
            "list.url",
            b"[InternetShortcut]\r\nURL=https://example.com/list\r\n",
            "link to a web page",
        ),
        ("list.webloc", plistlib.dumps({"URL": URL}), "link to a web page"),
        (
            "list.webloc",
            plistlib.dumps({"URL": URL}, fmt=plistlib.FMT_BINARY),
            "link to a web page",
        ),
        ("list.gsheet", b'{"doc_id": "1a", "email": "a@example.com"}', "link to a web page.*xlsx"),
        ("list.gsheet", f'{{"url": "{URL}"}}'.encode(), "link to a web page.*xlsx"),
        (
            ".list.xlsx.icloud",
            plistlib.dumps({"NSURLNameKey": "list.xlsx"}, fmt=plistlib.FMT_BINARY),
            "cloud|link",
        ),
        ("list.numbers", zipped("Index/Document.iwa"), "Apple Numbers.*Export"),
        ("list.xlsx", zipped(), "empty archive"),
        ("lists.zip", zipped("list.csv"), "zip archive. Unpack"),
        ("list.docx", zipped("[Content_Types].xml", "word/document.xml"), "text document"),
        ("contacts.vcf", b"BEGIN:VCARD\r\nTEL:+79990000001\r\nEND:VCARD\r\n", "contact cards"),
        ("report.xls", b"MIME-Version: 1.0\nContent-Type: multipart/related\n", "web archive"),
        ("list.rtf", b"{\\rtf1\\ansi list}", "text document"),
        ("list.xml", b'<?xml version="1.0"?><customers><c/></customers>', "XML file.*save"),
        ("list.csv", b"", "is empty"),
    ],
)
def test_what_is_no_table_is_called_by_its_name(
    tmp_path: Path, name: str, data: bytes, says: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InvalidInput, match=says) as caught:
        open_table(path)
    assert name in str(caught.value)


def test_a_folder_of_apple_numbers_is_no_mere_folder(tmp_path: Path) -> None:
    (tmp_path / "list.numbers").mkdir()
    with pytest.raises(InvalidInput, match="Apple Numbers"):
        open_table(tmp_path / "list.numbers")


def test_a_link_of_the_file_system_leads_to_its_file(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("phone\n+79990000001\n")
    (tmp_path / "short.csv").symlink_to(tmp_path / "list.csv")
    (tmp_path / "gone.csv").symlink_to(tmp_path / "missing.csv")
    assert open_table(tmp_path / "short.csv").columns == ("phone",)
    with pytest.raises(InvalidInput, match=r"gone\.csv is not there"):
        open_table(tmp_path / "gone.csv")
