import pytest

from tests.recipients.tables import left_out, rows_of
from wa_desktop.errors import InvalidInput
from wa_desktop.recipients.files import open_table
from wa_desktop.recipients.found_rows import LeftOutReason

BEGIN = (
    '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
    'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
)


def cell(value: str, kind: str = "String", attributes: str = "") -> str:
    return f'<Cell {attributes}><Data ss:Type="{kind}">{value}</Data></Cell>'


def row(*cells: str, attributes: str = "") -> str:
    return f"<Row {attributes}>{''.join(cells)}</Row>"


def book(*rows: str, name: str = "Customers", before: str = "", begin: str = BEGIN) -> bytes:
    sheet = f'<Worksheet ss:Name="{name}"><Table>{"".join(rows)}</Table></Worksheet>'
    return f"{begin}{before}{sheet}</Workbook>".encode()


HEADER = row(cell("phone"), cell("value"))


def value(text: str, kind: str) -> str:
    data = book(HEADER, row(cell("79990000001", "Number"), cell(text, kind)))
    ((_, (phone, found)),) = rows_of(open_table(data, name="report.xls"))
    assert phone == "79990000001"
    return found


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("6.0500000000000007", "Number", "6.05"),
        ("57.699999999999996", "Number", "57.7"),
        ("1234.5", "Number", "1234.5"),
        ("7.9990000001E10", "Number", "79990000001"),
        ("2026-09-01T00:00:00.000", "DateTime", "2026-09-01"),
        ("2026-09-01T10:30:00.000", "DateTime", "2026-09-01 10:30"),
        ("1", "Boolean", "TRUE"),
        ("A &amp; B", "String", "A & B"),
        ("<B>Ann</B> Lee", "String", "Ann Lee"),
    ],
)
def test_a_value_is_read_as_it_is_shown(text: str, kind: str, shown: str) -> None:
    assert value(text, kind) == shown


def test_rows_and_cells_stand_where_they_say() -> None:
    rows = [
        row(cell("Report"), attributes='ss:Index="2"'),
        row(cell("phone", attributes='ss:Index="2"'), cell("name"), attributes='ss:Index="4"'),
        row(cell("+79990000001", attributes='ss:Index="2" ss:MergeAcross="0"'), cell("Ann")),
    ]
    table = open_table(book(*rows))
    assert (table.header_row, table.columns) == (4, ("phone", "name"))
    assert rows_of(table) == [(5, ("+79990000001", "Ann"))]


def test_hidden_rows_and_columns_are_left_out_unless_they_are_asked_for() -> None:
    columns = '<Column ss:Width="90"/><Column ss:Hidden="1"/>'
    rows = [
        row(cell(f"+7999000000{n}"), cell("secret"), attributes='ss:Hidden="1"' if n == 2 else "")
        for n in range(4)
    ]
    data = book(columns, HEADER, *rows)
    table = open_table(data)
    assert left_out(table) == {4: LeftOutReason.HIDDEN}
    assert table.columns == ("phone",)
    assert len(rows_of(open_table(data, hidden_rows=True))) == 4
    assert open_table(data, hidden_rows=True).columns == ("phone", "value")


def test_the_first_sheet_with_content_is_read_or_the_one_that_is_named() -> None:
    empty = '<Worksheet ss:Name="Empty"><Table/></Worksheet>'
    other = (
        f'<Worksheet ss:Name="Old"><Table>{HEADER}{row(cell("+79990000009"))}</Table></Worksheet>'
    )
    data = book(HEADER, row(cell("+79990000001")), before=empty + other)
    table = open_table(data)
    assert (table.sheet, table.sheets) == ("Old", ("Empty", "Old", "Customers"))
    assert rows_of(open_table(data, sheet="customers"))[0][1][0] == "+79990000001"
    assert open_table(data, sheet="2").sheet == "Old"
    with pytest.raises(InvalidInput, match="no sheet 'New'"):
        open_table(data, sheet="New")


def test_a_formula_without_a_saved_result_is_refused() -> None:
    data = book(HEADER, '<Row><Cell ss:Formula="=CONCATENATE(A1,B1)"/></Row>', row(cell("x")))
    with pytest.raises(InvalidInput, match=r"Row 2 .*formula.*save"):
        open_table(data)


@pytest.mark.parametrize(
    "data",
    [
        book(HEADER, row(cell("+79990000001")))[:-20],
        book(HEADER, begin='<!DOCTYPE x [<!ENTITY a "b">]>' + BEGIN.split("\n", 1)[1]),
        book(row(cell("x", attributes='ss:Index="999999999"'))),
    ],
)
def test_a_damaged_one_is_called_damaged(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="damaged"):
        list(open_table(data))


def test_an_empty_one_is_called_empty() -> None:
    with pytest.raises(InvalidInput, match="is empty"):
        open_table(book())
