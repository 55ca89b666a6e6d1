"""The bytes of every answer the stand-in gives."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from tests.standin.behaviour import Answer, Behaviour

_HTML = b"<html><head><title>Error</title></head><body>The proxy has trouble.</body></html>"
_UNWRITABLE = "\0\ud800"
_HTML_STATUS = {
    Answer.HTML_401: 401,
    Answer.HTML_403: 403,
    Answer.HTML_404: 404,
    Answer.HTML_502: 502,
}
_ERROR_STATUS = {190: 401, 0: 401, 1: 500, 2: 503, 131000: 500, 131016: 503, 10: 403, 3: 403}

NUMBER = {
    "display_phone_number": "+1 555-0100",
    "verified_name": "Stand-in",
    "quality_rating": "GREEN",
    "throughput": {"level": "STANDARD"},
    "whatsapp_business_manager_messaging_limit": "TIER_2K",
    "status": "CONNECTED",
}


def library(templates: Mapping[str, str], name: str) -> bytes:
    """The templates whose name holds the text: the provider's filter need not be exact."""
    found: list[dict[str, object]] = []
    for key, status in templates.items():
        own, _, language = key.rpartition("/")
        if name in own:
            number, score = str(len(found) + 1), {"score": "GREEN"}
            row = {"id": number, "name": own, "language": language, "status": status}
            found.append({**row, "quality_score": score})
    return as_json({"data": found, "paging": {"cursors": {"before": "A", "after": "B"}}})


def http(
    status: int,
    body: bytes,
    *,
    content_type: str = "application/json",
    headers: str = "",
    announced: int | None = None,
) -> bytes:
    """A whole answer; ``announced`` is a false Content-Length."""
    length = len(body) if announced is None else announced
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {length}\r\n{headers}\r\n"
    )
    return head.encode() + body


def as_json(value: object, status: int = 200) -> bytes:
    """An answer that is compact JSON."""
    return http(status, json.dumps(value, separators=(",", ":")).encode())


def accepted(to: str, wamid: str, wa_id: str, status: str = "accepted") -> bytes:
    """The Cloud API's 200, put together by hand because it is on the fast way."""
    body = (
        f'{{"messaging_product":"whatsapp","contacts":[{{"input":{json.dumps(to)},'
        f'"wa_id":{json.dumps(wa_id)}}}],"messages":[{{"id":"{wamid}",'
        f'"message_status":"{status}"}}]}}'
    ).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
        len(body),
        body,
    )


def graph_error(
    code: int, behaviour: Behaviour, details: str | None = None, *, subcode: int | None = None
) -> bytes:
    """A Graph error envelope with the code's usual HTTP status and the wait headers asked for."""
    error: dict[str, object] = {
        "message": f"(#{code}) Made by the stand-in",
        "type": "OAuthException",
        "code": code,
        "error_data": {
            "messaging_product": "whatsapp",
            "details": details or f"The stand-in was told to answer {code}",
        },
        "fbtrace_id": "Astandin",
    }
    if subcode is not None:
        error["error_subcode"] = subcode
    body = json.dumps({"error": error}).encode()
    return http(_ERROR_STATUS.get(code, 400), body, headers=_wait_headers(behaviour))


def odd(answer: Answer, behaviour: Behaviour) -> bytes:
    """An answer no Cloud API should give: empty, without an id, a proxy's page, a redirect."""
    if answer in _HTML_STATUS:
        return http(_HTML_STATUS[answer], _HTML, content_type="text/html")
    if answer is Answer.NO_ID:
        return as_json({"messaging_product": "whatsapp", "contacts": []})
    if answer is Answer.CUT_BODY:
        return http(200, b'{"messaging_product":"whatsapp","mess', announced=300)
    if answer is Answer.BARE_429:
        return http(429, b"", headers=_wait_headers(behaviour))
    if answer is Answer.ENDLESS_CODE:
        return as_json({"error": {"code": 10**30, "message": "(#?) Made by the stand-in"}}, 400)
    if answer is Answer.UNWRITABLE_WORDS:
        return as_json({"error": {"code": 131000, "message": f"It {_UNWRITABLE} failed"}}, 500)
    if answer is Answer.UNWRITABLE_ID:
        return as_json({"messages": [{"id": f"wamid.{_UNWRITABLE}"}]})
    if answer is Answer.REDIRECT:
        return http(302, b"", headers="Location: /elsewhere\r\n")
    return http(200, b"")


def _wait_headers(behaviour: Behaviour) -> str:
    headers = ""
    if behaviour.retry_after is not None:
        headers += f"Retry-After: {behaviour.retry_after}\r\n"
    if behaviour.regain_minutes is not None:
        usage = [{"type": "whatsapp", "estimated_time_to_regain_access": behaviour.regain_minutes}]
        headers += f"X-Business-Use-Case-Usage: {json.dumps({'104996122399160': usage})}\r\n"
    return headers
