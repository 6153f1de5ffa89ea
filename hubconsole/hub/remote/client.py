"""A hub reached through its API: every call is one request (or a few), with nothing kept in between.

For verbs, integrations and workers; a console with screens uses :class:`hubconsole.hub.remote.live.LiveHub`, which stands on this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from hubconsole.credentials import TOKEN_VARIABLE
from hubconsole.errors import HubError, Refused, Unreachable, UsageProblem
from hubconsole.hub import bodies
from hubconsole.hub.port import Changes, HubInfo, JournalEntry, Receipt, Verification, Viewer
from hubconsole.hub.remote.answers import read
from hubconsole.hub.remote.place import no_token
from hubconsole.hub.remote.transport import Line, Pass, Question, clean, encoded, whole
from hubconsole.hub.remote.worker import SYSTEM, SYSTEM_DOOR, WorkerPart
from hubconsole.hub.wire import WireRow, plain, problem_in
from hubconsole.ids import is_id, new_id, number_of
from hubconsole.store.rows import BoardRow, Count, Cursor, EnquiryView, MemberRow, Page

if TYPE_CHECKING:
    import httpx

    from hubconsole.domain.commands import Command
    from hubconsole.domain.policy import Policy
    from hubconsole.domain.query import Query

Tokens = Callable[[str], str | None]
"""The token that a member kept for this hub; None when there is none. An empty name asks for whatever there is."""

_BATCH, _IDS, _JOURNAL = 256, 1_000, 500
_BATCH_BYTES = 2_000_000
_LONG_WAIT = 15.0
_LONG_READ = 120.0
_MOST_ROWS = 500


class Carried(NamedTuple):
    """A command carried out: the receipt, and the enquiry's row as it stands now (None for the hub's own)."""

    receipt: Receipt
    row: WireRow | None


class RemoteHub(WorkerPart):
    """The :class:`hubconsole.hub.port.Hub` over HTTP. Usable from any thread."""

    def __init__(self, url: str, tokens: Tokens, *, member: str = "", ca: str = "", transport: httpx.BaseTransport | None = None) -> None:
        """``url`` is checked (:func:`hubconsole.hub.remote.place.hub_url`); ``member`` is who reads when a call names nobody."""
        self.url = url
        self.member = member
        self.line = Line(url, ca=ca, transport=transport)
        self._tokens = tokens
        self._policy: tuple[str, Policy] | None = None

    # --- what the hub is --------------------------------------------------------------------------

    def info(self) -> HubInfo:
        """Name, place and position of the hub."""
        return info_of(self.now(), self.url)

    def now(self, *, any_age: bool = False) -> bodies.HubNow:
        """The hub in a few words, and the time by its clock; ``any_age`` asks whoever answers, however far it is."""
        return read(bodies.HubNow, self.line.ask(Question("GET", "/v1/hub", self.token_of(""), any_age=any_age)))

    def members(self) -> tuple[MemberRow, ...]:
        """All members, active ones first, by name."""
        return read(bodies.Members, self._get("/v1/members")).members

    def policy(self) -> Policy:
        """The policy in force."""
        text = self.policy_text()
        if self._policy is None or self._policy[0] != text:
            from hubconsole.domain.policy import parse_policy

            self._policy = (text, parse_policy(text))
        return self._policy[1]

    def policy_text(self) -> str:
        """The policy in force, as TOML."""
        return read(bodies.PolicyNow, self._get("/v1/policy")).text

    def counts(self) -> tuple[Count, ...]:
        """The kept counts per state and function."""
        return self._counted().counts

    def oldest_wait(self) -> int | None:
        """Since when the open enquiry that has waited longest has waited."""
        return self._counted().oldest_wait

    def _counted(self) -> bodies.Counted:
        return read(bodies.Counted, self._get("/v1/counts"))

    # --- lists ------------------------------------------------------------------------------------

    def page(
        self, query: Query, *, after: Cursor | None = None, before: Cursor | None = None, last: bool = False, limit: int = 128
    ) -> Page:
        """Rows that match, in queue order (see :class:`hubconsole.hub.port.Hub`)."""
        return board_page(self.wire_page(query, after=after, before=before, last=last, limit=limit))

    def wire_page(
        self, query: Query, *, after: Cursor | None = None, before: Cursor | None = None, last: bool = False, limit: int = 128
    ) -> bodies.WirePage:
        """The same with whose move each is."""
        params: dict[str, str | int] = {"query": query.text}
        if last:
            params["last"] = 1
        for name, edge in (("after", after), ("before", before)):
            if edge is not None:
                params[name] = _edge(edge)
        return self._page(params, limit, backwards=last or (before is not None and after is None))

    def page_at(self, query: Query, offset: int, limit: int = 128) -> Page:
        """Rows from an absolute position."""
        return board_page(self.wire_page_at(query, offset, limit))

    def wire_page_at(self, query: Query, offset: int, limit: int = 128) -> bodies.WirePage:
        """The same with whose move each is."""
        return self._page({"query": query.text, "offset": max(0, offset)}, limit)

    def _page(self, params: dict[str, str | int], limit: int, *, backwards: bool = False) -> bodies.WirePage:
        """One page; a longer one than the hub gives at once is put together from several."""
        found = read(bodies.WirePage, self._get("/v1/enquiries", params | {"limit": min(limit, _MOST_ROWS)}))
        while found.more and 0 < len(found.rows) < limit:
            edge = (found.rows[0] if backwards else found.rows[-1]).row
            further = {"query": params["query"], "before" if backwards else "after": _edge(Cursor(edge.rank, edge.number))}
            left = min(limit - len(found.rows), _MOST_ROWS)
            more = read(bodies.WirePage, self._get("/v1/enquiries", further | {"limit": left}))
            rows = (*more.rows, *found.rows) if backwards else (*found.rows, *more.rows)
            found = bodies.WirePage(rows, more.more and bool(more.rows), more.seq)
        return found

    def total(self, query: Query) -> int:
        """How many rows match."""
        return read(bodies.Number, self._get("/v1/enquiries/total", {"query": query.text})).n

    def position(self, query: Query, cursor: Cursor) -> int:
        """How many matching rows come before the cursor."""
        return read(bodies.Number, self._get("/v1/enquiries/position", {"query": query.text, "at": _edge(cursor)})).n

    def rows(self, ids: Sequence[str]) -> tuple[BoardRow, ...]:
        """The present rows of these enquiries, in the order asked for."""
        return tuple(one.row for one in self.wire_rows(ids))

    def wire_rows(self, ids: Sequence[str]) -> tuple[WireRow, ...]:
        """The present rows of these enquiries with whose move it is."""
        wanted = [one for one in dict.fromkeys(ids) if is_id(one)]
        found: dict[str, WireRow] = {}
        for start in range(0, len(wanted), _IDS):
            answer = read(bodies.Rows, self._post("/v1/enquiries/lookup", bodies.Ids(tuple(wanted[start : start + _IDS]))))
            found.update((one.row.id, one) for one in answer.rows)
        return tuple(found[one] for one in wanted if one in found)

    def enquiry(self, key: str, *, viewer: str = "") -> EnquiryView:
        """One enquiry with everything under it, as ``viewer`` may read it."""
        return read(EnquiryView, self.enquiry_answer(key, viewer))

    def enquiry_answer(self, key: str, viewer: str) -> Any:
        """The same as it was answered, unread."""
        said = key.strip()
        number = number_of(said)
        if number is None and not is_id(said.lower()):
            raise UsageProblem("unknown_enquiry", f"There is no enquiry {clean(key)[:80]}.", "Look it up: hubconsole list.")
        path = f"/v1/enquiries/{f'E-{number}' if number is not None else said.lower()}"
        return self.line.ask(Question("GET", path, self.token_of(viewer, insist=False)))

    def search(self, text: str, limit: int = 50) -> tuple[BoardRow, ...]:
        """Full-text search, newest enquiries first."""
        if not text.strip() or limit < 1:
            return ()
        found = self._get("/v1/search", {"q": clean(text), "limit": min(limit, _MOST_ROWS)})
        return tuple(one.row for one in read(bodies.Rows, found).rows)

    # --- acting -----------------------------------------------------------------------------------

    def execute(
        self, command: Command, *, actor: str, via: str = "api", command_id: str | None = None, seen: int | None = None,
        fence: tuple[str, int] | None = None,
    ) -> Receipt:  # fmt: skip
        """Carry out one command; asked again under the same id when the line breaks, so that it is done once."""
        return self.carry_out(command, actor=actor, via=via, command_id=command_id, seen=seen, fence=fence).receipt

    def carry_out(
        self, command: Command, *, actor: str, via: str = "api", command_id: str | None = None, seen: int | None = None,
        fence: tuple[str, int] | None = None,
    ) -> Carried:  # fmt: skip
        """The same, with the row that the enquiry has now."""
        order = bodies.Order(command, command_id or new_id(), seen, fence, _door(actor, via))
        answer = read(bodies.Done, self.line.ask(Question("POST", "/v1/commands", self._acting(actor, via), body=_order(order))))
        self.line.saw(answer.seq)
        return _carried(answer)

    def execute_all(self, commands: Sequence[Command], *, actor: str, via: str = "api") -> list[Receipt | HubError]:
        """Carry out many commands, each on its own merits: an answer or an error for each, in order."""
        token = self._acting(actor, via)
        answers: list[Receipt | HubError] = []
        for orders in _batches([_order(bodies.Order(one, new_id(), via=_door(actor, via))) for one in commands]):
            answers += self._batch(orders, token)
        return answers

    def _batch(self, orders: list[dict[str, Any]], token: Pass) -> list[Receipt | HubError]:
        """One batch. The hub refuses one with a malformed command whole, so that command is looked for: nothing was done yet."""
        try:
            found = self.line.ask(Question("POST", "/v1/commands/batch", token, body={"commands": orders}, read=_LONG_READ))
        except UsageProblem as problem:
            if len(orders) == 1:
                return [problem]
            middle = len(orders) // 2
            return self._batch(orders[:middle], token) + self._batch(orders[middle:], token)
        listed = found.get("answers") if isinstance(found, dict) else None
        if not isinstance(listed, list) or len(listed) != len(orders):
            raise Unreachable("bad_answer", "The hub did not answer every command.", "Look before you do it again.")
        answers = [_answer(one) for one in listed]
        self.line.saw(max((one.seq for one in answers if not isinstance(one, HubError)), default=0))
        return answers

    def known(self, channel: str, external_ids: Sequence[str]) -> dict[str, str]:
        """Of these external ids the ones already taken in, with their enquiry."""
        found: dict[str, str] = {}
        wanted = list(dict.fromkeys(external_ids))
        for start in range(0, len(wanted), _IDS):
            asked = bodies.KnownAsk(channel, tuple(wanted[start : start + _IDS]))
            found |= read(bodies.Known, self._post("/v1/known", asked)).known
        return found

    # --- being told -------------------------------------------------------------------------------

    def changes(self, after: int) -> Changes:
        """What happened after ``seq``."""
        moved = self._moved(after, 0.0)
        return Changes(moved.seq, frozenset(moved.enquiry_ids), frozenset(moved.new_ids), moved.hub_changed)

    def wait(self, after: int, timeout: float) -> bool:
        """Block until the journal is past ``after``; the hub holds the request open meanwhile."""
        import time

        end = time.monotonic() + timeout
        while True:
            left = max(0.0, end - time.monotonic())
            if self._moved(after, min(left, _LONG_WAIT)).seq > after:
                return True
            if time.monotonic() >= end:
                return False

    def _moved(self, after: int, wait: float) -> bodies.Moved:
        params: dict[str, str | int | float] = {"after": after, "wait": round(wait, 3)}
        question = Question("GET", "/v1/changes", self.token_of(""), params, read=10.0 + wait)
        moved = read(bodies.Moved, self.line.ask(question))
        self.line.saw(moved.seq)
        return moved

    def journal(self, after: int = 0, stream: str | None = None) -> Iterator[JournalEntry]:
        """Events in order, private text put back, a page at a time."""
        while True:
            params: dict[str, str | int] = {"after": after, "limit": _JOURNAL}
            if stream is not None:
                params["stream"] = stream
            page = read(bodies.Journal, self._get("/v1/journal", params))
            yield from page.entries
            if not page.more or not page.entries:
                return
            after = page.entries[-1].seq

    def verify(self, head: str | None = None, *, tables: bool = True) -> Verification:
        """Check the whole chain, the tables against it and, when given, a head kept elsewhere; the hub does it."""
        params = {"tables": int(tables)}
        body = None if head is None else plain(bodies.Head(clean(head)))
        question = Question("GET" if body is None else "POST", "/v1/audit/verification", self.token_of(""), params, body, read=_LONG_READ)
        return read(Verification, self.line.ask(question))

    def head(self) -> str:
        """The signed head, one line to keep elsewhere."""
        return read(bodies.Head, self._get("/v1/audit/head")).head

    def saved(self, kind: str, owner: str = "") -> dict[str, str]:
        """Named settings kept in the hub."""
        found = self.line.ask(Question("GET", f"/v1/settings/{_part(kind)}", self.token_of(owner, insist=False), {"owner": clean(owner)}))
        return read(bodies.Settings, found).settings

    def viewers(self) -> tuple[Viewer, ...]:
        """Who has which enquiry open."""
        return read(bodies.Viewers, self._get("/v1/viewers")).viewers

    def look(self, member: str, session: str, enquiry_id: str, doing: str = "viewing") -> None:
        """Tell the others what is open here. Asked once only: it is lost without harm."""
        body = plain(bodies.Look(enquiry_id, doing))
        self.line.ask(Question("PUT", f"/v1/viewers/{_part(session)}", self.token_of(member), body=body, read=2.0, tries=1))

    def snapshot(self) -> bodies.Snapshot:
        """The whole board as of one place in the journal."""
        found = read(bodies.Snapshot, self.line.ask(Question("GET", "/v1/snapshot", self.token_of(""), read=30.0)))
        self.line.saw(found.seq)
        return found._replace(info=found.info._replace(location=self.url))

    def close(self) -> None:
        """Let go of the connections."""
        self.line.close()

    # --- asking -----------------------------------------------------------------------------------

    def _acting(self, actor: str, via: str) -> Pass:
        """The token of whoever acts; nobody is taken for somebody else. Raises Refused ``unknown_member``, ``no_token``."""
        if not actor or (actor == SYSTEM and via != SYSTEM_DOOR):
            raise self._no_member(actor)
        return self.token_of(actor)

    def token_of(self, name: str, *, insist: bool = True) -> Pass:
        """The token of ``name``; where nobody is named, or need not be (not ``insist``), the one of this hub's reader. Raises Refused."""
        whose, found = name, self._tokens(name) if name else None
        if found is None and (not name or not insist):
            whose, found = self.member, self._tokens(self.member)
        if found is None:
            raise self._unknown(name or self.member)
        return Pass(whole(found), "" if whose == SYSTEM else whose)

    def _unknown(self, name: str) -> HubError:
        """Why nobody can act as ``name``: it is no member, or there is no token here."""
        if self._tokens(self.member) is not None and name not in self._names():
            return self._no_member(name)
        if name == SYSTEM:  # nobody can confirm a login of the worker's
            issue = "hubconsole token issue --scope worker"
            hint = f"Have a supervisor issue one: {issue}. Then put it into {TOKEN_VARIABLE}, or: hubconsole login {self.url} --token"
            return Refused("no_token", f"There is no token for a worker at {self.line.host} on this machine.", hint)
        return no_token(self.url, name)

    def _no_member(self, name: str) -> Refused:
        who = clean(name) or "nobody"
        return Refused("unknown_member", f"{who} is no member of this hub.", f"Act as one of: {', '.join(self._names())}.")

    def _names(self) -> list[str]:
        return sorted(member.name for member in self.members() if member.active)

    def _get(self, path: str, params: dict[str, str | int] | None = None) -> Any:
        return self.line.ask(Question("GET", path, self.token_of(""), params or {}))

    def _post(self, path: str, body: object) -> Any:
        return self.line.ask(Question("POST", path, self.token_of(""), body=plain(body)))


def info_of(now: bodies.HubNow, url: str) -> HubInfo:
    """What the frame of a screen shows."""
    return HubInfo(now.id, now.name, url, now.seq, now.policy_name, now.tiny_team, now.shift, now.shift_lead, now.shift_since, now.moved)


def board_page(page: bodies.WirePage) -> Page:
    """The same for the port."""
    return Page(tuple(one.row for one in page.rows), page.more)


def _door(actor: str, via: str) -> str:
    """The hub keeps the worker's door for the worker; another who says it comes in by the usual one, and the rules decide."""
    return "api" if via == SYSTEM_DOOR and actor != SYSTEM else via


def _order(order: bodies.Order) -> dict[str, Any]:
    """An order as it travels; what was not said is left out."""
    return {name: part for name, part in plain(order).items() if part is not None}


def _batches(orders: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The orders in groups that one request may hold; one that is too large by itself goes alone and is told so."""
    batch: list[dict[str, Any]] = []
    size = 0
    for order in orders:
        weight = len(encoded(order))
        if batch and (len(batch) == _BATCH or size + weight > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(order)
        size += weight
    if batch:
        yield batch


def _carried(done: bodies.Done) -> Carried:
    return Carried(Receipt._make(done[:-1]), done.row)


def _answer(found: Any) -> Receipt | HubError:
    """One answer of a batch: a receipt or a problem."""
    if isinstance(found, dict) and "family" in found:
        return problem_in(found, 0)
    return _carried(read(bodies.Done, found)).receipt


def _edge(cursor: Cursor) -> str:
    return f"{cursor.rank}.{cursor.number}"


def _part(text: str) -> str:
    """One part of a path; an empty or dotted one would be another path."""
    part = quote(clean(text), safe="")
    return "%2E" * len(part) if part in ("", ".", "..") else part
