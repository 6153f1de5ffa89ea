"""Around every request: an id, a line in the log, the figures, and a calm answer when the program itself fails."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from hubconsole.ids import is_id
from hubconsole.server import problems
from hubconsole.server.endpoint import NOTE, ClientGone, header, reply
from hubconsole.server.logs import Log, defect
from hubconsole.server.operations import Answer

if TYPE_CHECKING:
    from hubconsole.server.endpoint import Receive, Scope, Send
    from hubconsole.server.service import Service


_LAST = (b"connection", b"close")


class RequestIds:
    """UUIDv7s of one process: by the time, then a count, then bits drawn once, for a request is worth no call to the system."""

    def __init__(self) -> None:
        self._count = itertools.count(secrets.randbits(28))
        self._bits = secrets.token_hex(4)

    def new(self) -> str:
        """The next one."""
        moment, count = f"{time.time_ns() // 1_000_000:012x}", f"{next(self._count) & 0x3FFFFFFFFFF:011x}"
        return f"{moment[:8]}-{moment[8:]}-7{count[:3]}-8{count[3:6]}-{count[6:]}{self._bits[1:]}"


class Note:
    """What is remembered of a request while it is answered."""

    __slots__ = ("id", "route", "status", "store", "token")

    def __init__(self, request_id: str) -> None:
        self.id = request_id
        self.route = ""
        """The operation's id."""
        self.token = ""
        """The token's id."""
        self.status = 0
        self.store: dict[str, str] = {}
        """What is wrong with the store, for the log alone."""


class Witness:
    """ASGI: outermost of all."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], service: Service, log: Log) -> None:
        self.app = app
        self.service = service
        self.log = log
        self.ids = RequestIds()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Watch one request from its beginning to its end."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        said = header(scope, b"x-request-id")
        named = said.decode("latin-1") if said else ""
        note = scope[NOTE] = Note(named if named and is_id(named) else self.ids.new())
        began = time.perf_counter()

        async def watched(message: Any) -> None:
            if message["type"] == "http.response.start":
                note.status = message["status"]
                more = (_LAST,) if self.service.leaving else ()
                message["headers"] = [*message["headers"], (b"x-request-id", note.id.encode()), *more]
            await send(message)

        entry: dict[str, Any] = {}
        try:
            await self.app(scope, receive, watched)
        except ClientGone:
            note.status = note.status or 499
        except Exception as error:  # noqa: BLE001  the program's own mistake: told in the log, calmly answered
            entry = defect(error)
            if not note.status:
                await reply(watched, Answer(*problems.answer_to(error)))
        took = time.perf_counter() - began
        self.service.metrics.answered(note.route, note.status, took)
        self.log(
            {
                "what": "defect" if entry else "request", "id": note.id, "method": scope["method"], "operation": note.route or None,
                "status": note.status, "ms": round(took * 1000, 2), "token": note.token or None, **note.store, **entry,
            }
        )  # fmt: skip
