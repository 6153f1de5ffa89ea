"""What is asked of the store for those who watch over the server: they are told soon, also while it does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from hubconsole.server import problems

T = TypeVar("T")

PATIENCE = 2.0
"""Seconds that somebody who watches over the server waits for its store."""


class Watch:
    """Asks the store in one thread of its own. Belongs to the event loop."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "hubconsole-watch")
        self._late: Future[Any] | None = None
        """The question that nobody waits for any more, and that the store has not answered yet."""

    async def ask(self, read: Callable[..., T], *args: Any) -> T:
        """The answer. Raises Unreachable ``store_silent`` when it does not come in time, or an earlier one is still awaited.

        So a store that hangs holds one thread, however often it is asked after.
        """
        if self._late is not None and not self._late.done():
            raise problems.silent()
        asked = self._thread.submit(read, *args)
        try:
            async with asyncio.timeout(PATIENCE):
                return await asyncio.wrap_future(asked)
        except TimeoutError:
            if not asked.cancel():
                self._late = asked
            raise problems.silent() from None

    def close(self) -> None:
        """End the thread, after what it is at."""
        self._thread.shutdown(wait=True, cancel_futures=True)
