"""What happened. Facts only, named ``subject.past_tense``; who and when stand in the journal's envelope.

Fields named in ``PRIVATE`` are kept beside the hash chain (the chain holds a salted hash), so that they can be
erased or held without breaking it. Times are milliseconds since the Unix epoch (UTC).
"""

from dataclasses import dataclass
from typing import ClassVar

from hubconsole.domain import hub_events, send_events
from hubconsole.domain.enquiry import Blame
from hubconsole.domain.event import Event as Event
from hubconsole.domain.terms import Direction, Disposition, Verdict, Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class EnquiryReceived(Event):
    """The first message came in and got a running number."""

    kind: ClassVar[str] = "enquiry.received"
    PRIVATE: ClassVar[tuple[str, ...]] = ("text", "customer", "handle", "subject")
    number: int
    message_id: str
    channel: str
    account: str
    visibility: Visibility
    customer: str
    handle: str
    text: str
    subject: str
    posted_at: int
    external_id: str
    thread: str
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRecorded(Event):
    """A further message of the conversation, in or (by another door) out."""

    kind: ClassVar[str] = "message.recorded"
    PRIVATE: ClassVar[tuple[str, ...]] = ("text", "author")
    message_id: str
    direction: Direction
    visibility: Visibility
    author: str
    text: str
    posted_at: int
    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAdded(Event):
    """An internal note."""

    kind: ClassVar[str] = "note.added"
    PRIVATE: ClassVar[tuple[str, ...]] = ("text",)
    message_id: str
    text: str
    privileged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientSet(Event):
    """Replies go to another address from here on."""

    kind: ClassVar[str] = "recipient.set"
    PRIVATE: ClassVar[tuple[str, ...]] = ("recipient",)
    recipient: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnquiryTriaged(Event):
    """Its disposition was decided."""

    kind: ClassVar[str] = "enquiry.triaged"
    disposition: Disposition
    reason: str
    duplicate_of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnquiryClaimed(Event):
    """Somebody is on it until ``until``; ``from_whom`` lost a live claim by it (supervised take-over)."""

    kind: ClassVar[str] = "enquiry.claimed"
    until: int
    from_whom: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnquiryReleased(Event):
    """The claim was given back."""

    kind: ClassVar[str] = "enquiry.released"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnquiryAssigned(Event):
    """It has another owner; ``function`` is the owner's first function."""

    kind: ClassVar[str] = "enquiry.assigned"
    owner: str
    function: str
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnquiryPrioritised(Event):
    """Its priority changed."""

    kind: ClassVar[str] = "enquiry.prioritised"
    priority: int
    before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EnquirySnoozed(Event):
    """It is hidden from the queues until a time; 0 ends a snooze."""

    kind: ClassVar[str] = "enquiry.snoozed"
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSaved(Event):
    """A new version of the reply; whatever was asked or approved of the last one is void."""

    kind: ClassVar[str] = "draft.saved"
    PRIVATE: ClassVar[tuple[str, ...]] = ("text",)
    version: int
    base: int
    text: str
    text_hash: str
    blame: Blame
    visibility: Visibility
    attachments: tuple[str, ...]
    flags: tuple[str, ...]
    digest: str
    """Approval digest at the time of saving."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSubmitted(Event):
    """The version was put forward; ``waived`` lists ``gate:mode:rule`` words that need no approval beforehand."""

    kind: ClassVar[str] = "draft.submitted"
    version: int
    digest: str
    policy: str
    waived: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftWithdrawn(Event):
    """The author took a submitted version back."""

    kind: ClassVar[str] = "draft.withdrawn"
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRequested(Event):
    """A gate is asked about a version."""

    kind: ClassVar[str] = "review.requested"
    review_id: str
    gate: str
    version: int
    digest: str
    policy: str
    rule: str
    after: bool
    amends: str = ""
    """The digest of the reply that the reviewer who asks replaced by her own words, where somebody else is to approve these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewOpened(Event):
    """A reviewer's console showed the reply with this digest."""

    kind: ClassVar[str] = "review.opened"
    review_id: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDecided(Event):
    """A reviewer decided about exactly this digest."""

    kind: ClassVar[str] = "review.decided"
    PRIVATE: ClassVar[tuple[str, ...]] = ("note",)
    review_id: str
    gate: str
    version: int
    verdict: Verdict
    digest: str
    shown: str
    """The digest that was on the reviewer's screen; differs from ``digest`` when the decision itself changed the reply."""
    reason: str
    note: str
    conditions: tuple[str, ...]
    confirmed: tuple[str, ...]
    expires_at: int
    acceptance: str
    """Whose acceptance it waits for; empty when it counts at once."""
    four_eyes: bool
    """False when the decision was allowed only by the tiny-team switch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRevoked(Event):
    """An approval was taken back before the reply left; the same review waits again."""

    kind: ClassVar[str] = "review.revoked"
    review_id: str
    gate: str
    version: int
    digest: str
    reason: str
    whose: str
    """Who had given the approval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendmentAccepted(Event):
    """The author accepted the reviewer's words."""

    kind: ClassVar[str] = "amendment.accepted"
    review_id: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorAsked(Event):
    """The reviewer asked the author something; the review stays open."""

    kind: ClassVar[str] = "author.asked"
    PRIVATE: ClassVar[tuple[str, ...]] = ("text",)
    message_id: str
    review_id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSuspended(Event):
    """What the review was about has changed under it; ``message_id`` is the message that did it."""

    kind: ClassVar[str] = "review.suspended"
    review_id: str
    because: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewWithdrawn(Event):
    """The review, or the approval it gave, is void."""

    kind: ClassVar[str] = "review.withdrawn"
    review_id: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewExpired(Event):
    """The approval ran out before the reply left."""

    kind: ClassVar[str] = "review.expired"
    review_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRedirected(Event):
    """A condition moved the reply to another visibility (``dm_only``)."""

    kind: ClassVar[str] = "reply.redirected"
    visibility: Visibility
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyReadied(Event):
    """Every approval that the policy demands is there: exactly this may leave."""

    kind: ClassVar[str] = "reply.readied"
    version: int
    digest: str
    waived: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyReturned(Event):
    """The reply is back with its author."""

    kind: ClassVar[str] = "reply.returned"
    because: str
    rejected: str
    """Hash of the text when it was rejected outright; else empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAwaited(Event):
    """The customer has the next move."""

    kind: ClassVar[str] = "customer.awaited"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnquiryResolved(Event):
    """The need is met."""

    kind: ClassVar[str] = "enquiry.resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnquiryClosed(Event):
    """Put away."""

    kind: ClassVar[str] = "enquiry.closed"
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnquiryReopened(Event):
    """Taken up again."""

    kind: ClassVar[str] = "enquiry.reopened"
    because: str


SendQueued = send_events.SendQueued
SendCancelled = send_events.SendCancelled
SendClaimed = send_events.SendClaimed
SendBlocked = send_events.SendBlocked
SendHandedOver = send_events.SendHandedOver
SendFinished = send_events.SendFinished

HubCreated = hub_events.HubCreated
MemberAdded = hub_events.MemberAdded
MemberRemoved = hub_events.MemberRemoved
PolicyAdopted = hub_events.PolicyAdopted
SettingSaved = hub_events.SettingSaved
ShiftStarted = hub_events.ShiftStarted
ShiftEnded = hub_events.ShiftEnded
TokenIssued = hub_events.TokenIssued
TokenRevoked = hub_events.TokenRevoked
HubMoved = hub_events.HubMoved
HubArrived = hub_events.HubArrived
OutboxShut = hub_events.OutboxShut
OutboxOpened = hub_events.OutboxOpened


EVENTS: dict[str, type[Event]] = {
    cls.kind: cls for cls in list(globals().values()) if isinstance(cls, type) and issubclass(cls, Event) and cls.kind
}
"""Every event by its kind."""
