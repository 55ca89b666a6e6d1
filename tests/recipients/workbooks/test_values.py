"""Cells of each kind of workbook come as the program shows them."""

from datetime import date, datetime
from pathlib import Path

import pytest
import xlwt

from tests.recipients.workbooks.making import (
    MAIN,
    cells,
    ods,
    ods_row,
    saved,
    sheet_of,
    xls_of,
    xlsx,
)
from wa_desktop.recipients.files import open_table
from wa_desktop.recipients.phones import PhoneNumber, parse_phone

CASES = Path(__file__).parent.parent / "cases"
SHOWN = [
    (1234.5, "#,##0.00", "1,234.50"),
    (6.0500000000000007, "#,##0.00", "6.05"),
    (57.699999999999996, "General", "57.7"),
    (0.15, "0%", "15%"),
    (-5, "0.00;[Red](0.00)", "(5.00)"),
    (79991234567, "#,##0", "79991234567"),
    (79991234567, "0.00E+00", "79991234567"),
    (9991234567, "+7 (000) 000-00-00", "+7 (999) 123-45-67"),
    (date(2026, 9, 1), "dd.mm.yyyy", "01.09.2026"),
    (datetime(2026, 9, 1, 9, 5), "d/m/yy h:mm", "1/9/26 9:05"),  # noqa: DTZ001
    (True, "General", "TRUE"),
    (" Anna ", "General", "Anna"),
]


def test_the_amounts_of_the_example_are_those_that_the_cells_show() -> None:
    assert [
        row[1][2:] for row in open_table(CASES / "r3_amounts.xlsx") if isinstance(row, tuple)
    ] == [
        ("6.05", "2026-09-01", "15%"),
        ("57.70", "2026-09-02", "7%"),
        ("1,234.50", "2026-09-03", "29%"),
    ]


@pytest.mark.parametrize(("value", "code", "shown"), SHOWN)
def test_an_xlsx_cell_is_read_as_it_is_shown(value: object, code: str, shown: str) -> None:
    book, sheet = sheet_of([[value]])
    sheet["A1"].number_format = code
    assert cells(saved(book)) == [(shown,)]


@pytest.mark.parametrize(("value", "code", "shown"), SHOWN)
def test_an_xls_cell_is_read_as_it_is_shown(value: object, code: str, shown: str) -> None:
    book, sheet = xls_of([])
    sheet.write(0, 0, value, xlwt.easyxf(num_format_str=code))
    assert cells(saved(book)) == [(shown,)]


@pytest.mark.parametrize("code", ["General", "0", "#,##0", "+0", "00000000000", "0.00E+00"])
def test_a_phone_number_in_a_cell_with_a_number_format_is_still_one(code: str) -> None:
    book, sheet = sheet_of([[79991234567]])
    sheet["A1"].number_format = code
    assert parse_phone(cells(saved(book))[0][0]) == PhoneNumber("79991234567")


def test_leading_zeros_that_a_format_shows_are_kept() -> None:
    book, sheet = sheet_of([[612345678]])
    sheet["A1"].number_format = "0000000000"
    assert cells(saved(book)) == [("0612345678",)]


A_PHONE = 'office:value-type="float" office:value="79991234567"'


def ods_cell(attributes: str, inside: str = "") -> bytes:
    return ods(
        '<table:table table:name="S"><table:table-row><table:table-cell '
        f"{attributes}>{inside}</table:table-cell></table:table-row></table:table>"
    )


@pytest.mark.parametrize(
    ("attributes", "inside", "shown"),
    [
        (
            'office:value-type="float" office:value="1234.5"',
            "<text:p>1 234,50</text:p>",
            "1 234,50",
        ),
        (
            'office:value-type="currency" office:value="1234.5"',
            "<text:p>1.234,50 €</text:p>",
            "1.234,50 €",
        ),
        ('office:value-type="percentage" office:value="0.15"', "<text:p>15 %</text:p>", "15 %"),
        ('office:value-type="percentage" office:value="0.15"', "", "15%"),
        (
            'office:value-type="date" office:date-value="2026-09-01"',
            "<text:p>01.09.2026</text:p>",
            "01.09.2026",
        ),
        ('office:value-type="date" office:date-value="2026-09-01"', "", "2026-09-01"),
        ('office:value-type="boolean" office:boolean-value="true"', "", "TRUE"),
        ('office:value-type="float" office:value="6.0500000000000007"', "", "6.05"),
        (A_PHONE, "<text:p>7.99912E+10</text:p>", "79991234567"),
        (A_PHONE, "<text:p>79,991,234,567</text:p>", "79991234567"),
        (A_PHONE, "<text:p>79\u202f991\u202f234\u202f567</text:p>", "79991234567"),
        (
            'office:value-type="float" office:value="1500000000"',
            "<text:p>Rp 1,500,000,000</text:p>",
            "Rp 1,500,000,000",
        ),
        (A_PHONE, "<text:p>###</text:p>", "79991234567"),
        (
            'office:value-type="float" office:value="1234567"',
            "<text:p>1,234,567</text:p>",
            "1,234,567",
        ),
        (
            'office:value-type="string"',
            '<text:p>one<text:s text:c="2"/><text:span>two</text:span></text:p>'
            "<text:p>three</text:p>",
            "one  two\nthree",
        ),
        (
            'office:value-type="string"',
            "<office:annotation><text:p>a note</text:p></office:annotation><text:p>Anna</text:p>",
            "Anna",
        ),
        (
            'office:value-type="string"',
            "<draw:frame><draw:text-box><text:p>a drawing</text:p></draw:text-box></draw:frame>"
            "<text:p>Anna</text:p>",
            "Anna",
        ),
        ('office:value-type="string" office:string-value="Anna"', "", "Anna"),
        ('office:value-type="string" table:formula="of:=NA()"', "<text:p>#N/A</text:p>", "#N/A"),
    ],
)
def test_an_ods_cell_is_read_as_it_is_shown(attributes: str, inside: str, shown: str) -> None:
    assert cells(ods_cell(attributes, inside)) == [(shown,)]


def test_repeated_cells_and_rows_of_an_open_document_cost_nothing() -> None:
    blank = '<table:table-cell table:number-columns-repeated="16382"/>'
    row = (
        '<table:table-row table:number-rows-repeated="2"><table:table-cell '
        'office:value-type="string" table:number-columns-repeated="2"><text:p>x</text:p>'
        f"</table:table-cell>{blank}</table:table-row>"
    )
    empty = f'<table:table-row table:number-rows-repeated="1048000">{blank}</table:table-row>'
    data = ods(f'<table:table table:name="S">{row}{empty}{ods_row("end")}</table:table>')
    assert cells(data) == [("x", "x"), ("x", "x"), ("end", "")]


def test_a_shared_text_is_read_without_its_readings_and_escapes() -> None:
    strings = (
        "<si><r><t>An</t></r><r><rPr><b/></rPr><t>na</t></r></si>"
        '<si><t>東京</t><rPh sb="0" eb="2"><t>とうきょう</t></rPh></si>'
        "<si><t>one_x000D_two_x005F_x000D_</t></si>"
    )
    sheet = '<row r="1">' + "".join(f'<c t="s"><v>{at}</v></c>' for at in range(3)) + "</row>"
    assert cells(xlsx(sheet, strings=strings)) == [("Anna", "東京", "one\rtwo_x000D_")]


def test_half_a_character_stays_an_escape_that_a_database_can_hold() -> None:
    sheet = '<row r="1"><c t="s"><v>0</v></c></row>'
    assert cells(xlsx(sheet, strings="<si><t>a_xD83D_b</t></si>")) == [("a_xD83D_b",)]


def test_cells_of_every_other_type_are_read() -> None:
    sheet = (
        '<row><c t="b"><v>0</v></c><c t="e"><v>#N/A</v></c><c t="d"><v>2026-09-01</v></c>'
        '<c t="d"><v>2026-09-01T09:30:00</v></c><c t="str"><f>A1</f><v>Anna</v></c>'
        '<c t="inlineStr"><is><r><t>Be</t></r><r><t>n</t></r></is></c></row>'
    )
    shown = ("FALSE", "#N/A", "2026-09-01", "2026-09-01 09:30", "Anna", "Ben")
    assert cells(xlsx(sheet)) == [shown]


def test_a_prefix_and_the_strict_form_of_office_open_xml_are_read() -> None:
    strict = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    assert cells(xlsx('<row r="1"><c r="A1"><v>5</v></c></row>', main=strict)) == [("5",)]
    prefixed = f'<x:row xmlns:x="{MAIN}" r="1"><x:c r="A1"><x:v>5</x:v></x:c></x:row>'
    assert cells(xlsx(prefixed)) == [("5",)]


def test_days_are_counted_from_1904_where_the_workbook_says_so() -> None:
    sheet = '<row r="1"><c r="A1" s="1"><v>44804</v></c></row>'
    data = xlsx(sheet, book='<workbookPr date1904="1"/>', styles=[0, 14])
    assert cells(data) == [("2026-09-01",)]
    book, legacy = xls_of([])
    book.dates_1904 = True
    legacy.write(0, 0, 44804, xlwt.easyxf(num_format_str="yyyy-mm-dd"))
    assert cells(saved(book)) == [("2026-09-01",)]


def test_a_format_that_the_workbook_does_not_define_shows_the_plain_number() -> None:
    sheet = '<row r="1"><c r="A1" s="1"><v>1.5</v></c><c r="B1" s="77"><v>1.5</v></c></row>'
    assert cells(xlsx(sheet, styles=[0, 164])) == [("1.5", "1.5")]


def test_an_xls_shows_errors_as_excel_does() -> None:
    book, sheet = xls_of([])
    sheet.row(0).set_cell_error(0, 0x2A)
    assert cells(saved(book)) == [("#N/A",)]
