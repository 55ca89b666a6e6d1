"""No input gets a 500: calls made up from the API's own description, with values bent."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.api import Api
from wa_desktop.ledger.switches import QueueName

pytestmark = pytest.mark.timeout(90)

ODD_TEXTS = st.sampled_from(
    ["", " ", "\0", "\ud800", "a\udfffb", "\u202e", "🎉" * 50, "'; DROP TABLE contracts;--", "%s%n",
     "../../etc/passwd", "null", "NaN", "1e999", "9" * 5000, "x" * 20_000, "{{name}}", "{{",
     "2026-01-01T00:00:00Z", "http://[", "https://localhost:99999", "v23.0", "79991234567"]
)  # fmt: skip
TEXTS = st.text(max_size=30) | ODD_TEXTS
NUMBERS = (
    st.integers(-(2**70), 2**70)
    | st.floats()
    | st.sampled_from([0, 1, -1, 2**31, 2**63, -(2**63) - 1, 10**400])
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)
BROKEN_BODIES = st.binary(max_size=50) | st.sampled_from(
    [b"[" * 5000, b'{"a":' * 5000, b'{"name": "\xff"}', b"\xef\xbb\xbf{}", b"null", b"{} {}"]
)
MEDIA = ["application/json", "application/x-ndjson", "text/csv", "multipart/form-data; boundary=x",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "text/plain"]  # fmt: skip

Call = tuple[str, str, dict[str, str], bytes]


class Calls:
    """Strategies for calls, from an OpenAPI document."""

    def __init__(self, document: dict[str, Any], known: dict[str, list[str]]) -> None:
        self._schemas = document["components"]["schemas"]
        self._known = known
        self.any = st.one_of(
            [
                self._call(method, path, operation)
                for path, methods in document["paths"].items()
                for method, operation in methods.items()
            ]
        )

    def _call(self, method: str, path: str, operation: dict[str, Any]) -> st.SearchStrategy[Call]:
        names = [one["name"] for one in operation.get("parameters", []) if one["in"] == "path"]
        places = {name: self._path_value(path, name) for name in names}
        query = {
            one["name"]: self.value(one["schema"]) | TEXTS
            for one in operation.get("parameters", [])
            if one["in"] == "query"
        }
        return st.tuples(
            st.just(method.upper()),
            st.builds(
                lambda given, asked: _filled(path, given, asked),
                st.fixed_dictionaries(places),
                st.fixed_dictionaries({}, optional=query),
            ),
            *self._body(operation),
        )

    def _path_value(self, path: str, name: str) -> st.SearchStrategy[str]:
        known = st.sampled_from(self._known[name])
        # An account that a call has made up must not be asked about at a made-up address.
        return known if path.endswith("/check") else known | known | TEXTS

    def _body(self, operation: dict[str, Any]) -> Iterator[st.SearchStrategy[Any]]:
        content = operation.get("requestBody", {}).get("content")
        if content is None:
            yield st.just({})
            yield st.just(b"")
            return
        json_body = self.value(content["application/json"]["schema"]).map(_written)
        media = st.sampled_from(MEDIA) if len(content) > 1 else st.just(MEDIA[0])
        yield media.map(lambda one: {"Content-Type": one})
        yield json_body | json_body | json_body | BROKEN_BODIES

    def value(self, schema: dict[str, Any], depth: int = 0) -> st.SearchStrategy[Any]:
        """Values of a schema; one in some is bent into anything."""
        right = self._right(schema, depth)
        return st.one_of(right, right, right, right, ANYTHING) if depth else right

    def _right(self, schema: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
        if "$ref" in schema:
            return self._right(self._schemas[schema["$ref"].rsplit("/", 1)[-1]], depth)
        if "anyOf" in schema:
            return st.one_of([self._right(one, depth) for one in schema["anyOf"]])
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        kind = schema.get("type")
        if kind == "object" and "properties" in schema:
            return self._object(schema, depth)
        if kind == "object":
            inner = schema.get("additionalProperties")
            values = self.value(inner, depth + 1) if isinstance(inner, dict) else ANYTHING
            return st.dictionaries(TEXTS, values, max_size=3)
        if kind == "array":
            return st.lists(self.value(schema.get("items", {}), depth + 1), max_size=4)
        low, high = schema.get("minimum", -1000), schema.get("maximum", 10_000)
        simple: dict[str | None, st.SearchStrategy[Any]] = {
            "string": st.sampled_from([*self._known["account_id"], "79991234567", "A"]) | TEXTS,
            "integer": st.integers(low, high),
            "number": st.floats(0, 1),
            "boolean": st.booleans(),
            "null": st.none(),
        }
        return simple.get(kind, ANYTHING)

    def _object(self, schema: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
        needed = set(schema.get("required", ()))
        fields = {name: self.value(one, depth + 1) for name, one in schema["properties"].items()}
        return st.fixed_dictionaries(
            {name: fields[name] for name in needed},
            optional={name: one for name, one in fields.items() if name not in needed},
        )


def _filled(path: str, places: dict[str, str], query: dict[str, Any]) -> str:
    for name, value in places.items():
        path = path.replace(f"{{{name}}}", _quoted(value))
    if not query:
        return path
    return path + "?" + "&".join(f"{name}={_quoted(value)}" for name, value in query.items())


def _quoted(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value) if _short(value) else "x"
    return quote(text.encode("utf-8", "surrogatepass"), safe="")[:8000]


def _short(value: object) -> bool:
    return not isinstance(value, int) or abs(value) < 10**400


def _written(value: object) -> bytes:
    return json.dumps(value).encode()


def test_no_call_gets_a_500(api: Api) -> None:
    contract = api.contract("79991234567", "79991234568")
    (message, *_) = api.get(f"/api/contracts/{contract}/messages")["items"]
    calls = Calls(
        api.get("/openapi.json"),
        {
            "account_id": [api.account()],
            "contract_id": [contract, api.contract()],
            "message_id": [str(message["id"])],
            "queue": ["contracts", "messages"],
            "phone_number": ["79991234567", "DE"],
        },
    )
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]

    @settings(max_examples=350, suppress_health_check=slow)
    @given(call=calls.any)
    def try_call(call: Call) -> None:
        method, url, headers, body = call
        answer = api.client.request(method, url, headers=headers, content=body or None)
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == answer.status_code

    try:
        try_call()
    finally:  # the API is shared with other tests
        for queue in QueueName:
            api.services.queues.resume(queue)
