"""A workbook leaves separators and short dates to the computer's region; a message must not."""

from io import BytesIO

import openpyxl
import pytest

from wa_desktop.errors import InvalidInput
from wa_desktop.recipients.files import open_table
from wa_desktop.recipients.workbooks.formats.number_formats import (
    BUILT_IN,
    number_format,
    region_sample,
)
from wa_desktop.recipients.workbooks.formats.regions import region_of

NBSP, THIN = "\u00a0", "\u202f"
DAY = 46387.0  # 31 December 2026


@pytest.mark.parametrize(
    ("region", "amount", "whole", "general", "date", "moment"),
    [
        (None, "1,234.50", "15,000", "6.05", "2026-12-31", "2026-12-31 12:00"),
        ("en_US", "1,234.50", "15,000", "6.05", "12/31/2026", "12/31/2026 12:00"),
        ("ru", f"1{NBSP}234,50", f"15{NBSP}000", "6,05", "31.12.2026", "31.12.2026 12:00"),
        ("de-DE", "1.234,50", "15.000", "6,05", "31.12.2026", "31.12.2026 12:00"),
        ("pt-BR", "1.234,50", "15.000", "6,05", "31/12/2026", "31/12/2026 12:00"),
        ("fr", f"1{THIN}234,50", f"15{THIN}000", "6,05", "31/12/2026", "31/12/2026 12:00"),
        (
            "bg",
            f"1{NBSP}234,50",
            f"15{NBSP}000",
            "6,05",
            f"31.12.2026{THIN}г.",
            f"31.12.2026{THIN}г. 12:00",
        ),
    ],
)
def test_a_region_shows_numbers_and_short_dates_its_own_way(
    region: str | None, amount: str, whole: str, general: str, date: str, moment: str
) -> None:
    def shown(code: str, value: float) -> str:
        return number_format(code, region=region_of(region)).number(value)

    assert shown("#,##0.00", 1234.5) == amount
    assert shown("#,##0", 15000) == whole
    assert shown("General", 6.0500000000000007) == general
    assert shown(BUILT_IN[14], DAY) == date
    assert shown(BUILT_IN[22], DAY + 0.5) == moment


def test_a_region_changes_no_literal_and_no_date_that_has_a_form_of_its_own() -> None:
    ru = region_of("ru")
    assert number_format('"No. "#,##0.0" approx."', region=ru).number(1234.56) == (
        f"No. 1{NBSP}234,6 approx."
    )
    assert number_format("0.0##,## x", region=ru).number(1.5).startswith("1,5")
    assert number_format("yyyy-mm-dd", region=ru).number(DAY) == "2026-12-31"
    assert number_format("yyyy-mm-dd hh:mm", region=ru).number(DAY) == "2026-12-31 00:00"
    assert number_format("0.0%", region=ru).number(0.125) == "12,5%"


def test_a_phone_kept_as_a_number_keeps_its_digits_in_every_region() -> None:
    for tag in ("ru", "de", "fr", None):
        for code in ("General", "#,##0", "0"):
            shown = number_format(code, region=region_of(tag)).number(79991234567.0)
            assert shown == "79991234567", (tag, code)


@pytest.mark.parametrize("tag", ["", "C", "xx", "12", "r\0u", "ru_RU.UTF-8@x", "a" * 300])
def test_what_is_no_region_is_refused_in_words(tag: str) -> None:
    with pytest.raises(InvalidInput, match=r"is no region\. Use a tag such as ru, de or pt-BR"):
        region_of(tag)


def test_a_workbook_is_read_as_its_region_shows_it() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["phone", "owed", "price"])
    sheet.append([79990000001, 1234.5, 6.05])
    sheet["B2"].number_format = "#,##0.00"
    data = BytesIO()
    book.save(data)
    table = open_table(data.getvalue(), region="ru")
    assert list(table) == [(2, ("79990000001", f"1{NBSP}234,50", "6,05"))]
    assert list(open_table(data.getvalue())) == [(2, ("79990000001", "1,234.50", "6.05"))]


def test_a_sample_shows_an_amount_and_a_date() -> None:
    assert region_sample(region_of("de")) == "1.234,50 · 31.12.2026"
    assert region_sample(region_of(None)) == "1,234.50 · 2026-12-31"
