"""What somebody can ask of the hub. Every write, from every door, is one of these.

Plain frozen dataclasses, so that the core needs no library and stays fast; the wire turns them into a
validated, discriminated union by ``kind``. Times are milliseconds since the Unix epoch (UTC). A command
names the enquiry by its id; the shell around the core resolves keys such as ``E-12``.
"""

from dataclasses import dataclass
from typing import ClassVar

from hubconsole.domain import hub_commands
from hubconsole.domain.command import Command as Command
from hubconsole.domain.command import EnquiryCommand as EnquiryCommand
from hubconsole.domain.command import HubCommand as HubCommand
from hubconsole.domain.terms import Direction, Disposition, Verdict, Visibility

# --- taking enquiries in ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Receive(EnquiryCommand):
    """A customer's first message arrives. The enquiry id is made by the caller."""

    kind: ClassVar[str] = "receive"
    channel: str
    text: str
    customer: str
    """Name or handle as the channel shows it."""
    handle: str = ""
    """Stable address on the channel (``@maria_k``, an e-mail address, a number); defaults to ``customer``."""
    account: str = ""
    """Which of our accounts was written to."""
    visibility: Visibility | None = None
    """Who reads along; None is as usual on the channel: private for email, web, chat, dm, phone, paper and walk_in, else public."""
    subject: str = ""
    posted_at: int | None = None
    """When the customer wrote it; None means now."""
    external_id: str = ""
    """The channel's own id of the message; one message is taken in once."""
    thread: str = ""
    """The channel's id of the thread, by which later messages find this enquiry."""
    priority: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordMessage(EnquiryCommand):
    """A further message of the conversation: the customer's, or a reply that left by another door (history)."""

    kind: ClassVar[str] = "record_message"
    direction: Direction
    text: str
    author: str
    posted_at: int | None = None
    external_id: str = ""
    visibility: Visibility | None = None
    """None keeps the enquiry's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNote(EnquiryCommand):
    """An internal note; it is never sent. ``privileged`` notes are shown to legal and supervisors only."""

    kind: ClassVar[str] = "add_note"
    text: str
    privileged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRecipient(EnquiryCommand):
    """Where replies go from now on. What was asked or approved for another recipient is asked anew."""

    kind: ClassVar[str] = "set_recipient"
    recipient: str
    """The customer's address on the channel: a mail address, ``@maria_k``, a number."""


# --- triage and who has it -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage(EnquiryCommand):
    """Decide what is to become of a new enquiry."""

    kind: ClassVar[str] = "triage"
    disposition: Disposition
    reason: str = ""
    """For ``let_stand`` one of LET_STAND_REASONS (or free text); for ``transfer`` where to; required for both."""
    duplicate_of: str = ""
    """Id of the enquiry that this one repeats; required for ``duplicate``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(EnquiryCommand):
    """ "I am on it": a soft lock with a lease. ``take_over`` breaks another's live claim (supervisors only)."""

    kind: ClassVar[str] = "claim"
    take_over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(EnquiryCommand):
    """Give one's claim back."""

    kind: ClassVar[str] = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign(EnquiryCommand):
    """Make ``owner`` (a member's name; empty for nobody) responsible until close."""

    kind: ClassVar[str] = "assign"
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPriority(EnquiryCommand):
    """Change the priority (1 most urgent to 4), and with it the targets."""

    kind: ClassVar[str] = "set_priority"
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snooze(EnquiryCommand):
    """Hide it from the queues until a time; a message of the customer wakes it."""

    kind: ClassVar[str] = "snooze"
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake(EnquiryCommand):
    """End a snooze early."""

    kind: ClassVar[str] = "wake"


# --- drafting --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveDraft(EnquiryCommand):
    """Save a new version of the reply. ``base`` is the version that was on the screen (0: none yet)."""

    kind: ClassVar[str] = "save_draft"
    text: str
    base: int
    visibility: Visibility | None = None
    """PUBLIC or PRIVATE for this reply; None keeps what the last version had, or the enquiry's."""
    attachments: tuple[str, ...] = ()
    """SHA-256 digests (hex) of attached files, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit(EnquiryCommand):
    """Ask for the reviews that the policy demands for the newest version."""

    kind: ClassVar[str] = "submit"
    version: int | None = None
    """The version that was on the screen; None takes the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(EnquiryCommand):
    """Take a submitted reply back to work on it."""

    kind: ClassVar[str] = "withdraw"


# --- reviewing -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReview(EnquiryCommand):
    """The reviewer's console shows the reply with this digest."""

    kind: ClassVar[str] = "open_review"
    gate: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide(EnquiryCommand):
    """A reviewer's decision on the reply with this digest. Another digest than the live one is refused."""

    kind: ClassVar[str] = "decide"
    gate: str
    verdict: Verdict
    digest: str
    reason: str = ""
    """For return and reject: a word of RETURN_REASONS or free text; required for both."""
    note: str = ""
    conditions: tuple[str, ...] = ()
    """Words of CONDITIONS; ``valid_until`` and ``add_link`` carry a value after a colon: ``valid_until:1763000000000``."""
    text: str = ""
    """The amended text, for ``amend``."""
    confirm: tuple[str, ...] = ()
    """Ids of blocking flags that the reviewer confirms by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoke(EnquiryCommand):
    """Take back an approval of the reply with this digest before it has left; the review waits again."""

    kind: ClassVar[str] = "revoke"
    gate: str
    digest: str
    reason: str = ""
    """Why, in a word of RETURN_REASONS or free text; may be empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptAmendment(EnquiryCommand):
    """The author accepts the lawyer's amended words (where the policy waits for that)."""

    kind: ClassVar[str] = "accept_amendment"
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAuthor(EnquiryCommand):
    """The reviewer asks the author something; the review stays hers."""

    kind: ClassVar[str] = "ask_author"
    gate: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume(EnquiryCommand):
    """After the customer wrote again: "the reply is still right". Reviews start anew, bound to the newest message."""

    kind: ClassVar[str] = "resume"
    seen_message: str
    """Id of the newest customer message that the person has read."""


# --- sending ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Send(EnquiryCommand):
    """Queue the approved reply. It leaves after the policy's undo window, or at once with ``now``."""

    kind: ClassVar[str] = "send"
    via: str
    """Name of the channel adapter: ``manual`` or ``outbox``."""
    digest: str = ""
    """The digest that was on the screen; empty takes the approved one."""
    now: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoSend(EnquiryCommand):
    """Take a queued reply back while it has not been claimed for delivery."""

    kind: ClassVar[str] = "undo_send"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSend(EnquiryCommand):
    """The dispatcher takes a due send for delivery; the gate is checked again in this very transaction."""

    kind: ClassVar[str] = "claim_send"
    send_id: str
    wire_digest: str
    """Digest recomputed from the exact bytes and envelope about to go on the wire."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishSend(EnquiryCommand):
    """What the channel said: ``delivered``, ``failed`` (certainly not sent), ``in_doubt`` (nobody knows)."""

    kind: ClassVar[str] = "finish_send"
    send_id: str
    outcome: str
    external_id: str = ""
    link: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkSent(EnquiryCommand):
    """A named person says that the reply handed to them (or in doubt) was published, optionally where."""

    kind: ClassVar[str] = "mark_sent"
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkNotSent(EnquiryCommand):
    """A named person says that the reply handed to them (or in doubt) was not published."""

    kind: ClassVar[str] = "mark_not_sent"
    reason: str = ""


# --- afterwards ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitCustomer(EnquiryCommand):
    """The customer has the next move; clocks pause."""

    kind: ClassVar[str] = "await_customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve(EnquiryCommand):
    """The need is met."""

    kind: ClassVar[str] = "resolve"


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(EnquiryCommand):
    """Put a resolved, sent or waiting enquiry away."""

    kind: ClassVar[str] = "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen(EnquiryCommand):
    """Take a resolved or closed enquiry up again (also the undo of a closing disposition)."""

    kind: ClassVar[str] = "reopen"
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expire(EnquiryCommand):
    """The clock's command: let approvals, snoozes and quiet periods that have run out take effect."""

    kind: ClassVar[str] = "expire"


# --- the hub itself --------------------------------------------------------------------------------

CreateHub = hub_commands.CreateHub
AddMember = hub_commands.AddMember
RemoveMember = hub_commands.RemoveMember
AdoptPolicy = hub_commands.AdoptPolicy
SaveSetting = hub_commands.SaveSetting
StartShift = hub_commands.StartShift
EndShift = hub_commands.EndShift
IssueToken = hub_commands.IssueToken
RevokeToken = hub_commands.RevokeToken
MoveHub = hub_commands.MoveHub
ArriveHub = hub_commands.ArriveHub
ShutOutbox = hub_commands.ShutOutbox
OpenOutbox = hub_commands.OpenOutbox


COMMANDS: dict[str, type[Command]] = {
    cls.kind: cls for cls in list(globals().values()) if isinstance(cls, type) and issubclass(cls, Command) and cls.kind
}
"""Every command by its kind."""
