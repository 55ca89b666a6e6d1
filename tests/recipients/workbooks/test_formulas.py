"""A formula gives its saved result; without one the file is refused, in words that help."""

from pathlib import Path

import pytest
import xlwt

from tests.recipients.workbooks.making import cells, ods, rows, saved, sheet_of, xls_of, xlsx
from wa_desktop.errors import InvalidInput
from wa_desktop.recipients.files import open_table

CASES = Path(__file__).parent.parent / "cases"
PHONES: list[list[object]] = [["phone", "sum"], ["+441", 1]]
ON_OPENING = '<calcPr calcId="1" fullCalcOnLoad="1"/>'


def refused(data: bytes, cell: str) -> None:
    with pytest.raises(InvalidInput, match=rf"Cell {cell} .*formula.*save"):
        rows(data)


def test_the_example_is_refused_with_the_first_cell() -> None:
    with pytest.raises(InvalidInput, match=r"Cell C2 .*formula.*save"):
        list(open_table(CASES / "r7_formula_no_value.xlsx"))


def test_a_formula_that_a_program_wrote_without_computing_is_refused() -> None:
    book, sheet = sheet_of(PHONES)
    sheet["B2"] = "=1+1"
    refused(saved(book), "B2")


def test_a_formula_with_a_saved_result_gives_it() -> None:
    sheet = (
        '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="str"><f>"a"</f><v>a</v></c>'
        '<c r="C1" t="b"><f>TRUE()</f><v>1</v></c><c r="D1" t="e"><f>NA()</f><v>#N/A</v></c></row>'
    )
    assert cells(xlsx(sheet)) == [("2", "a", "TRUE", "#N/A")]


def test_an_empty_text_is_a_result() -> None:
    sheet = '<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="str"><f>""</f><v></v></c></row>'
    assert cells(xlsx(sheet)) == [("1",)]


def test_a_zero_in_a_workbook_that_was_never_computed_is_no_result() -> None:
    zero = '<row r="1"><c r="A1"><f>B1</f><v>0</v></c></row>'
    refused(xlsx(zero, book=ON_OPENING), "A1")
    assert cells(xlsx(zero)) == [("0",)]
    result = '<row r="1"><c r="A1"><f>B1</f><v>7</v></c><c r="B1"><v>0</v></c></row>'
    assert cells(xlsx(result, book=ON_OPENING)) == [("7", "0")]


def test_a_formula_that_is_hidden_does_not_matter() -> None:
    book, sheet = sheet_of([*PHONES, ["+442", 2]])
    sheet["B3"] = "=1+1"
    sheet.row_dimensions[3].hidden = True
    assert len(rows(saved(book))) == 3
    refused_when_shown = saved(book)
    with pytest.raises(InvalidInput, match="Cell B3"):
        rows(refused_when_shown, hidden_rows=True)
    sheet.row_dimensions[3].hidden = False
    sheet.column_dimensions["B"].hidden = True
    assert rows(saved(book))[2] == (3, ("+442",))


@pytest.mark.parametrize(
    "attributes",
    ['table:formula="of:=1+1"', 'table:formula="of:=1+1" office:value-type="float"'],
)
def test_a_formula_of_an_open_document_without_a_result_is_refused(attributes: str) -> None:
    table = (
        '<table:table table:name="S"><table:table-row><table:table-cell/>'
        f"<table:table-cell {attributes}/></table:table-row></table:table>"
    )
    refused(ods(table), "B1")


def test_a_formula_of_an_open_document_with_an_empty_text_is_a_result() -> None:
    table = (
        '<table:table table:name="S"><table:table-row><table:table-cell office:value-type="float" '
        'office:value="1"/><table:table-cell table:formula="of:=&quot;&quot;" '
        'office:value-type="string" office:string-value=""><text:p/></table:table-cell>'
        "</table:table-row></table:table>"
    )
    assert cells(ods(table)) == [("1",)]


def test_formulas_of_an_xls_that_were_never_computed_are_refused() -> None:
    book, sheet = xls_of(PHONES)
    sheet.write(2, 1, xlwt.Formula("1+1"))
    refused(saved(book), "B3")
    sheet.row(2).hidden = True
    assert len(rows(saved(book))) == 3
