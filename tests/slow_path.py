"""A TCP path to a server with a delay on it, in each direction: a ledger on another continent."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Self
from urllib.parse import urlsplit, urlunsplit


class SlowPath:
    """Passes bytes on to a server on loopback, each so many seconds after it came.

    ``there`` and ``back`` may differ and may be changed at any time.
    """

    def __init__(self, url: str, *, there: float = 0.0, back: float = 0.0) -> None:
        self.there = there
        self.back = back
        self._parts = urlsplit(url)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """The server's address by this path."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        user = self._parts.netloc.rpartition("@")[0]
        return urlunsplit(self._parts._replace(netloc=f"{user}@127.0.0.1:{port}"))

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop
        ).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self) -> None:
        assert self._server is not None
        self._server.close()
        ours = asyncio.current_task()
        others = [one for one in asyncio.all_tasks() if one is not ours]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(
            self._parts.hostname, self._parts.port
        )
        # A connection that stands at the end of the test is cut; its task is no news to anybody.
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(
                self._pass_on(reader, server_writer, lambda: self.there),
                self._pass_on(server_reader, writer, lambda: self.back),
                return_exceptions=True,
            )
        writer.close()
        server_writer.close()

    async def _pass_on(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        delay: Callable[[], float],
    ) -> None:
        """In order; what comes while something is under way does not wait for that."""
        loop = asyncio.get_running_loop()
        while data := await reader.read(65_536):
            loop.call_at(loop.time() + delay(), writer.write, data)
        loop.call_at(loop.time() + delay(), writer.close)
