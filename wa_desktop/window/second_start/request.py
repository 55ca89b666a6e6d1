"""What a second start of the window asks of the first."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_TOKEN = "XDG_ACTIVATION_TOKEN"  # noqa: S105 - a desktop's leave to come to the front


@dataclass(frozen=True, slots=True)
class Request:
    """What a second start asks for: the window in front, and these files in it."""

    files: tuple[Path, ...] = ()
    token: str = ""
    """The desktop's leave to come to the front, blank where it gives none."""

    def to_bytes(self) -> bytes:
        """One line of JSON; a name that is not UTF-8 survives."""
        fields = {"files": [str(one) for one in self.files], "token": self.token}
        return json.dumps(fields).encode() + b"\n"

    @classmethod
    def from_bytes(cls, line: bytes) -> "Request | None":
        """``None`` for anything that no second start has written."""
        try:
            fields = json.loads(line)
            files, token = fields["files"], fields["token"]
        except (ValueError, KeyError, TypeError):
            return None
        if not isinstance(token, str) or not isinstance(files, list):
            return None
        if not all(isinstance(one, str) and one and "\0" not in one for one in files):
            return None
        return cls(tuple(map(Path, files)), token)


def request_of_this_start(files: Sequence[Path]) -> Request:
    """What this start would ask of a window that is there already."""
    return Request(tuple(one.absolute() for one in files), os.environ.get(_TOKEN, ""))


def use_token(request: Request) -> None:
    """Let this process's window come to the front by the leave that the second start had."""
    if request.token:
        os.environ[_TOKEN] = request.token
