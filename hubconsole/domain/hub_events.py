"""What happened to the hub itself: its creation, members, policy, settings and shift. See :mod:`hubconsole.domain.events`."""

from dataclasses import dataclass
from typing import ClassVar

from hubconsole.domain.event import Event
from hubconsole.domain.terms import Function


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
