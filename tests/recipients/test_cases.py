"""The table of real-world files: each ends as ``cases/cases.toml`` says."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from wa_desktop.errors import InvalidInput
from wa_desktop.recipients.found_rows import LeftOutReason
from wa_desktop.recipients.options import Quoting, ReadOptions
from wa_desktop.recipients.preview import FilePreview, preview_file
from wa_desktop.recipients.reading import stream_rows
from wa_desktop.recipients.rows import RecipientRow

CASES = Path(__file__).parent / "cases"
ENTRIES: list[dict[str, Any]] = tomllib.loads((CASES / "cases.toml").read_text("utf-8"))["case"]
OPTIONS = {"quoting": Quoting, "hidden_rows": bool, "country": str, "header_row": int}
TOLD = {"file", "why", "note", "or_with"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a file: its preview with the numbers that it gave, or a refusal's words."""

    preview: FilePreview | None
    refusal: str = ""
    phones: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)


def read(entry: dict[str, Any], **more: Any) -> Outcome:
    given = {key: entry[key] for key in OPTIONS if key in entry} | more
    path = CASES / entry["file"]
    options = ReadOptions(**{key: OPTIONS[key](value) for key, value in given.items()})
    try:
        preview = preview_file(path, options)
    except InvalidInput as error:
        return Outcome(None, str(error))
    with stream_rows(path, preview.settled) as stream:
        rows = [row for chunk in stream for row in chunk if isinstance(row, RecipientRow)]
    return Outcome(
        preview,
        phones=[row.phone for row in rows],
        values=[value for row in rows for value in row.variables.values()],
    )


def check(key: str, expected: Any, outcome: Outcome) -> None:
    """Assert one line of a case; an unknown key fails the test."""
    if key == "refused":
        assert outcome.preview is None
        for part in expected:
            assert part in outcome.refusal
        return
    preview = outcome.preview
    assert preview is not None, outcome.refusal
    reasons = {row.phone_text: row.reason for row in preview.rejections}
    found: dict[str, Callable[[], object]] = {
        "good": lambda: preview.good,
        "duplicates": lambda: preview.duplicates,
        "encoding": lambda: preview.encoding,
        "columns": lambda: list(preview.columns),
        "phone_column": lambda: preview.columns[preview.plan.phone],
        "phones": lambda: outcome.phones,
        "rejected": lambda: reasons,
        "left_out": lambda: {one.value: count for one, count in preview.left_out.items()},
    }
    assert found[key]() == expected


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry["file"] for entry in ENTRIES])
def test_a_real_world_file_ends_as_its_case_says(entry: dict[str, Any]) -> None:
    outcome = read(entry)
    for key, expected in entry.items():
        if key == "values":
            check_amounts(outcome)
        elif key == "either":
            check_web_page(outcome)
        elif key not in TOLD | set(OPTIONS):
            check(key, expected, outcome)
    if "or_with" in entry:
        other = dict(entry["or_with"])
        chosen = {key: other.pop(key) for key in OPTIONS if key in other}
        for key, expected in other.items():
            check(key, expected, read(entry, **chosen))


def check_amounts(outcome: Outcome) -> None:
    """The amounts of the workbook as its cells show them, none with digits that they lack."""
    assert outcome.preview is not None, outcome.refusal
    assert outcome.values
    assert not [value for value in outcome.values if "000000" in value or "999999" in value]
    assert any(value in ("6.05", "6,05") for value in outcome.values)
    assert any(value in ("57.7", "57.70") for value in outcome.values)


def check_web_page(outcome: Outcome) -> None:
    """Read as the table that it shows."""
    assert outcome.preview is not None, outcome.refusal
    assert outcome.preview.columns == ("Phone", "Name")
    assert outcome.preview.good == 5
    assert outcome.values == [f"Name{number}" for number in range(5)]


def test_every_reason_for_leaving_rows_out_is_counted_in_some_case() -> None:
    counted = {reason for entry in ENTRIES for reason in entry.get("left_out", {})}
    assert counted == {reason.value for reason in LeftOutReason}
