"""``{{column}}`` fields in a text, with ``{{column|what to say instead}}``.

Names are compared without regard to case or spaces. A blank value counts as missing: a
greeting without its name is not what its author meant. ``{{name|}}`` allows it. So does an
error of a spreadsheet, such as #N/A.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from wa_desktop.content import field_key
from wa_desktop.messages.error_values import is_error_value

# No braces or bars inside, so that the search never goes back over a long text.
_FIELD = re.compile(r"\{\{([^{}|]+)(?:\|([^{}]*))?\}\}")
# Cloud API, section 1: no newline, no tab and at most four spaces in a row in a parameter.
_BREAKS = re.compile(r"[\r\n\t\v\f\u0085\u2028\u2029]+")
_MANY_SPACES = re.compile(r" {5,}")
_STRAY = re.compile(r"\{\{[^\n]{0,20}|[^\n{}]{0,20}\}\}")


@dataclass(frozen=True, slots=True)
class PlaceholderField:
    """One ``{{…}}``: its name as written, the name it is compared by, and the fallback."""

    name: str
    key: str
    fallback: str | None


@dataclass(frozen=True, slots=True)
class MissingFields:
    """Fields without a value or a fallback, by their names as written."""

    names: tuple[str, ...]


def fields_of(text: str) -> tuple[PlaceholderField, ...]:
    """The fields of a text in their order, repeated ones once for each place."""
    return tuple(part for part in _parts(text) if isinstance(part, PlaceholderField))


def stray_field(text: str) -> str | None:
    """The first beginning or end of a field that is none, with a little of what is around it.

    Such as ``{{name`` whose end was forgotten: it goes out as it stands.
    """
    plain = (part for part in _parts(text) if isinstance(part, str))
    return next((found[0] for part in plain if (found := _STRAY.search(part))), None)


def unknown_fields(text: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    """Names of fields that no column answers to and that have no fallback, each once."""
    known = set(map(field_key, columns))
    return tuple(
        dict.fromkeys(
            one.name for one in fields_of(text) if one.fallback is None and one.key not in known
        )
    )


def render(text: str, variables: Mapping[str, str]) -> str | MissingFields:
    """The text with its fields filled in; braces inside a value stay as they are."""
    if "{{" not in text:
        return text
    parts = _parts(text)
    if len(parts) == 1 and isinstance(parts[0], str):
        return text
    values = {field_key(name): value for name, value in variables.items()}
    filled: list[str] = []
    missing: list[str] = []
    for part in parts:
        if isinstance(part, str):
            filled.append(part)
            continue
        value = values.get(part.key, "")
        if value.strip() and not is_error_value(value):
            filled.append(value)
        elif part.fallback is not None:
            filled.append(part.fallback)
        else:
            missing.append(part.name)
    return MissingFields(tuple(dict.fromkeys(missing))) if missing else "".join(filled)


def tidy_parameter(text: str) -> str:
    """A template parameter as the provider takes it: breaks and tabs become one space."""
    return _MANY_SPACES.sub("    ", _BREAKS.sub(" ", text)).strip()


@lru_cache(maxsize=64)
def _parts(text: str) -> tuple[str | PlaceholderField, ...]:
    """A text cut at its fields. Kept, since one text serves a million recipients."""
    parts: list[str | PlaceholderField] = []
    end = 0
    for match in _FIELD.finditer(text):
        name = match[1].strip()
        if not name:
            continue
        if match.start() > end:
            parts.append(text[end : match.start()])
        fallback = match[2].strip() if match[2] is not None else None
        parts.append(PlaceholderField(name, field_key(name), fallback))
        end = match.end()
    if end < len(text) or not parts:
        parts.append(text[end:])
    return tuple(parts)
