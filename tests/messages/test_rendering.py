from wa_desktop.content import MessageTemplate, TemplateContent, TextContent
from wa_desktop.messages.placeholders import tidy_parameter
from wa_desktop.messages.rendering import (
    RenderFault,
    Unrenderable,
    compose,
    fields_used,
)

SALE = MessageTemplate(
    "sale", "en_US", {"1": "{{name}}", "2": "FALL25"}, ({"type": "header", "parameters": []},)
)


def test_a_shared_text_is_filled_in() -> None:
    assert compose("Hello, {{name}}!", None, None, {"name": "Анна"}) == TextContent("Hello, Анна!")


def test_a_recipients_own_message_comes_first_and_may_have_fields() -> None:
    found = compose("Hello", SALE, "Dear {{name}}, 👋", {"name": "Anna"})
    assert found == TextContent("Dear Anna, 👋")


def test_an_own_message_that_is_an_error_of_the_spreadsheet_is_not_sent() -> None:
    found = compose("Hello", None, "#N/A", {})
    assert isinstance(found, Unrenderable)
    assert found.fault is RenderFault.NO_TEXT
    assert "#N/A" in found.reason


def test_a_blank_own_message_does_not_count() -> None:
    assert compose("Hello", None, " \n", {}) == TextContent("Hello")


def test_a_template_keeps_its_order_and_passes_components_on() -> None:
    assert compose(None, SALE, None, {"name": "Anna"}) == TemplateContent(
        "sale", "en_US", {"1": "Anna", "2": "FALL25"}, SALE.components
    )


def test_a_template_parameter_holds_no_breaks_and_no_wide_gaps() -> None:
    assert tidy_parameter("a\r\nb\tc" + " " * 9 + "d    e\n") == "a b c    d    e"
    found = compose(None, SALE, None, {"name": "Anna\nMaria"})
    assert isinstance(found, TemplateContent)
    assert found.parameters["1"] == "Anna Maria"


def test_missing_variables_are_named() -> None:
    found = compose("{{name}} {{city}} {{order|-}}", None, None, {"name": "Anna"})
    assert found == Unrenderable(
        RenderFault.MISSING_VARIABLE, "There is no value for {{city}}.", ("city",)
    )
    found = compose(None, SALE, None, {})
    assert isinstance(found, Unrenderable)
    assert found.fields == ("name",)


def test_a_template_parameter_that_comes_out_empty_is_a_fault() -> None:
    template = MessageTemplate("sale", "en", {"first": "{{name|}}"})
    found = compose(None, template, None, {})
    assert isinstance(found, Unrenderable)
    assert (found.fault, found.fields) == (RenderFault.MISSING_VARIABLE, ("first",))


def test_no_text_at_all_is_a_fault() -> None:
    for body in (None, "", " \n ", "{{name|}}"):
        found = compose(body, None, None, {})
        assert isinstance(found, Unrenderable)
        assert found.fault is RenderFault.NO_TEXT


def test_a_text_may_have_4096_characters_and_not_one_more() -> None:
    assert compose("я" * 4096, None, None, {}) == TextContent("я" * 4096)
    found = compose("{{x}}", None, None, {"x": "я" * 4097})
    assert isinstance(found, Unrenderable)
    assert found.fault is RenderFault.TOO_LONG
    assert "4,097" in found.reason


def test_the_fields_of_a_contract_are_those_of_what_it_sends() -> None:
    assert fields_used("{{a}} {{b|x}} {{a}}", None) == ("a", "b")
    assert fields_used("{{a}}", SALE) == ("name",)
    assert fields_used(None, None) == ()
