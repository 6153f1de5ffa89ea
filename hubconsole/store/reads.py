"""What screens and commands read, in plain SQL: on SQLite over the standard library's sqlite3 alone.

Rows come out as the named tuples of :mod:`hubconsole.store.rows`. Statements are text with named
parameters, so sqlite3 keeps them prepared. Paging is by keyset; only :func:`page_at` counts rows off, and
on an index alone. Nothing here writes. The driver's errors pass through (see ``Store.problem``).
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from hubconsole.domain.query import Query
from hubconsole.ids import number_of
from hubconsole.store.dialect import Dialect, Phrase, dialect_of
from hubconsole.store.engine import Connection
from hubconsole.store.query_sql import NEWEST_HITS, Plan, plan, states_of
from hubconsole.store.rows import SHIFT, BoardRow, Count, Cursor, DraftRow, MemberRow, MessageRow, Page, ReviewRow, SendRow


class HubRow(NamedTuple):
    """The hub's own row; ``policy`` is TOML text, ``head`` the hash (hex) of the newest event."""

    hub_id: str
    name: str
    created_at: int
    last_seq: int
    last_number: int
    head: str
    policy: str
    policy_version: int


class ViewerRow(NamedTuple):
    """Who has which enquiry open in a console; ``doing`` is ``viewing`` or ``typing``."""

    member: str
    enquiry_id: str
    doing: str
    at: int


class Envelope(NamedTuple):
    """Where replies to an enquiry go, and what else the board does not show."""

    account: str
    recipient: str
    handle: str
    in_reply_to: str
    thread: str
    subject: str
    function: str


COLUMNS = ", ".join("'E-' || number" if field == "key" else field for field in BoardRow._fields)
"""The columns of a BoardRow, in its order."""

_ROW = f"SELECT {COLUMNS} FROM enquiry WHERE hub_id = :hub AND "
_MESSAGES = (
    "SELECT id, direction, visibility, channel, author, text, at, external_id, erased FROM message"
    " WHERE hub_id = :hub AND enquiry_id = :id AND privileged <= :privileged ORDER BY at, seq"
)
_DRAFTS = f"SELECT {', '.join(DraftRow._fields)} FROM draft WHERE hub_id = :hub AND enquiry_id = :id ORDER BY version"
_REVIEWS = (
    f"SELECT {', '.join(ReviewRow._fields)} FROM review WHERE hub_id = :hub AND enquiry_id = :id"
    " ORDER BY version, requested_at, length(id), id"
)
_SENDS = f"SELECT {', '.join(SendRow._fields)} FROM send WHERE hub_id = :hub AND enquiry_id = :id ORDER BY queued_at, length(id), id"
_MEMBERS = "SELECT name, functions, active FROM member WHERE hub_id = :hub ORDER BY active DESC, name"
_SETTINGS = "SELECT name, value FROM setting WHERE hub_id = :hub AND kind = :kind AND owner = :owner ORDER BY name"
_SETTING = "SELECT value FROM setting WHERE hub_id = :hub AND kind = :kind AND owner = :owner AND name = :name"
_COUNTS = "SELECT state, function, n FROM tally WHERE hub_id = :hub AND n > 0"
_OLDEST_WAIT = (
    "SELECT waiting_since FROM enquiry WHERE hub_id = :hub AND open = 1 AND waiting_since IS NOT NULL AND snoozed_until <= :now"
    " ORDER BY waiting_since LIMIT 1"
)
_ANY_ASLEEP = "SELECT 1 FROM enquiry WHERE hub_id = :hub AND snoozed_until > 0 AND snoozed_until > :now LIMIT 1"
_ASLEEP = (
    "SELECT state, function, count(*) FROM enquiry"
    " WHERE hub_id = :hub AND snoozed_until > 0 AND snoozed_until > :now GROUP BY state, function"
)
_HUB = f"SELECT {', '.join(HubRow._fields)} FROM hub"
_KNOWN_ONE = "SELECT external_id, enquiry_id FROM intake WHERE hub_id = :hub AND channel = :channel AND external_id = :id"
_CALLED = "SELECT hub_id, name FROM hub WHERE hub_id = :wanted OR name = :wanted ORDER BY created_at, hub_id"
_VIEWERS = "SELECT member, enquiry_id, doing, at FROM presence WHERE hub_id = :hub AND at >= :since AND enquiry_id <> '' ORDER BY member"
_ENVELOPE = f"SELECT {', '.join(Envelope._fields)} FROM enquiry WHERE hub_id = :hub AND id = :id"
_OTHERS = _ROW + "handle = :handle AND handle <> '' AND number <> :number ORDER BY number DESC LIMIT :limit"


def page(
    conn: Connection, hub: str, query: Query, *, me: str = "", now: int,
    after: Cursor | None = None, before: Cursor | None = None, last: bool = False, limit: int = 128,
) -> Page:  # fmt: skip
    """Rows that match, in queue order: from the start, after or before a cursor, or (``last``) the end; ``now`` in ms."""
    rows, more = page_of(conn, hub, query, COLUMNS, me=me, now=now, after=after, before=before, last=last, limit=limit)
    return Page(tuple(map(BoardRow._make, rows)), more)


def page_of(
    conn: Connection, hub: str, query: Query, columns: str, *, me: str = "", now: int,
    after: Cursor | None = None, before: Cursor | None = None, last: bool = False, limit: int = 128,
) -> tuple[list[Any], bool]:  # fmt: skip
    """The same with other columns (``rank`` and ``number`` among them), as plain tuples, and whether there are more."""
    found = plan(query, hub, me=me, now=now, dialect=dialect_of(conn))
    edge = after or before
    backwards = last or (before is not None and after is None)
    extra = ""
    if edge is not None and not last:
        extra = f" AND (rank, number) {'<' if backwards else '>'} (:rank, :number)"
        found.bindings.update(rank=edge.rank, number=edge.number)
    found.bindings["limit"] = limit + 1
    rows = conn.execute(_ordered(found, columns, extra, backwards), found.bindings).fetchall()
    more = len(rows) > limit
    del rows[limit:]
    if backwards:
        rows.reverse()
    return rows, more


def page_at(conn: Connection, hub: str, query: Query, offset: int, limit: int = 128, *, me: str = "", now: int) -> Page:
    """Rows from an absolute position. The way there is walked on the index from the nearer end; only the page itself is read."""
    if offset <= 0:
        return page(conn, hub, query, me=me, now=now, limit=limit)
    found = plan(query, hub, me=me, now=now, dialect=dialect_of(conn))
    size = _from_tally(conn, query, found) if found.from_tally else 0
    backwards = offset > size / 2 and size > 0
    found = _awake(conn, found)
    found.bindings.update(limit=1, offset=max(0, size - offset) if backwards else offset - 1)
    sql = _ordered(found, "rank, number", "", backwards, covering=True) + " OFFSET :offset"
    edge = conn.execute(sql, found.bindings).fetchone()
    return page(conn, hub, query, me=me, now=now, after=Cursor._make(edge), limit=limit) if edge else Page((), False)


def total(conn: Connection, hub: str, query: Query, *, me: str = "", now: int) -> int:
    """How many rows match: from the kept counts when only states and functions are asked for, else counted."""
    found = plan(query, hub, me=me, now=now, dialect=dialect_of(conn))
    return _from_tally(conn, query, found) if found.from_tally else _count(conn, found, "")


def position(conn: Connection, hub: str, query: Query, cursor: Cursor, *, me: str = "", now: int) -> int:
    """How many matching rows come before the cursor."""
    found = plan(query, hub, me=me, now=now, dialect=dialect_of(conn))
    found.bindings.update(rank=cursor.rank, number=cursor.number)
    return _count(conn, found, " AND (rank, number) < (:rank, :number)")


def rows(conn: Connection, hub: str, ids: Sequence[str]) -> tuple[BoardRow, ...]:
    """The present rows of these enquiries in the order asked for; unknown ids are left out."""
    say = dialect_of(conn)
    found = {row[0]: BoardRow._make(row) for row in conn.execute(_by_ids(say), {"hub": hub, "ids": say.several(ids)})}
    return tuple(found[one] for one in dict.fromkeys(ids) if one in found)


def find_enquiry(conn: Connection, hub: str, key_or_id: str) -> BoardRow | None:
    """The row with this key (``E-12``, ``e12``, ``12``) or id; None when there is none."""
    number = number_of(key_or_id)
    if number is not None:
        row = conn.execute(_ROW + "number = :number", {"hub": hub, "number": number}).fetchone()
    else:
        row = conn.execute(_ROW + "id = :id", {"hub": hub, "id": _clean(key_or_id).strip().lower()}).fetchone()
    return BoardRow._make(row) if row else None


def counts(conn: Connection, hub: str) -> tuple[Count, ...]:
    """The kept counts per state and function, empty ones left out."""
    return tuple(map(Count._make, conn.execute(_COUNTS, {"hub": hub})))


def oldest_wait(conn: Connection, hub: str, now: int) -> int | None:
    """Since when (ms) the enquiry that has waited longest for the hub has waited, snoozed ones apart; None when none waits."""
    found = conn.execute(_OLDEST_WAIT, {"hub": hub, "now": now}).fetchone()
    return int(found[0]) if found else None


def search(conn: Connection, hub: str, text: str, limit: int = 50) -> tuple[BoardRow, ...]:
    """Enquiries in whose names, messages, drafts or notes all the words occur, newest first.

    Beginnings of words count too when whole words do not fill ``limit``.
    """
    words = [word for word in _clean(text).split() if any(char.isalnum() for char in word)]
    if not words:
        return ()
    hits: set[str] = set()
    # Nearly always the newest texts that hold all the words fill the page; only then look for words spread
    # over several texts of one enquiry, and last for beginnings of words.
    exact, beginnings = [Phrase(word) for word in words], [Phrase(word, prefix=True) for word in words]
    apart = [[phrase] for phrase in exact]
    for each, depth in (([exact], max(200, 4 * limit)), (apart, NEWEST_HITS), ([[phrase] for phrase in beginnings], NEWEST_HITS)):
        hits |= set.intersection(*(_hits(conn, hub, phrases, depth) for phrases in each))
        if len(hits) >= limit:
            break
    say = dialect_of(conn)
    return tuple(map(BoardRow._make, conn.execute(_newest(say), {"hub": hub, "ids": say.several(hits), "limit": limit})))


def hub_row(conn: Connection, hub: str | None = None) -> HubRow | None:
    """The hub with this id, or the store's first; None when the store holds none."""
    sql, bindings = (_HUB + " ORDER BY created_at, hub_id LIMIT 1", {}) if hub is None else (_HUB + " WHERE hub_id = :hub", {"hub": hub})
    row = conn.execute(sql, bindings).fetchone()
    return HubRow._make(row) if row else None


def hubs_called(conn: Connection, wanted: str) -> list[str]:
    """The hub with this id, or else all hubs with this name, oldest first."""
    found = conn.execute(_CALLED, {"wanted": wanted}).fetchall()
    return [hub for hub, _ in found if hub == wanted] or [hub for hub, _ in found]


def envelope(conn: Connection, hub: str, enquiry_id: str) -> Envelope | None:
    """Account, recipient and the like; None when there is no such enquiry."""
    row = conn.execute(_ENVELOPE, {"hub": hub, "id": enquiry_id}).fetchone()
    return Envelope._make(row) if row else None


def messages(conn: Connection, hub: str, enquiry_id: str, *, privileged: bool = True) -> tuple[MessageRow, ...]:
    """The conversation and notes, oldest first; ``privileged=False`` leaves privileged notes out."""
    found = conn.execute(_MESSAGES, {"hub": hub, "id": enquiry_id, "privileged": int(privileged)})
    return tuple(MessageRow._make((*row[:8], bool(row[8]))) for row in found)


def drafts(conn: Connection, hub: str, enquiry_id: str) -> tuple[DraftRow, ...]:
    """All draft versions, first to newest."""
    found = conn.execute(_DRAFTS, {"hub": hub, "id": enquiry_id})
    return tuple(DraftRow._make((*row[:3], _names(row[3]), *row[4:])) for row in found)


def reviews(conn: Connection, hub: str, enquiry_id: str) -> tuple[ReviewRow, ...]:
    """All reviews, by draft version and time."""
    return tuple(ReviewRow._make((*row[:-1], bool(row[-1]))) for row in conn.execute(_REVIEWS, {"hub": hub, "id": enquiry_id}))


def sends(conn: Connection, hub: str, enquiry_id: str) -> tuple[SendRow, ...]:
    """All attempts to publish a reply, first to newest."""
    return tuple(map(SendRow._make, conn.execute(_SENDS, {"hub": hub, "id": enquiry_id})))


def others_of_customer(conn: Connection, hub: str, row: BoardRow, limit: int = 20) -> tuple[BoardRow, ...]:
    """Other enquiries from the same address on a channel, newest first."""
    about = envelope(conn, hub, row.id)
    handle = about.handle if about else ""
    return tuple(map(BoardRow._make, conn.execute(_OTHERS, {"hub": hub, "handle": handle, "number": row.number, "limit": limit})))


def members(conn: Connection, hub: str) -> tuple[MemberRow, ...]:
    """All members, active ones first, by name."""
    return tuple(MemberRow(name, _names(functions), bool(active)) for name, functions, active in conn.execute(_MEMBERS, {"hub": hub}))


def settings(conn: Connection, hub: str, kind: str, owner: str = "") -> dict[str, str]:
    """Named settings of a kind: a member's, or (no owner) everybody's."""
    return dict(conn.execute(_SETTINGS, {"hub": hub, "kind": kind, "owner": owner}).fetchall())


def shift(conn: Connection, hub: str) -> tuple[str, str, int]:
    """Name, lead and start (ms) of the running shift; empty and 0 when none is on."""
    kind, owner, name = SHIFT
    found = conn.execute(_SETTING, {"hub": hub, "kind": kind, "owner": owner, "name": name}).fetchone()
    shift, lead, since = json.loads(found[0]) if found else ("", "", 0)
    return shift, lead, since


def viewers(conn: Connection, hub: str, since: int) -> tuple[ViewerRow, ...]:
    """Who has an enquiry open, heard of at or after ``since`` (ms)."""
    return tuple(map(ViewerRow._make, conn.execute(_VIEWERS, {"hub": hub, "since": since})))


def known(conn: Connection, hub: str, channel: str, external_ids: Iterable[str]) -> dict[str, str]:
    """Of these message ids of a channel, the ones already taken in, with the id of their enquiry."""
    say, ids = dialect_of(conn), list(external_ids)
    found = conn.execute(_known(say), {"hub": hub, "channel": channel, "ids": say.several(ids)}).fetchall()
    for one in ids:
        if "\0" in one:  # no list can hold it
            found += conn.execute(_KNOWN_ONE, {"hub": hub, "channel": channel, "id": _encodable(one)}).fetchall()
    return dict(found)


def _by_ids(say: Dialect) -> str:
    return f"{_ROW}id {say.among('ids')}"


def _newest(say: Dialect) -> str:
    """Only the rows that are shown are read whole: first their numbers, then them."""
    few = f"SELECT {say.row_id} FROM enquiry WHERE hub_id = :hub AND id {say.among('ids')} ORDER BY {say.hint}number DESC LIMIT :limit"
    return f"SELECT {COLUMNS} FROM enquiry WHERE {say.hint}hub_id = :hub AND {say.row_id} IN ({few}) ORDER BY {say.hint}number DESC"


def _known(say: Dialect) -> str:
    return f"SELECT external_id, enquiry_id FROM intake WHERE hub_id = :hub AND channel = :channel AND external_id {say.among('ids')}"


def _ordered(found: Plan, columns: str, extra: str, backwards: bool, *, covering: bool = False) -> str:
    """The statement for rows in queue order (or backwards), all arms merged, with ``LIMIT :limit``."""
    way = " DESC" if backwards else ""
    # Rows picked by key or text are few and sorted; the hint keeps the database from walking a whole queue for them.
    sign = found.dialect.hint if found.by_key else ""
    picks = [f"SELECT {columns} FROM enquiry WHERE {found.where(arm, covering=covering)}{extra}" for arm in found.arms]
    return " UNION ALL ".join(picks) + f" ORDER BY {sign}rank{way}, {sign}number{way} LIMIT :limit"


def _count(conn: Connection, found: Plan, extra: str) -> int:
    """Rows of all arms, counted on the index as far as the query lets it."""
    found = _awake(conn, found)
    picks = [f"(SELECT count(*) FROM enquiry WHERE {found.where(arm, covering=True)}{extra})" for arm in found.arms]
    return int(conn.execute("SELECT " + " + ".join(picks), found.bindings).fetchone()[0]) if picks else 0


def _awake(conn: Connection, found: Plan) -> Plan:
    """The same plan without the condition on snoozing when nothing is snoozed now: long walks get three times shorter."""
    if found.hides_snoozed and conn.execute(_ANY_ASLEEP, found.bindings).fetchone() is None:
        return found._replace(hides_snoozed=False)
    return found


def _from_tally(conn: Connection, query: Query, found: Plan) -> int:
    """The kept counts, less what is snoozed now (looked up on its own small index)."""
    terms = {term.field: term for term in query.terms}
    states = states_of(terms.get("state"))
    functions = terms["function"].values if "function" in terms else None

    def of(counted: Iterable[Sequence[str | int]]) -> int:
        return sum(int(n) for state, function, n in counted if state in states and (functions is None or function in functions))

    kept = of(conn.execute(_COUNTS, found.bindings))
    return kept - of(conn.execute(_ASLEEP, found.bindings)) if found.hides_snoozed else kept


def _hits(conn: Connection, hub: str, phrases: Sequence[Phrase], depth: int) -> set[str]:
    """Enquiries of the newest ``depth`` texts that hold all these phrases."""
    say = dialect_of(conn)
    wanted = {"hub": hub, "match": say.wanted(phrases), "depth": depth}
    return {one for (one,) in conn.execute(say.found("match", ":depth"), wanted)}


def _clean(text: str) -> str:
    """Text that the store can take: no lone surrogates, no NUL."""
    return _encodable(text).replace("\0", " ")


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _names(value: str) -> tuple[str, ...]:
    """A JSON list of names as the tables keep it."""
    return tuple(json.loads(value)) if value else ()
