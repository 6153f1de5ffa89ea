"""A reply handed over by a worker elsewhere, brought to the machine of the person who publishes it.

The worker writes its file where it runs. Whoever asked for the send may sit at another machine, which gets the same words in a
file of its own: those of the version that was claimed, and only while the approved digest can be computed from them again.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hubconsole.channels.base import Outgoing
from hubconsole.channels.manual import ManualChannel
from hubconsole.domain.terms import SendState, Visibility
from hubconsole.hub.agreement import shown_digest

if TYPE_CHECKING:
    from hubconsole.domain.policy import Policy
    from hubconsole.store.rows import EnquiryView, SendRow

THERE = "on the machine of the hub's worker"
"""Whose machine a path is on that the worker of a hub far away tells."""


class Brought(NamedTuple):
    """The words of a send, on this machine."""

    text: str
    """Exactly what was approved and claimed."""
    file: str
    """The file of this machine that holds them; empty when it could not be written."""
    anew: bool
    """Whether the file was made just now."""
    problem: str = ""
    """Why there is no file, as a sentence."""


def by_hand(view: EnquiryView, member: str) -> SendRow | None:
    """The send that this member asked for and is now to publish by hand."""
    sent = view.sends[-1] if view.sends else None
    waits = sent is not None and (sent.state, sent.via, sent.queued_by) == (SendState.HANDED_OVER, ManualChannel.name, member)
    return sent if waits else None


def handed(view: EnquiryView, sent: SendRow, policy: Policy) -> Outgoing | None:
    """What was claimed, as the view holds it; None when the approved digest does not follow from it (any more)."""
    text = next((draft.text for draft in view.drafts if draft.version == sent.version), None)
    if text is None:
        return None
    for visibility in Visibility:
        if shown_digest(view, text, visibility, policy) == sent.digest:
            return Outgoing(
                send_id=sent.id, enquiry_id=view.row.id, key=view.row.key, channel=view.row.channel, account=view.account,
                recipient=view.recipient, visibility=visibility, in_reply_to="", answers=view.in_reply_to, subject=view.subject,
                text=text, attachments=view.attachments, digest=sent.digest, policy_version=policy.version,
            )  # fmt: skip
    return None


def bring(outgoing: Outgoing, folder: Path) -> Brought:
    """Put the words into the folder ``out`` of this machine, as the channel by hand does; doing it again changes nothing."""
    channel = ManualChannel(folder)
    anew = channel.lookup(outgoing) is None
    done = channel.deliver(outgoing)
    if done.outcome != "handed_over":
        return Brought(outgoing.text, "", anew, done.reason)
    return Brought(outgoing.text, done.external_id, anew)
