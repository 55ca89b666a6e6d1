"""Known values of spreadsheet programs, and properties that hold for every number."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wa_desktop.recipients.workbooks.formats.number_formats import BUILT_IN, number_format

ACCOUNTING = '_("$"* #,##0.00_);_("$"* \\(#,##0.00\\);_("$"* "-"??_);_(@_)'
US_PHONE = "[<=9999999]###-####;(###) ###-####"
RUSSIAN_DATE = '[$-FC19]d mmmm yyyy "г."'
DAY = 46266  # 2026-09-01


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("General", 6.0500000000000007, "6.05"),
        ("General", 57.699999999999996, "57.7"),
        ("General", 0.1 + 0.2, "0.3"),
        ("General", 1 / 3, "0.333333333"),
        ("General", 12345.678, "12345.678"),
        ("General", 1234567890.55, "1234567890.55"),
        ("General", -2.5, "-2.5"),
        ("General", -0.0, "0"),
        ("General", 0.00001234, "0.00001234"),
        ("General", 1e-12, "1E-12"),
        ("General", 1e20, "1E+20"),
        ("", 12, "12"),
        ("[Red]", 12, "12"),
        ("@", 79991234567, "79991234567"),
        ('General" kg"', 2.5, "2.5 kg"),
        ("0", 2.5, "3"),
        ("0.00", 1.005, "1.01"),
        ("0.00", 2.675, "2.68"),
        ("0.00", -0.001, "0.00"),
        ("#,##0.00", 1234.5, "1,234.50"),
        ("#,##0.00", 6.0500000000000007, "6.05"),
        ("#,##0.00", -1234567.891, "-1,234,567.89"),
        ("#,##0", 999, "999"),
        ("#,##0;[Red]-#,##0", -1234, "-1,234"),
        ("#,##0.00_);(#,##0.00)", -5, "(5.00)"),
        ("#,##0,", 1234567, "1,235"),
        ('0.0,,"M"', 1234567, "1.2M"),
        ("#.##", 5, "5."),
        ("#", 0, ""),
        (".00", 0.5, ".50"),
        ("0.0#", 1.5, "1.5"),
        ("000.000", 1.5, "001.500"),
        ("0%", 0.15, "15%"),
        ("0.0%", 0.28999999999999998, "29.0%"),
        ('"€" 0.00', 3, "€ 3.00"),
        ("[$€-407] #,##0.00", 1234.5, "€ 1,234.50"),
        ("#,##0.00\\ [$₽-419]", 1234.5, "1,234.50 ₽"),
        ("[$USD] 0.00", 3, "USD 3.00"),
        (ACCOUNTING, 1234.5, "$1,234.50"),
        (ACCOUNTING, -1234.5, "$(1,234.50)"),
        (ACCOUNTING, 0, "$-"),
        ('0;-0;"none"', 0, "none"),
        ('[>=100]"many";[>=10]"some";0', 50, "some"),
        ('[>=100]"many";[>=10]"some";0', -3, "-3"),
        (";;;", 5, ""),
        ("# ?/?", 1.5, "1.5"),
        ("0.00E+00", 79991234567, "79991234567"),
        ("0.00E+00", 0.5, "0.5"),
    ],
)
def test_numbers(code: str, value: float, shown: str) -> None:
    assert number_format(code).number(float(value)) == shown


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("General", 79991234567, "79991234567"),
        ("0", 79991234567, "79991234567"),
        ("#,##0", 79991234567, "79991234567"),
        ("#,##0_);(#,##0)", 79991234567, "79991234567"),
        ('"Rp" #,##0', 1500000000, "Rp 1,500,000,000"),
        ("#,##0.00", 1500000000, "1,500,000,000.00"),
        ("+0", 79991234567, "+79991234567"),
        ("00000000000", 1234567, "00001234567"),
        ("(000) 000-0000", 5551234567, "(555) 123-4567"),
        ("+7 (000) 000-00-00", 9991234567, "+7 (999) 123-45-67"),
        ("0000-0000", 12345678, "1234-5678"),
        (US_PHONE, 5551234567, "(555) 123-4567"),
        (US_PHONE, 5551234, "555-1234"),
    ],
)
def test_phone_numbers_keep_their_digits(code: str, value: float, shown: str) -> None:
    assert number_format(code).number(float(value)) == shown


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("dd.mm.yyyy", DAY, "01.09.2026"),
        ("d/m/yy", DAY, "1/9/26"),
        ("yyyy-mm-dd", 1, "1900-01-01"),
        ("yyyy-mm-dd", 59, "1900-02-28"),
        ("yyyy-mm-dd", 61, "1900-03-01"),
        ("[$-409]d\\-mmm\\-yy;@", DAY, "1-Sep-26"),
        ("dddd, mmmm d, yyyy", DAY, "Tuesday, September 1, 2026"),
        (RUSSIAN_DATE, DAY, "1 сентября 2026 г."),
        ("[$-419]mmmm yyyy", DAY, "Сентябрь 2026"),
        ("[$-de-DE]d. mmmm", DAY, "1. September"),
        ("[$-411]yyyy mmmm", DAY, "2026-09-01"),
        ("[$-F800]dddd, mmmm dd, yyyy", DAY, "2026-09-01"),
        ("yyyy-mm-dd hh:mm", DAY + 0.5, "2026-09-01 12:00"),
        ("h:mm", 0.645833333333333, "15:30"),
        ("h:mm:ss", 0.645833333333333, "15:30:00"),
        ("h:mm AM/PM", 0.75, "6:00 PM"),
        ("h AM/PM", 0.0, "12 AM"),
        ("[$-F400]h:mm:ss AM/PM", 0.75, "18:00:00"),
        ("[h]:mm", 1.5, "36:00"),
        ("mm:ss.0", 0.00012345, "00:10.6"),
        ("m/d/yyyy h:mm", DAY + 0.25, "9/1/2026 6:00"),
        ("dd.mm.yyyy", -1, "-1"),
        ("dd.mm.yyyy", 79991234567, "79991234567"),
        (BUILT_IN[14], DAY, "2026-09-01"),
        (BUILT_IN[22], DAY + 0.25, "2026-09-01 06:00"),
    ],
)
def test_dates_and_times(code: str, value: float, shown: str) -> None:
    assert number_format(code).number(float(value)) == shown


def test_days_are_counted_from_1904_where_the_workbook_says_so() -> None:
    assert number_format("yyyy-mm-dd", True).number(0.0) == "1904-01-01"
    assert number_format("yyyy-mm-dd", True).number(DAY - 1462.0) == "2026-09-01"


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("General", "Anna"),
        ("0.00", "Anna"),
        ('"Dear "@', "Dear Anna"),
        ('0;-0;0;"Dear "@', "Dear Anna"),
        ("0;0;0;", ""),
    ],
)
def test_texts(code: str, shown: str) -> None:
    assert number_format(code).text(" Anna " if code == "General" else "Anna") == shown


MONEY = st.decimals(min_value=-(10**11), max_value=10**11, places=2)


@given(MONEY)
def test_amounts_with_two_decimals_are_shown_exactly(amount: Decimal) -> None:
    shown = number_format("#,##0.00").number(float(amount))
    assert Decimal(shown.replace(",", "")) == amount
    assert shown in (f"{amount:,.2f}", f"{amount:,.2f}".lstrip("-"))


@given(MONEY)
def test_amounts_without_a_format_keep_their_cents(amount: Decimal) -> None:
    assert Decimal(number_format("General").number(float(amount))) == amount


@given(st.integers(min_value=-(10**15), max_value=10**15), st.sampled_from(["General", "0", "@"]))
def test_whole_numbers_keep_every_digit(value: int, code: str) -> None:
    assert number_format(code).number(float(value)) == str(value)


@given(st.text(alphabet='0#?.,%;"\\_*[]$-E+/@ymdhsAMP <>=€1', max_size=25), st.floats())
def test_no_code_and_no_number_is_too_odd_for_a_text(code: str, value: float) -> None:
    assert isinstance(number_format(code).number(value), str)
    assert isinstance(number_format(code).text("Anna"), str)


@pytest.mark.parametrize("code", sorted(set(BUILT_IN.values())))
def test_no_built_in_format_hides_a_number(code: str) -> None:
    assert number_format(code).number(DAY + 0.5)
    assert number_format(code).text("Anna") == "Anna"
