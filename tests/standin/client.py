"""The test's side of the stand-in: starts its process, asks it, ends it."""

import http.client
import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from tests.standin.behaviour import Behaviour
from tests.standin.record import AcceptedMessage, Summary

_PROJECT = Path(__file__).resolve().parents[2]
_POLL = 0.01


class StandIn:
    """A Cloud API on loopback, in a process of its own.

    It stays when a tested program is killed, and leaves with the test process. Control
    calls raise ``RuntimeError`` when the stand-in refuses one, ``OSError`` when it is gone.
    ``port`` 0: a free one.
    """

    def __init__(self, port: int = 0) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self.port = port

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.standin", "--until-stdin-ends", "--port", str(self.port)],
            cwd=_PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._end()
            raise RuntimeError("the stand-in did not start; its error output says why")
        self.port = json.loads(line)["port"]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    @property
    def base_url(self) -> str:
        """What an account's ``apiBaseUrl`` is set to."""
        return f"http://127.0.0.1:{self.port}"

    def behave(self, behaviour: Behaviour) -> None:
        """Answer so from now on."""
        self._call("POST", "behave", behaviour.to_json())

    def reset(self) -> None:
        """Forget everything, close other connections, go back to the default behaviour."""
        self._call("POST", "reset")

    def count(self) -> int:
        """How many messages were accepted."""
        count: int = self._call("GET", "count")
        return count

    def history_calls(self) -> int:
        """How often a page of a message history was asked for."""
        calls: int = self._call("GET", "history_calls")
        return calls

    def questions(self) -> list[str]:
        """What was asked about numbers and templates: ``number ID``, ``templates WABA NAME``."""
        asked: list[str] = self._call("GET", "questions")
        return asked

    def accepted(self, offset: int = 0) -> list[AcceptedMessage]:
        """What was accepted, in the order of arrival, from the given place on.

        ``RuntimeError`` where it is told to count only.
        """
        return [AcceptedMessage(*row) for row in self._call("GET", f"accepted?offset={offset}")]

    def summary(self, window_ms: float = 1000, sender: str | None = None) -> Summary:
        """Figures over what was accepted, for one phone-number-id if it is given."""
        query = {"window_ms": str(window_ms)} | ({"sender": sender} if sender else {})
        return Summary(**self._call("GET", f"summary?{urlencode(query)}"))

    def wait_for(self, count: int, timeout: float = 30.0) -> int:
        """Wait until at least ``count`` were accepted; ``AssertionError`` after ``timeout`` s."""
        end = time.monotonic() + timeout
        pause = threading.Event()
        while (now := self.count()) < count:
            if time.monotonic() > end:
                raise AssertionError(f"{now} of {count} messages came within {timeout} s")
            pause.wait(_POLL)
        return now

    def _call(self, method: str, path: str, body: str | None = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, f"/_control/{path}", body)
            answer = connection.getresponse()
            value = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != 200:
            raise RuntimeError(f"the stand-in refused {path}: {value['error']}")
        return value

    def _end(self) -> None:
        process = self._process
        if process is None:
            return
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
        process.wait()
        self._process = None
