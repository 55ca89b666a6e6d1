"""One recipient's message: the contract's text or template with the recipient's values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from wa_desktop.content import Content, MessageTemplate, TemplateContent, TextContent
from wa_desktop.messages.components import fill_components, have_fields, texts_of
from wa_desktop.messages.error_values import is_error_value
from wa_desktop.messages.placeholders import (
    MissingFields,
    fields_of,
    render,
    stray_field,
    tidy_parameter,
    unknown_fields,
)
from wa_desktop.words import words

LONGEST_TEXT = 4_096  # characters, Cloud API reference section 1


class RenderFault(StrEnum):
    """Why a message cannot be made; the words are codes of the HTTP API."""

    MISSING_VARIABLE = "missing_variable"
    NO_TEXT = "no_text"
    TOO_LONG = "text_too_long"
    BAD_LINK = "bad_link"


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
        if is_error_value(own_message):
            return Unrenderable(
                RenderFault.NO_TEXT,
                words(
                    "The recipient's text is {error}, an error of the spreadsheet. Correct the "
                    "file.",
                    error=own_message.strip(),
                ),
            )
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


def _texts(body: str | None, template: MessageTemplate | None) -> list[str]:
    if template is None:
        return [body or ""]
    return [*template.parameters.values(), *texts_of(template.components)]


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
    blank = [name for name, text in filled.items() if not text]
    components = template.components
    if have_fields(components):
        others = fill_components(components, variables)
        components = others.components
        missing += others.missing
        if not missing and (others.too_long or others.bad_links):
            return _unusable(others.too_long, others.bad_links)
        blank += others.blank
    if missing:
        return _missing(MissingFields(tuple(dict.fromkeys(missing))))
    if blank:
        return Unrenderable(
            RenderFault.MISSING_VARIABLE,
            words(
                "The template's parameter {parameter!r} is empty, which the provider refuses.",
                parameter=blank[0],
            ),
            tuple(blank),
        )
    return TemplateContent(template.name, template.language, filled, components)


def _unusable(too_long: list[str], bad_links: list[str]) -> Unrenderable:
    if too_long:
        return Unrenderable(
            RenderFault.TOO_LONG,
            words(
                "The template's {part!r} is longer than WhatsApp allows once its fields are "
                "filled in.",
                part=too_long[0],
            ),
        )
    return Unrenderable(
        RenderFault.BAD_LINK,
        words(
            "The template's {part!r} is not a web address (https://…) once its fields are filled "
            "in.",
            part=bad_links[0],
        ),
    )


def shown_content(content: Content) -> str:
    """A message as a person reads it before sending: a text, or a template with all its values."""
    if isinstance(content, TextContent):
        return content.body
    values = [*content.parameters.values(), *texts_of(content.components)]
    return "\n".join([f"{content.name} ({content.language})", *values])


def _missing(fields: MissingFields) -> Unrenderable:
    named = ", ".join(f"{{{{{name}}}}}" for name in fields.names)
    return Unrenderable(
        RenderFault.MISSING_VARIABLE,
        words("There is no value for {named}.", named=named),
        fields.names,
    )
