"""The words of the hub: every closed vocabulary, spelled as it is stored, shown and typed."""

from collections.abc import Iterable
from enum import StrEnum


class State(StrEnum):
    """Where an enquiry stands."""

    NEW = "new"
    WORKING = "working"
    IN_REVIEW = "in_review"
    READY = "ready"
    SENT = "sent"
    WAITING_CUSTOMER = "waiting_customer"
    RESOLVED = "resolved"
    CLOSED = "closed"


OPEN_STATES = (State.NEW, State.WORKING, State.IN_REVIEW, State.READY)
"""The states in which the hub, not the customer, has the next move."""


class Disposition(StrEnum):
    """The outcome of triage."""

    ENGAGE = "engage"
    LET_STAND = "let_stand"
    MONITOR = "monitor"
    CORRECT_FACTS = "correct_facts"
    CAPTURE = "capture"
    TRANSFER = "transfer"
    DUPLICATE = "duplicate"
    SPAM = "spam"


CLOSING = frozenset({Disposition.LET_STAND, Disposition.MONITOR, Disposition.CAPTURE, Disposition.DUPLICATE, Disposition.SPAM})
"""Dispositions that put an enquiry away without a reply."""


class Function(StrEnum):
    """A competency in the room. A member may hold several; ``system`` is the hub's own clock and worker."""

    SERVICE = "service"
    LEGAL = "legal"
    MARKETING = "marketing"
    SALES = "sales"
    ANALYTICS = "analytics"
    SUPERVISOR = "supervisor"
    SYSTEM = "system"


class Verdict(StrEnum):
    """What a reviewer can decide."""

    APPROVE = "approve"
    APPROVE_WITH_CONDITIONS = "approve_with_conditions"
    AMEND = "amend"
    RETURN = "return"
    REJECT = "reject"
    NOT_REQUIRED = "not_required"


class ReviewState(StrEnum):
    """Where one review (one gate, one draft version) stands."""

    REQUESTED = "requested"
    OPENED = "opened"
    DECIDED = "decided"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class SendState(StrEnum):
    """Where one send stands.

    ``handed_over`` is with a person who publishes it by hand. ``in_doubt`` is left only by a read-back that finds
    the message, or by a named person.
    """

    QUEUED = "queued"
    DELIVERING = "delivering"
    HANDED_OVER = "handed_over"
    DELIVERED = "delivered"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    BLOCKED = "blocked"
    CANCELLED = "cancelled"


class Direction(StrEnum):
    """Which way a message went."""

    IN = "in"
    OUT = "out"
    INTERNAL = "internal"


class Visibility(StrEnum):
    """Who can read a message on its channel."""

    PUBLIC = "public"
    PRIVATE = "private"


class Severity(StrEnum):
    """How much a flag matters: told, questioned, or stopping approval until confirmed by name."""

    INFO = "info"
    WARN = "warn"
    BLOCK = "block"


def blocking(flags: Iterable[str]) -> frozenset[str]:
    """Ids of the rules, of flags as a draft keeps them (``card_number:block``), that a reviewer must confirm by name."""
    return frozenset(flag.rpartition(":")[0] for flag in flags if flag.endswith(":block"))


RETURN_REASONS = ("promise", "personal_data", "disclosure", "admission", "facts", "tone", "privileged")
"""Why a reviewer returns a draft; the digit key is the position, counted from 1."""

LET_STAND_REASONS = ("no_reply_needed", "praise", "rant", "joke", "off_topic", "already_answered", "abuse")
"""Why an enquiry is let stand; the digit key is the position, counted from 1."""

UNDONE = "taken back at once"
"""Reason of a reopening that takes back the triage that put an enquiry away: the clock goes on as if nothing had happened."""

CONDITIONS = ("dm_only", "add_link", "valid_until", "this_reply_only", "reuse")
"""What an approval may be tied to; the digit key is the position, counted from 1."""


class Scope(StrEnum):
    """What a token opens; see :mod:`hubconsole.domain.access`."""

    MEMBER = "member"
    READ = "read"
    WALL = "wall"
    INTAKE = "intake"
    WORKER = "worker"


PRIORITIES = (1, 2, 3, 4)
"""P1 is the most urgent."""

CHANNELS = ("x", "facebook", "instagram", "email", "web", "chat", "dm", "phone", "paper", "walk_in")
"""Channels the hub has words and limits for; any other word is accepted as a channel of its own."""
