"""Words of the screen for the members of an enum: marked where they stand, translated when used."""

from collections.abc import Mapping
from typing import Generic, TypeVar

from PySide6.QtCore import QCoreApplication

K = TypeVar("K")


class Vocabulary(Generic[K]):
    """``marked`` are the results of ``QT_TRANSLATE_NOOP`` with this context."""

    def __init__(self, context: str, marked: Mapping[K, object]) -> None:
        self._context = context
        self._marked = {key: str(text) for key, text in marked.items()}

    def __getitem__(self, key: K) -> str:
        """The words in the language of the screen; raises ``KeyError``."""
        return QCoreApplication.translate(self._context, self._marked[key])

    def find(self, key: K) -> str | None:
        """The words, ``None`` where there are none."""
        return self[key] if key in self._marked else None
