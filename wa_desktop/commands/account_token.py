"""How an access token reaches a command: never as a word of the command line.

What stands there can be read by every user of the computer and stays in the shell's history.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from wa_desktop.errors import InvalidInput

TOKEN_VARIABLE = "WA_ACCESS_TOKEN"  # noqa: S105 - a variable's name
_LONGEST_TOKEN = 4_096

TokenOption = Annotated[
    str | None,
    typer.Option(
        "--access-token",
        "--token",
        metavar="-",
        help="Only '-': read it from the standard input; a terminal asks for it unseen.",
    ),
]
TokenFileOption = Annotated[
    Path | None,
    typer.Option("--access-token-file", "--token-file", help="Read the token from this file."),
]


def new_token(given: str | None, file: Path | None) -> str:
    """The token of a new account, also from the environment or asked for."""
    found = given_token(given, file)
    if found is not None:
        return found
    if of_environment := os.environ.get(TOKEN_VARIABLE, "").strip():
        return of_environment
    if sys.stdin.isatty():
        return _asked()
    raise InvalidInput(
        "An account of the Cloud API needs its access token. Give it with --access-token-file, "
        f"--access-token - (the standard input) or {TOKEN_VARIABLE}."
    )


def given_token(given: str | None, file: Path | None) -> str | None:
    """The token that the options name; ``None``: they name none.

    Raises ``typer.BadParameter`` for a token on the command line, ``InvalidInput`` where
    none comes.
    """
    if given is not None and given != "-":
        raise typer.BadParameter(
            "takes only '-' (the standard input): on the command line others could read the token",
            param_hint="--access-token",
        )
    if given is not None and file is not None:
        raise typer.BadParameter("Give --access-token - or --access-token-file, not both.")
    if file is not None:
        return _some(_token_of_file(file), str(file))
    if given is None:
        return None
    if sys.stdin.isatty():
        return _asked()
    return _some(sys.stdin.readline(_LONGEST_TOKEN + 1).strip(), "the standard input")


def _asked() -> str:
    return str(typer.prompt("Access token", hide_input=True)).strip()


def _some(token: str, source: str) -> str:
    if not token:
        raise InvalidInput(f"No access token came from {source}. Nothing was changed.")
    return token


def _token_of_file(path: Path) -> str:
    try:
        with path.open(encoding="utf-8-sig") as file:
            return file.read(_LONGEST_TOKEN + 1).strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text"
        raise InvalidInput(
            f"The token cannot be read from {path} ({reason}). Give another file."
        ) from error
