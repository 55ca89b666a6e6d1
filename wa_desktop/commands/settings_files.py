"""What a user should know about the settings files: what is ignored, and who can change them."""

from collections.abc import Iterator
from dataclasses import dataclass

from wa_desktop.env_files import FILE, HOME, NAMED, EnvFiles, ignored_file, read, writable_by_others
from wa_desktop.settings import Settings


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
    if ignored := ignored_file(files, variables):
        yield Remark(
            f"{ignored} is ignored: settings are not read from the working folder",
            f"If it is yours, move it to {settings.home / FILE}, or name it: "
            f"wa-desktop --env {ignored}",
        )
