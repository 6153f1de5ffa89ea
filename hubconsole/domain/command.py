"""What every command has in common. See :mod:`hubconsole.domain.commands`."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Base of all commands; ``kind`` is the stable name on the wire and in the audit trail."""

    kind: ClassVar[str] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnquiryCommand(Command):
    """A command about one enquiry."""

    enquiry_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HubCommand(Command):
    """A command about the hub itself: its members, policy and settings."""
