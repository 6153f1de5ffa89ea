"""A hub's answers by script: what a console far away is told, byte by byte, without a socket."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from hubconsole.clock import FrozenClock
from hubconsole.hub.port import HubInfo, Receipt
from hubconsole.hub.wire import WireRow, plain
from hubconsole.ids import key_of, new_id
from hubconsole.store.rows import BoardRow, Count, MemberRow

URL = "http://127.0.0.1:8750"


def row(number: int = 1, *, state: str = "new", version: int = 1, id: str = "", **facts: Any) -> WireRow:
    """A row of the board; ``facts`` are fields of BoardRow."""
    values: dict[str, Any] = {
        name: 0 if kind in (int, "int") else None if "None" in str(kind) else "" for name, kind in BoardRow.__annotations__.items()
    }
    values |= {
        "id": id or new_id(1_763_474_400_000 + number), "number": number, "key": key_of(number), "state": state, "channel": "x",
        "customer": f"Customer {number}", "words": f"Words {number}", "priority": 3, "rank": number * 1000, "version": version,
        "waiting_since": 1_763_474_000_000 + number,
    }  # fmt: skip
    return WireRow(BoardRow(**(values | facts)), "service", state in ("new", "working", "in_review", "ready"))


def info(seq: int, **facts: Any) -> HubInfo:
    """The hub in a few words."""
    return HubInfo("hub-1", "Bank", "", seq, "all-legal", False)._replace(**facts)


class ScriptedHub(httpx.BaseTransport):
    """Answers like a hub whose state the test sets; ``fail`` answers in its place."""

    def __init__(self, clock: FrozenClock) -> None:
        self.clock = clock
        self.seq = 10
        self.id = "hub-1"
        self.skew = 0
        self.rows: dict[str, WireRow] = {}
        self.members = [MemberRow("ada", ("service",), True), MemberRow("lex", ("legal",), True)]
        self.touched: list[str] = []
        self.answers: dict[str, Any] = {}
        """What a path answers instead of 404: JSON, or a function of the request."""
        self.fail: Callable[[httpx.Request], httpx.Response | None] = lambda request: None
        self.asked: list[httpx.Request] = []
        self.streams: list[queue.Queue[bytes | Exception | None]] = []
        self._opened = threading.Condition()
        self.gone = False
        """Whether the feed answers 410."""

    # --- what the test does -----------------------------------------------------------------------

    def put(self, *rows: WireRow) -> None:
        """Rows that the next snapshot has."""
        self.rows |= {one.row.id: one for one in rows}

    def tell(self, *rows: WireRow, kinds: tuple[str, ...] = ("note.added",), hub: tuple[str, ...] = (), skip: int = 0) -> None:
        """Something happened: the rows moved, or events about the hub itself."""
        self.put(*rows)
        first = self.seq + 1 + skip
        told = [(kind, one.row.id) for one in rows for kind in kinds] + [(kind, "") for kind in hub]
        self.seq = first + len(told) - 1
        events = [[first + place, kind, eid, "ben", self.clock()] for place, (kind, eid) in enumerate(told)]
        frame = {"seq": self.seq, "events": events, "rows": plain(list(rows)), "counts": plain(self.counts()), "oldest_wait": None}
        self.send(f"id: {self.seq}\nevent: changes\ndata: {json.dumps(frame | {'hub_changed': bool(hub)})}\n\n".encode())

    def send(self, data: bytes | Exception | None) -> None:
        """Bytes on the newest stream; an exception breaks it, None ends it."""
        self.streams[-1].put(data)

    def until_listened(self, times: int = 1) -> None:
        """Wait until the feed was opened so many times."""
        with self._opened:
            assert self._opened.wait_for(lambda: len(self.streams) >= times, 10), "nobody listens"

    def counts(self) -> list[Count]:
        """As the hub keeps them."""
        states = [one.row.state for one in self.rows.values()]
        return [Count(state, "service", states.count(state)) for state in sorted(set(states))]

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [f"{one.method} {one.url.path}" for one in self.asked]

    # --- what the console asks --------------------------------------------------------------------

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.asked.append(request)
        failed = self.fail(request)
        if failed is not None:
            return failed
        path = request.url.path
        if path in self.answers:
            found = self.answers[path]
            return found(request) if callable(found) else answer(found)
        match path:
            case "/v1/hub":
                return answer(plain(info(self.seq, id=self.id)) | {"time": self.clock() + self.skew})
            case "/v1/members":
                return answer({"members": plain(self.members)})
            case "/v1/snapshot":
                return answer(self.snapshot())
            case "/v1/changes" if "text/event-stream" in request.headers["accept"]:
                return self._stream(int(request.headers["last-event-id"]))
            case "/v1/changes":
                ids = {"enquiry_ids": sorted(self.touched), "new_ids": []}
                return answer({"seq": self.seq, **ids, "hub_changed": False, "rows": [], "counts": []})
            case "/v1/enquiries/lookup":
                wanted = json.loads(request.content)["ids"]
                return answer({"rows": plain([self.rows[one] for one in wanted if one in self.rows])})
        return problem(404, "no_such_path", "usage")

    def snapshot(self) -> dict[str, Any]:
        """The board as it is."""
        rows = [one for one in self.rows.values() if one.open]
        return {
            "seq": self.seq, "time": self.clock() + self.skew, "info": plain(info(self.seq, id=self.id)), "members": plain(self.members),
            "counts": plain(self.counts()), "oldest_wait": None, "rows": plain(rows), "whole": True,
        }  # fmt: skip

    def _stream(self, after: int) -> httpx.Response:
        if self.gone or after > self.seq:
            self.gone = False
            return problem(410, "gone", "unreachable")
        with self._opened:
            self.streams.append(queue.Queue())
            self._opened.notify_all()
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=_Told(self.streams[-1]))


class _Told(httpx.SyncByteStream):
    def __init__(self, told: queue.Queue[bytes | Exception | None]) -> None:
        self._told = told

    def __iter__(self) -> Iterator[bytes]:
        while True:
            data = self._told.get(timeout=20)
            if data is None:
                return
            if isinstance(data, Exception):
                raise data
            yield data

    def close(self) -> None:
        self._told.put(None)


def answer(body: Any, status: int = 200, **headers: str) -> httpx.Response:
    """A JSON answer."""
    return raw(json.dumps(body).encode(), status, {"content-type": "application/json", **headers})


def raw(content: bytes, status: int = 200, headers: dict[str, str] | None = None) -> httpx.Response:
    """An answer of any bytes, unread as from a socket."""
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(content))


def problem(status: int, code: str, family: str, detail: str = "It is so.", **more: Any) -> httpx.Response:
    """Problem details."""
    body = {"type": f"urn:hubconsole:problem:{code}", "title": code, "status": status, "detail": detail, "code": code, "hint": "Do this."}
    return answer(body | {"family": family} | more, status)


def done(to: WireRow, seq: int, **facts: Any) -> dict[str, Any]:
    """The answer to a command."""
    receipt = Receipt(new_id(), to.row.id, to.row.key, ("note.added",), seq, to.row.state, to.row.version, False)._replace(**facts)
    return {**plain(receipt), "row": plain(to)}
