"""Tokens and waiting logins as the store holds them. Plain SQL that every engine reads; nothing here decides anything."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from hubconsole.store.engine import Connection

_TOKEN = "t.id, t.member, t.scope, t.label, t.issued_at, t.issued_by, t.expires_at, t.revoked_at"
_BY_DIGEST = (
    f"SELECT m.active, m.functions, {_TOKEN} FROM token t JOIN member m ON m.hub_id = t.hub_id AND m.name = t.member "
    "WHERE t.hub_id = ? AND t.digest = ?"
)
_BY_ID = f"SELECT {_TOKEN} FROM token t WHERE t.hub_id = ? AND t.id = ?"
_LIVE = "(? < 0 OR (t.revoked_at = 0 AND t.expires_at > ?))"
_NEWEST = "ORDER BY t.issued_at DESC, t.id DESC LIMIT ?"
_ALL = f"SELECT {_TOKEN} FROM token t WHERE t.hub_id = ? AND {_LIVE} {_NEWEST}"
_OF = f"SELECT {_TOKEN} FROM token t WHERE t.hub_id = ? AND {_LIVE} AND (t.member = ? OR t.issued_by = ?) {_NEWEST}"

_DEVICE = "user_code, client, place, scope, created_at, expires_at, state, member, polled_at, every"
_ASK = f"INSERT INTO device (hub_id, digest, {_DEVICE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting', '', 0, ?)"
_BY_CODE = f"SELECT {_DEVICE} FROM device WHERE hub_id = ? AND user_code = ?"
_BY_DEVICE = f"SELECT {_DEVICE} FROM device WHERE hub_id = ? AND digest = ?"
_WAITING = (
    "SELECT count(*), coalesce(sum(CASE WHEN place = ? THEN 1 ELSE 0 END), 0) FROM device "
    "WHERE hub_id = ? AND state = 'waiting' AND expires_at > ?"
)
_SWEEP = "DELETE FROM device WHERE hub_id = ? AND expires_at <= ?"
_ANSWER = "UPDATE device SET state = ?, member = ? WHERE hub_id = ? AND user_code = ? AND state = 'waiting' AND expires_at > ?"
_TAKE = "UPDATE device SET state = 'taken' WHERE hub_id = ? AND digest = ? AND state = 'approved'"
_USE = (
    "INSERT INTO device (hub_id, digest, user_code, expires_at, state) VALUES (?, ?, ?, ?, 'taken') ON CONFLICT (hub_id, digest) DO NOTHING"
)
_POLLED = "UPDATE device SET polled_at = ?, every = ? WHERE hub_id = ? AND digest = ?"


class TokenRow(NamedTuple):
    """A token as people see it; its secret is kept nowhere. Times are ms since the Unix epoch."""

    id: str
    member: str
    scope: str
    label: str
    issued_at: int
    issued_by: str
    expires_at: int
    revoked_at: int
    """0 while it has not been revoked."""

    def live(self, now: int) -> bool:
        """Whether it still opens anything, its member being here."""
        return not self.revoked_at and now < self.expires_at


class Holder(NamedTuple):
    """A token with what its member is now."""

    token: TokenRow
    functions: tuple[str, ...]
    active: bool


class DeviceRow(NamedTuple):
    """A login that waits for somebody to confirm it by its code."""

    user_code: str
    client: str
    """What the program says it is: untrusted."""
    place: str
    """Where the request came from, as the server saw it."""
    scope: str
    created_at: int
    expires_at: int
    state: str
    """``waiting``, ``approved``, ``denied``, ``taken``."""
    member: str
    """Who answered; empty until somebody has."""
    polled_at: int
    every: int
    """The least time (ms) between two polls."""


def holder(conn: Connection, hub_id: str, digest: str) -> Holder | None:
    """The token with the secret of this digest."""
    row = conn.execute(_BY_DIGEST, (hub_id, digest)).fetchone()
    return Holder(TokenRow(*row[2:]), tuple(json.loads(row[1])), bool(row[0])) if row else None


def token(conn: Connection, hub_id: str, token_id: str) -> TokenRow | None:
    """A token by its id."""
    row = conn.execute(_BY_ID, (hub_id, token_id)).fetchone()
    return TokenRow(*row) if row else None


def tokens(conn: Connection, hub_id: str, member: str, now: int, most: int) -> tuple[TokenRow, ...]:
    """The newest ``most`` tokens that are live at ``now``, oldest of them first; before the epoch (-1) means: those that ended, too.

    With ``member`` those that act as or were issued by that member; empty for everybody's.
    """
    live = (hub_id, now, now)
    found = conn.execute(_OF, (*live, member, member, most)) if member else conn.execute(_ALL, (*live, most))
    return tuple(TokenRow(*row) for row in reversed(found.fetchall()))


def waiting(conn: Connection, hub_id: str, now: int, place: str) -> tuple[int, int]:
    """How many logins wait for an answer: all, and those that were asked for at ``place``."""
    everywhere, there = conn.execute(_WAITING, (place, hub_id, now)).fetchone()
    return int(everywhere), int(there)


def sweep(conn: Connection, hub_id: str, before: int) -> None:
    """Forget logins that ended before then."""
    conn.execute(_SWEEP, (hub_id, before))


def ask(conn: Connection, hub_id: str, digest: str, row: DeviceRow) -> None:
    """Keep a login that now waits."""
    conn.execute(_ASK, (hub_id, digest, row.user_code, row.client, row.place, row.scope, row.created_at, row.expires_at, row.every))


def device(conn: Connection, hub_id: str, digest: str) -> DeviceRow | None:
    """A login by the digest of its device code."""
    row = conn.execute(_BY_DEVICE, (hub_id, digest)).fetchone()
    return DeviceRow(*row) if row else None


def device_by_code(conn: Connection, hub_id: str, user_code: str) -> DeviceRow | None:
    """A login by its short code."""
    row = conn.execute(_BY_CODE, (hub_id, user_code)).fetchone()
    return DeviceRow(*row) if row else None


def answer(conn: Connection, hub_id: str, user_code: str, state: str, member: str, now: int) -> bool:
    """Answer a waiting login; False when it does not wait (any more)."""
    return conn.execute(_ANSWER, (state, member, hub_id, user_code, now)).rowcount == 1


def take(conn: Connection, hub_id: str, digest: str) -> bool:
    """Take what was approved; True exactly once."""
    return conn.execute(_TAKE, (hub_id, digest)).rowcount == 1


def polled(conn: Connection, hub_id: str, digest: str, now: int, every: int) -> None:
    """Note when the program asked, and how long it must wait from here on."""
    conn.execute(_POLLED, (now, every, hub_id, digest))


def use(conn: Connection, hub_id: str, digest: str, until: int) -> bool:
    """Keep the digest of something that may be used once until it ends by itself; False when it is kept already."""
    # Short codes have no such characters, so a digest in their place is nobody's code.
    return conn.execute(_USE, (hub_id, digest, f"used {digest}", until)).rowcount == 1
