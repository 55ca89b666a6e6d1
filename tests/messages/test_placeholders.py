import pytest
from hypothesis import given
from hypothesis import strategies as st

from wa_desktop.messages.placeholders import (
    MissingFields,
    fields_of,
    render,
    stray_field,
    unknown_fields,
)


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("Hello, {{name}}!", "Hello, Anna!"),
        ("Hello, {{ NAME }}!", "Hello, Anna!"),
        ("Привет из города {{Город}}", "Привет из города Омск"),
        ("{{Order  Number}}", "A-1"),
        ("{{name}}{{name}}", "AnnaAnna"),
        ("{{{name}}}", "{Anna}"),
        ("{{missing|there}} and {{ missing | dear friend }}", "there and dear friend"),
        ("Hi {{blank|you}}", "Hi you"),
        ("Hi{{blank|}}!", "Hi!"),
        ("{{name|you}}", "Anna"),
        (
            "{name} { {name} } {{}} {{ }} {{|x}} {{name",
            "{name} { {name} } {{}} {{ }} {{|x}} {{name",
        ),
        ("", ""),
    ],
)
def test_fields_are_filled_in_and_other_braces_left_alone(text: str, rendered: str) -> None:
    values = {"Name": "Anna", "город": "Омск", "order number": "A-1", "blank": "  "}
    assert render(text, values) == rendered


def test_a_value_with_braces_is_not_filled_in_again() -> None:
    assert render("{{a}} {{b}}", {"a": "{{b}}", "b": "x"}) == "{{b}} x"


def test_missing_and_blank_values_are_named_once_as_written() -> None:
    text = "{{Name}} {{city}} {{Name}} {{order|none}}"
    assert render(text, {"city": " "}) == MissingFields(("Name", "city"))


def test_fields_are_listed_in_their_order_with_their_fallbacks() -> None:
    found = [(one.name, one.fallback) for one in fields_of("{{b}} {{A|x}} {{b|}}")]
    assert found == [("b", None), ("A", "x"), ("b", "")]


def test_fields_that_no_column_answers_to_are_unknown() -> None:
    assert unknown_fields("{{Name}} {{city}} {{zip|?}} {{city}}", ("NAME",)) == ("city",)


@pytest.mark.parametrize(
    ("text", "stray"),
    [
        ("Hello {{name, how are you?", "{{name, how are you?"),
        ("Hello name}} {{city}}", "Hello name}}"),
        ("{{name}} {{}} x", "{{}} x"),
        ("{{a}} {b} { {c} }", None),
        ("plain", None),
    ],
)
def test_half_a_field_is_found(text: str, stray: str | None) -> None:
    assert stray_field(text) == stray


@given(st.text(), st.dictionaries(st.text(), st.text()))
def test_a_text_without_double_braces_comes_out_as_it_went_in(
    text: str, variables: dict[str, str]
) -> None:
    text = text.replace("{{", "{")
    assert render(text, variables) == text


@given(st.text("{}| ab", max_size=60), st.dictionaries(st.sampled_from("ab"), st.text()))
def test_no_text_raises(text: str, variables: dict[str, str]) -> None:
    assert isinstance(render(text, variables), str | MissingFields)


def test_a_long_text_of_open_braces_is_read_in_no_time() -> None:
    text = "{{" * 200_000 + " " * 200_000
    assert render(text, {}) == text


@pytest.mark.parametrize(
    "error", ["#N/A", " #n/a ", "#REF!", "#DIV/0!", "#Н/Д", "#NV", "#¡VALOR!", "Err:502", "#####"]
)
def test_an_error_of_a_spreadsheet_is_no_value(error: str) -> None:
    assert render("You owe {{sum}}.", {"sum": error}) == MissingFields(("sum",))
    assert render("You owe {{sum|an amount}}.", {"sum": error}) == "You owe an amount."


@pytest.mark.parametrize("value", ["#1", "#sale", "Error", "E", "see #N/A", "#", "#VIP!"])
def test_a_value_that_only_resembles_an_error_of_a_spreadsheet_is_used(value: str) -> None:
    assert render("{{a}}", {"a": value}) == value
