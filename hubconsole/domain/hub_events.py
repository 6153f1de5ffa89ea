"""What happened to the hub itself: its creation, members, policy, settings, shift, tokens, place and outbox.

See :mod:`hubconsole.domain.events`.
"""

from dataclasses import dataclass
from typing import ClassVar

from hubconsole.domain.event import Event
from hubconsole.domain.terms import Function, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class HubCreated(Event):
    """The first event of a journal."""

    kind: ClassVar[str] = "hub.created"
    hub_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberAdded(Event):
    """A member joined, or has other functions now."""

    kind: ClassVar[str] = "member.added"
    name: str
    functions: tuple[Function, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRemoved(Event):
    """A member left."""

    kind: ClassVar[str] = "member.removed"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyAdopted(Event):
    """A policy is in force from here on."""

    kind: ClassVar[str] = "policy.adopted"
    name: str
    version: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingSaved(Event):
    """A named setting was kept or (empty value) removed."""

    kind: ClassVar[str] = "setting.saved"
    setting: str
    name: str
    value: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftStarted(Event):
    """A shift is on, led by ``lead``; one that was running (``before``, else empty) ended with it."""

    kind: ClassVar[str] = "shift.started"
    name: str
    lead: str
    since: int
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftEnded(Event):
    """The shift is over; none is on."""

    kind: ClassVar[str] = "shift.ended"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenIssued(Event):
    """A token opens the hub for ``member`` until ``expires_at``; the one it replaces ends at ``overlap_until``."""

    kind: ClassVar[str] = "token.issued"
    token_id: str
    member: str
    scope: Scope
    label: str
    digest: str
    """SHA-256 of the secret, in lower-case hex."""
    issued_at: int
    issued_by: str
    expires_at: int
    replaces: str
    overlap_until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRevoked(Event):
    """A token opens nothing any more."""

    kind: ClassVar[str] = "token.revoked"
    token_id: str
    member: str
    label: str
    reason: str
    revoked_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HubMoved(Event):
    """The hub goes on elsewhere."""

    kind: ClassVar[str] = "hub.moved"
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HubArrived(Event):
    """The hub that was moved goes on here."""

    kind: ClassVar[str] = "hub.arrived"
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxShut(Event):
    """Nothing leaves from now on."""

    kind: ClassVar[str] = "outbox.shut"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxOpened(Event):
    """Replies may leave again; ``reason`` is why it was shut."""

    kind: ClassVar[str] = "outbox.opened"
    reason: str
