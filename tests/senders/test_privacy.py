"""Private texts do not get into stored words."""

from wa_desktop.senders.privacy import private_texts, without_private
from wa_desktop.senders.protocol import TemplateContent, TextContent


def test_a_short_private_text_is_cut_only_as_a_word() -> None:
    assert without_private("a bad parameter", ["a"]) == "… bad parameter"


def test_the_longer_text_is_cut_before_its_part() -> None:
    assert without_private("said: hello world", ["hello", "hello world"]) == "said: …"


def test_an_empty_private_text_changes_nothing() -> None:
    assert without_private("as it was", ["", " "]) == "as it was"


def test_each_longer_line_of_a_text_is_private() -> None:
    assert "second line" in private_texts(TextContent("first line\n second line \nx"))


def test_values_of_a_template_and_its_components_are_private() -> None:
    component = {"type": "button", "sub_type": "url", "parameters": [{"text": "suffix-1"}]}
    texts = private_texts(TemplateContent("sale", "en", {"1": "Анна"}, [component]))
    assert {"Анна", "suffix-1"} <= set(texts)
    assert "button" not in texts
