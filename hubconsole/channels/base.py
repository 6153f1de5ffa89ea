"""The port through which an approved reply leaves, and what a channel must be honest about.

A channel says beforehand how much it can know about its own deliveries:

``idempotent``
    delivering the same send again publishes nothing twice; after a crash it is simply delivered again;
``lookup``
    it can be asked whether a send is there; found means delivered, absent proves nothing;
``blind``
    nobody can tell; after a crash a person has to look.

Nothing in here decides whether a reply *may* leave. That was decided before, in the transaction that
claimed the send.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from hubconsole.domain.digest import Envelope, approval_digest
from hubconsole.domain.terms import Visibility
from hubconsole.store.rows import OutgoingRow

Knowledge = Literal["idempotent", "lookup", "blind"]
"""How much a channel can know about a delivery whose answer was lost."""

Outcome = Literal["delivered", "failed", "in_doubt", "handed_over"]
"""``failed`` means certainly not published; ``handed_over`` means that a person publishes it and says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One approved reply exactly as it is to leave."""

    send_id: str
    """Id of the send; the same for every attempt to deliver it."""
    enquiry_id: str
    key: str
    """The enquiry's key as people say it, ``E-12``."""
    channel: str
    """Where the conversation is: ``x``, ``email``, ``paper``..."""
    account: str
    """Which of our accounts speaks."""
    recipient: str
    """Who it goes to: a handle or an address, as the channel knows it (hostile text)."""
    visibility: Visibility
    in_reply_to: str
    """The channel's own id of the message that is answered; empty when there is none."""
    answers: str
    """The hub's id of that message; it is part of the approved digest."""
    subject: str
    text: str
    """The approved words. A channel sends these characters and no others."""
    attachments: tuple[str, ...]
    """SHA-256 digests (hex) of the attached files, in order."""
    digest: str
    """The digest that was approved (hex SHA-256)."""
    policy_version: str = ""
    """Version of the policy under which it was approved."""


def outgoing_from(row: OutgoingRow) -> Outgoing:
    """What the hub has on record for a send, as a channel takes it."""
    return Outgoing(**{**row._asdict(), "visibility": Visibility(row.visibility)})


def wire_digest(outgoing: Outgoing) -> str:
    """The approval digest computed again from what is about to leave; the claim refuses it unless it is the approved one."""
    envelope = Envelope(
        enquiry=outgoing.enquiry_id,
        channel=outgoing.channel,
        account=outgoing.account,
        recipient=outgoing.recipient,
        visibility=outgoing.visibility,
        in_reply_to=outgoing.answers,
        policy=outgoing.policy_version,
        subject=outgoing.subject,
        attachments=outgoing.attachments,
    )
    return approval_digest(outgoing.text, envelope)


class Delivery(NamedTuple):
    """What a channel says about one send."""

    outcome: Outcome
    external_id: str = ""
    """The channel's own id for what was published, or the file it was put in."""
    link: str = ""
    """Where it can be seen; empty when the channel has no such place."""
    reason: str = ""
    """Why it failed or is in doubt, as a sentence for people."""


class Channel(Protocol):
    """A way out of the hub. Both calls may block; neither raises for an expected failure."""

    @property
    def name(self) -> str:
        """The word people type: ``manual``, ``outbox``."""

    @property
    def knowledge(self) -> Knowledge:
        """How much it can know about a delivery whose answer was lost."""

    def deliver(self, outgoing: Outgoing) -> Delivery:
        """Publish it, or hand it to the person who does. ``in_doubt`` when the outcome cannot be told."""

    def lookup(self, outgoing: Outgoing) -> Delivery | None:
        """What became of an earlier attempt at this send; None when there is no trace of it."""
