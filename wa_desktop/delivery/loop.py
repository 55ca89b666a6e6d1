"""The asyncio loop that an engine runs on: the fastest at hand, beside a store thread."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any

from wa_desktop.delivery.wire import Wire

if sys.platform == "win32":
    _new_loop = asyncio.new_event_loop
else:
    from uvloop import new_event_loop as _new_loop

_SWITCH_SECONDS = 0.0002
"""How long a thread keeps the interpreter while another asks for it. The store thread asks
after each statement; at Python's own 5 ms a turn of ten statements waits longer than it works
(measured: 38 % of a bare loop's rate at 5 ms, 46 % at 0.2 ms, 57 % with uvloop besides)."""


_LOOKS = 20
"""Looks of the loop in a row that bring no further answer. An answer takes several to come in."""


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run the engine's main coroutine to its end, on the calling thread."""
    sys.setswitchinterval(min(sys.getswitchinterval(), _SWITCH_SECONDS))
    with asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(main)


async def take_in(wire: Wire) -> None:
    """Let answers in that have come, up to half of those awaited, so that one turn writes many.

    Nobody waits here: the loop only looks at what is there. A turn costs much the same for one
    message as for thirty (on SQLite 13 a turn became 21, and 159 us of the store 128 a message).
    """
    await asyncio.sleep(0)
    looks, before = min(_LOOKS, wire.flying), wire.settled
    while looks and 0 < before <= wire.flying:
        await asyncio.sleep(0)
        looks = looks - 1 if wire.settled == before else min(_LOOKS, wire.flying)
        before = wire.settled
