"""Tokens: who may let whom in from another machine, as what, and for how long.

A token stands for exactly one member. Its scope says how much of what that member may do its holder may do:

========== =======================================================================================
``member`` everything that the member may do
``read``   everything that the member may read, and no command
``wall``   the board and its counts, without names or words of customers
``intake`` taking messages in, and asking which are in already
``worker`` the hub's own worker: claim, deliver and finish sends, let things expire, hold a lease
========== =======================================================================================

``member`` and ``read`` are issued for oneself alone: whoever could make one for somebody else could decide as a lawyer.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from hubconsole.clock import DAY, MINUTE
from hubconsole.domain import commands as c
from hubconsole.domain import events as e
from hubconsole.domain.enquiry import Actor
from hubconsole.domain.terms import Scope
from hubconsole.errors import Conflict, Refused, UsageProblem
from hubconsole.ids import is_id

LONGEST = 90 * DAY
"""How long a token may last (ms)."""

OVERLAP = 15 * MINUTE
"""How long a replaced token still opens the door when nothing else is said (ms)."""

LONGEST_OVERLAP = DAY
"""How long it may at most (ms)."""

MOST_LIVE = 200
"""How many live tokens one member may have at a time."""

OWN = frozenset({Scope.MEMBER, Scope.READ})
"""Scopes that a person issues for themselves alone."""

REPLACED = "replaced again"
"""Reason given in the journal when a token ends because its line of rotations went on beyond it."""

LEFT = "member removed"
"""Reason given in the journal when a token ends because its member left."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_LABEL = 64
_REASON = 200

_NOTHING: frozenset[str] = frozenset()
_COMMANDS: dict[Scope, frozenset[str]] = {
    Scope.READ: _NOTHING,
    Scope.WALL: _NOTHING,
    Scope.INTAKE: frozenset({"receive", "record_message"}),
    Scope.WORKER: frozenset({"claim_send", "finish_send", "expire", "shut_outbox"}),
}


def permits(scope: Scope, kind: str) -> bool:
    """Whether a token of this scope may bring a command of this kind; whether its member may is the rules' business."""
    return scope is Scope.MEMBER or kind in _COMMANDS[scope]


@dataclass(frozen=True, slots=True)
class Token:
    """A token as the rules see it."""

    id: str
    member: str
    scope: Scope
    label: str
    digest: str
    issued_by: str
    expires_at: int
    replaces: str = ""
    """The id of the token that this one was given for, as a rotation."""
    revoked: bool = False

    def live(self, now: int) -> bool:
        """Whether it opens anything at ``now`` (ms)."""
        return not self.revoked and now < self.expires_at


Tokens = tuple[tuple[str, tuple[Token, ...]], ...]
"""Each member's tokens that had not run out when the newest of them was issued."""


def every(tokens: Tokens) -> Iterator[Token]:
    """All of them, one after the other."""
    for _, held in tokens:
        yield from held


def ending(token: Token, event: e.TokenIssued) -> Token:
    """The token, ending early when ``event`` replaces it."""
    return replace(token, expires_at=min(token.expires_at, event.overlap_until)) if token.id == event.replaces else token


def issue(tokens: Tokens, members: Iterable[str], cmd: c.IssueToken, actor: Actor, manages: bool, now: int) -> tuple[e.Event, ...]:
    """What :class:`IssueToken` makes happen. ``manages``: whether the actor may change the hub's members."""
    if not is_id(cmd.token_id) or any(token.id == cmd.token_id for token in every(tokens)):
        raise UsageProblem("bad_token_id", "A token id is a UUIDv7 that no other token has.", "Make one for each new token.")
    if not _DIGEST.fullmatch(cmd.digest) or any(token.digest == cmd.digest for token in every(tokens)):
        raise UsageProblem("bad_digest", "A token needs the SHA-256 of a new secret, in lower-case hex.", "Make a new secret.")
    if cmd.member not in members:
        raise UsageProblem("unknown_member", f"There is no member {cmd.member!r}.", "A token stands for a member of this hub.")
    _may_issue(tokens, cmd, actor, manages)
    _lasting(cmd.expires_at, now)
    until = _handover(tokens, cmd, now) if cmd.replaces else 0
    if sum(token.live(now) for token in dict(tokens).get(cmd.member, ())) >= MOST_LIVE:
        raise Conflict("too_many_tokens", f"{cmd.member} has {MOST_LIVE} live tokens already.", "Revoke some that are not used any more.")
    label = _words("label", cmd.label, _LABEL)
    old = _known(tokens, cmd.replaces)
    before = [one for one in _line(tokens, old) if one.id != old.id and one.live(now)] if old else []
    return (
        *(_revoked(one, REPLACED, now) for one in before),
        e.TokenIssued(
            token_id=cmd.token_id, member=cmd.member, scope=cmd.scope, label=label, digest=cmd.digest, issued_at=now,
            issued_by=actor.name, expires_at=cmd.expires_at, replaces=cmd.replaces, overlap_until=until,
        ),
    )  # fmt: skip


def _line(tokens: Tokens, token: Token) -> list[Token]:
    """The tokens that came of one by rotation, this one among them, as far as they are remembered."""
    own = dict(tokens).get(token.member, ())
    found: set[str] = set()
    near = {token.id}
    while near:
        found |= near
        after = {one.id for one in own if one.replaces in found}
        before = {one.replaces for one in own if one.id in found and one.replaces}
        near = (after | before) - found
    return [one for one in own if one.id in found]


def _may_issue(tokens: Tokens, cmd: c.IssueToken, actor: Actor, manages: bool) -> None:
    """Power over oneself for oneself; power over the hub's doors for those who keep the list of members.

    Whom they gave a token may take another for it, as a rotation, that ends no later than they allowed.
    """
    if cmd.scope in OWN:
        if cmd.member != actor.name:
            raise Refused(
                "not_permitted",
                f"{actor.name} may not issue a token with which somebody acts or reads as {cmd.member}.",
                f"{cmd.member} logs in with: hubconsole login.",
            )
        return
    old = _known(tokens, cmd.replaces)
    renews = old is not None and old.member == cmd.member == actor.name and old.scope is cmd.scope and cmd.expires_at <= old.expires_at
    if not manages and not renews:
        raise Refused("not_permitted", f"{actor.name} may not issue tokens of the scope {cmd.scope}: that takes a supervisor.")


def _lasting(expires_at: int, now: int) -> None:
    if not now < expires_at <= now + LONGEST:
        days = LONGEST // DAY
        raise UsageProblem("bad_expiry", f"A token ends within {days} days, and not before it begins.", f"Choose 1 to {days} days.")


def _handover(tokens: Tokens, cmd: c.IssueToken, now: int) -> int:
    """Until when the replaced token still works: never longer than it would have, and it must be one of the same kind."""
    old = _known(tokens, cmd.replaces)
    if old is None:
        raise UsageProblem("unknown_token", f"There is no token {cmd.replaces[:40]!r} to replace.", "List them: hubconsole token list.")
    if (old.member, old.scope) != (cmd.member, cmd.scope):
        raise Refused(
            "not_permitted", "A token is replaced only by one of the same member and scope.", "Issue another one instead, and revoke this."
        )
    if not old.live(now):
        raise Conflict("token_ended", "That token has ended and cannot be replaced.", "Issue a new one.")
    if cmd.overlap_until > now + LONGEST_OVERLAP:
        raise UsageProblem("bad_overlap", "A replaced token may go on for a day at most.", "Choose a shorter overlap.")
    return min(old.expires_at, max(now, cmd.overlap_until or now + OVERLAP))


def revoke(tokens: Tokens, cmd: c.RevokeToken, actor: Actor, manages: bool, now: int) -> tuple[e.Event, ...]:
    """What :class:`RevokeToken` makes happen: one's own, one that one issued, or any for who keeps the list of members.

    Its whole line ends: whoever had the secret may have changed it for another.
    """
    token = _known(tokens, cmd.token_id)
    if token is None:
        raise UsageProblem("unknown_token", f"There is no live token {cmd.token_id[:40]!r}.", "List them: hubconsole token list.")
    if not manages and actor.name not in (token.member, token.issued_by):
        raise Refused("not_permitted", f"{actor.name} may not revoke a token of {token.member}: that takes a supervisor.")
    reason = _words("reason", cmd.reason, _REASON) if cmd.reason else ""
    return tuple(_revoked(one, reason, now) for one in _line(tokens, token) if one.live(now))


def leaving(tokens: Tokens, member: str, now: int) -> tuple[e.Event, ...]:
    """The end of the live tokens of a member who leaves, so that none comes alive again should they come back."""
    return tuple(_revoked(token, LEFT, now) for token in dict(tokens).get(member, ()) if token.live(now))


def _known(tokens: Tokens, token_id: str) -> Token | None:
    return next((token for token in every(tokens) if token.id == token_id), None)


def _revoked(token: Token, reason: str, now: int) -> e.TokenRevoked:
    return e.TokenRevoked(token_id=token.id, member=token.member, label=token.label, reason=reason, revoked_at=now)


def _words(what: str, text: str, longest: int) -> str:
    text = text.strip()
    if not text or len(text) > longest or not text.isprintable():
        raise UsageProblem(f"bad_{what}", f"The token's {what} is 1 to {longest} visible characters.", "Choose others.")
    return text
