"""JSON read piece by piece says the same as JSON read at once."""

import io
import json
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wa_desktop.errors import InvalidInput
from wa_desktop.server import json_stream
from wa_desktop.server.json_stream import (
    MalformedJson,
    line_items,
    list_items,
    parse_json,
    read_document,
)

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False,
    allow_infinity=False) | st.text()  # fmt: skip
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10
)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of a few bytes, so that every kind of value is cut somewhere."""
    monkeypatch.setattr(json_stream, "_CHUNK", 3)


@given(
    fields=st.dictionaries(st.text().filter(lambda one: one != "rows"), JSON, max_size=5),
    rows=st.lists(JSON),
    ascii_only=st.booleans(),
    indent=st.none() | st.integers(0, 3),
)
@example(fields={}, rows=[12345, -1.5, "я" * 10, None], ascii_only=False, indent=None)
def test_any_document_is_read_as_the_whole_would_be(
    fields: dict[str, object], rows: list[object], ascii_only: bool, indent: int | None
) -> None:
    text = json.dumps(fields | {"rows": rows}, ensure_ascii=ascii_only, indent=indent)
    file = io.BytesIO(text.encode("utf-8", "surrogatepass"))
    document = read_document(file, "rows")
    assert document.fields == fields
    assert document.has_list
    assert not document.bare_list
    assert list(list_items(file, "rows")) == rows


@given(st.lists(JSON))
def test_a_list_alone_is_read(rows: list[object]) -> None:
    file = io.BytesIO(json.dumps(rows).encode())
    assert read_document(file, "rows").bare_list
    assert list(list_items(file, "rows")) == rows


@given(st.lists(JSON))
def test_lines_are_read(rows: list[object]) -> None:
    file = io.BytesIO("\n".join(map(json.dumps, rows)).encode())
    assert list(line_items(file)) == rows


@given(st.binary())
@example(b"[")
@example(b'{"rows": [1, {"a": "')
@example(b'{"rows": [01]}')
@example(b"\xef\xbb\xbf")
@example(b"\xef")
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    try:
        read_document(io.BytesIO(data), "rows")
    except (MalformedJson, InvalidInput):
        return
    assert isinstance(parse_json(data), dict | list)


@given(JSON.map(json.dumps), st.integers(0, 200))
def test_a_document_cut_short_is_never_taken_for_whole(text: str, end: int) -> None:
    whole = f'{{"rows": [{text}], "a": {text}}}'
    with pytest.raises(MalformedJson):
        read_document(io.BytesIO(whole[: min(end, len(whole) - 1)].encode()), "rows")


def test_a_refusal_names_the_character_of_the_whole_body() -> None:
    with pytest.raises(MalformedJson, match=r"character 14\)"):
        read_document(io.BytesIO(b'{"rows": [1, 2x]}'.replace(b"2x", b"x")), "rows")


def test_an_item_without_end_is_refused_before_it_fills_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(json_stream, "LONGEST_ITEM", 1000)
    with pytest.raises(MalformedJson, match="1,000 characters"):
        read_document(io.BytesIO(b'["' + b"x" * 100_000 + b'"]'), "rows")


def test_large_numbers_stay_what_they_are() -> None:
    assert parse_json(b"123456789012345678901234567890") == 123456789012345678901234567890
    found = parse_json(b"1e999")
    assert isinstance(found, float)
    assert math.isinf(found)
