"""Cuts private texts out of words that are going to be stored or shown.

The provider's errors may quote what they complain about: a token, a number, a message.
"""

import re
from collections.abc import Iterable

from wa_desktop.content import Content, TextContent, component_texts

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
        texts += [text for _key, text in component_texts(content.components)]
    lines = [line.strip() for text in texts for line in text.splitlines()]
    return [*texts, *(line for line in lines if len(line) >= _LINE)]
