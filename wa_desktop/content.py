"""What a message says: ready to send (``Content``), or as a contract keeps it.

Both the part that writes messages and the part that sends them speak these types, so they
stand below either.
"""

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from wa_desktop.errors import InvalidInput, Problem, listed
from wa_desktop.words import words


def field_key(name: str) -> str:
    """The form in which names of fields and columns are compared.

    Case, spaces at the ends and runs of spaces do not count.
    """
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


@dataclass(frozen=True, slots=True)
class TextContent:
    """A free text (at most 4,096 characters; the provider allows it in a service window only)."""

    body: str


@dataclass(frozen=True, slots=True)
class TemplateContent:
    """An approved template with its parameters filled in, in the template's order.

    ``parameters`` fill the body: positional ones have the keys "1", "2", ...; any other
    key makes the template a named one. ``components`` are the other Graph components (headers,
    buttons, cards), filled in too.
    """

    name: str
    language: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    components: Sequence[Mapping[str, object]] = ()


Content = TextContent | TemplateContent


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """The template a contract names.

    Values of ``parameters`` and all texts of ``components`` may hold ``{{column}}`` fields.
    """

    name: str
    language: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    components: Sequence[Mapping[str, object]] = ()

    def to_json(self) -> str:
        """The form in which a contract keeps it; :meth:`from_json` reads it back."""
        return json.dumps(
            {
                "name": self.name,
                "language": self.language,
                "parameters": dict(self.parameters),
                "components": [dict(one) for one in self.components],
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what :meth:`to_json` wrote, or the same by hand; :class:`InvalidInput` if not."""
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InvalidInput(
                words("The template is not valid JSON: {error}.", error=error)
            ) from error
        if not isinstance(found, dict):
            raise InvalidInput(
                words("The template must be a JSON object with a name and a language.")
            )
        problems = _template_problems(found)
        if problems:
            raise InvalidInput(
                words("The template cannot be used: {problems}.", problems=listed(problems)),
                problems,
            )
        return cls(
            name=found["name"],
            language=found["language"],
            parameters=found.get("parameters") or {},
            components=tuple(found.get("components") or ()),
        )


def component_texts(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """``(key, text)`` of each text in Graph components, in their order.

    Words of their structure (types, indexes, names of parameters) are no texts.
    """
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from component_texts(inner, name)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from component_texts(inner, key)
    elif isinstance(value, str) and key not in STRUCTURE:
        yield key, value


STRUCTURE = frozenset({"type", "sub_type", "index", "parameter_name"})
"""Keys of Graph components whose values are words of the API (Cloud API, section 1)."""


def is_storable(text: str) -> bool:
    """Whether every store and the provider can hold the text: no zero, no half of a pair."""
    return "\0" not in text and not any("\ud800" <= one <= "\udfff" for one in text)


def _template_problems(found: Mapping[str, object]) -> list[Problem]:
    """What is wrong with a template's JSON object; empty when it can be used."""
    problems = [
        Problem(key, words("must be a text that is not empty"))
        for key in ("name", "language")
        if not isinstance(found.get(key), str) or not found[key]
    ]
    parameters = found.get("parameters") or {}
    if not isinstance(parameters, dict):
        problems.append(Problem("parameters", words("must be an object")))
    else:
        problems += [
            Problem(f"parameters.{key}", words("must be a text"))
            for key, value in parameters.items()
            if not isinstance(value, str)
        ]
    components = found.get("components") or []
    if not isinstance(components, list) or not all(isinstance(one, dict) for one in components):
        problems.append(Problem("components", words("must be a list of objects")))
    return problems
