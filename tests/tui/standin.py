"""A hub of rows in memory, for the console's own tests until they can stand on a real one."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from hubconsole.clock import MINUTE
from hubconsole.domain.query import Query
from hubconsole.errors import Conflict, HubError, Refused, UsageProblem
from hubconsole.hub.port import Changes, HubInfo, Receipt, Viewer
from hubconsole.store.rows import BoardRow, Count, Cursor, EnquiryView, MemberRow, MessageRow, Page, TrailRow

NOW = 1_763_474_400_000


def row(number: int, state: str = "new", **more: object) -> BoardRow:
    base = BoardRow(
        id=f"id-{number}", number=number, key=f"E-{number}", state=state, channel=["x", "facebook", "email", "phone"][number % 4],
        visibility="public", customer=["@maria_k", "D. Shah", "j.o@example.com", "Kaur LLP", "walk-in"][number % 5],
        words=["Third time my card is declined in Lisbon, nobody answers the phone.", "When is the rate going to change?", "I would like to close my account and was told to write here.", "You charged my fee twice, what are you going to do about it?"][number % 4],
        priority=1 + number % 4, owner="" if state == "new" else f"agent{1 + number % 3}", gates="legal:requested" if state == "in_review" else "legal:approve" if state == "ready" else "",
        flags="promise:warn fee:block" if number % 6 == 0 and state == "in_review" else "", on_it="tom" if number % 7 == 3 else "", on_it_until=NOW + 2 * MINUTE,
        due_at=NOW + (number % 9 - 2) * 20 * MINUTE if number % 8 else None, waiting_since=NOW - (number % 11) * 9 * MINUTE, received_at=NOW - (number % 11) * 12 * MINUTE,
        updated_at=NOW, snoozed_until=0, disposition="" if state == "new" else "engage", draft=0 if state == "new" else number % 3, last_author="", reopened=0,
        rank=number, version=1,
    )
    return base._replace(**more)


class StandIn:
    def __init__(self, rows: Sequence[BoardRow]) -> None:
        self.all = {item.id: item for item in rows}
        self.seq = 0
        self.log: list[tuple[int, str, bool]] = []
        self.lock = threading.Condition()
        self.executed: list[object] = []
        self.down = ""
        self.seen: list[Viewer] = []
        self.settings: dict[tuple[str, str], dict[str, str]] = {}

    def _ok(self) -> None:
        if self.down:
            from hubconsole.errors import Unreachable

            raise Unreachable("down", self.down, "Wait, or ask whoever runs it.")

    def change(self, enquiry_id: str, **more: object) -> BoardRow:
        with self.lock:
            new = enquiry_id not in self.all
            old = self.all.get(enquiry_id) or row(int(enquiry_id.split("-")[1]))
            self.all[enquiry_id] = old._replace(version=old.version + 1, **more)
            self.seq += 1
            self.log.append((self.seq, enquiry_id, new))
            self.lock.notify_all()
            return self.all[enquiry_id]

    def info(self) -> HubInfo:
        return HubInfo("h", "Bank EMEA", "/tmp/x", self.seq, "all-legal", False)

    def members(self) -> tuple[MemberRow, ...]:
        return (MemberRow("agent1", ("service",), True), MemberRow("lawyer1", ("legal",), True), MemberRow("tom", ("service",), True), MemberRow("lead1", ("supervisor",), True))

    def counts(self) -> tuple[Count, ...]:
        self._ok()
        found: dict[str, int] = {}
        for item in self.all.values():
            found[item.state] = found.get(item.state, 0) + 1
        return tuple(Count(state, "service", n) for state, n in found.items())

    def _match(self, query: Query) -> list[BoardRow]:
        self._ok()
        if not query.terms:
            return list(self.all.values())
        return sorted((item for item in self.all.values() if query.matches(item, me="agent1", now=NOW)), key=lambda r: (r.rank, r.number))

    def page(self, query: Query, *, after: Cursor | None = None, before: Cursor | None = None, last: bool = False, limit: int = 128) -> Page:
        rows = self._match(query)
        if after:
            rows = [r for r in rows if (r.rank, r.number) > after]
        if before or last:
            rows = [r for r in rows if not before or (r.rank, r.number) < before]
            return Page(tuple(rows[-limit:]), len(rows) > limit)
        return Page(tuple(rows[:limit]), len(rows) > limit)

    def page_at(self, query: Query, offset: int, limit: int = 128) -> Page:
        rows = self._match(query)
        return Page(tuple(rows[offset : offset + limit]), len(rows) > offset + limit)

    def total(self, query: Query) -> int:
        return len(self._match(query))

    def position(self, query: Query, cursor: Cursor) -> int:
        return sum((r.rank, r.number) < cursor for r in self._match(query))

    def rows(self, ids: Sequence[str]) -> tuple[BoardRow, ...]:
        self._ok()
        return tuple(self.all[i] for i in ids if i in self.all)

    def enquiry(self, key: str) -> EnquiryView:
        item = next((r for r in self.all.values() if key in (r.id, r.key)), None)
        if item is None:
            raise UsageProblem("unknown_enquiry", f"There is no {key}.", "")
        message = MessageRow("m", "in", item.visibility, item.channel, item.customer, item.words + " Thanks for nothing.\nI am waiting.", item.received_at, "", False)
        note = MessageRow("n", "internal", "private", item.channel, "tom", "called twice, no answer", item.received_at, "", False)
        trail = (TrailRow(1, item.received_at, "x", "import", "enquiry.received", "took it in"), TrailRow(2, NOW - MINUTE, "tom", "tui", "enquiry.claimed", "is on it"))
        return EnquiryView(item, "", item.customer, "", (message, note), (), (), (), trail, ("legal, because every outgoing reply needs it",), tuple(list(self.all.values())[3:5]))

    def search(self, text: str, limit: int = 50) -> tuple[BoardRow, ...]:
        return ()

    def execute(self, command: object, *, actor: str, via: str = "api", command_id: str | None = None, seen: int | None = None) -> Receipt:
        self._ok()
        self.executed.append(command)
        kind = command.kind
        if kind == "save_setting":
            self.settings.setdefault((command.setting, command.owner), {})[command.name] = command.value
            return Receipt("c", "", "", (), self.seq, "", 0, False)
        if kind == "receive":
            item = row(len(self.all) + 5000, words=command.text, customer=command.customer, channel=command.channel)._replace(id=command.enquiry_id)
            self.all[item.id] = item
            self.change(item.id)
            return Receipt("c", item.id, item.key, ("x",), self.seq, "new", 1, False)
        item = self.all[command.enquiry_id]
        if seen is not None and seen != item.version:
            raise Conflict("changed", f"{item.key} changed.", "", winner="tom", version=item.version)
        if kind == "claim":
            if item.on_it not in ("", actor) and item.on_it_until > NOW and not command.take_over:
                raise Refused("held", f"{item.on_it} is on {item.key}.", "Ask, or take another.")
            more = {"on_it": actor, "on_it_until": NOW + 5 * MINUTE, "state": "working" if item.state == "new" else item.state}
        else:
            more = {
                "release": lambda: {"on_it": ""}, "assign": lambda: {"owner": command.owner}, "set_priority": lambda: {"priority": command.priority},
                "triage": lambda: {"state": "working" if command.disposition == "engage" else "closed", "disposition": str(command.disposition)},
                "reopen": lambda: {"state": "working"}, "snooze": lambda: {"snoozed_until": command.until}, "add_note": dict, "wake": lambda: {"snoozed_until": 0},
            }[kind]()
        item = self.change(item.id, **more)
        return Receipt("c", item.id, item.key, (kind,), self.seq, item.state, item.version, False)

    def execute_all(self, commands: Sequence[object], *, actor: str, via: str = "api") -> list[Receipt | HubError]:
        out: list[Receipt | HubError] = []
        for command in commands:
            try:
                out.append(self.execute(command, actor=actor))
            except HubError as error:
                out.append(error)
        return out

    def changes(self, after: int) -> Changes:
        found = [entry for entry in self.log if entry[0] > after]
        return Changes(self.seq, frozenset(e[1] for e in found), frozenset(e[1] for e in found if e[2]), False)

    def wait(self, after: int, timeout: float) -> bool:
        self._ok()
        with self.lock:
            return self.lock.wait_for(lambda: self.seq > after, min(timeout, 0.1))

    def saved(self, kind: str, owner: str = "") -> dict[str, str]:
        return self.settings.get((kind, owner), {})

    def viewers(self) -> tuple[Viewer, ...]:
        return tuple(self.seen)

    def look(self, member: str, session: str, enquiry_id: str, doing: str = "viewing") -> None:
        pass

    def close(self) -> None:
        pass


def sample() -> StandIn:
    states = ["new"] * 7 + ["working"] * 6 + ["in_review"] * 5 + ["ready"] * 2 + ["waiting_customer"] * 4 + ["resolved"] * 3
    return StandIn([row(1020 + n, state) for n, state in enumerate(states)])
