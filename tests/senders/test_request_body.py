"""The bodies that are posted."""

import json
from collections.abc import Callable

import pytest

from wa_desktop.senders.protocol import Content, Outgoing, TemplateContent, TextContent
from wa_desktop.senders.request_body import request_body

Make = Callable[..., Outgoing]


def template_of(make: Make, content: Content) -> dict[str, object]:
    template: dict[str, object] = json.loads(request_body(make(content=content)))["template"]
    return template


def test_a_text_body_is_as_the_cloud_api_asks(outgoing: Make) -> None:
    assert json.loads(request_body(outgoing(3, TextContent("Hi 🙂")))) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+79990000001",
        "type": "text",
        "text": {"preview_url": True, "body": "Hi 🙂"},
        "biz_opaque_callback_data": "m3:a1",
    }


def test_numbered_parameters_stand_in_their_order_without_names(outgoing: Make) -> None:
    values = {"10": "j", "2": "b", "1": "a"}
    assert template_of(outgoing, TemplateContent("sale", "en_US", values)) == {
        "name": "sale",
        "language": {"code": "en_US"},
        "components": [
            {
                "type": "body",
                "parameters": [
                    {"type": "text", "text": "a"},
                    {"type": "text", "text": "b"},
                    {"type": "text", "text": "j"},
                ],
            }
        ],
    }


def test_named_parameters_carry_their_names(outgoing: Make) -> None:
    template = template_of(outgoing, TemplateContent("sale", "ru", {"first_name": "Анна"}))
    assert template["components"] == [
        {
            "type": "body",
            "parameters": [{"type": "text", "parameter_name": "first_name", "text": "Анна"}],
        }
    ]


def test_a_template_without_variables_has_no_components(outgoing: Make) -> None:
    assert "components" not in template_of(outgoing, TemplateContent("hello", "en_US"))


def test_ready_made_components_are_passed_on_around_the_body(outgoing: Make) -> None:
    header = {"type": "header", "parameters": [{"type": "image", "image": {"id": "1"}}]}
    button = {"type": "button", "sub_type": "url", "index": "0", "parameters": []}
    content = TemplateContent("sale", "en_US", {"1": "a"}, [button, header])
    components = template_of(outgoing, content)["components"]
    assert isinstance(components, list)
    assert [one["type"] for one in components] == ["header", "body", "button"]
    assert components[0] == header


@pytest.mark.parametrize("text", ["\ud800 alone", "a\x00b", 'quote " and \\', "\u2028"])
def test_odd_texts_become_valid_json(outgoing: Make, text: str) -> None:
    assert json.loads(request_body(outgoing(content=TextContent(text))))["text"]["body"] == text
