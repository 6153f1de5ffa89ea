"""The live feed as server-sent events: raw ASGI, whole frames, no framework between them and the socket."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from hubconsole.server.operations import Stream

if TYPE_CHECKING:
    from hubconsole.server.endpoint import Receive, Send
    from hubconsole.server.feed import Feed
    from hubconsole.server.reader import Reader

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]
_HELLO = b"retry: 1000\n\n"
"""How long a browser waits before it comes back, in milliseconds."""


def streaming(feed: Feed, reader: Reader, missed: list[bytes]) -> Stream:
    """The response to a new reader."""

    async def run(receive: Receive, send: Send) -> None:
        gone = asyncio.create_task(_until_gone(receive, reader))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await send({"type": "http.response.body", "body": b"".join([_HELLO, *missed]), "more_body": True})
            while part := await reader.take():
                await send({"type": "http.response.body", "body": part, "more_body": True})
            if reader.slow:
                feed.cut_off += 1
            await send({"type": "http.response.body", "body": b""})
        finally:
            feed.leave(reader)
            gone.cancel()
            with suppress(asyncio.CancelledError):
                await gone

    return run


async def _until_gone(receive: Receive, reader: Reader) -> None:
    """Ends the reader when the other side hangs up."""
    while True:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            reader.end()
            return
