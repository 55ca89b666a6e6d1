"""A Redis server of the tests' own, which can be stopped, killed and emptied."""

import shutil
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self
from urllib.parse import quote

import psutil
import redis

from tests.services.process import ServiceProcess, find_program, free_port


class RedisServer:
    """``redis-server`` on a free loopback port; it keeps the port and nothing else.

    ``options`` are further words of its command line, such as
    ``["--maxmemory-policy", "allkeys-lru"]``.
    """

    def __init__(self, password: str | None = None, options: Sequence[str] = ()) -> None:
        self.port = free_port()
        self.password = password
        self._options = tuple(options)
        self._program = find_program("redis-server", "redis-server")
        self._folder = Path(tempfile.mkdtemp(prefix="wa-redis-"))
        self._process = ServiceProcess("redis-server", self._folder / "redis.log")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The address for ``REDIS_URL``."""
        login = f":{quote(self.password, safe='')}@" if self.password else ""
        return f"redis://{login}127.0.0.1:{self.port}/0"

    @property
    def running(self) -> bool:
        """Whether the server process is alive."""
        return self._process.running

    def start(self) -> None:
        """Start it, empty unless an option keeps its data; returns when it answers."""
        command = [
            *(str(self._program), "--port", str(self.port), "--bind", "127.0.0.1"),
            *("--dir", str(self._folder), "--save", "", "--appendonly", "no"),
            *(("--requirepass", self.password) if self.password else ()),
            *self._options,
        ]
        self._process.launch(command, self._answers)

    def stop(self) -> None:
        """Shut it down in good order."""
        self._process.end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """It stands still meanwhile: connections are accepted and nothing is answered."""
        process = psutil.Process(self._process.pid)
        process.suspend()
        try:
            yield
        finally:
            process.resume()

    def flushall(self) -> None:
        """Remove everything that it holds."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def close(self) -> None:
        """Stop it and remove its folder."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _answers(self) -> bool:
        with redis.Redis.from_url(self.url, socket_timeout=2, retry=None) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False
