"""Collects the sentences of the core that a window may show, for the translators and for it.

    python packaging/core_sentences.py FILE

Every ``words("…")`` outside the window is one; FILE (a module of the window) is written anew.
"""

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "wa_desktop"
WIDTH = 91
HEAD = '''"""The sentences of the core. Written by packaging/core_sentences.py, not by hand."""

from PySide6.QtCore import QT_TRANSLATE_NOOP

_MARKED = (
'''
TAIL = """)

SENTENCES = tuple(map(str, _MARKED))
"""


def main() -> None:
    """Write the module."""
    found = sorted({one for file in sorted(PACKAGE.rglob("*.py")) for one in sentences_of(file)})
    Path(sys.argv[1]).write_text(HEAD + "".join(map(entry, found)) + TAIL, encoding="utf-8")


def sentences_of(file: Path) -> Iterator[str]:
    """The templates in a module of the core; ``SystemExit`` for one that is no literal."""
    if file.is_relative_to(PACKAGE / "window"):
        return
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id != "words":
                continue
            template = node.args[0]
            if not isinstance(template, ast.Constant) or not isinstance(template.value, str):
                raise SystemExit(f"{file}:{node.lineno}: the sentence must be a literal")
            yield template.value


def entry(sentence: str) -> str:
    """One sentence as the formatter would write it."""
    line = f"    QT_TRANSLATE_NOOP({quoted('Core')}, {quoted(sentence)}),\n"
    if len(line) <= 101:
        return line
    lines = "".join(f"        {quoted(piece)}\n" for piece in pieces(sentence)).rstrip("\n")
    return f'    QT_TRANSLATE_NOOP(\n        "Core",\n{lines},\n    ),\n'


def pieces(sentence: str) -> list[str]:
    """The sentence cut between words, so that each piece fits on a line."""
    if len(quoted(sentence)) <= WIDTH:
        return [sentence]
    found = [""]
    for word in sentence.split(" "):
        if found[-1] and len(quoted(found[-1] + word)) > WIDTH - 3:
            found.append("")
        found[-1] += f"{word} "
    found[-1] = found[-1][:-1]
    return found


def quoted(text: str) -> str:
    """A literal in the formatter's style."""
    if '"' in text and "'" not in text:
        return "'" + text.replace("\\", "\\\\") + "'"
    return json.dumps(text, ensure_ascii=False)


if __name__ == "__main__":
    main()
