"""HTTP/1.1 with keep-alive for the stand-in, as thin as a protocol can be.

Speed is the point: the stand-in must not be what a throughput measurement measures. It
knows requests with a Content-Length and no pipelining, which is what HTTP clients send.
"""

import asyncio
import json
import re
import socket
import struct
from typing import cast
from urllib.parse import parse_qs, urlsplit

from tests.standin import answers
from tests.standin.behaviour import Behaviour
from tests.standin.cloud import Cloud, Reply

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
_TOKEN = re.compile(rb"\r\nauthorization:[ \t]*bearer[ \t]+([^\r\n]+)", re.IGNORECASE)
_MESSAGES = re.compile(rb"POST /v\d+\.\d+/([^/ ]+)/messages[ ?]")
_LIBRARY = re.compile(rb"GET /v\d+\.\d+/([^/ ]+)/message_templates\?([^ ]*) ")
_NUMBER = re.compile(rb"GET /v\d+\.\d+/([^/? ]+)[ ?]")
_HISTORY = re.compile(rb"GET (/v\d+\.\d+/([^/ ]+)/message_history[^ ]*) ")
_LINGER_NOT = struct.pack("ii", 1, 0)


class Connection(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, cloud: Cloud, open_connections: "set[Connection]") -> None:
        self._cloud = cloud
        self._open = open_connections
        self._rest = b""
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports speak the interface without inheriting from it.
        self._transport = cast("asyncio.Transport", transport)
        self._cloud.connections += 1
        self._open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._open.discard(self)

    def data_received(self, data: bytes) -> None:
        data = self._rest + data if self._rest else data
        while (end := data.find(b"\r\n\r\n")) >= 0:
            head = data[:end]
            length = _LENGTH.search(head)
            stop = end + 4 + (int(length[1]) if length else 0)
            if len(data) < stop:
                break
            self._request(head, data[end + 4 : stop])
            data = data[stop:]
        self._rest = data

    def _request(self, head: bytes, body: bytes) -> None:
        if message := _MESSAGES.match(head):
            self._answer(self._cloud.post(message[1].decode(), _token_of(head), body))
        elif b" /_control/" in head:
            self._transport.write(self._control(head, body))
        elif library := _LIBRARY.match(head):
            [name] = parse_qs(library[2].decode()).get("name", [""])
            self._answer(self._cloud.library(library[1].decode(), name, _token_of(head)))
        elif number := _NUMBER.match(head):
            query = _query_of(head.split(b" ", 2)[1])
            self._answer(self._cloud.number(number[1].decode(), _token_of(head), query))
        elif history := _HISTORY.match(head):
            query = _query_of(history[1])
            self._answer(self._cloud.history(history[2].decode(), _token_of(head), query))
        else:
            self._transport.write(answers.graph_error(2500, Behaviour(), "no such path"))

    def _answer(self, reply: Reply) -> None:
        if reply.delay > 0:
            self._loop.call_later(reply.delay, self._write, reply)
        else:
            self._write(reply)

    def _write(self, reply: Reply) -> None:
        if self._transport.is_closing() or reply.data is None:
            return
        if reply.reset:
            peer: socket.socket = self._transport.get_extra_info("socket")
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
            self._transport.abort()
            return
        if reply.data:
            self._transport.write(reply.data)
        if reply.close:
            self._transport.close()

    def _control(self, head: bytes, body: bytes) -> bytes:
        address = head.split(b" ", 2)[1]
        target, query = urlsplit(address.decode()), _query_of(address)
        what = target.path.removeprefix("/_control/")
        if what == "count":
            return answers.as_json(self._cloud.count)
        if what == "history_calls":
            return answers.as_json(self._cloud.history_calls)
        if what == "questions":
            return answers.as_json(self._cloud.questions)
        if what == "accepted":
            return self._accepted(int(query.get("offset", 0)))
        if what == "summary":
            return self._summary(float(query.get("window_ms", 1000)), query.get("sender"))
        if what == "behave":
            return self._behave(body)
        if what == "reset":
            self._reset()
            return answers.as_json({"ok": True})
        return answers.as_json({"error": f"no control named {what}"}, 404)

    def _accepted(self, offset: int) -> bytes:
        if self._cloud.tally is not None:
            return answers.as_json({"error": "messages are only counted, not kept"}, 409)
        return answers.as_json(self._cloud.messages[offset:])

    def _summary(self, window_ms: float, sender: str | None) -> bytes:
        try:
            return answers.as_json(self._cloud.summary(window_ms, sender).to_dict())
        except ValueError as error:
            return answers.as_json({"error": str(error)}, 409)

    def _behave(self, body: bytes) -> bytes:
        try:
            self._cloud.behave(Behaviour.from_json(body))
        except (ValueError, TypeError) as error:
            return answers.as_json({"error": str(error)}, 422)
        return answers.as_json({"ok": True})

    def _reset(self) -> None:
        for other in self._open - {self}:
            other._transport.abort()
        self._cloud.reset()


def _query_of(address: bytes) -> dict[str, str]:
    query = urlsplit(address.decode()).query
    return {key: values[-1] for key, values in parse_qs(query).items()}


def _token_of(head: bytes) -> str | None:
    found = _TOKEN.search(head)
    return found[1].decode() if found else None


async def serve(host: str, port: int) -> None:
    """Listen until cancelled; prints ``{"port": n}`` on a line of its own once it does."""
    cloud = Cloud()
    connections: set[Connection] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(cloud, connections), host, port, backlog=1024
    )
    bound: int = server.sockets[0].getsockname()[1]
    print(json.dumps({"port": bound}), flush=True)
    await server.serve_forever()
