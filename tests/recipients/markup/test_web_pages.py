import pytest

from tests.recipients.tables import left_out, rows_of
from wa_desktop.errors import InvalidInput
from wa_desktop.recipients.files import open_table
from wa_desktop.recipients.found_rows import LeftOutReason

HEADER = "<tr><th>Phone</th><th>Name</th></tr>"


def row(number: int, name: str = "Анна", attributes: str = "") -> str:
    return f"<tr {attributes}><td>+7999000000{number}</td><td>{name}</td></tr>"


def page(*rows: str, head: str = "") -> str:
    return f"<html><head>{head}</head><body><table border=1>{''.join(rows)}</table></body></html>"


def names(data: bytes) -> list[str]:
    return [cells[1] for _, cells in rows_of(open_table(data, name="report.xls"))]


@pytest.mark.parametrize(
    ("codec", "head"),
    [
        ("utf-8", ""),
        ("utf-8-sig", '<meta charset="utf-8">'),
        ("utf-16", ""),
        ("cp1251", '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">'),
        ("cp1251", ""),
        ("koi8_r", "<meta charset=koi8-r>"),
        ("utf-8", '<meta charset="windows-1251">'),
    ],
)
def test_a_page_is_read_in_its_encoding(codec: str, head: str) -> None:
    assert names(page(HEADER, row(1), row(2, "Пётр"), head=head).encode(codec)) == ["Анна", "Пётр"]


def test_a_cell_is_read_as_the_page_shows_it() -> None:
    cell = "<p>A &amp;&nbsp;B\n   <b>C</b></p><br>D<script>var x</script><style>p{}</style>"
    assert names(page(HEADER, row(1, cell)).encode()) == ["A & B C\nD"]


def test_tags_that_pages_leave_out_are_not_needed() -> None:
    text = "\n<TABLE><TR><TH>Phone<TH>Name<TR><TD>+79990000001<TD>Ann<TR><TD>+79990000002<TD>Ben"
    assert names(text.encode()) == ["Ann", "Ben"]


def test_the_largest_table_is_taken_also_from_inside_another() -> None:
    inner = f"<table>{HEADER}{row(1, 'Ann')}{row(2, 'Ben')}</table>"
    assert names(page(f"<tr><td>Menu</td><td>{inner}</td></tr>").encode()) == ["Ann", "Ben"]


def test_cells_over_several_rows_and_columns_keep_the_others_in_place() -> None:
    rows = [
        "<tr><td colspan=3>Report</td></tr>",
        "<tr><th>Phone</th><th>Group</th><th>Name</th></tr>",
        "<tr><td>+79990000001</td><td rowspan=2>VIP</td><td>Ann</td></tr>",
        "<tr><td>+79990000002</td><td>Ben</td></tr>",
        "<tr><td>+79990000003</td><td></td><td>Cleo</td></tr>",
    ]
    table = open_table(page(*rows).encode())
    assert table.header_row == 2
    assert [cells[2] for _, cells in rows_of(table)] == ["Ann", "Ben", "Cleo"]


@pytest.mark.parametrize("hidden", ["hidden", 'style="height:0;display: none"'])
def test_a_hidden_row_gets_no_message(hidden: str) -> None:
    data = page(HEADER, row(1), row(2, "Ben", hidden), row(3)).encode()
    assert left_out(open_table(data)) == {3: LeftOutReason.HIDDEN}
    assert len(rows_of(open_table(data, hidden_rows=True))) == 3


def test_a_row_with_faulty_bytes_is_left_out() -> None:
    rows = [row(number % 10).encode() for number in range(20)]
    data = page(HEADER).encode().replace(b"</table>", b"\n".join(rows) + b"\n<tr><td>1<td>\xe9\n")
    assert left_out(open_table(data)) == {22: LeftOutReason.UNDECODABLE}


def test_a_page_without_a_table_says_what_to_do() -> None:
    frames = '<html><frameset><frame src="report_files/sheet001.htm"></frameset></html>'
    with pytest.raises(InvalidInput, match=r"report\.xls is a web page without a table.*save"):
        open_table(frames.encode(), name="report.xls")


@pytest.mark.parametrize(
    "rows",
    [
        "<tr>" + "<td colspan=1000>x" * 6_000,
        "<tr>" + "<td colspan=1000 rowspan=1000>x" * 100 + "<tr><td>x" * 100,
    ],
)
def test_a_small_page_cannot_ask_for_more_cells_than_the_memory_holds(rows: str) -> None:
    with pytest.raises(InvalidInput, match="joins too many cells"):
        open_table(f"<table>{rows}</table>".encode(), name="page.xls")
