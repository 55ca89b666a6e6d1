"""Sentences that keep their parts, so that a screen can say them in another language.

A sentence is its English text to whoever logs, stores or sends it. What was stored as plain
text is recognised again by the templates (``Sentences``).
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from string import Formatter

_FEWEST_LETTERS = 4
"""Of its own that a template needs to be recognised: ones with fewer fit everything."""


class Words(str):
    """A sentence made of a ``template`` and ``arguments``; compares and stores as its text.

    ``str()`` of it, and of an error that was raised with it, keeps the parts; f-strings and
    joins make plain text of it.
    """

    __slots__ = ("arguments", "template")

    template: str
    arguments: Mapping[str, str | float]

    def __new__(
        cls, template: str, arguments: Mapping[str, str | float], text: str | None = None
    ) -> "Words":
        """``text``: the sentence itself, where its arguments were read out of it."""
        made = super().__new__(cls, template.format_map(arguments) if text is None else text)
        made.template, made.arguments = template, arguments
        return made

    def __str__(self) -> str:
        return self

    def __reduce__(self) -> tuple[type["Words"], tuple[str, dict[str, str | float], str]]:
        return Words, (self.template, dict(self.arguments), str.__str__(self))


def words(template: str, /, **arguments: object) -> Words:
    """The template's sentence, such as ``words("{name} is empty.", name=…)``.

    The template is a literal: those of the whole program are collected for translation.
    Arguments other than numbers become text; those that are ``Words`` are translated too.
    """
    return Words(
        template,
        {
            name: value if isinstance(value, str | int | float) else str(value)
            for name, value in arguments.items()
        },
    )


def joined(separator: str, parts: Iterable[str]) -> Words:
    """Several texts in a row, each translated by itself if it is ``Words``."""
    arguments: dict[str, str | float] = {
        f"part{place}": part for place, part in enumerate(parts, start=1)
    }
    plain = separator.replace("{", "{{").replace("}", "}}")
    return Words(plain.join(f"{{{name}}}" for name in arguments), arguments)


class Sentences:
    """Finds the template and the arguments of a plain text."""

    def __init__(self, templates: Iterable[str]) -> None:
        own = {one: tuple(literals(one)) for one in templates}
        telling = (one for one in own if " " in one and _letters(own[one]) >= _FEWEST_LETTERS)
        # The more of a text is a template's own, the surer it is the right one.
        ranked = sorted(telling, key=lambda one: sum(map(len, own[one])), reverse=True)
        self._literals = {one: own[one] for one in ranked}

    def find(self, text: str) -> Words | None:
        """The text as ``Words``, its arguments too where they are sentences; else ``None``."""
        for template, pieces in self._literals.items():
            if all(piece in text for piece in pieces):
                match = _pattern(template).fullmatch(text)
                if match is not None:
                    found = match.groupdict()
                    parts = {name: self.find(part) or part for name, part in found.items()}
                    return Words(template, parts, text)
        return None


def literals(template: str) -> list[str]:
    """The pieces of a template between its fields."""
    return [literal for literal, _, _, _ in Formatter().parse(template) if literal]


def fields(template: str) -> frozenset[str]:
    """The names of a template's fields."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name)


def _letters(pieces: Iterable[str]) -> int:
    return sum(map(str.isalpha, "".join(pieces)))


@lru_cache(maxsize=512)
def _pattern(template: str) -> re.Pattern[str]:
    pieces: list[str] = []
    seen: set[str] = set()
    for literal, name, _, conversion in Formatter().parse(template):
        pieces.append(re.escape(literal))
        if name:
            field = f"(?P={name})" if name in seen else f"(?P<{name}>.+?)"
            pieces.append(f"['\"]{field}['\"]" if conversion == "r" else field)
            seen.add(name)
    return re.compile("".join(pieces), re.DOTALL)
