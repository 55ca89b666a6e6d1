from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wa_desktop.recipients.columns import plan_columns
from wa_desktop.recipients.files import open_table
from wa_desktop.recipients.json_rows import json_row, read_json_rows
from wa_desktop.recipients.rows import ReadRow, RecipientRow, RejectedRow, read_rows


def rows(text: str, country: str | None = None) -> list[ReadRow]:
    table = open_table(text.encode())
    return list(read_rows(table, plan_columns(table, country=country), country=country))


def test_rows_carry_line_phone_message_and_variables() -> None:
    assert rows("phone;Имя;message\n+7 999 000-00-01;Анна;Привет\n\n79990000002;Ben;\n") == [
        RecipientRow(2, "79990000001", "Привет", {"Имя": "Анна"}),
        RecipientRow(4, "79990000002", None, {"Имя": "Ben"}),
    ]


def test_a_default_country_reads_local_numbers() -> None:
    assert rows("phone,name\n8 999 000-00-01,Anna\n", "RU") == [
        RecipientRow(2, "79990000001", None, {"name": "Anna"})
    ]


def test_a_second_column_supplies_the_number_where_the_first_is_blank() -> None:
    table = open_table(
        b"phone,work\n+79990000001,+79990000002\n ,+79990000003\n12,+79990000004\n,\n"
    )
    found = list(read_rows(table, plan_columns(table, second_phone="work")))
    assert [row.phone for row in found if isinstance(row, RecipientRow)] == [
        "79990000001",
        "79990000003",
    ]
    assert [row.line for row in found if isinstance(row, RejectedRow)] == [4]


@pytest.mark.parametrize("first", ["-", "n/a", "#N/A", "нет"])
def test_a_second_column_supplies_the_number_where_the_first_has_no_digit(first: str) -> None:
    table = open_table(f"phone,work\n+79990000001,\n{first},+79990000003\n".encode())
    found = list(read_rows(table, plan_columns(table, second_phone="work")))
    assert [row.phone for row in found if isinstance(row, RecipientRow)] == [
        "79990000001",
        "79990000003",
    ]


def test_numbers_on_two_lines_of_a_cell_are_shown_on_one() -> None:
    (found,) = rows('phone\n"+7 999 000-00-01\n+7 999 000-00-02"\n')
    assert isinstance(found, RecipientRow)
    assert found.written == "+7 999 000-00-01 +7 999 000-00-02"


def test_a_row_says_how_many_further_numbers_stood_in_its_cell() -> None:
    found = rows("phone,name\n+7 495 000-00-01 ::: +7 999 000-00-01,Anna\n+79990000002,Ben\n")
    assert found == [
        RecipientRow(2, "79990000001", None, {"name": "Anna"}, None, 1),
        RecipientRow(3, "79990000002", None, {"name": "Ben"}),
    ]


def test_numbers_that_are_only_possible_are_read_where_asked_for() -> None:
    table = open_table(b"phone,name\n+15550783881,Test\n")
    plan = plan_columns(table)
    (refused,) = read_rows(table, plan)
    assert isinstance(refused, RejectedRow)
    assert "possible, but not valid" in refused.reason
    (taken,) = read_rows(table, plan, possible=True)
    assert isinstance(taken, RecipientRow)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("8 999 000-00-01", "8 999 000-00-01"),
        ("007 (999) 000-00-01", "007 (999) 000-00-01"),
        ("+7 (999) 000-00-01", None),
        ("7.999.000.00.01", None),
        ("79990000001", None),
    ],
)
def test_a_number_is_kept_as_written_where_other_digits_are_dialled(
    text: str, written: str | None
) -> None:
    [row] = rows(f"phone,name\n{text},Anna\n", "RU")
    found = json_row(1, {"phoneNumber": text}, country="RU")
    assert isinstance(row, RecipientRow)
    assert isinstance(found, RecipientRow)
    assert (row.phone, row.written, found.written) == ("79990000001", written, written)


def test_no_row_is_dropped_in_silence() -> None:
    found = rows("phone,name\n12,A\n,B\n+79990000001\n+79990000002,C,extra\n+79990000003,D,\n")
    assert found == [
        RejectedRow(2, "12", "too short for a phone number"),
        RejectedRow(3, "", "no phone number"),
        RecipientRow(4, "79990000001", None, {"name": ""}),
        RejectedRow(5, "+79990000002", "has more cells than there are columns"),
        RecipientRow(6, "79990000003", None, {"name": "D"}),
    ]


def test_a_long_wrong_phone_is_shown_cut_short() -> None:
    found = rows("phone,name\n+79990000001,A\n" + "9" * 200 + ",B\n")
    assert found[1] == RejectedRow(3, "9" * 40, "too long for a phone number")


def test_a_zero_character_rejects_its_row_alone() -> None:
    text = "phone,name\n" + "+79990000001,A\n" * 200 + "+79990000002,B\0b\n"
    found = rows(text)
    assert isinstance(found[-2], RecipientRow)
    assert isinstance(found[-1], RejectedRow)
    assert "zero character" in found[-1].reason


def test_a_column_without_a_title_is_a_variable_when_rows_have_something_there() -> None:
    found = rows("phone,name,,\n+79990000001,Anna,note,\n")
    assert found == [RecipientRow(2, "79990000001", None, {"name": "Anna", "column 3": "note"})]


@pytest.mark.parametrize(
    ("item", "row"),
    [
        ({"phoneNumber": "79991234567"}, RecipientRow(3, "79991234567")),
        ({"phoneNumber": 79991234567}, RecipientRow(3, "79991234567")),
        (
            {"phoneNumber": "+7 999 123-45-67", "message": "Привет! 👋"},
            RecipientRow(3, "79991234567", "Привет! 👋"),
        ),
        ({"phoneNumber": "79991234567", "message": "  "}, RecipientRow(3, "79991234567")),
        (
            {"phoneNumber": "79991234567", "variables": {"a": "x", "b": 2, "c": 2.5, "d": 3.0}},
            RecipientRow(3, "79991234567", None, {"a": "x", "b": "2", "c": "2.5", "d": "3"}),
        ),
        (
            {"phoneNumber": "79991234567", "message": None, "variables": {"a": None}},
            RecipientRow(3, "79991234567", None, {"a": ""}),
        ),
    ],
)
def test_a_json_recipient_is_read(item: Mapping[str, object], row: RecipientRow) -> None:
    assert json_row(3, item) == row


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (None, "must be an object with a phoneNumber"),
        ("79991234567", "must be an object with a phoneNumber"),
        ({}, "phoneNumber is missing"),
        ({"phoneNumber": None}, "phoneNumber is missing"),
        ({"phoneNumber": True}, "phoneNumber must be a text"),
        ({"phoneNumber": ["79991234567"]}, "phoneNumber must be a text"),
        ({"phoneNumber": 10**5000}, "phoneNumber must be a text"),
        ({"phoneNumber": "12"}, "too short for a phone number"),
        ({"phoneNumber": "79991234567", "message": 5}, "message must be a text"),
        ({"phoneNumber": "79991234567", "variables": []}, "variables must be an object"),
        (
            {"phoneNumber": "79991234567", "variables": {"a": True}},
            "variable 'a' must be a text or a number",
        ),
        (
            {"phoneNumber": "79991234567", "variables": {"a": float("nan")}},
            "variable 'a' must be a text or a number",
        ),
        (
            {"phoneNumber": "79991234567", "message": "\ud800"},
            "message holds half a character (a lone surrogate)",
        ),
        (
            {"phoneNumber": "79991234567", "message": "a\0"},
            "message holds a zero character, which no message can carry",
        ),
    ],
)
def test_what_is_no_json_recipient_is_rejected_with_its_place(item: object, reason: str) -> None:
    row = json_row(7, item)
    assert isinstance(row, RejectedRow)
    assert (row.line, row.reason) == (7, reason)


def test_json_recipients_follow_the_same_rule_about_possible_numbers() -> None:
    item = {"phoneNumber": "+15550783881"}
    refused = json_row(0, item)
    assert isinstance(refused, RejectedRow)
    assert "possible, but not valid" in refused.reason
    assert json_row(0, item, possible=True) == RecipientRow(0, "15550783881")


def test_json_rows_are_counted_from_the_given_start() -> None:
    found = list(read_json_rows([{"phoneNumber": "79991234567"}, 5], start=10))
    assert [row.line for row in found] == [10, 11]


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["phoneNumber", "message", "variables", "x"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@given(JSON)
@settings(deadline=None, max_examples=200)
def test_no_json_value_raises(item: object) -> None:
    row = json_row(0, item)
    assert isinstance(row, RecipientRow | RejectedRow)
