import pytest
from hypothesis import given
from hypothesis import strategies as st

from wa_desktop.content import MessageTemplate
from wa_desktop.errors import InvalidInput


@given(
    st.text(min_size=1),
    st.text(min_size=1),
    st.dictionaries(st.text(), st.text(), max_size=5),
    st.lists(st.dictionaries(st.text(), st.text(), max_size=3), max_size=3),
)
def test_a_template_comes_back_as_it_was_kept(
    name: str, language: str, parameters: dict[str, str], components: list[dict[str, str]]
) -> None:
    template = MessageTemplate(name, language, parameters, tuple(components))
    again = MessageTemplate.from_json(template.to_json())
    assert again == template
    assert list(again.parameters) == list(parameters)


def test_parameters_and_components_may_be_left_out() -> None:
    assert MessageTemplate.from_json('{"name": "a", "language": "en"}') == MessageTemplate(
        "a", "en"
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"language": "en"}', "name"),
        ('{"name": "a", "language": 5}', "language"),
        ('{"name": "a", "language": "en", "parameters": ["x"]}', "parameters"),
        ('{"name": "a", "language": "en", "parameters": {"1": 2}}', "parameters.1"),
        ('{"name": "a", "language": "en", "components": [1]}', "components"),
        ('{"name": "a", "language": "en", "components": {"x": 1}}', "components"),
    ],
)
def test_a_wrong_template_names_the_wrong_place(text: str, place: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        MessageTemplate.from_json(text)
    assert [problem.at for problem in caught.value.problems] == [place]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "5", "[" * 100_000])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        MessageTemplate.from_json(text)
