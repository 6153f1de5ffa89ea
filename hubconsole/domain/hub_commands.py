"""What somebody can ask of the hub itself: its members, policy, settings and shift. See :mod:`hubconsole.domain.commands`."""

from dataclasses import dataclass
from typing import ClassVar

from hubconsole.domain.command import HubCommand
from hubconsole.domain.terms import Function


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateHub(HubCommand):
    """The first event of a journal."""

    kind: ClassVar[str] = "create_hub"
    name: str
    policy: str
    """The policy as TOML text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddMember(HubCommand):
    """Somebody joins, or an existing member's functions change."""

    kind: ClassVar[str] = "add_member"
    name: str
    functions: tuple[Function, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveMember(HubCommand):
    """Somebody leaves; what they did stays."""

    kind: ClassVar[str] = "remove_member"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptPolicy(HubCommand):
    """Put another policy in force. Approvals given under the old one go back to review."""

    kind: ClassVar[str] = "adopt_policy"
    policy: str
    """TOML text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveSetting(HubCommand):
    """Keep a named setting in the hub: ``view`` (a saved filter) or ``mapping`` (import columns)."""

    kind: ClassVar[str] = "save_setting"
    setting: str
    name: str
    value: str
    """JSON text; empty removes the setting."""
    owner: str = ""
    """A member's name for a personal setting; empty for everybody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartShift(HubCommand):
    """From now on this shift is on; one that was running ends with it."""

    kind: ClassVar[str] = "start_shift"
    name: str
    """What people call it: ``B``, ``early``."""
    lead: str
    """Who leads it: a member's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndShift(HubCommand):
    """The running shift is over, and no other follows at once."""

    kind: ClassVar[str] = "end_shift"
