"""Where reads run: short ones on a local file at once in the event loop, all others in a few threads.

A page from a local file takes a tenth of what handing it to a thread costs; a database in another program is waited for in a
thread, for the loop must not stand still.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


class Reads:
    """Runs reads of one hub."""

    def __init__(self, *, local: bool, threads: int) -> None:
        self.local = local
        self._pool = ThreadPoolExecutor(threads, "hubconsole-reads")

    async def quick(self, read: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """A read that takes well under a millisecond on a local file."""
        if self.local:
            return read(*args, **kwargs)
        return await self.slow(read, *args, **kwargs)

    async def slow(self, read: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """A read that may take long."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: read(*args, **kwargs))

    def close(self) -> None:
        """End the threads, after what they are at."""
        self._pool.shutdown(wait=True, cancel_futures=True)
