"""A template's components (header, buttons, cards) with their ``{{column}}`` fields filled in.

Shapes and lengths: Cloud API, "Send messages" and template components (2026-04).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wa_desktop.content import STRUCTURE, component_texts
from wa_desktop.messages.placeholders import MissingFields, fields_of, render, tidy_parameter

_LONGEST_PAYLOAD = 256  # characters, for a quick reply
_LONGEST_URL_SUFFIX = 2_000

_WEB_ADDRESS = re.compile(r"https?://[^\s]+", re.IGNORECASE)


@dataclass(slots=True)
class FilledComponents:
    """What became of the components; usable only if no list names a fault.

    ``missing``: fields without a value. ``blank``, ``too_long`` and ``bad_links`` name the keys
    of texts that came out empty, too long, or as no web address.
    """

    components: tuple[Mapping[str, object], ...] = ()
    missing: list[str] = field(default_factory=list)
    blank: list[str] = field(default_factory=list)
    too_long: list[str] = field(default_factory=list)
    bad_links: list[str] = field(default_factory=list)


def texts_of(components: Sequence[Mapping[str, object]]) -> list[str]:
    """All texts of the components that may hold fields, in their order."""
    return [text for _key, text in component_texts(components)]


def have_fields(components: Sequence[Mapping[str, object]]) -> bool:
    """Whether any text of the components holds a field."""
    return any("{{" in text and fields_of(text) for text in texts_of(components))


def fill_components(
    components: Sequence[Mapping[str, object]], variables: Mapping[str, str]
) -> FilledComponents:
    """Fill in the fields of every text; texts without fields stay to the letter."""
    filled = FilledComponents()
    filled.components = tuple(
        {key: _filled(value, key, one, variables, filled) for key, value in one.items()}
        for one in components
    )
    return filled


def _filled(
    value: object,
    key: str,
    parent: Mapping[str, object],
    variables: Mapping[str, str],
    report: FilledComponents,
) -> object:
    if isinstance(value, Mapping):
        return {
            name: _filled(inner, name, _context(value, parent), variables, report)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_filled(inner, key, parent, variables, report) for inner in value]
    if isinstance(value, str) and key not in STRUCTURE and fields_of(value):
        return _text(value, key, parent, variables, report)
    return value


def _context(value: Mapping[str, object], parent: Mapping[str, object]) -> Mapping[str, object]:
    """The component that a part belongs to: the nearest one that names a ``sub_type``."""
    return value if "sub_type" in value else parent


def _text(
    template: str,
    key: str,
    component: Mapping[str, object],
    variables: Mapping[str, str],
    report: FilledComponents,
) -> str:
    rendered = render(template, variables)
    if isinstance(rendered, MissingFields):
        report.missing += rendered.names
        return template
    text = tidy_parameter(rendered)
    longest = None
    if "sub_type" in component:
        longest = {"payload": _LONGEST_PAYLOAD, "text": _LONGEST_URL_SUFFIX}.get(key)
    if not text:
        report.blank.append(key)
    elif longest is not None and len(text) > longest:
        report.too_long.append(key)
    elif key == "link" and not _WEB_ADDRESS.fullmatch(text):
        report.bad_links.append(key)
    return text
