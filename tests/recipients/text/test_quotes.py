import csv
import io

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.recipients.tables import cells_of
from wa_desktop.errors import InvalidInput, UncertainQuotes
from wa_desktop.recipients.options import Quoting

NUMBERS = [f"+4477009000{n:02}" for n in range(30)]


def table(*replaced: tuple[int, str], delimiter: str = ",") -> str:
    """A header and 30 rows, some of which are replaced; a row's place is its line."""
    lines = ["phone,name,city", *(f"{phone},Name,City" for phone in NUMBERS)]
    for line, text in replaced:
        lines[line - 1] = text
    return "\n".join(lines).replace(",", delimiter) + "\n"


def refused(text: str, line: int) -> str:
    with pytest.raises(UncertainQuotes, match=f"line {line} ") as caught:
        cells_of(text)
    assert caught.value.line == line
    assert "quoting=none" in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    ("first", "last"),
    [
        (
            '+447700900104,"Bob,City',
            '+447700900124,"Ann,City',
        ),
        (
            '+447700900104,"Bob,City',
            '+447700900124,Ann",City',
        ),
        ('"+447700900104,Bob,City', '+447700900124",Ann,City'),
        ('+447700900104,Bob,"City', '+447700900124,Ann,City"'),
        ('"+447700900104,Bob,City', '+447700900124,Ann,City"'),  # shorter
        ('+447700900104,Bob,"City', '+447700900124",Ann,City'),  # longer
        ('+447700900104,"Bob,City', '+447700900124,"Ann",City'),
        ('+447700900104 ::: +447700900105,"Bob,City', '+447700900124 ::: 0,Ann",City'),
    ],
)
@pytest.mark.parametrize("end", [7, 8, 26])
def test_a_quotation_mark_that_swallows_rows_is_refused_with_its_line(
    first: str, last: str, end: int, delimiter: str
) -> None:
    refused(table((6, first), (end, last), delimiter=delimiter), 6)


@pytest.mark.parametrize(
    "row",
    ['+4477,"Bob"x,City', '+4477,"Bob" ,City', '+4477,"Bob" "Ann",City', '+4477,Bob,"City"\''],
)
def test_text_behind_a_closing_quotation_mark_is_refused(row: str) -> None:
    assert "followed by other text" in refused(table((6, row)), 6)


def test_a_refusal_names_where_the_cell_would_end() -> None:
    assert "line 26" in refused(table((6, '+4477,"Bob,City'), (26, '+4478,"Ann,City')), 6)


def test_a_mark_that_is_never_closed_is_refused() -> None:
    assert "never closed" in refused(table((31, '+4477,"Bob,City')), 31)
    assert "never closed" in refused(table((30, '+4477,"Bob,City')), 30)


def test_lines_that_look_like_rows_are_refused_without_a_phone_number_too() -> None:
    rows = "".join(f"a{n},b{n},c{n}\n" for n in range(5))
    text = (
        f'name,city,phone\nAnn,Bath,+447700900001\n"Bob,York,none\n{rows}Zoe",Ely,+447700900002\n'
    )
    refused(text, 3)


def test_plain_quotation_marks_are_the_way_out() -> None:
    text = table((6, '+4477,"Bob,City'), (26, '+4478,"Ann,City'))
    rows = cells_of(text, quoting=Quoting.NONE)
    assert len(rows) == 30
    assert rows[4] == ("+4477", '"Bob', "City")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('5" pipe', '5" pipe'),
        ('Bob "The Hat" Ross', 'Bob "The Hat" Ross'),
        ('"5"" pipe"', '5" pipe'),
        ('"He said ""no"""', 'He said "no"'),
        ('""', ""),
        ('"Smith, John"', "Smith, John"),
        (' "Smith, John"', "Smith, John"),
        ("5' 6\"", "5' 6\""),
        ("\u201cBob\u201d", "\u201cBob\u201d"),
    ],
)
def test_quotation_marks_that_leave_no_doubt_are_read(written: str, read: str) -> None:
    assert cells_of(table((6, f"+447700900004,{written},City")))[4][1] == read


@pytest.mark.parametrize(
    "address",
    [
        "12 High Street\nLondon",
        "12 High Street,\r\nLondon, N1\r\nUnited Kingdom",
        "Flat 2, 12 High Street,\nLondon, Greater London, N1 9GU",
        "\nLondon\n\n",
        "Dear Ann,\n\nyour order, number 42, is ready.\nSee you soon, Bob\n",
        "+44 7700 900001\n+44 7700 900002",
        "First visit, 2026-09-01\nNext visit, 2026-10-01, 10:30",
    ],
)
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_a_cell_of_several_lines_is_read(address: str, quoting: int) -> None:
    rows = [("phone", "address", "note"), *((phone, address, "") for phone in NUMBERS[:3])]
    rows.append((NUMBERS[3], address, "with a note"))
    text = io.StringIO(newline="")
    csv.writer(text, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    assert [row[1] for row in cells_of(text.getvalue())] == [address.strip()] * 4


def test_rows_that_lack_their_last_cells_may_have_cells_of_several_lines() -> None:
    rows = "".join(f'{phone},"High Street\nLondon"\n' for phone in NUMBERS[:3])
    plain = "".join(f"{phone},Paris\n" for phone in NUMBERS[3:])
    assert len(cells_of("phone,address,note\n" + rows + plain)) == 30


def test_a_cell_without_end_is_too_long_when_marks_are_plain() -> None:
    with pytest.raises(InvalidInput, match=r"line 2 .*longer"):
        cells_of("phone,name\n+79991110000," + "x" * 200_000 + "\n", quoting=Quoting.NONE)


@given(
    line=st.integers(0, 9),
    end=st.integers(1, 9),
    place=st.integers(0, 60),
    other=st.integers(0, 60),
)
@settings(deadline=None, max_examples=300)
def test_two_marks_anywhere_never_put_one_persons_number_into_anothers_row(
    line: int, end: int, place: int, other: int
) -> None:
    lines = [f"Name{n},+44770090000{n},City{n},note {n}" for n in range(10)]
    assume(line + end < 10)
    for at, where in ((line, place), (line + end, other)):
        lines[at] = lines[at][:where] + '"' + lines[at][where:]
    try:
        rows = cells_of("name,phone,city,note\n" + "\n".join(lines) + "\n")
    except UncertainQuotes:
        return
    for row in rows:
        assert sum(cell.count("+4477009") for cell in row) <= 1
