"""Rules for writing a reply and putting it forward."""

import re

from hubconsole.domain import commands as c
from hubconsole.domain import events as e
from hubconsole.domain.digest import approval_digest, text_hash
from hubconsole.domain.enquiry import Draft
from hubconsole.domain.policy import Demand
from hubconsole.domain.provenance import recall, remember
from hubconsole.domain.redline import blame
from hubconsole.domain.terms import ReviewState, SendState, State, Visibility
from hubconsole.domain.workflow.recipient import LONGEST, no_address
from hubconsole.domain.workflow.steps import ACT, RELEASE, Steps
from hubconsole.domain.workflow.triage import hold
from hubconsole.errors import Conflict, Refused, UsageProblem

_SHA256 = re.compile(r"[0-9a-f]{64}")


def save_draft(s: Steps, cmd: c.SaveDraft) -> None:
    """A new version on top of the newest. Saving in review or when ready takes the reply back to its author."""
    s.need(ACT, "draft")
    s.need_state(
        "drafting", State.NEW, State.WORKING, State.IN_REVIEW, State.READY, State.SENT, State.WAITING_CUSTOMER
    )  # fmt: skip
    s.need_unclaimed()
    not_leaving(s)
    newest = s.state.draft.version if s.state.draft else 0
    if not 0 <= cmd.base <= newest:
        there = f"the newest is version {newest}" if newest else "there is none yet"
        raise UsageProblem(
            "no_version",
            f"There is no version {cmd.base} of the reply to E-{s.state.number}: {there}.",
            f"Begin from version {newest}." if newest else "Begin from 0.",
        )
    if cmd.base != newest:
        author = s.state.draft.author if s.state.draft else ""
        raise Conflict(
            "stale_draft",
            f"{author} saved version {newest} of the reply to E-{s.state.number}; yours began from version {cmd.base}.",
            "Your text is kept; compare the two and save again on top of the newest.",
            winner=author,
            version=s.state.version,
        )
    if not cmd.text.strip():
        raise UsageProblem("empty_text", "The reply has no words.", "Write something, or leave it.")
    bad = next((name for name in cmd.attachments if not _SHA256.fullmatch(name)), None)
    if bad is not None:
        raise UsageProblem("bad_attachment", f"{bad[:80]!r} is no digest of a file.", "Name each attachment by its SHA-256 in hex.")
    visibility = cmd.visibility or (s.state.draft.visibility if s.state.draft else s.state.visibility)
    old = s.state.draft
    if old and (old.text, old.visibility, old.attachments) == (cmd.text, visibility, cmd.attachments):
        return
    hold(s)
    new_version(s, cmd.text, visibility, cmd.attachments, f"{s.actor.name} changed the reply")


def not_leaving(s: Steps) -> None:
    """Refuse while the reply is on its way or nobody knows whether it left."""
    sending = s.state.sending
    if sending and sending.on_its_way and s.state.state is State.READY:
        raise Refused(
            "being_sent",
            f"The reply to E-{s.state.number} is {sending.state.value.replace('_', ' ')}.",
            "Mark it sent or not sent first.",
        )


def new_version(s: Steps, text: str, visibility: Visibility, attachments: tuple[str, ...], because: str) -> None:
    """Say that a version was saved, voiding what was asked, approved or queued of the last one."""
    sending = s.state.sending
    if sending and sending.state is SendState.QUEUED:
        s.say(e.SendCancelled(send_id=sending.id, because=because))
    old = s.state.draft
    if not old or old.version not in s.state.published:  # an approval that has been used stays on record as it was
        for review in s.state.current_reviews():
            s.say(e.ReviewWithdrawn(review_id=review.id, because=because))
    base = old.version if old else 0
    provenance = blame(old.blame if old else (), old.text if old else "", text, s.actor.name)
    provenance = recall(provenance, text, remember(s.state.ledger, old.text, old.blame) if old else ())
    flags = s.check(text, s.state.channel, visibility)
    envelope = s.state.envelope(s.policy.version, visibility)
    s.say(
        e.DraftSaved(
            version=base + 1,
            base=base,
            text=text,
            text_hash=text_hash(text),
            blame=provenance,
            visibility=visibility,
            attachments=attachments,
            flags=flags,
            digest=approval_digest(text, envelope),
        )
    )


def submit(s: Steps, cmd: c.Submit) -> None:
    """Put the newest version forward. Asking again for what is already asked changes nothing."""
    s.need(RELEASE, "submit")
    draft = s.state.draft
    if draft is None:
        raise Refused("no_draft", f"E-{s.state.number} has no reply to submit.", "Write one first.")
    s.need_state("submitting", State.WORKING, State.IN_REVIEW, State.READY, hint="Write a new version first.")
    s.need_unclaimed()
    not_leaving(s)
    if cmd.version is not None and cmd.version != draft.version:
        raise Conflict(
            "stale_draft",
            f"{draft.author} saved version {draft.version}; you were looking at version {cmd.version}.",
            "Read the newest version, then submit.",
            winner=draft.author,
            version=s.state.version,
        )
    if draft.version in s.state.published:
        raise Refused("already_sent", f"Version {draft.version} of the reply to E-{s.state.number} has gone out.", "Write a new version.")
    check_text(s, draft)
    reviews = s.state.current_reviews()
    digest = s.state.digest(s.policy.version)
    live = [r for r in reviews if r.digest == digest and r.state is not ReviewState.SUSPENDED]
    asked = {r.gate for r in live if r.pending or r.acceptance or r.lets_through(s.now)}
    demanded = {d.gate for d in demands(s, draft) if d.mode == "pre_approve"}
    if s.state.state is not State.WORKING and asked >= demanded and s.state.state is (State.IN_REVIEW if reviews else State.READY):
        return
    if s.state.state is State.READY and asked >= demanded and s.state.ready == digest:
        return
    put_forward(s)


def too_long(s: Steps, draft: Draft) -> str:
    """Why the text does not fit its channel; empty when it does."""
    length, limit = s.measure(draft.text, s.state.channel, draft.visibility)
    if limit is None or length <= limit:
        return ""
    return f"the reply is {length} characters long; {s.state.channel} ({draft.visibility}) takes {limit}"


def check_text(s: Steps, draft: Draft) -> None:
    """Refuse a text that does not fit its channel, or that was rejected word for word."""
    if problem := too_long(s, draft):
        raise Refused("too_long", f"E-{s.state.number}: {problem}.", "Shorten it.")
    if text_hash(draft.text) in s.state.rejected:
        raise Refused("rejected", f"Exactly these words were rejected on E-{s.state.number}.", "Write something else.")


def demands(s: Steps, draft: Draft, visibility: Visibility | None = None) -> tuple[Demand, ...]:
    """What the policy asks of the draft."""
    ids = tuple(flag.rpartition(":")[0] for flag in draft.flags)
    return s.policy.demands(s.state.channel, visibility or draft.visibility, ids)


def put_forward(s: Steps, *, by_clock: bool = False) -> None:
    """Void whatever was asked before and ask every gate that the policy demands; with none, the reply is ready.

    A reply must fit its channel, and one that no gate looks at may not hold blocking flags: that refuses the person who
    puts it forward, and (``by_clock``, where nobody is there to be told) gives it back to its author. So does a policy
    that asks for less than the one under which the reply was put forward.
    """
    draft = s.state.draft
    assert draft is not None
    was_free = s.state.waived
    sending = s.state.sending
    if sending and sending.state is SendState.QUEUED:
        s.say(e.SendCancelled(send_id=sending.id, because="the reply was put forward again"))
    for review in s.state.current_reviews():
        s.say(e.ReviewWithdrawn(review_id=review.id, because="the reply was put forward again"))
    digest = s.state.digest(s.policy.version)
    asked = demands(s, draft)
    s.say(e.DraftSubmitted(version=draft.version, digest=digest, policy=s.policy.version, waived=waived(asked)))
    if problem := too_long(s, draft):
        if not by_clock:
            check_text(s, draft)
        s.say(e.ReplyReturned(because=problem, rejected=""))
        return
    for demand in asked:
        if demand.mode == "pre_approve":
            request(s, demand.gate, demand.rule)
    if not s.state.current_reviews():
        if draft.blocking:
            because = f"the reply holds what nobody may send unread: {', '.join(sorted(draft.blocking))}"
            if not by_clock:
                raise Refused("blocked", f"E-{s.state.number}: {because}.", "Take it out of the text.")
            s.say(e.ReplyReturned(because=because, rejected=""))
            return
        if by_clock and not was_free:
            # It was put forward to be read. That nobody needs to any more is for its author to know before it leaves.
            s.say(e.ReplyReturned(because="the policy has changed and asks for no approval of it any more", rejected=""))
            return
        s.say(e.ReplyReadied(version=draft.version, digest=digest, waived=True))


def waived(asked: tuple[Demand, ...]) -> tuple[str, ...]:
    """``gate:mode:rule`` words for the gates that need no approval beforehand."""
    return tuple(f"{d.gate}:{d.mode}:{d.rule}" for d in asked if d.mode != "pre_approve")


def request(s: Steps, gate: str, rule: str, *, sent: str = "", amends: str = "") -> str:
    """Ask a gate about the present draft; the id of the review. ``sent`` is the digest of a reply that has gone out,
    of which only a sample is looked at; ``amends`` of one that the actor replaced by words which another is to approve."""
    draft = s.state.draft
    assert draft is not None
    review_id = s.child()
    digest, after = sent or s.state.digest(s.policy.version), bool(sent)
    s.say(
        e.ReviewRequested(
            review_id=review_id,
            gate=gate,
            version=draft.version,
            digest=digest,
            policy=s.policy.version,
            rule=rule,
            after=after,
            amends=amends,
        )
    )
    return review_id


def withdraw(s: Steps, cmd: c.Withdraw) -> None:
    """Take a submitted or approved reply back."""
    s.need(RELEASE, "withdraw")
    s.need_state("withdrawing", State.IN_REVIEW, State.READY, hint="Only a submitted reply can be withdrawn.")
    s.need_unclaimed()
    not_leaving(s)
    draft, sending = s.state.draft, s.state.sending
    assert draft is not None
    because = f"{s.actor.name} withdrew it"
    if sending and sending.state is SendState.QUEUED:
        s.say(e.SendCancelled(send_id=sending.id, because=because))
    for review in s.state.current_reviews():
        s.say(e.ReviewWithdrawn(review_id=review.id, because=because))
    s.say(e.DraftWithdrawn(version=draft.version))


def set_recipient(s: Steps, cmd: c.SetRecipient) -> None:
    """Where replies go. The approval binds the recipient, so a reply that was put forward is put forward anew."""
    s.need(RELEASE, "change where replies go")
    if s.state.state is State.CLOSED:
        raise Refused("wrong_state", f"E-{s.state.number} is closed.", "Reopen it first.")
    s.need_unclaimed()
    not_leaving(s)
    recipient = cmd.recipient.strip()
    if not recipient or len(recipient) > LONGEST or not recipient.isprintable():
        raise UsageProblem("bad_recipient", f"A recipient is 1 to {LONGEST} visible characters.", "Give the customer's address.")
    if no_address(s.state.channel, recipient):
        raise UsageProblem("bad_recipient", f"{recipient!r} is no mail address.", "Write it as name@example.com.")
    if recipient == s.state.recipient:
        return
    s.say(e.RecipientSet(recipient=recipient))
    if s.state.state in (State.IN_REVIEW, State.READY):
        put_forward(s, by_clock=True)
