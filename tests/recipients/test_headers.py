import io
from collections.abc import Callable

import openpyxl
import pytest

from tests.recipients.tables import rows_of
from wa_desktop.errors import InvalidInput
from wa_desktop.recipients.columns import plan_columns
from wa_desktop.recipients.files import open_table
from wa_desktop.recipients.rows import RecipientRow, read_rows

ROWS = [[f"+4477009000{n:02}", f"Name{n}", f"10{n}"] for n in range(5)]
HEADER = ["phone", "name", "order"]

Rows = list[list[str]]
Made = Callable[[Rows], bytes]


def as_csv(rows: Rows) -> bytes:
    return "".join(";".join(row) + "\n" for row in rows).encode()


def as_workbook(rows: Rows) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([cell or None for cell in row])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


both = pytest.mark.parametrize("made", [as_csv, as_workbook], ids=["csv", "xlsx"])


@both
@pytest.mark.parametrize(
    "above",
    [
        [],
        [["Customer report"]],
        [["Customer report, exported 2026-09-01"], [""]],
        [["Customers", "2026-09-01"], ["", ""]],
        [["Report", "20260901"], [""]],
        [["Phone list of our customers"]],
        [["Отчёт за сентябрь"], [""], ["Всего", "1500000"], [""]],
        [[f"Title {n}"] for n in range(18)],
    ],
)
@pytest.mark.parametrize("header", [HEADER, ["Kunde", "Wer", "Bestellung"], ["Телефон", "", "№"]])
def test_the_header_is_found_below_titles(above: Rows, header: list[str], made: Made) -> None:
    if "20260901" in str(above) or "1500000" in str(above):
        header = HEADER  # figures above that look like numbers need a header that says "phone"
    table = open_table(made([*above, header, *ROWS]))
    assert table.header_row == len(above) + 1
    assert [name or "column 2" for name in header] == list(table.columns)
    assert [cells for _, cells in rows_of(table)] == [tuple(row) for row in ROWS]


def test_a_word_for_phones_inside_the_data_is_no_header() -> None:
    rows = [["Имя", "Контакт"], ["Анна", "нет телефона"], ["", "mobile"], ["Пётр", "+79990000001"]]
    assert open_table(as_csv(rows)).header_row == 1


@both
def test_a_table_without_a_header_has_none_whatever_stands_below(made: Made) -> None:
    table = open_table(made([*ROWS, ["", "phone", "name"]]))
    assert table.header_row is None
    assert len(rows_of(table)) == 6


@both
def test_the_header_can_be_chosen_by_its_line(made: Made) -> None:
    data = made([["Title", "of", "three"], [""], ["a", "b", "c"], ["d", "e", "f"], *ROWS])
    assert open_table(data, header_row=4).columns == ("d", "e", "f")
    assert len(rows_of(open_table(data, header_row=3))) == 6
    with pytest.raises(InvalidInput, match=r"Line 2 .*blank"):
        open_table(data, header_row=2)


@both
def test_blank_columns_are_passed_over(made: Made) -> None:
    rows = [["", *row[:1], "", *row[1:], ""] for row in [HEADER, *ROWS]]
    table = open_table(made(rows))
    assert table.columns == tuple(HEADER)
    assert [cells for _, cells in table.sample] == [tuple(row) for row in ROWS]
    assert [cells[:3] for _, cells in rows_of(table)] == [tuple(row) for row in ROWS]


@both
@pytest.mark.parametrize(
    "total", [["", "Total", "512"], ["Итого", "", "512"], ["Итого: 5", "", ""], ["5", "", "Всего"]]
)
def test_a_line_of_totals_is_no_recipient(total: list[str], made: Made) -> None:
    table = open_table(made([["Report"], HEADER, *ROWS, ["", "", ""], total]))
    found = list(read_rows(table, plan_columns(table)))
    assert sum(isinstance(row, RecipientRow) for row in found) == 5
    assert len(found) == 6
