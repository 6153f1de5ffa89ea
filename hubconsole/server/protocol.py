"""HTTP on one connection, with bounds where uvicorn has none: before a request is known to be one, and while an answer is not taken.

The application bounds what it is asked (:class:`~hubconsole.server.limits.Sizes`, the time of a body). It is not asked before the
last line of the headers is there, nor while nobody reads what it says; whoever never gets there holds memory and a connection.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

if TYPE_CHECKING:
    from hubconsole.server.settings import Settings

_SPARE = 4 << 10
"""Bytes beside address and headers: the words around them."""

_MOST_LINES = 1_000
"""Headers of one request."""

_AROUND = 16
"""Bytes that may stand around each byte of a body that comes in the smallest of chunks."""

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_LATE = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Careful(HttpToolsProtocol):
    """Uvicorn's protocol for a server with these limits; :func:`careful` makes it."""

    most_head = 0
    """Bytes from the beginning of a request to its body."""
    head_timeout = 0.0
    """Seconds for them."""
    stall_timeout = 0.0
    """Seconds that a connection is kept which takes nothing of its answer."""

    _heading = True
    """Whether what comes next belongs to a request whose headers are not complete."""
    _size = 0
    _lines = 0
    _come = 0
    """Bytes behind the headers, and how many of them were the body: what is neither is bounded, too."""
    _body = 0
    _late: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody is there: they say soon what they want."""
        super().connection_made(transport)
        self._hurry()

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone."""
        for timer in (self._late, self._stalled):
            if timer is not None:
                timer.cancel()
        self._late = self._stalled = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some more bytes, which may be the middle of anything."""
        if self.transport.is_closing():
            return
        if self._heading:
            self._hurry()
            # One chunk is bounded by itself; only what goes on beyond it is counted.
            self._size += len(data)
            if self._size > self.most_head + len(data):
                self._end_with(_TOO_LARGE)
                return
        else:
            self._come += len(data)
            if self._come > self.most_head + _AROUND * self._body + len(data):
                self._end_with(_TOO_LARGE)
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """The first byte of a request, perhaps right behind another one."""
        self._hurry()
        self._lines = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header, before the body or behind it; a short one costs many times its bytes."""
        self._lines += 1
        if self._lines > _MOST_LINES:
            raise ValueError("more headers than any request has")
        super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._body += len(body)
        super().on_body(body)

    def on_headers_complete(self) -> None:
        """The request is known."""
        self._heading, self._size, self._come, self._body = False, 0, 0, 0
        if self._late is not None:
            self._late.cancel()
            self._late = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Its body is there, too; what comes next is another one."""
        self._heading, self._size = True, 0
        super().on_message_complete()

    def pause_writing(self) -> None:
        """They take less than they are given."""
        super().pause_writing()
        self._look_again()

    def resume_writing(self) -> None:
        """They have taken it."""
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
        super().resume_writing()

    def _look_again(self) -> None:
        left = self.transport.get_write_buffer_size()
        self._stalled = self.loop.call_later(self.stall_timeout, self._stalled_at, left)

    def _stalled_at(self, before: int) -> None:
        """Hang up on somebody who took nothing since there were ``before`` bytes for them."""
        if self.transport.get_write_buffer_size() >= before:
            self._stalled = None
            self.transport.abort()
        else:
            self._look_again()

    def _hurry(self) -> None:
        """From now on the time for a head runs, if it does not yet."""
        if self._late is None:
            self._late = self.loop.call_later(self.head_timeout, self._too_late)

    def _too_late(self) -> None:
        self._late = None
        self._end_with(_TOO_LATE)

    def _end_with(self, words: bytes) -> None:
        """Say why and hang up; an answer that is under way is not talked into."""
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete:
            self.transport.write(words)
        self.transport.close()


def careful(settings: Settings) -> type[Careful]:
    """The protocol with the bounds of a server's settings."""
    most = settings.max_url + settings.max_headers + _SPARE
    own = {"most_head": most, "head_timeout": settings.head_timeout, "stall_timeout": settings.stall_timeout}
    return type("Careful", (Careful,), own)
