"""A store thread: work on the ledger, one piece after the other, off the engine's loop.

An engine has one for its turns, and one for what must not delay them.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Store:
    """Runs work on the ledger on a thread of its own."""

    def __init__(self, name: str = "store") -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the work and return its result, or raise its error."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: work(*args, **kwargs))

    def close(self) -> None:
        """Take no more work."""
        self._pool.shutdown(wait=False)
