"""A file that holds persons in several spellings of their numbers."""

import tomllib
from pathlib import Path

from wa_desktop.recipients.options import ReadOptions
from wa_desktop.recipients.preview import preview_file

CASES = Path(__file__).parent / "cases"


def test_a_preview_counts_persons_not_spellings() -> None:
    name = "w_same_person.csv"
    cases = tomllib.loads((CASES / "cases.toml").read_text(encoding="utf-8"))["case"]
    [case] = [one for one in cases if one["file"] == name]
    preview = preview_file(CASES / name, ReadOptions())
    assert (preview.good, preview.duplicates) == (case["good"], case["duplicates"])
    assert preview.rejected == 0
