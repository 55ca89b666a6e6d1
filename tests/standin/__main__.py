"""``python -m tests.standin --port 0``: the stand-in Cloud API in its own process.

Prints ``{"port": n}`` when it listens. With ``--until-stdin-ends`` it leaves when the
process that started it is gone, however that one ended.
"""

import argparse
import asyncio
import contextlib
import gc
import sys
import threading

from tests.standin.server import serve


def _leave_with_stdin(loop: asyncio.AbstractEventLoop, task: "asyncio.Task[None]") -> None:
    sys.stdin.buffer.read()
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(task.cancel)


async def _run(arguments: argparse.Namespace) -> None:
    serving = asyncio.ensure_future(serve(arguments.host, arguments.port))
    if arguments.until_stdin_ends:
        loop = asyncio.get_running_loop()
        threading.Thread(target=_leave_with_stdin, args=(loop, serving), daemon=True).start()
    await serving


def main() -> None:
    """Read the arguments and serve until stopped."""
    parser = argparse.ArgumentParser(prog="tests.standin", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--until-stdin-ends", action="store_true")
    arguments = parser.parse_args()
    # Records only grow and hold no cycles: a collection would be a pause in a measurement.
    gc.disable()
    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        if sys.platform == "win32":
            asyncio.run(_run(arguments))
        else:
            import uvloop

            uvloop.run(_run(arguments))


if __name__ == "__main__":
    main()
