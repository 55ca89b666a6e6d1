"""The JSON bodies of ``POST /{version}/{phone-number-id}/messages``.

Shapes: Cloud API, "Send messages" page (2026-04-23) and Meta's OpenAPI for v23.0.
"""

import json
from collections.abc import Iterable, Mapping

from wa_desktop.content import TemplateContent, TextContent
from wa_desktop.senders.protocol import Outgoing

_encode = json.JSONEncoder(separators=(",", ":")).encode


def request_body(outgoing: Outgoing) -> bytes:
    """The body that sends ``outgoing``, as ASCII JSON (a lone surrogate cannot break it)."""
    content = outgoing.content
    body: dict[str, object] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": f"+{outgoing.phone}",
    }
    if isinstance(content, TextContent):
        body["type"] = "text"
        body["text"] = {"preview_url": True, "body": content.body}
    else:
        body["type"] = "template"
        body["template"] = _template(content)
    body["biz_opaque_callback_data"] = outgoing.tracking
    return _encode(body).encode("ascii")


def _template(content: TemplateContent) -> dict[str, object]:
    template: dict[str, object] = {
        "name": content.name,
        "language": {"code": content.language},
    }
    components = [dict(one) for one in content.components]
    # A component without variables must be left out, else the provider answers 132000.
    if content.parameters:
        headers = [one for one in components if _is_header(one)]
        others = [one for one in components if not _is_header(one)]
        filled: dict[str, object] = {"type": "body", "parameters": _parameters(content.parameters)}
        components = [*headers, filled, *others]
    if components:
        template["components"] = components
    return template


def _is_header(component: Mapping[str, object]) -> bool:
    return str(component.get("type", "")).lower() == "header"


def _parameters(values: Mapping[str, str]) -> list[dict[str, str]]:
    if all(key.isascii() and key.isdecimal() for key in values):
        return [{"type": "text", "text": values[key]} for key in _by_number(values)]
    return [{"type": "text", "parameter_name": key, "text": value} for key, value in values.items()]


def _by_number(keys: Iterable[str]) -> list[str]:
    return sorted(keys, key=int)
