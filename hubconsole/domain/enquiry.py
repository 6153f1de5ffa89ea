"""The enquiry as the rules see it: one immutable value, folded from its events."""

from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from hubconsole.clock import MINUTE
from hubconsole.domain.digest import Envelope, approval_digest
from hubconsole.domain.terms import Disposition, Function, ReviewState, SendState, State, Verdict, Visibility, blocking

Blame = tuple[tuple[int, tuple[str, ...]], ...]
"""Run-length provenance of a text: (number of word tokens, people who touched them)."""

APPROVING = frozenset({Verdict.APPROVE, Verdict.APPROVE_WITH_CONDITIONS, Verdict.AMEND, Verdict.NOT_REQUIRED})
"""The decisions that let a reply through its gate."""

CLOCKS_APART = MINUTE
"""How far a decision may lie ahead of the present clock and still count; one from further ahead was given by a wrong clock."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking: a member's name and functions, or the hub's own clock and worker."""

    name: str
    functions: frozenset[Function]

    def holds(self, *functions: Function) -> bool:
        """Whether the actor has at least one of these functions."""
        return not self.functions.isdisjoint(functions)


SYSTEM = Actor("system", frozenset({Function.SYSTEM}))
"""The hub's own clock and worker. It can expire, claim and finish; it can never decide."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A version of the reply that was replaced: its words may come back, and then they still have their writers."""

    text: str
    blame: Blame


@dataclass(frozen=True, slots=True)
class Draft:
    """The newest version of the reply."""

    version: int
    text: str
    author: str
    blame: Blame
    visibility: Visibility
    attachments: tuple[str, ...]
    flags: tuple[str, ...]
    """``rule_id:severity`` words."""
    amended: str = ""
    """The gate at which its author made it by amending somebody else's reply, approved at once; else empty."""

    @property
    def contributors(self) -> frozenset[str]:
        """The author and everybody of whose work something survives in the text. None of them may approve it."""
        return frozenset({self.author}.union(*(people for _, people in self.blame)))

    @property
    def blocking(self) -> frozenset[str]:
        """Ids of flags that a reviewer must confirm by name."""
        return blocking(self.flags)


class Folded:
    """A value that folding changes. No slots: :meth:`but` copies the instance dictionary, several times faster than
    ``dataclasses.replace``, and folding events is what every command does."""

    def but(self, **changes: Any) -> Self:
        """The same value with some fields changed."""
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__, **changes)
        return copy


@dataclass(frozen=True)
class Review(Folded):
    """One gate's question about one draft version, and its answer."""

    id: str
    gate: str
    version: int
    digest: str
    policy: str
    state: ReviewState
    after: bool = False
    """A sample looked at after sending."""
    verdict: Verdict | None = None
    decided_by: str = ""
    decided_at: int = 0
    expires_at: int = 0
    acceptance: str = ""
    """Whose acceptance the decision still waits for; empty when it counts."""
    because: str = ""
    """Why it is suspended."""
    writers: frozenset[str] = frozenset()
    """For a sample: whose words the version was that went out. A newer draft may be somebody else's."""

    @property
    def pending(self) -> bool:
        """Whether the reviewer has the next move."""
        return self.state in (ReviewState.REQUESTED, ReviewState.OPENED)

    def lets_through(self, now: int) -> bool:
        """Whether this is a live approval at ``now``: decided in favour, accepted, neither suspended nor expired, and not given
        by a clock that ran ahead."""
        in_force = self.decided_at - CLOCKS_APART <= now < self.expires_at
        return self.state is ReviewState.DECIDED and self.verdict in APPROVING and not self.acceptance and in_force


class Answered(NamedTuple):
    """What a reviewer of a gate decided about the reply with the digest ``shown``; whoever decides it too is told so."""

    gate: str
    shown: str
    verdict: Verdict
    by: str
    at: int


@dataclass(frozen=True)
class Sending(Folded):
    """The present send of one approved version."""

    id: str
    version: int
    digest: str
    state: SendState
    via: str
    not_before: int
    answers: str = ""
    """The newest customer message when it was claimed for delivery."""

    @property
    def on_its_way(self) -> bool:
        """Whether it may be out already: in delivery, with a person to publish, or in doubt."""
        return self.state in (SendState.DELIVERING, SendState.HANDED_OVER, SendState.IN_DOUBT)


@dataclass(frozen=True)
class Enquiry(Folded):
    """One customer need, first contact to close. ``exists`` is False until the first message is in."""

    id: str
    number: int = 0
    exists: bool = False
    state: State = State.NEW
    version: int = 0
    """How many events it has."""
    channel: str = ""
    account: str = ""
    visibility: Visibility = Visibility.PUBLIC
    recipient: str = ""
    """The customer's stable address on the channel."""
    customer: str = ""
    subject: str = ""
    thread: str = ""
    """The channel's id of the thread."""
    words: str = ""
    """First 200 characters of the newest customer message."""
    priority: int = 3
    owner: str = ""
    owner_function: str = ""
    claimed_by: str = ""
    claimed_until: int = 0
    snoozed_until: int = 0
    disposition: Disposition | None = None
    last_in: str = ""
    """Id of the newest customer message."""
    last_in_at: int = 0
    """When the customer's newest message was written (never later than it came in); an older reply of ours answers nothing."""
    waiting_since: int | None = None
    """When the customer's oldest unanswered message came in."""
    waited_since: int | None = None
    """``waiting_since`` as it was when a triage put it away; a reopening that takes the triage back restores it."""
    replied: bool = False
    """Whether a reply of ours has gone out before (then the next-reply target runs)."""
    received_at: int = 0
    """When the customer wrote the first message (never later than it came in)."""
    taken_in_at: int = 0
    """When the hub took it in. Targets run from here, also for messages that were written long before."""
    submitted_at: int = 0
    rested_at: int = 0
    """When it came to rest (sent, waiting, resolved, closed)."""
    reopened: int = 0
    draft: Draft | None = None
    reviews: tuple[Review, ...] = ()
    answered: tuple[Answered, ...] = ()
    """The newest decision of each gate that has not been asked again since, and the amendment that it was about; it also outlives
    a review that it ended."""
    ready: str = ""
    """Digest of the reply that may leave; empty unless READY."""
    waived: bool = False
    """READY because the policy asked for no approval beforehand."""
    sending: Sending | None = None
    published: frozenset[int] = frozenset()
    """Draft versions that have gone out, or may have."""
    rejected: frozenset[str] = frozenset()
    """Hashes of texts that a reviewer rejected."""
    ledger: tuple[Earlier, ...] = ()
    """The versions before the newest draft, each text once."""

    def envelope(self, policy_version: str, visibility: Visibility | None = None) -> Envelope:
        """The envelope of the present draft under a policy version."""
        draft = self.draft
        where = visibility or (draft.visibility if draft else self.visibility)
        attachments = draft.attachments if draft else ()
        return Envelope(self.id, self.channel, self.account, self.recipient, where, self.last_in, policy_version, self.subject, attachments)

    def digest(self, policy_version: str) -> str:
        """The approval digest of the present draft; empty when there is none."""
        return approval_digest(self.draft.text, self.envelope(policy_version)) if self.draft else ""

    def claimed(self, now: int) -> str:
        """Who holds a live claim at ``now``; empty for nobody."""
        return self.claimed_by if now < self.claimed_until else ""

    def current_reviews(self) -> tuple[Review, ...]:
        """The reviews of the present submission, without samples."""
        return tuple(review for review in self.reviews if not review.after)
