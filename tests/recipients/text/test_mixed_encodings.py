import pytest

from tests.recipients.tables import left_out, rows_of
from wa_desktop.errors import InvalidInput
from wa_desktop.recipients.files import open_table
from wa_desktop.recipients.found_rows import LeftOutReason

GOOD = "".join(f"+4477009000{n:02},José Müller,Zürich\n" for n in range(40)).encode()
HEADER = b"phone,name,city\n"
RUSSIAN = "".join(f"+7999000{n:04};Анна Пётр;Её дом\n" for n in range(40))
UNDECODABLE = LeftOutReason.UNDECODABLE


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "with_a_mark"])
@pytest.mark.parametrize(
    "row",
    [
        "+447700900099,José,Zürich\n".encode("latin-1"),
        "+447700900099,Łukasz,Łódź\n".encode("cp1250"),
        "+447700900099,Иван,Омск\n".encode("cp1251"),
        b"+447700900099,Jos\xc3,Z\n",
        b"+447700900099,\xed\xa0\x80,half a pair\n",
        b'+447700900099,"several\nlines \xe9\n",Z\n',
    ],
)
def test_a_row_with_faulty_bytes_is_left_out_of_a_utf_8_file(mark: bytes, row: bytes) -> None:
    table = open_table(mark + HEADER + GOOD[:1000] + GOOD[1000:] + row + GOOD)
    assert table.encoding == "utf-8"
    assert left_out(table) == {42: UNDECODABLE}
    assert len(rows_of(table)) == 80
    assert {cells[1:] for _, cells in rows_of(table)} == {("José Müller", "Zürich")}


def test_lines_below_a_row_that_is_left_out_keep_their_numbers() -> None:
    row = b'+447700900099,"a\n\xe9\nb",Z\n'
    table = open_table(HEADER + row + GOOD)
    assert left_out(table) == {2: UNDECODABLE}
    assert rows_of(table)[0][0] == 5


def test_a_last_character_that_is_cut_short_leaves_out_its_row_alone() -> None:
    table = open_table(HEADER + GOOD + "+447700900099,Zoé,Zür".encode()[:-3])
    assert left_out(table) == {} or left_out(table) == {42: UNDECODABLE}
    table = open_table(HEADER + GOOD + b"+447700900099,Zo\xc3")
    assert left_out(table) == {42: UNDECODABLE}
    assert len(rows_of(table)) == 40


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_half_a_pair_of_utf_16_leaves_out_its_row_alone(codec: str) -> None:
    row = "+447700900099,".encode(codec) + "\ud83d".encode(codec, "surrogatepass")
    data = (HEADER + GOOD).decode().encode(codec) + row + "x,Z\n".encode(codec)
    bom = "\ufeff".encode(codec)
    for table in (open_table(bom + data), open_table(data, encoding=codec)):
        assert left_out(table) == {42: UNDECODABLE}
        assert len(rows_of(table)) == 40


def test_utf_16_that_ends_in_half_a_character_is_read() -> None:
    table = open_table("\ufeffphone,name\n+447700900099,Zoé\n".encode("utf-16-le") + b"x")
    assert rows_of(table) == [(2, ("+447700900099", "Zoé"))]


def test_utf_16_that_lacks_a_byte_is_refused_rather_than_read_as_one_row() -> None:
    data = ("\ufeff" + (HEADER + GOOD).decode()).encode("utf-16-le")
    with pytest.raises(InvalidInput, match="damaged from line"):
        list(open_table(data[:1500] + data[1501:]))


@pytest.mark.parametrize(
    ("codec", "reported"),
    [("cp1251", "windows-1251"), ("koi8_r", "koi8-r"), ("cp866", "cp866")],
)
def test_russian_lists_in_old_encodings_are_still_found(codec: str, reported: str) -> None:
    table = open_table(("Телефон;Имя;Адрес\n" + RUSSIAN).encode(codec))
    assert table.encoding == reported
    assert len(rows_of(table)) == 40


def test_a_byte_that_windows_1251_lacks_leaves_out_its_row_alone() -> None:
    data = ("Телефон;Имя;Адрес\n" + RUSSIAN).encode("cp1251")
    table = open_table(data + b"+79990001111;\x98;x\n")
    assert table.encoding == "windows-1251"
    assert left_out(table) == {42: UNDECODABLE}


@pytest.mark.parametrize("codec", ["cp1251", "koi8_r"])
def test_rows_of_utf_8_in_a_russian_list_are_not_garbled(codec: str) -> None:
    data = ("Телефон;Имя;Адрес\n" + RUSSIAN).encode(codec)
    with pytest.raises(InvalidInput, match="line 42 is UTF-8"):
        open_table(data + "+79990001111;Иван;Омск\n".encode())


def test_rows_of_utf_8_in_a_western_list_are_not_garbled() -> None:
    western = "".join(f"+4915112345{n:03},Müller,Köln\n" for n in range(40)).encode("cp1252")
    with pytest.raises(InvalidInput, match="line 42 is UTF-8"):
        open_table(HEADER + western + "+4915112345999,Jörg,Köln\n".encode())


def test_a_given_encoding_leaves_out_what_does_not_fit_it() -> None:
    data = ("Телефон;Имя;Адрес\n" + RUSSIAN).encode() + "+79990001111;Иван;Омск\n".encode("cp1251")
    assert left_out(open_table(data, encoding="utf-8")) == {42: UNDECODABLE}


def test_a_header_with_faulty_bytes_is_refused_with_its_line() -> None:
    header = "phone,prénom,city\n".encode("latin-1")
    with pytest.raises(InvalidInput, match=r"Line 1 .*name the columns"):
        open_table(header + GOOD)
    assert len(rows_of(open_table(header + GOOD, header=False))) == 40
