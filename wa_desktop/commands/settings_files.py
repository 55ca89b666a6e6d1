"""What a user should know about the settings files: what is ignored, and who can change them."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from wa_desktop.env_files import (
    FILE,
    HOME,
    NAMED,
    EnvFiles,
    ignored_file,
    read,
    spelling,
    writable_by_others,
)
from wa_desktop.settings import Settings

_CLOSE = 0.8
"""How alike a name must be to be taken for a misspelt one; 1 is the same."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that may surprise a user, and what to do about it."""

    text: str
    advice: str


def remarks(files: EnvFiles, settings: Settings) -> Iterator[Remark]:
    """What to say about the settings files of this start."""
    for path in files.paths:
        if NAMED in read(path):
            yield Remark(
                f"{NAMED} in {path} has no effect",
                "A settings file cannot name another one: remove the line.",
            )
    if files.in_home is not None and read(files.in_home).get(HOME, files.home) != files.home:
        yield Remark(
            f"{HOME} in {files.in_home} has no effect: this file cannot move the data folder",
            f"Set {HOME} in the environment, or in a file that --env or {NAMED} names.",
        )
    if files.named is not None and (fault := writable_by_others(files.named)):
        yield Remark(
            f"{files.named} has {fault}",
            "Whoever can write it chooses database, Redis and key: change its owner and mode.",
        )
    variables = {str(field.validation_alias) for field in Settings.model_fields.values()}
    for path in files.paths:
        yield from _spelling_of(path, variables | {NAMED})
    if ignored := ignored_file(files, variables):
        yield Remark(
            f"{ignored} is ignored: settings are not read from the working folder",
            f"If it is yours, move it to {settings.home / FILE}, or name it: "
            f"wa-desktop --env {ignored}",
        )


def _spelling_of(path: Path, variables: Set[str]) -> Iterator[Remark]:
    """Lines that are no setting, and names that nearly are one. No value is told."""
    found = spelling(path)
    if found.unread:
        lines = ", ".join(map(str, found.unread))
        yield Remark(
            f"{path}, line {lines}: this cannot be read as a setting and was left out",
            "Write it as NAME=value, or begin the line with #.",
        )
    for name in sorted(found.names - variables):
        right = get_close_matches(name.upper(), sorted(variables - found.names), 1, _CLOSE)
        if right:
            yield Remark(
                f"{name} in {path} is no setting of wa-desktop and has no effect",
                f"If {right[0]} was meant, correct the name.",
            )
