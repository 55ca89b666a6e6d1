"""Calls by another user of this computer, for tests that run as root."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any

import pytest

OTHER_USER = 64_321
"""An id that no user of the machine has."""

as_another_user = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("curl") is None,
    reason="only root can act as another user, and curl makes the calls",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What curl was answered."""

    status: int
    body: Any


def curl(*words: str, user: int | None = None) -> Answer:
    """Call with curl, as another user if ``user`` says so."""
    done = subprocess.run(
        ["curl", "-s", "--noproxy", "*", "-w", "\n%{http_code}", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        timeout=30,
        cwd="/",
        user=user,
    )
    body, _, status = done.stdout.decode().rpartition("\n")
    return Answer(int(status), json.loads(body) if body.startswith("{") else body)
