"""Fields in every text of every component of a template: filled, checked and shown."""

from collections.abc import Mapping

import pytest

from wa_desktop.content import MessageTemplate, TemplateContent
from wa_desktop.messages.rendering import (
    RenderFault,
    Unrenderable,
    compose,
    fields_used,
    needed_fields,
    never_made,
    shown_content,
    stray_in_message,
)

VALUES = {"name": "Anna", "order": "A-17", "photo": "https://shop.example/17.jpg", "total": "9.90"}

HEADER: dict[str, object] = {
    "type": "header",
    "parameters": [{"type": "text", "text": "Hi {{name}}"}],
}
COMPONENTS: list[tuple[dict[str, object], list[str]]] = [
    (HEADER, ["Hi Anna"]),
    (
        {"type": "header", "parameters": [{"type": "image", "image": {"link": "{{photo}}"}}]},
        ["https://shop.example/17.jpg"],
    ),
    (
        {
            "type": "header",
            "parameters": [
                {
                    "type": "document",
                    "document": {"id": "9", "filename": "{{order}}.pdf"},
                }
            ],
        },
        ["9", "A-17.pdf"],
    ),
    (
        {
            "type": "header",
            "parameters": [
                {
                    "type": "location",
                    "location": {"latitude": 1.5, "longitude": 2, "name": "Shop of {{name}}"},
                }
            ],
        },
        ["Shop of Anna"],
    ),
    (
        {
            "type": "body",
            "parameters": [
                {
                    "type": "text",
                    "parameter_name": "first_name",
                    "text": "{{name}}",
                },
                {
                    "type": "currency",
                    "currency": {
                        "fallback_value": "{{total}} €",
                        "code": "EUR",
                        "amount_1000": 9900,
                    },
                },
            ],
        },
        ["Anna", "9.90 €", "EUR"],
    ),
    (
        {
            "type": "button",
            "sub_type": "url",
            "index": "0",
            "parameters": [{"type": "text", "text": "orders/{{order}}"}],
        },
        ["orders/A-17"],
    ),
    (
        {
            "type": "button",
            "sub_type": "quick_reply",
            "index": 1,
            "parameters": [{"type": "payload", "payload": "STOP {{order}}"}],
        },
        ["STOP A-17"],
    ),
    (
        {
            "type": "button",
            "sub_type": "copy_code",
            "index": "2",
            "parameters": [{"type": "coupon_code", "coupon_code": "{{order}}"}],
        },
        ["A-17"],
    ),
    (
        {
            "type": "carousel",
            "cards": [
                {
                    "card_index": 0,
                    "components": [HEADER, {"type": "body", "parameters": []}],
                }
            ],
        },
        ["Hi Anna"],
    ),
]


def template(*components: Mapping[str, object], **parameters: str) -> MessageTemplate:
    return MessageTemplate("sale", "en_US", parameters, components)


@pytest.mark.parametrize(("component", "texts"), COMPONENTS, ids=lambda one: str(one)[:40])
def test_a_field_is_filled_wherever_it_stands(
    component: dict[str, object], texts: list[str]
) -> None:
    found = compose(None, template(component), None, VALUES)
    assert isinstance(found, TemplateContent)
    assert "{{" not in str(found.components)
    # What a person is shown before the start holds every text that is sent.
    assert shown_content(found) == "\n".join(["sale (en_US)", *texts])


def test_filling_changes_neither_the_template_nor_the_structure() -> None:
    button = {
        "type": "button",
        "sub_type": "url",
        "index": "{{order}}",
        "parameters": [{"type": "text", "text": "{{order}}"}],
    }
    asked = template(button)
    found = compose(None, asked, None, VALUES)
    assert isinstance(found, TemplateContent)
    assert found.components == ({**button, "parameters": [{"type": "text", "text": "A-17"}]},)
    assert asked.components == (button,)
    assert button["parameters"] == [{"type": "text", "text": "{{order}}"}]


def test_components_without_fields_are_passed_on_to_the_letter() -> None:
    plain = {"type": "header", "parameters": [{"type": "text", "text": " two\nlines "}]}
    found = compose(None, template(plain), None, VALUES)
    assert isinstance(found, TemplateContent)
    assert found.components == (plain,)


def test_a_missing_value_of_a_component_is_named_beside_those_of_the_body() -> None:
    asked = template(HEADER, COMPONENTS[5][0], **{"1": "{{city}}"})
    assert needed_fields(None, asked) == ("city", "name", "order")
    assert fields_used(None, asked) == ("city", "name", "order")
    found = compose(None, asked, None, {"name": "Anna"})
    assert isinstance(found, Unrenderable)
    assert (found.fault, found.fields) == (RenderFault.MISSING_VARIABLE, ("city", "order"))


def test_a_component_that_names_an_unknown_column_can_be_made_for_nobody() -> None:
    fault = never_made(None, template(HEADER), ("phone", "city"))
    assert fault is not None
    assert fault.fields == ("name",)
    assert never_made(None, template(HEADER), ("NAME",)) is None


def test_half_a_field_in_a_component_is_pointed_out() -> None:
    half = {"type": "header", "parameters": [{"type": "text", "text": "Hi {{name"}]}
    assert stray_in_message(None, template(half)) == "{{name"


def test_a_fallback_stands_in_and_an_empty_one_is_refused() -> None:
    header = {"type": "header", "parameters": [{"type": "text", "text": "{{nick|friend}}"}]}
    found = compose(None, template(header), None, {})
    assert isinstance(found, TemplateContent)
    assert "friend" in shown_content(found)
    blank = {"type": "header", "parameters": [{"type": "text", "text": "{{nick|}}"}]}
    refused = compose(None, template(blank), None, {})
    assert isinstance(refused, Unrenderable)
    assert refused.fault is RenderFault.MISSING_VARIABLE


def test_a_value_with_breaks_becomes_one_line() -> None:
    found = compose(None, template(HEADER), None, {"name": "Anna\nMaria\t" + " " * 9 + "B"})
    assert isinstance(found, TemplateContent)
    assert found.components == (
        {"type": "header", "parameters": [{"type": "text", "text": "Hi Anna Maria    B"}]},
    )


@pytest.mark.parametrize(
    ("component", "value", "most"),
    [(COMPONENTS[5][0], "order", 2_000 - len("orders/")), (COMPONENTS[6][0], "order", 251)],
    ids=["url suffix", "payload"],
)
def test_a_text_longer_than_the_provider_allows_is_refused(
    component: dict[str, object], value: str, most: int
) -> None:
    fits = compose(None, template(component), None, {value: "x" * most})
    assert isinstance(fits, TemplateContent)
    found = compose(None, template(component), None, {value: "x" * (most + 1)})
    assert isinstance(found, Unrenderable)
    assert found.fault is RenderFault.TOO_LONG


@pytest.mark.parametrize("link", ["shop.example/17.jpg", "https://shop.example/my file.jpg", "-"])
def test_a_link_that_is_no_web_address_fails_its_own_row_alone(link: str) -> None:
    found = compose(None, template(COMPONENTS[1][0]), None, {"photo": link})
    assert isinstance(found, Unrenderable)
    assert (found.fault, "https://" in found.reason) == (RenderFault.BAD_LINK, True)
    assert link not in found.reason
