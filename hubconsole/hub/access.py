"""Letting people and programs in from other machines: tokens, and logins that are confirmed by a short code.

Functions over a hub that is here (:class:`hubconsole.hub.local.LocalHub`); the server offers them to others. A secret is made
here, given back once, and kept by its digest alone. Everything that changes a token is a command of the hub, so the rules
of :mod:`hubconsole.domain.access` decide and the journal tells who did it.

What a server does with a request: ``lookup(hub, digest_of(secret))``. It may keep the :class:`Grant` until the feed shows an
event ``token.*`` or ``member.*``, but asks :meth:`Grant.ended` each time.
"""

from __future__ import annotations

import hashlib
import secrets
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from hubconsole.clock import DAY, MINUTE, SECOND
from hubconsole.domain.terms import Scope
from hubconsole.errors import Conflict, Refused, Unreachable, UsageProblem
from hubconsole.ids import new_id
from hubconsole.store import access as stored
from hubconsole.store.access import DeviceRow, TokenRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from hubconsole.hub.local import LocalHub
    from hubconsole.store.engine import Connection

T = TypeVar("T")

PREFIX = "hct_"
"""How every secret begins, so that one that leaked can be found by looking for it."""

LASTING = 30 * DAY
"""How long a token lasts when nothing else is said (ms)."""

CODE_LASTING = 10 * MINUTE
"""How long a login waits to be confirmed (ms)."""

EVERY = 5 * SECOND
"""How often the waiting program may ask (ms), and by how much longer it must wait each time it asks too soon."""

MOST_WAITING, MOST_FROM_ONE = 1_000, 100
"""How many logins may wait at a time, and how many of them for one address; a proxy on this machine may stand for many."""

MOST_LISTED = 10_000
"""How many tokens one list gives."""

_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""The alphabet of short codes: no vowels, so no words; no digits that look like letters."""
_CODE = 8
_WIDEST = 80


class Issued(NamedTuple):
    """A new token and its secret, which is told this once."""

    secret: str
    token: TokenRow

    def __repr__(self) -> str:
        """Without the secret, so that no log or traceback can hold it."""
        return f"Issued({self.token.id})"


class Grant(NamedTuple):
    """What a secret opens."""

    member: str
    functions: tuple[str, ...]
    """The member's functions as they are now."""
    scope: Scope
    token_id: str
    expires_at: int

    def ended(self, now: int) -> bool:
        """Whether the token has run out since it was looked up."""
        return now >= self.expires_at

    def permits(self, kind: str) -> bool:
        """Whether the token may bring a command of this kind; whether the member may is the rules' business."""
        from hubconsole.domain.access import permits

        return permits(self.scope, kind)


class Denied(NamedTuple):
    """Why a secret opens nothing: ``unknown_token``, ``token_revoked``, ``token_expired`` or ``member_removed``."""

    code: str
    message: str
    hint: str


class Outcome(StrEnum):
    """How a waiting login stands, in the words of RFC 8628."""

    APPROVED = "approved"
    PENDING = "authorization_pending"
    SLOW_DOWN = "slow_down"
    DENIED = "access_denied"
    EXPIRED = "expired_token"


class DeviceStart(NamedTuple):
    """What a program needs to log in: it shows the short code and polls with the long one."""

    device_code: str
    """A secret between the program and the hub."""
    user_code: str
    """What the person types, ``BCDF-GHJK``."""
    expires_in: int
    """How long it waits (ms)."""
    interval: int
    """The least time between two polls (ms)."""

    def __repr__(self) -> str:
        """Without the codes, for the same reason."""
        return "DeviceStart()"


class DevicePoll(NamedTuple):
    """The answer to one poll; ``issued`` is there exactly once, with APPROVED."""

    outcome: Outcome
    interval: int
    """The least time (ms) to the next poll."""
    issued: Issued | None = None


def digest_of(secret: str) -> str:
    """The digest by which a secret is kept and looked up."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def new_secret() -> str:
    """A secret of 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def issue(hub: LocalHub, actor: str, scope: Scope, *, label: str, member: str = "", lasting: int = LASTING, via: str = "api") -> Issued:
    """Issue a token for ``member`` (default: the actor) that lasts ``lasting`` ms.

    Raises Refused ``not_permitted``, UsageProblem (``unknown_member``, ``bad_label``, ``bad_expiry``), Conflict ``too_many_tokens``.
    """
    return _issue(hub, actor, scope, member or actor, label, hub.clock() + lasting, via)


def rotate(
    hub: LocalHub,
    actor: str,
    token_id: str,
    *,
    overlap: int | None = None,
    lasting: int | None = None,
    by: Scope = Scope.MEMBER,
    via: str = "api",
) -> Issued:
    """A new token in place of one: same member, scope and label. The old one goes on for ``overlap`` ms (default 15 minutes,
    0 ends it now), the new one lasts ``lasting`` ms (default: as long as the old one was made for).

    ``by`` is the scope of the token with which this is asked: any token may rotate itself, but only one of the scope
    ``member`` can put the end off; the new one of another ends when the old one would have. So it does when the actor is a
    member to whom a supervisor gave the token. Raises UsageProblem ``unknown_token``, Conflict ``token_ended``, and what
    :func:`issue` raises.
    """
    from hubconsole.domain.access import OVERLAP, OWN

    old, now = _known(hub, token_id), hub.clock()
    ends = now + (old.expires_at - old.issued_at if lasting is None else lasting)
    if old.live(now) and (by is not Scope.MEMBER or (Scope(old.scope) not in OWN and not manages(hub, actor))):
        ends = min(ends, old.expires_at)
    until = now + (OVERLAP if overlap is None else max(0, overlap))
    return _issue(hub, actor, Scope(old.scope), old.member, old.label, ends, via, replaces=token_id, until=until)


def revoke(hub: LocalHub, actor: str, token_id: str, *, reason: str = "", via: str = "api") -> TokenRow:
    """End a token at once: one's own, one that one issued, or any for a supervisor. One that has ended stays so.

    A server lets every token end itself by this (a logout), whatever its scope. Raises UsageProblem ``unknown_token``, Refused.
    """
    from hubconsole.domain.commands import RevokeToken

    row = _known(hub, token_id)
    if row.live(hub.clock()):
        hub.execute(RevokeToken(token_id=token_id, reason=reason), actor=actor, via=via)
    elif not manages(hub, actor) and actor not in (row.member, row.issued_by):
        raise Refused("not_permitted", f"{actor} may not revoke a token of {row.member}: that takes a supervisor.")
    return _known(hub, token_id)


def tokens(hub: LocalHub, viewer: str, *, ended: bool = False) -> tuple[TokenRow, ...]:
    """The tokens that a member may see, oldest first: their own and those they issued; all of them for a supervisor.

    Those that ended are left out unless ``ended``; of very many the newest are given (:data:`MOST_LISTED`).
    """
    whose = "" if manages(hub, viewer) else viewer
    with hub.store.reading() as conn:
        return stored.tokens(conn, hub.hub_id, whose, -1 if ended else hub.clock(), MOST_LISTED)


def token(hub: LocalHub, viewer: str, token_id: str) -> TokenRow:
    """One token. Raises UsageProblem ``unknown_token`` when there is none, or none that the viewer may see."""
    row = _known(hub, token_id)
    if viewer not in (row.member, row.issued_by) and not manages(hub, viewer):
        raise _unknown(token_id)
    return row


def lookup(hub: LocalHub, digest: str) -> Grant | Denied:
    """What the secret with this digest opens now, or why it opens nothing."""
    with hub.store.reading() as conn:
        found = stored.holder(conn, hub.hub_id, digest)
    if found is None:
        return Denied("unknown_token", "This hub knows no such token.", "Log in: hubconsole login URL.")
    row = found.token
    if row.revoked_at and found.active:
        return Denied("token_revoked", "This token was revoked.", "Log in again: hubconsole login URL.")
    if not found.active:
        return Denied("member_removed", f"{row.member} is no longer a member of this hub.", "Ask a supervisor.")
    if not row.live(hub.clock()):
        return Denied("token_expired", "This token has run out.", "Log in again: hubconsole login URL.")
    return Grant(row.member, found.functions, Scope(row.scope), row.id, row.expires_at)


def once(hub: LocalHub, what: str, until: int) -> bool:
    """Whether ``what`` (something secret that may be used once, such as a provider's id_token) is used for the first time.

    Remembered by its digest until ``until`` (ms), for every process of the hub.
    """
    digest = digest_of(what)

    def work(conn: Connection) -> bool:
        stored.sweep(conn, hub.hub_id, hub.clock() - CODE_LASTING)
        return stored.use(conn, hub.hub_id, digest, until)

    return _touch(hub, work)


def device_start(hub: LocalHub, *, client: str, place: str, scope: Scope = Scope.MEMBER) -> DeviceStart:
    """A program asks to log somebody in. ``client`` is what it says it is, ``place`` where the server saw it come from.

    Open to anybody, so the server limits how often. Raises UsageProblem ``bad_scope``, Unreachable ``too_many_logins``.
    """
    from hubconsole.domain.access import OWN
    from hubconsole.hub.remote.place import is_loopback

    if scope not in OWN:
        raise UsageProblem("bad_scope", f"Nobody logs in for the scope {scope}.", f"One of: {', '.join(sorted(OWN))}.")
    now, device_code, user_code = hub.clock(), secrets.token_urlsafe(32), _short_code()
    row = DeviceRow(user_code, _shown(client) or "a program", _shown(place), scope.value, now, now + CODE_LASTING, "waiting", "", 0, EVERY)

    def work(conn: Connection) -> None:
        # A code that ran out is remembered for as long again, so that who polls late is told so.
        stored.sweep(conn, hub.hub_id, now - CODE_LASTING)
        everywhere, there = stored.waiting(conn, hub.hub_id, now, row.place)
        if everywhere >= MOST_WAITING or (row.place and there >= MOST_FROM_ONE and not is_loopback(row.place)):
            raise Unreachable("too_many_logins", "Too many logins wait to be confirmed.", "Try again in some minutes.")
        stored.ask(conn, hub.hub_id, digest_of(device_code), row)

    _touch(hub, work)
    return DeviceStart(device_code, _spoken(user_code), CODE_LASTING, EVERY)


def device_poll(hub: LocalHub, device_code: str) -> DevicePoll:
    """How the login with this device code stands; when it was approved, its token, once.

    Raises UsageProblem ``unknown_code`` for a code that never was, or whose token was taken.
    """
    now, digest = hub.clock(), digest_of(device_code)

    def work(conn: Connection) -> tuple[Outcome, int, DeviceRow]:
        row = stored.device(conn, hub.hub_id, digest)
        if row is None or row.state == "taken":
            raise UsageProblem("unknown_code", "No login with this device code waits here.", "Begin again: hubconsole login URL.")
        soon = bool(row.polled_at) and now - row.polled_at < row.every
        every = row.every + EVERY * soon
        stored.polled(conn, hub.hub_id, digest, now, every)
        outcome = _outcome(row, now, soon)
        if outcome is Outcome.APPROVED and not stored.take(conn, hub.hub_id, digest):
            raise UsageProblem("unknown_code", "The token of this login was taken already.", "Begin again: hubconsole login URL.")
        return outcome, every, row

    outcome, every, row = _touch(hub, work)
    if outcome is not Outcome.APPROVED:
        return DevicePoll(outcome, every)
    # The confirmer lends their own identity: it is they who issue the token to themselves, under all the rules.
    issued = issue(hub, row.member, Scope(row.scope), label=row.client[:60], via="device")
    return DevicePoll(outcome, every, issued)


def device_request(hub: LocalHub, user_code: str) -> DeviceRow:
    """The login that waits under a short code, for the person who is to confirm it. Raises UsageProblem ``unknown_code``."""
    code = _plain(user_code)
    with hub.store.reading() as conn:
        row = stored.device_by_code(conn, hub.hub_id, code)
    if row is None or row.expires_at <= hub.clock():
        raise UsageProblem("unknown_code", "No login waits under this code.", "Check its letters; a code holds for ten minutes.")
    return row._replace(user_code=_spoken(row.user_code))


def device_answer(hub: LocalHub, user_code: str, member: str, approve: bool) -> DeviceRow:
    """Confirm or deny a login as ``member``, who lends it their own identity.

    Only a token of the scope ``member`` may do this. Raises UsageProblem ``unknown_code``, Conflict ``answered``,
    Refused ``unknown_member``.
    """
    if not any(row.active and row.name == member for row in hub.members()):
        raise Refused("unknown_member", f"{member or 'nobody'} is no member of this hub.")
    row = device_request(hub, user_code)
    state, now = "approved" if approve else "denied", hub.clock()
    done = _touch(hub, lambda conn: stored.answer(conn, hub.hub_id, _plain(user_code), state, member, now))
    if not done:
        winner = row.member or device_request(hub, user_code).member
        raise Conflict("answered", f"That login was answered already, by {winner}.", "Nothing was changed.", winner=winner)
    return device_request(hub, user_code)


def _issue(
    hub: LocalHub, actor: str, scope: Scope, member: str, label: str, ends: int, via: str, *, replaces: str = "", until: int = 0
) -> Issued:
    from hubconsole.domain.commands import IssueToken

    secret, token_id = new_secret(), new_id()
    command = IssueToken(
        token_id=token_id, member=member, scope=scope, label=label, digest=digest_of(secret), expires_at=ends,
        replaces=replaces, overlap_until=until,
    )  # fmt: skip
    hub.execute(command, actor=actor, via=via)
    return Issued(secret, _known(hub, token_id))


def _known(hub: LocalHub, token_id: str) -> TokenRow:
    with hub.store.reading() as conn:
        row = stored.token(conn, hub.hub_id, token_id)
    if row is None:
        raise _unknown(token_id)
    return row


def _unknown(token_id: str) -> UsageProblem:
    return UsageProblem("unknown_token", f"There is no token {token_id[:40]!r}.", "List them: hubconsole token list.")


def manages(hub: LocalHub, name: str) -> bool:
    """Whether this member is one of those who may change the hub's members."""
    from hubconsole.domain.hub import HubState, keeps_members
    from hubconsole.domain.terms import Function

    members = tuple((row.name, tuple(Function(word) for word in row.functions)) for row in hub.members() if row.active)
    state = HubState(members=members)
    actor = state.member(name)
    return actor is not None and keeps_members(state, actor)


def _touch(hub: LocalHub, work: Callable[[Connection], T]) -> T:
    """A short write beside the journal; ``work`` may be tried again."""

    def attempt() -> T:
        conn = hub.store.connection()
        with hub.store.touch(conn):
            return work(conn)

    with hub._writing:
        return hub.store.attempt(attempt)


def _outcome(row: DeviceRow, now: int, soon: bool) -> Outcome:
    if row.state == "denied":
        return Outcome.DENIED
    if now >= row.expires_at:
        return Outcome.EXPIRED
    if soon:
        return Outcome.SLOW_DOWN
    return Outcome.APPROVED if row.state == "approved" else Outcome.PENDING


def _short_code() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_CODE))


def _spoken(code: str) -> str:
    """A code as people read it aloud."""
    return f"{code[: _CODE // 2]}-{code[_CODE // 2 :]}"


def _plain(typed: str) -> str:
    """A code as it is kept, from what somebody typed."""
    return "".join(char for char in typed[:40].upper() if char in _LETTERS)


def _shown(text: str) -> str:
    """What an untrusted program says of itself, short and without anything that a terminal would obey."""
    return "".join(char if char.isprintable() else "?" for char in text.strip()[:_WIDEST])
