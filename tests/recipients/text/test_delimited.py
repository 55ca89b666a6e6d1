import csv
import io
import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wa_desktop.errors import InvalidInput
from wa_desktop.recipients.files import Table, open_table
from wa_desktop.recipients.found_rows import LeftOutRow, Row

RUSSIAN = "Телефон;Имя;Город\n79990000001;Анна;Москва\n79990000002;Пётр Иванов;Казань\n"


def found(table: Table) -> list[Row]:
    """The rows of a table none of which is left out."""
    rows = list(table)
    assert not any(isinstance(row, LeftOutRow) for row in rows)
    return [row for row in rows if not isinstance(row, LeftOutRow)]


def cells(data: bytes | Path, **options: object) -> list[tuple[str, ...]]:
    return [row for _, row in found(open_table(data, **options))]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("codec", "reported"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("cp1251", "windows-1251"),
        ("koi8_r", "koi8-r"),
        ("cp866", "cp866"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
    ],
)
def test_the_encoding_of_a_short_russian_list_is_found(codec: str, reported: str) -> None:
    table = open_table(RUSSIAN.encode(codec))
    assert table.encoding == reported
    assert table.delimiter == ";"
    assert table.columns == ("Телефон", "Имя", "Город")
    assert [row[1] for _, row in found(table)] == ["Анна", "Пётр Иванов"]


def test_a_single_russian_name_after_many_plain_rows_is_read_as_windows_1251() -> None:
    plain = "".join(f"+1 202 555 {i:04},Row {i}\n" for i in range(9_000))
    data = ("phone,name\n" + plain + "+79990000001,Иван\n").encode("cp1251")
    table = open_table(data)
    assert table.encoding == "windows-1251"
    assert list(table)[-1] == (9_002, ("+79990000001", "Иван"))


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (
            "phone,name\n+4915112345678,Müller\n+4915112345679,Jörg Weiß\n+34600111222,Peña\n",
            "cp1252",
        ),
        ("phone,name\n+48600111222,Łukasz Żółć\n+48600111223,Świętosław\n", "cp1250"),
    ],
)
def test_western_and_central_european_lists_keep_their_letters(text: str, codec: str) -> None:
    assert cells(text.encode(codec)) == cells(text.encode())


def test_a_given_encoding_stands_above_the_guess() -> None:
    table = open_table(RUSSIAN.encode("koi8_r"), encoding="koi8-r")
    assert table.columns[0] == "Телефон"


def test_bytes_that_do_not_fit_the_given_encoding_are_refused() -> None:
    with pytest.raises(InvalidInput, match="not written in utf-8"):
        cells(RUSSIAN.encode("cp1251"), encoding="utf-8")


@pytest.mark.parametrize("name", ["klingon", "base64", "\0", ""])
def test_an_unknown_encoding_is_refused_unless_it_is_left_blank(name: str) -> None:
    if not name:
        assert open_table(RUSSIAN.encode(), encoding=name).encoding == "utf-8"
        return
    with pytest.raises(InvalidInput, match="encoding"):
        open_table(RUSSIAN.encode(), encoding=name)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_each_delimiter_is_found(delimiter: str) -> None:
    text = delimiter.join(["phone", "name"]) + "\n" + delimiter.join(["+79990000001", "A B"]) + "\n"
    table = open_table(text.encode())
    assert table.delimiter == delimiter
    assert list(table) == [(2, ("+79990000001", "A B"))]


def test_commas_inside_messages_do_not_hide_the_semicolon() -> None:
    rows = "".join(f"7999000{i:04};Привет, Анна, заказ {i}, готов\n" for i in range(20))
    assert open_table(rows.encode()).delimiter == ";"


def test_prices_with_a_comma_do_not_hide_the_semicolon_in_a_file_without_a_header() -> None:
    rows = "".join(f"7999000{i:04};1{i},50\n" for i in range(20))
    table = open_table(rows.encode())
    assert (table.delimiter, table.has_header, table.columns) == (
        ";",
        False,
        ("column 1", "column 2"),
    )


def test_the_line_that_names_the_separator_is_no_row() -> None:
    table = open_table(b"sep=;\nphone;name\n+79990000001;Anna\n")
    assert table.columns == ("phone", "name")
    assert list(table) == [(3, ("+79990000001", "Anna"))]


def test_a_row_with_line_breaks_in_quotes_has_the_number_of_its_first_line() -> None:
    text = 'phone,message\r\n+79990000001,"Hello,\r\n\r\nAnna"\r\n\r\n+79990000002,Bye\r\n'
    table = open_table(text.encode())
    assert list(table) == [
        (2, ("+79990000001", "Hello,\r\n\r\nAnna")),
        (6, ("+79990000002", "Bye")),
    ]


def test_blank_rows_are_passed_over() -> None:
    table = open_table(b"\n\nphone,name\n,\n \n+79990000001,Anna\n,,\n")
    assert table.columns == ("phone", "name")
    assert list(table) == [(6, ("+79990000001", "Anna"))]


def test_old_macintosh_line_ends_are_read() -> None:
    assert cells(b"phone,name\r+79990000001,Anna\r+79990000002,Ben\r") == [
        ("+79990000001", "Anna"),
        ("+79990000002", "Ben"),
    ]


def test_a_file_of_numbers_alone_has_no_header_and_one_column() -> None:
    table = open_table(b"+79990000001\n+79990000002\n")
    assert (table.has_header, table.columns) == (False, ("column 1",))
    assert len(list(table)) == 2


def test_the_header_can_be_said_to_be_there_or_not() -> None:
    data = b"phone,name\n+79990000001,Anna\n"
    assert len(cells(data, header=False)) == 2
    assert open_table(b"1,2\n+79990000001,Anna\n", header=True).columns == ("1", "2")


def test_names_of_columns_are_made_distinct_and_fit_for_fields() -> None:
    table = open_table(b"phone,name,,Name,{x}|y\n+79990000001,a,b,c,d\n")
    assert table.columns == ("phone", "name", "column 3", "Name 2", "x y")


def test_a_quote_that_is_never_closed_is_an_error_that_names_its_line() -> None:
    rows = "".join(f"+7999000{i:04},Anna\n" for i in range(50))
    data = ('phone,name\n+79991110000,"Horns and\n' + rows).encode()
    with pytest.raises(InvalidInput, match=r"line 2 .*never closed"):
        cells(data)


def test_a_cell_without_end_is_an_error_not_a_full_memory() -> None:
    data = b'phone,name\n+79991110000,"' + b"x" * 5_000_000 + b'"\n'
    with pytest.raises(InvalidInput, match="line 2 "):
        cells(data)


def test_a_line_without_end_is_an_error() -> None:
    with pytest.raises(InvalidInput, match="characters"):
        cells(b"phone,name\n+79990000001,Anna\n" + b"a," * 4_000_000)


@pytest.mark.parametrize("data", [b"", b"\n\r\n  ", b"\xef\xbb\xbf", b"\xff\xfe", b",,,\n,,\n"])
def test_an_empty_file_is_called_empty(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="is empty"):
        open_table(data)


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
        b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40,
        b"%PDF-1.7\n" + bytes(range(256)) * 40,
        bytes(range(256)) * 400,
        b"abc\x01\x02\x03\x04" * 100,
        b"abc\0\0\0defgh\0" * 1000,
    ],
)
def test_a_picture_renamed_csv_is_no_table(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "customers.csv"
    path.write_bytes(data)
    with pytest.raises(InvalidInput, match=r"customers\.csv"):
        open_table(path)


def test_a_folder_is_called_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is a folder"):
        open_table(tmp_path)


def test_a_missing_file_is_called_missing(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="not there"):
        open_table(tmp_path / "gone.csv")


def test_a_file_that_goes_away_between_two_readings_is_called_missing(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("phone\n+79990000001\n")
    table = open_table(path)
    path.unlink()
    with pytest.raises(InvalidInput, match="not there"):
        list(table)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    os.mkfifo(path)
    with pytest.raises(InvalidInput, match="not a regular file"):
        open_table(path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_says_so(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("phone\n+79990000001\n")
    path.chmod(0)
    with pytest.raises(InvalidInput, match="may not be read"):
        open_table(path)


def test_a_table_can_be_read_again_and_left_half_way() -> None:
    table = open_table(RUSSIAN.encode())
    for _ in table:
        break
    assert len(list(table)) == len(list(table)) == 2


def test_a_stream_is_read_from_its_beginning_and_left_open() -> None:
    stream = io.BytesIO(RUSSIAN.encode())
    stream.read(10)
    assert len(list(open_table(stream, name="upload.csv"))) == 2
    assert not stream.closed


CELL = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n"), max_size=30
).map(str.strip)


@given(
    st.lists(st.tuples(CELL, CELL), max_size=30),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)
@settings(deadline=None, max_examples=150)
def test_what_a_spreadsheet_program_writes_is_read_back(
    rows: list[tuple[str, str]], delimiter: str, codec: str
) -> None:
    table_rows = [(f"+7999{n:07}", *row) for n, row in enumerate(rows)]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(("phone", "name", "note"))
    writer.writerows(table_rows)
    table = open_table(text.getvalue().encode(codec), delimiter=delimiter)
    assert table.columns == ("phone", "name", "note")
    assert [row for _, row in found(table)] == table_rows


@given(st.binary(max_size=400))
@settings(deadline=None, max_examples=300)
def test_any_bytes_are_a_table_or_a_clear_error(data: bytes) -> None:
    # Whatever else were raised would fail the test.
    with suppress(InvalidInput):
        for row in open_table(data):
            assert isinstance(row, LeftOutRow) or (row[0] >= 1 and any(row[1]))
