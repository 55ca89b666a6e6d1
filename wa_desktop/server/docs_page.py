"""``GET /docs``: the API's description as a page that needs neither network nor script."""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8886; --soft: #8882; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; }
summary { padding: .5rem .8rem; cursor: pointer; }
details > div { padding: 0 .8rem .8rem; overflow-x: auto; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre { background: var(--soft); padding: .6rem; border-radius: 6px; overflow-x: auto; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 700; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25rem .8rem .25rem 0; }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

PAGE_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""The page's Content-Security-Policy: its own style and nothing else."""


def render_page(document: Mapping[str, Any]) -> str:
    """An OpenAPI document as a whole HTML page."""
    info = document["info"]
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(info['title'])} API</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(info['title'])} API {escape(info['version'])}</h1>",
        f"<p>{escape(info['description'])} For programs: <a href='/openapi.json'>openapi.json</a>.",
        "</p>",
        *_operations(document),
        "<h2>Schemas</h2>",
        *_schemas(document["components"]["schemas"]),
        "</body></html>",
    ]
    return "\n".join(parts)


def _operations(document: Mapping[str, Any]) -> Iterator[str]:
    by_tag: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            tag = (operation.get("tags") or ["Other"])[0]
            by_tag.setdefault(tag, []).append(_operation(method, path, operation))
    for tag, operations in by_tag.items():
        yield f"<h2>{escape(tag)}</h2>"
        yield from operations


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    head = (
        f"<summary><span class='method'>{escape(method.upper())}</span>"
        f"<code>{escape(path)}</code></summary>"
    )
    parts = [f"<p>{escape(operation.get('description', operation['summary']))}</p>"]
    if parameters := operation.get("parameters"):
        parts.append(_table(map(_parameter, parameters)))
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        parts.append(f"<p>Body, <code>{escape(media)}</code>: {_type(content['schema'])}</p>")
    for status, answer in operation["responses"].items():
        shapes = [_type(one["schema"]) for one in answer.get("content", {}).values()]
        word = "Errors" if status == "default" else f"Answer {escape(status)}"
        parts.append(f"<p>{word}: {', '.join(shapes) or 'no body'}</p>")
    return f"<details>{head}<div>{''.join(parts)}</div></details>"


def _parameter(parameter: Mapping[str, Any]) -> tuple[str, str, str]:
    need = "needed" if parameter.get("required") else "may be absent"
    said = parameter.get("description", "")
    where = f"in the {parameter['in']}, {need}"
    return parameter["name"], _type(parameter["schema"]), f"{where}. {said}"


def _schemas(schemas: Mapping[str, Any]) -> Iterator[str]:
    for name, schema in sorted(schemas.items()):
        needed = set(schema.get("required", ()))
        rows = (
            (
                field,
                _type(one),
                ("needed" if field in needed else "") + f" {one.get('description', '')}",
            )
            for field, one in schema.get("properties", {}).items()
        )
        yield (
            f"<details id='{escape(name)}'><summary><code>{escape(name)}</code></summary>"
            f"<div><p>{escape(schema.get('description', ''))}</p>{_table(rows)}</div></details>"
        )


def _table(rows: "Iterator[tuple[str, str, str]] | map[tuple[str, str, str]]") -> str:
    """Rows of name, type (HTML already) and remark."""
    lines = (
        f"<tr><td><code>{escape(name)}</code></td><td>{shape}</td><td>{escape(remark)}</td></tr>"
        for name, shape, remark in rows
    )
    return f"<table>{''.join(lines)}</table>"


def _type(schema: Mapping[str, Any]) -> str:
    """A schema in a few words, as HTML."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rsplit("/", 1)[-1])
        return f"<a href='#{name}'>{name}</a>"
    if "anyOf" in schema:
        return " or ".join(map(_type, schema["anyOf"]))
    if "enum" in schema:
        return " or ".join(f"<code>{escape(json.dumps(one))}</code>" for one in schema["enum"])
    if "const" in schema:
        return f"<code>{escape(json.dumps(schema['const']))}</code>"
    kind = schema.get("type", "any value")
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'])}"
    return escape(str(kind)) + _bounds(schema)


def _bounds(schema: Mapping[str, Any]) -> str:
    words = {
        "minimum": "from",
        "maximum": "to",
        "maxLength": "at most that many characters:",
        "default": "default",
    }
    found = [f"{word} {escape(str(schema[key]))}" for key, word in words.items() if key in schema]
    return f" ({', '.join(found)})" if found else ""
