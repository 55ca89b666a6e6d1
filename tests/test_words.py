"""Sentences keep their parts; what was stored as plain text is recognised again."""

import copy
import json
import pickle
from pathlib import Path

import pytest

from wa_desktop.errors import InvalidInput, NoPhoneColumn, NotFound, Problem, listed
from wa_desktop.recipients.options import ReadOptions
from wa_desktop.recipients.reading import PreviewReading
from wa_desktop.words import Sentences, Words, fields, joined, words

PAUSED = "The same error came {times} times in a row. {cause}"
CAUSE = "{cause} (code {code})"
EXPIRED = "The access token has expired or was withdrawn. Enter a new one; the queue is kept."
SENTENCES = Sentences(
    (PAUSED, CAUSE, EXPIRED, "{name} is a folder. Choose a file inside it.", "no")
)


def test_a_sentence_is_its_english_text() -> None:
    said = words("{name} has {width:,} columns.", name="list.csv", width=2_500)
    assert said == "list.csv has 2,500 columns."
    assert json.dumps([said]) == '["list.csv has 2,500 columns."]'
    assert hash(said) == hash("list.csv has 2,500 columns.")


def test_an_error_gives_its_parts_back() -> None:
    said = str(InvalidInput(words("{path} is gone.", path=Path("a.csv"))))
    assert isinstance(said, Words)
    assert (said.template, said.arguments) == ("{path} is gone.", {"path": "a.csv"})


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda one: _pickled(one)])
def test_a_copy_has_the_parts_of_the_original(copied: object) -> None:
    assert callable(copied)
    inner = words("{what} is out of reach", what=words("Redis"))
    again = copied(words("{said}.", said=inner))
    assert again == "Redis is out of reach."
    assert isinstance(again, Words)
    said = again.arguments["said"]
    assert isinstance(said, Words)
    assert said.template == "{what} is out of reach"


def test_parts_cross_from_the_process_that_reads_a_file(tmp_path: Path) -> None:
    with PreviewReading(tmp_path, ReadOptions()) as reading, pytest.raises(InvalidInput) as caught:
        reading.result()
    said = str(caught.value)
    assert said == f"{tmp_path.name} is a folder. Choose a file inside it."
    assert isinstance(said, Words)
    assert said.template == "{name} is a folder. Choose a file inside it."
    assert said.arguments == {"name": tmp_path.name}


def test_texts_in_a_row_keep_their_own_parts() -> None:
    said = joined("; {", (words("{a} b", a=1), "plain"))
    assert said == "1 b; {plain"
    assert [type(one) for one in said.arguments.values()] == [Words, str]


def test_problems_are_listed_by_their_places() -> None:
    problems = [Problem("name", words("is missing")), Problem("id", "taken")]
    assert listed(problems) == "name is missing; id taken"


def test_the_errors_of_the_tree_keep_their_parts() -> None:
    assert str(NotFound("contract", 7)) == "There is no campaign with the id 7."
    assert str(NoPhoneColumn([])).startswith(
        "No column with phone numbers was found. Columns in the file: none. Add one"
    )
    assert isinstance(str(NoPhoneColumn(["a"])), Words)


def test_a_stored_text_is_recognised_with_the_sentences_inside_it() -> None:
    stored = str.__str__(
        words(PAUSED, times=5, cause=words(CAUSE, cause=words(EXPIRED), code=190))  # as the core
    )
    found = SENTENCES.find(f"{stored}")
    assert found == stored
    assert found is not None
    assert found.template == PAUSED
    assert found.arguments["times"] == "5"
    inner = found.arguments["cause"]
    assert isinstance(inner, Words)
    assert inner.arguments["code"] == "190"
    assert isinstance(inner.arguments["cause"], Words)


@pytest.mark.parametrize(
    "text", ["", "no", "whatever the provider said", f"{EXPIRED} And more.", "is a folder."]
)
def test_other_texts_are_not_taken_for_sentences(text: str) -> None:
    assert SENTENCES.find(text) is None


def test_braces_of_a_sentence_are_told_from_its_fields() -> None:
    template = 'Write {{"from": "21:00"}} into {at}.'
    assert fields(template) == {"at"}
    assert words(template, at="quietHours") == 'Write {"from": "21:00"} into quietHours.'
    found = Sentences([template]).find('Write {"from": "21:00"} into x.')
    assert found is not None
    assert found.arguments == {"at": "x"}


def _pickled(one: Words) -> object:
    return pickle.loads(pickle.dumps(one))
