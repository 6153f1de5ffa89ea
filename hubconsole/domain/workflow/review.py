"""The gate: who may decide, about exactly what, and what follows."""

import re
from dataclasses import replace

from hubconsole.clock import iso
from hubconsole.domain import commands as c
from hubconsole.domain import events as e
from hubconsole.domain.digest import text_hash
from hubconsole.domain.enquiry import APPROVING, Answered, Draft, Review
from hubconsole.domain.terms import CONDITIONS, Function, ReviewState, State, Verdict, Visibility
from hubconsole.domain.workflow.drafting import check_text, demands, new_version, not_leaving, put_forward, request, waived
from hubconsole.domain.workflow.steps import RELEASE, Steps
from hubconsole.errors import Conflict, Refused, UsageProblem

_TIME = re.compile(r"[0-9]{1,16}")
_FOR_ALL = (Verdict.RETURN, Verdict.REJECT, Verdict.AMEND)
"""Decisions that end the reviews of all gates: other words are needed, or are there."""


def find(s: Steps, gate: str, digest: str) -> Review:
    """The review that a reviewer of ``gate`` is looking at. Raises when there is none, or another was quicker."""
    function = s.policy.decides(gate)
    if function is None:
        raise UsageProblem("unknown_gate", f"The policy has no gate {gate!r}.", f"It has {', '.join(g for g, _ in s.policy.gates)}.")
    s.need((function,), f"decide the {gate} gate")
    mine = [r for r in s.state.reviews if r.gate == gate]
    shown = [r for r in mine if r.pending and r.digest == digest]  # a sample may wait beside the review of a newer reply
    review = next(iter(sorted(shown, key=lambda r: r.after)), None) or next((r for r in mine if not r.after), None)
    review = review or next((r for r in mine if r.pending), None)
    if review is None:
        _quicker(s, gate, digest)
        raise Refused("not_in_review", f"Nothing on E-{s.state.number} waits for {gate}.", "Look at it again; it has moved on.")
    if review.state is ReviewState.SUSPENDED:
        raise Refused(
            "suspended",
            f"The review of E-{s.state.number} is suspended: {review.because}.",
            "Read what came in, then say it is still right.",
        )
    if review.digest != digest:
        _quicker(s, gate, digest)
        shortened(digest, review.digest)
        raise Refused(
            "digest_mismatch",
            f"The reply on E-{s.state.number} is not the one you were shown (yours {digest[:12]}, live {review.digest[:12]}).",
            "Read it again as it stands now.",
        )
    if not review.pending:
        raise _decided(s, Answered(gate, digest, review.verdict or Verdict.APPROVE, review.decided_by, review.decided_at))
    return review


def _quicker(s: Steps, gate: str, digest: str) -> None:
    """Raise Conflict when somebody decided about the reply with this digest, and what stands there now came of that."""
    for one in s.state.answered:
        if one.shown == digest and (one.gate == gate or one.verdict in _FOR_ALL):
            raise _decided(s, one)


def _decided(s: Steps, by: Answered) -> Conflict:
    return Conflict(
        "already_decided",
        f"{by.by} decided {by.gate} on E-{s.state.number}: {by.verdict.replace('_', ' ')}.",
        "Nothing more is needed from you.",
        winner=by.by,
        at=by.at,
        version=s.state.version,
    )


def shortened(given: str, live: str) -> None:
    """Refuse the beginning of the right digest for what it is: a few digits fit more than one reply."""
    if given and live.startswith(given):
        raise Refused("digest_mismatch", f"{given} is only the first {len(given)} digits of the digest.", f"Give all {len(live)} digits.")


def open_review(s: Steps, cmd: c.OpenReview) -> None:
    """Note that the reviewer has this digest before her; once is enough."""
    review = find(s, cmd.gate, cmd.digest)
    if review.state is ReviewState.REQUESTED:
        s.say(e.ReviewOpened(review_id=review.id, digest=cmd.digest))


def decide(s: Steps, cmd: c.Decide) -> None:
    """A decision on exactly the digest that was shown."""
    review = find(s, cmd.gate, cmd.digest)
    if review.after:
        _decide_sample(s, cmd, review)
        return
    if (cmd.verdict is Verdict.APPROVE_WITH_CONDITIONS) != bool(cmd.conditions):
        raise UsageProblem("conditions", "Approval with conditions names at least one; every other decision names none.")
    draft = s.state.draft
    assert draft is not None
    if review.policy != s.policy.version or s.state.digest(s.policy.version) != review.digest:
        raise Refused("policy_changed", "The policy has changed since this reply was submitted.", "Have it submitted again.")
    if cmd.verdict in (Verdict.RETURN, Verdict.REJECT):
        _give_back(s, cmd, review, draft)
        return
    if cmd.verdict is Verdict.AMEND:
        _amend(s, cmd, review, draft)
        return
    if not own_amendment(s, draft, cmd):
        four_eyes(s, draft)
    check_text(s, draft)
    confirm_blocking(s, draft, cmd)
    expires, private = _conditions(s, cmd, draft)
    if private:
        _redirect(s, cmd, review, draft, expires)
        return
    _record(s, cmd, review.id, draft, review.digest, expires)
    settle(s)


def four_eyes(s: Steps, draft: Draft) -> None:
    """Whoever wrote words that are still in the text may not approve it."""
    if s.actor.name in draft.contributors and not s.policy.tiny_team:
        raise Refused(
            "own_words",
            f"{s.actor.name} wrote words of version {draft.version}; somebody else must approve it.",
            "Ask another member who decides this gate.",
        )


def own_amendment(s: Steps, draft: Draft, cmd: c.Decide) -> bool:
    """Whether a reviewer approves anew what she made by amending, word for word, and the policy approves that at once.

    It is the same act as the amendment, needed again because its approval ran out, was suspended or was taken back.
    """
    words_only = cmd.verdict in (Verdict.APPROVE, Verdict.APPROVE_WITH_CONDITIONS) and "dm_only" not in cmd.conditions
    return words_only and s.policy.amend == "at_once" and (draft.amended, draft.author) == (cmd.gate, s.actor.name)


def confirm_blocking(s: Steps, draft: Draft, cmd: c.Decide) -> None:
    """A blocking flag is approved only when the reviewer names it."""
    missing = draft.blocking - set(cmd.confirm)
    if missing:
        raise Refused(
            "unconfirmed", f"The reply has blocking flags: {', '.join(sorted(missing))}.", "Confirm each by name, or amend the words away."
        )


def _conditions(s: Steps, cmd: c.Decide, draft: Draft) -> tuple[int, bool]:
    """When the approval ends, and whether it is for a private reply only."""
    expires, private = s.now + s.policy.approval_ms, False
    for condition in cmd.conditions:
        name, _, value = condition.partition(":")
        if name not in CONDITIONS:
            raise UsageProblem("unknown_condition", f"There is no condition {name!r}.", f"Use {', '.join(CONDITIONS)}.")
        if name == "valid_until":
            until = int(value) if _TIME.fullmatch(value) else 0
            if until <= s.now:
                raise UsageProblem("past_time", "An approval is valid until a time to come.", f"Now is {iso(s.now)}.")
            expires = min(expires, until)
        elif name == "add_link" and (not value or value not in draft.text):
            raise Refused("condition_unmet", f"The text does not hold the link {value or '(none given)'}.", "Amend it in; then approve.")
        elif name == "dm_only":
            private = draft.visibility is not Visibility.PRIVATE
    return expires, private


def _record(s: Steps, cmd: c.Decide, review_id: str, draft: Draft, digest: str, expires: int, acceptance: str = "") -> None:
    """Say what was decided. ``draft`` is what the reviewer judged; amended words of hers are approved as the policy says."""
    s.say(
        e.ReviewDecided(
            review_id=review_id,
            gate=cmd.gate,
            version=s.state.draft.version if s.state.draft else draft.version,
            verdict=cmd.verdict,
            digest=digest,
            shown=cmd.digest,
            reason=cmd.reason,
            note=cmd.note,
            conditions=cmd.conditions,
            confirmed=tuple(sorted(set(cmd.confirm) & (s.state.draft or draft).blocking)),
            expires_at=expires if cmd.verdict in APPROVING else 0,
            acceptance=acceptance,
            four_eyes=cmd.verdict not in APPROVING or s.actor.name not in draft.contributors or own_amendment(s, draft, cmd),
        )
    )


def _redirect(s: Steps, cmd: c.Decide, review: Review, draft: Draft, expires: int) -> None:
    """``dm_only`` on a public reply: approved as a private one. Other gates look again at what it has become.

    As a private reply it has to fit, and to be free of blocking flags that were not confirmed.
    """
    flags = s.check(draft.text, s.state.channel, Visibility.PRIVATE)
    as_private = replace(draft, visibility=Visibility.PRIVATE, flags=tuple(sorted({*draft.flags, *flags})))
    check_text(s, as_private)
    confirm_blocking(s, as_private, cmd)
    others = [r for r in s.state.current_reviews() if r.id != review.id]
    for other in others:
        s.say(e.ReviewWithdrawn(review_id=other.id, because=f"{s.actor.name} made the reply private"))
    s.say(e.ReplyRedirected(visibility=Visibility.PRIVATE, digest=s.state.digest(s.policy.version)))
    digest = s.state.digest(s.policy.version)
    _record(s, cmd, review.id, draft, digest, expires)
    for demand in demands(s, draft, Visibility.PRIVATE):
        if demand.mode == "pre_approve" and demand.gate != cmd.gate:
            request(s, demand.gate, demand.rule)
    settle(s)


def settle(s: Steps) -> None:
    """When every gate that was asked has a live approval of the same digest, the reply is ready."""
    draft = s.state.draft
    reviews = s.state.current_reviews()
    digest = s.state.digest(s.policy.version)
    if draft and reviews and all(r.lets_through(s.now) and r.digest == digest for r in reviews):
        s.say(e.ReplyReadied(version=draft.version, digest=digest, waived=False))


def _give_back(s: Steps, cmd: c.Decide, review: Review, draft: Draft) -> None:
    """Return (mend it) and reject (not these words)."""
    if not cmd.reason.strip():
        raise UsageProblem("no_reason", f"To {cmd.verdict} a reply needs a reason.", "Give one in a word.")
    _record(s, cmd, review.id, draft, review.digest, 0)
    word = "returned it" if cmd.verdict is Verdict.RETURN else "rejected it"
    because = f"{s.actor.name} {word}: {cmd.reason.replace('_', ' ')}"
    for other in s.state.current_reviews():
        if other.id != review.id:
            s.say(e.ReviewWithdrawn(review_id=other.id, because=because))
    s.say(e.ReplyReturned(because=because, rejected=text_hash(draft.text) if cmd.verdict is Verdict.REJECT else ""))


def _amend(s: Steps, cmd: c.Decide, review: Review, draft: Draft) -> None:
    """The reviewer's own words: a new version of hers, approved as the policy says."""
    if not cmd.text.strip():
        raise UsageProblem("empty_text", "The amended reply has no words.", "Write them, or return it.")
    if cmd.text == draft.text:
        raise UsageProblem("no_change", "The amended words are the same.", "Approve it instead.")
    mode = s.policy.amend
    if mode != "second_lawyer":
        four_eyes(s, draft)
    new_version(s, cmd.text, draft.visibility, draft.attachments, f"{s.actor.name} amended the reply")
    amended = s.state.draft
    assert amended is not None
    check_text(s, amended)
    confirm_blocking(s, amended, cmd)
    asked = demands(s, amended)
    digest = s.state.digest(s.policy.version)
    s.say(e.DraftSubmitted(version=amended.version, digest=digest, policy=s.policy.version, waived=waived(asked)))
    for demand in asked:
        if demand.mode == "pre_approve" and demand.gate != cmd.gate:
            request(s, demand.gate, demand.rule)
    rule = next((d.rule for d in asked if d.gate == cmd.gate), "")
    if mode == "second_lawyer":
        request(s, cmd.gate, rule, amends=cmd.digest)
        return
    review_id = request(s, cmd.gate, rule)
    acceptance = draft.author if mode == "author_accepts" and draft.author != s.actor.name else ""
    _record(s, cmd, review_id, draft, digest, s.now + s.policy.approval_ms, acceptance)
    settle(s)


def _decide_sample(s: Steps, cmd: c.Decide, review: Review) -> None:
    """A sample after sending: found right, or found wanting with a reason. The reply has left; nothing moves."""
    if cmd.verdict not in (Verdict.APPROVE, Verdict.RETURN):
        raise Refused("sample", "A reply that has gone out can only be found right (approve) or wanting (return).")
    if cmd.verdict is Verdict.RETURN and not cmd.reason.strip():
        raise UsageProblem("no_reason", "A finding needs a reason.", "Give one in a word.")
    own = s.actor.name in review.writers
    if own and not s.policy.tiny_team:
        raise Refused("own_words", f"{s.actor.name} wrote words of version {review.version}; somebody else must look at it.")
    s.say(
        e.ReviewDecided(
            review_id=review.id,
            gate=cmd.gate,
            version=review.version,
            verdict=cmd.verdict,
            digest=review.digest,
            shown=cmd.digest,
            reason=cmd.reason,
            note=cmd.note,
            conditions=(),
            confirmed=(),
            expires_at=0,
            acceptance="",
            four_eyes=not own,
        )
    )


def accept_amendment(s: Steps, cmd: c.AcceptAmendment) -> None:
    """The author takes the reviewer's words as their own reply."""
    s.need_state("accepting an amendment", State.IN_REVIEW, hint="Nothing waits for its author.")
    waiting = next((r for r in s.state.current_reviews() if r.acceptance), None)
    if waiting is None or waiting.state is not ReviewState.DECIDED:
        raise Refused("nothing_to_accept", f"No amendment on E-{s.state.number} waits for its author.")
    if waiting.acceptance != s.actor.name:
        raise Refused("not_the_author", f"The amendment waits for {waiting.acceptance}, who wrote the reply.")
    if waiting.digest != cmd.digest:
        shortened(cmd.digest, waiting.digest)
        raise Refused("digest_mismatch", "The amended reply is not the one you were shown.", "Read it again as it stands now.")
    s.say(e.AmendmentAccepted(review_id=waiting.id, digest=cmd.digest))
    if s.now >= waiting.expires_at:
        s.say(e.ReviewExpired(review_id=waiting.id))
        put_forward(s, by_clock=True)
        return
    settle(s)


def ask_author(s: Steps, cmd: c.AskAuthor) -> None:
    """A question to the author; the review stays with the reviewer."""
    function = s.policy.decides(cmd.gate)
    s.need((function,) if function else (Function.LEGAL,), f"ask as reviewer of {cmd.gate}")
    s.need_state("asking the author", State.IN_REVIEW, hint="Leave an internal note instead.")
    if not cmd.text.strip():
        raise UsageProblem("empty_text", "The question is empty.", "Ask something.")
    review = next((r for r in s.state.current_reviews() if r.gate == cmd.gate), None)
    if review is None:
        raise Refused("not_in_review", f"Nothing on E-{s.state.number} waits for {cmd.gate}.")
    s.say(e.AuthorAsked(message_id=s.child(), review_id=review.id, text=cmd.text))


def resume(s: Steps, cmd: c.Resume) -> None:
    """Still right, though something came in: all gates are asked anew about the reply as it would leave now."""
    gates = tuple(f for _, f in s.policy.gates)
    s.need((*RELEASE, *gates), "say that the reply is still right")
    s.need_state("resuming", State.IN_REVIEW, hint="Only a reply whose review is suspended is resumed.")
    not_leaving(s)
    if not any(r.state is ReviewState.SUSPENDED for r in s.state.current_reviews()):
        raise Refused("not_suspended", f"No review of E-{s.state.number} is suspended.")
    if cmd.seen_message != s.state.last_in:
        raise Refused("unread", "The customer has written since; that message has not been read.", "Read the newest message first.")
    put_forward(s)
