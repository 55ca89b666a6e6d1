"""One recipient's message: the contract's text or template with the recipient's values."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from wa_desktop.content import Content, MessageTemplate, TemplateContent, TextContent
from wa_desktop.messages.placeholders import (
    MissingFields,
    fields_of,
    render,
    stray_field,
    unknown_fields,
)
from wa_desktop.words import words

LONGEST_TEXT = 4_096  # characters, Cloud API reference section 1

# Section 1: no newline, no tab and at most four spaces in a row in a template's parameter.
_BREAKS = re.compile(r"[\r\n\t\v\f\u0085\u2028\u2029]+")
_MANY_SPACES = re.compile(r" {5,}")


class RenderFault(StrEnum):
    """Why a message cannot be made; the words are codes of the HTTP API."""

    MISSING_VARIABLE = "missing_variable"
    NO_TEXT = "no_text"
    TOO_LONG = "text_too_long"


@dataclass(frozen=True, slots=True)
class Unrenderable:
    """There is no message for this recipient; ``fields`` names the missing variables."""

    fault: RenderFault
    reason: str
    fields: tuple[str, ...] = ()


def compose(
    body: str | None,
    template: MessageTemplate | None,
    own_message: str | None,
    variables: Mapping[str, str],
) -> Content | Unrenderable:
    """A recipient's own message, else the contract's template, else its text, filled in.

    An own message may hold ``{{column}}`` fields too. Never raises for what texts hold.
    """
    if own_message is not None and own_message.strip():
        return _text(own_message, variables)
    if template is not None:
        return _template(template, variables)
    return _text(body or "", variables)


def fields_used(body: str | None, template: MessageTemplate | None) -> tuple[str, ...]:
    """Names of all fields of a contract's message, each once, in their order."""
    texts = _texts(body, template)
    return tuple(dict.fromkeys(one.name for text in texts for one in fields_of(text)))


def unknown_in_message(
    body: str | None, template: MessageTemplate | None, columns: Iterable[str]
) -> tuple[str, ...]:
    """Names of fields of a contract's message that no column answers to and that have no
    fallback, each once: with one of them the message can be made for nobody."""
    known = tuple(columns)
    return tuple(
        dict.fromkeys(
            name for text in _texts(body, template) for name in unknown_fields(text, known)
        )
    )


def needed_fields(body: str | None, template: MessageTemplate | None) -> tuple[str, ...]:
    """Names of fields of a contract's message without a fallback, each once."""
    return unknown_in_message(body, template, ())


def stray_in_message(body: str | None, template: MessageTemplate | None) -> str | None:
    """What looks like a field of a contract's message and is none; see ``stray_field``."""
    return next(filter(None, map(stray_field, _texts(body, template))), None)


def never_made(
    body: str | None, template: MessageTemplate | None, columns: Iterable[str]
) -> Unrenderable | None:
    """Why a contract's message can be made for no recipient without a text of their own.

    ``columns`` are all the variables that any of them has. ``None``: it can for some, as far
    as that can be told without looking at each one's values.
    """
    if unknown := unknown_in_message(body, template, columns):
        return _missing(MissingFields(unknown))
    if fields_used(body, template):
        return None
    made = compose(body, template, None, {})
    return made if isinstance(made, Unrenderable) else None


def tidy_parameter(text: str) -> str:
    """A template parameter as the provider takes it: breaks and tabs become one space."""
    return _MANY_SPACES.sub("    ", _BREAKS.sub(" ", text)).strip()


def _texts(body: str | None, template: MessageTemplate | None) -> list[str]:
    return list(template.parameters.values()) if template is not None else [body or ""]


def _text(body: str, variables: Mapping[str, str]) -> TextContent | Unrenderable:
    rendered = render(body, variables)
    if isinstance(rendered, MissingFields):
        return _missing(rendered)
    if not rendered.strip():
        return Unrenderable(RenderFault.NO_TEXT, words("There is no text to send."))
    if len(rendered) > LONGEST_TEXT:
        return Unrenderable(
            RenderFault.TOO_LONG,
            words(
                "The text has {count:,} characters; WhatsApp allows {most:,}.",
                count=len(rendered),
                most=LONGEST_TEXT,
            ),
        )
    return TextContent(rendered)


def _template(
    template: MessageTemplate, variables: Mapping[str, str]
) -> TemplateContent | Unrenderable:
    filled: dict[str, str] = {}
    missing: list[str] = []
    for name, text in template.parameters.items():
        rendered = render(text, variables)
        if isinstance(rendered, MissingFields):
            missing += rendered.names
        else:
            filled[name] = tidy_parameter(rendered)
    if missing:
        return _missing(MissingFields(tuple(dict.fromkeys(missing))))
    if blank := [name for name, text in filled.items() if not text]:
        return Unrenderable(
            RenderFault.MISSING_VARIABLE,
            words(
                "The template's parameter {parameter!r} is empty, which the provider refuses.",
                parameter=blank[0],
            ),
            tuple(blank),
        )
    return TemplateContent(template.name, template.language, filled, template.components)


def _missing(fields: MissingFields) -> Unrenderable:
    named = ", ".join(f"{{{{{name}}}}}" for name in fields.names)
    return Unrenderable(
        RenderFault.MISSING_VARIABLE,
        words("There is no value for {named}.", named=named),
        fields.names,
    )
