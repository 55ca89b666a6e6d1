"""Cuts private texts out of words that are going to be stored or shown.

The provider's errors may quote what they complain about: a token, a number, a message.
"""

import re
from collections.abc import Iterable

from wa_desktop.content import Content, TextContent

_MARK = "…"
_SHORT = 4
_LINE = 8


def without_private(text: str, private: Iterable[str]) -> str:
    """``text`` with every private text replaced by a mark, longest first.

    Texts below four characters are replaced only where they stand as words of their own,
    else a message "a" would eat the sentence.
    """
    for one in sorted(set(private), key=len, reverse=True):
        if len(one) >= _SHORT:
            text = text.replace(one, _MARK)
        elif one.strip():
            text = re.sub(rf"(?<!\w){re.escape(one)}(?!\w)", _MARK, text)
    return text


def private_texts(content: Content) -> list[str]:
    """The texts of a message that no error may repeat: the whole, and each longer line of it."""
    if isinstance(content, TextContent):
        texts = [content.body]
    else:
        texts = list(content.parameters.values())
        texts += [one for component in content.components for one in _texts_in(component)]
    lines = [line.strip() for text in texts for line in text.splitlines()]
    return [*texts, *(line for line in lines if len(line) >= _LINE)]


def _texts_in(value: object, key: str = "") -> Iterable[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts_in(inner, name)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts_in(inner, key)
    elif isinstance(value, str) and key not in ("type", "sub_type", "index", "parameter_name"):
        yield value
