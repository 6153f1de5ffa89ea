"""One who listens to the feed: a basket of frames that its stream empties."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from hubconsole.server.frames import last_word

if TYPE_CHECKING:
    from hubconsole.hub.access import Grant


class Reader:
    """Belongs to the event loop."""

    __slots__ = ("_basket", "_size", "_waiting", "after", "digest", "ended", "grant", "heartbeat", "mask", "most", "put_at", "slow")

    def __init__(self, grant: Grant, digest: str, heartbeat: float, most: int, *, mask: bool) -> None:
        self.grant = grant
        self.digest = digest
        self.heartbeat = heartbeat
        """Seconds without anything after which it gets a sign of life."""
        self.most = most
        """Bytes that may lie in the basket."""
        self.mask = mask
        """Whether it may not see names or words of customers."""
        self.after = 0
        """It has every event up to here by other means."""
        self.put_at = time.monotonic()
        self.ended = False
        self.slow = False
        """Whether it was cut off because it did not keep up."""
        self._basket: list[bytes] = []
        self._size = 0
        self._waiting: asyncio.Future[None] | None = None

    @property
    def backlog(self) -> int:
        """Bytes that lie in the basket."""
        return self._size

    def put(self, frame: bytes) -> None:
        """One more frame; who does not keep up is cut off."""
        if self.ended:
            return
        self._size += len(frame)
        if self._size > self.most and self._basket:
            self.slow = True
            self._basket.clear()
            self.end(last_word("you did not keep up; come back with the last id"))
            return
        self._basket.append(frame)
        self.put_at = time.monotonic()
        self._stir()

    def end(self, word: bytes = b"") -> None:
        """Nothing comes after this."""
        if not self.ended:
            self.ended = True
            if word:
                self._basket.append(word)
            self._stir()

    async def take(self) -> bytes:
        """What has come in, as soon as there is something; nothing at the end."""
        while not self._basket:
            if self.ended:
                return b""
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        basket, self._basket, self._size = self._basket, [], 0
        return basket[0] if len(basket) == 1 else b"".join(basket)

    def _stir(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
