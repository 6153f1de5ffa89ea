"""What the store hands to a screen: plain named tuples, cheap to make and to import.

Times are milliseconds since the Unix epoch, UTC. Empty text means "none" unless a field says otherwise.
"""

from typing import NamedTuple

RESTING = 1 << 52
"""A row's rank is below this while it is open; at rest it is this less the time of coming to rest, so newest first."""


SHIFT = ("shift", "", "current")
"""Kind, owner and name of the setting that holds the running shift: a JSON list of its name, lead and start (ms)."""


MOVED_TO, SHUT = ("standing", "", "moved_to"), ("standing", "", "shut")
"""Settings that say where the hub went, and why its outbox is shut."""


class BoardRow(NamedTuple):
    """One enquiry as the board shows it."""

    id: str
    number: int
    key: str
    state: str
    channel: str
    visibility: str
    customer: str
    words: str
    """The first 200 characters of the customer's newest message (raw, hostile)."""
    priority: int
    owner: str
    gates: str
    """Space separated ``gate:review_state`` words, in policy order, for the current draft; ``decided`` is
    replaced by the verdict (``legal:approve``). Empty when nothing was submitted."""
    flags: str
    """Space separated ``rule_id:severity`` words for the current draft."""
    on_it: str
    """Who holds the claim; compare ``on_it_until`` with now."""
    on_it_until: int
    due_at: int | None
    """When the running target is reached; None when no clock runs."""
    waiting_since: int | None
    """When the wait of the present state began: the customer's oldest unanswered message, or the submission in review."""
    received_at: int
    """When the customer wrote the first message; for an import that may be long before the hub had it."""
    updated_at: int
    snoozed_until: int
    disposition: str
    draft: int
    """Number of the newest draft version; 0 when there is none."""
    last_author: str
    """Who wrote the newest draft version."""
    reopened: int
    rank: int
    """Position in the queue; lower comes first. With ``number`` it is the keyset cursor."""
    version: int
    """How many events the enquiry has; changes with every change."""


class Cursor(NamedTuple):
    """A place in a keyset-paged list: the rank and number of the row at the edge."""

    rank: int
    number: int


class Page(NamedTuple):
    """Rows in queue order; ``more`` says whether there are further rows in the direction that was asked for."""

    rows: tuple[BoardRow, ...]
    more: bool


class Count(NamedTuple):
    """A kept count: enquiries in one state, held by one function (the one whose move it is)."""

    state: str
    function: str
    n: int


class MessageRow(NamedTuple):
    """One message of the conversation, or an internal note (``direction`` internal)."""

    id: str
    direction: str
    visibility: str
    channel: str
    author: str
    text: str
    at: int
    external_id: str
    erased: bool


class DraftRow(NamedTuple):
    """One immutable version of a reply."""

    version: int
    text: str
    author: str
    contributors: tuple[str, ...]
    at: int
    digest: str
    """Approval digest as of the newest envelope; what ``approve`` must carry."""
    flags: str
    base: int
    visibility: str = ""
    """PUBLIC or PRIVATE, as this version is to be published."""


class ReviewRow(NamedTuple):
    """One review: a gate's question about one draft version."""

    id: str
    gate: str
    version: int
    state: str
    verdict: str
    digest: str
    requested_at: int
    requested_by: str
    opened_by: str
    opened_at: int
    decided_by: str
    decided_at: int
    reason: str
    note: str
    conditions: str
    expires_at: int
    because: str
    """Why it is suspended, withdrawn or expired; or why it waits again, when its approval was taken back."""
    after: bool
    """A sample looked at after sending; it never holds a reply back."""


class SendRow(NamedTuple):
    """One attempt to publish one approved draft version."""

    id: str
    version: int
    digest: str
    state: str
    via: str
    not_before: int
    queued_by: str
    queued_at: int
    finished_at: int
    link: str
    reason: str


class TrailRow(NamedTuple):
    """One line of an enquiry's history, for the trail and the timeline."""

    seq: int
    at: int
    actor: str
    via: str
    kind: str
    summary: str


class MemberRow(NamedTuple):
    """A member of the hub."""

    name: str
    functions: tuple[str, ...]
    active: bool


class EnquiryView(NamedTuple):
    """Everything a person may read about one enquiry."""

    row: BoardRow
    account: str
    recipient: str
    in_reply_to: str
    subject: str
    """Subject line of the conversation; a mail in answer carries it, and the digest binds it."""
    messages: tuple[MessageRow, ...]
    drafts: tuple[DraftRow, ...]
    reviews: tuple[ReviewRow, ...]
    sends: tuple[SendRow, ...]
    trail: tuple[TrailRow, ...]
    why: tuple[str, ...]
    """Why the gates of the present draft are what they are: one sentence per rule that matched."""
    others: tuple[BoardRow, ...]
    """Other enquiries of the same customer, newest first, at most 20."""
    attachments: tuple[str, ...] = ()
    """SHA-256 (hex) of each file attached to the newest draft; the digest binds them."""


class OutgoingRow(NamedTuple):
    """One approved reply exactly as it is to leave."""

    send_id: str
    enquiry_id: str
    key: str
    channel: str
    account: str
    recipient: str
    visibility: str
    in_reply_to: str
    """The channel's own id of the message that is answered; empty when it has none."""
    subject: str
    text: str
    attachments: tuple[str, ...]
    digest: str
    policy_version: str
    answers: str
    """The hub's id of the message that is answered; part of the digest."""


class DueRow(NamedTuple):
    """A send that is due, or that somebody began to deliver."""

    send_id: str
    enquiry_id: str
    state: str
    via: str
