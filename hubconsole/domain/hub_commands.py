"""What somebody can ask of the hub itself: its members, policy, settings, shift, tokens, place and outbox.

See :mod:`hubconsole.domain.commands`.
"""

from dataclasses import dataclass
from typing import ClassVar

from hubconsole.domain.command import HubCommand
from hubconsole.domain.terms import Function, Scope


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


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueToken(HubCommand):
    """Let the holder of a secret act at the hub from another machine. The secret itself never comes here, only its digest."""

    kind: ClassVar[str] = "issue_token"
    token_id: str
    """A UUIDv7 made by the caller."""
    member: str
    """Who its holder acts as."""
    scope: Scope
    label: str
    """What it is for, or where it is kept, in words of its owner."""
    digest: str
    """SHA-256 of the secret, in lower-case hex."""
    expires_at: int
    """When it ends (ms); at most 90 days ahead."""
    replaces: str = ""
    """Id of the token that this one takes over from; empty for a new one."""
    overlap_until: int = 0
    """Until when (ms) the replaced one still opens the door; 0 leaves it a quarter of an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeToken(HubCommand):
    """A token opens nothing from now on."""

    kind: ClassVar[str] = "revoke_token"
    token_id: str
    reason: str = ""
    """Why, in words; may be empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveHub(HubCommand):
    """The hub goes on in another store; here it takes no more commands."""

    kind: ClassVar[str] = "move_hub"
    to: str
    """Where it goes, for people: a URL without password, or a path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArriveHub(HubCommand):
    """A hub that was moved goes on in this store (also the way to take a move back)."""

    kind: ClassVar[str] = "arrive_hub"
    place: str
    """Where it is now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShutOutbox(HubCommand):
    """No reply leaves from now on."""

    kind: ClassVar[str] = "shut_outbox"
    reason: str
    """Why, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOutbox(HubCommand):
    """Replies may leave again."""

    kind: ClassVar[str] = "open_outbox"
