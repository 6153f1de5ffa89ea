"""A small world, searched exhaustively, with an oracle that knows nothing of the code it watches.

One enquiry, one reply, three people (a writer, two lawyers who can write too), two texts, two policies, a
customer who interrupts, a clock that lets approvals expire, and a dispatcher that may die between claiming and
recording. The oracle keeps its own account of what was written, shown, approved and published, from commands and
events alone; it computes digests by itself.
"""

import gc
import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from hubconsole.domain import commands as c
from hubconsole.domain import events as e
from hubconsole.domain import workflow
from hubconsole.domain.enquiry import SYSTEM, Actor, Enquiry
from hubconsole.domain.terms import Direction, Function, SendState, State, Verdict
from hubconsole.errors import Conflict, HubError
from tests.property.cast import ANOTHER_APPROVES, ENQUIRY, GATES, LIFE, ONE_GATE, PEOPLE, TEXTS, TWO_GATES, WRITER, Scope

__all__ = [
    "ANOTHER_APPROVES", "ENQUIRY", "LIFE", "ONE_GATE", "PEOPLE", "TWO_GATES", "Broken", "Scope", "World", "moves", "search", "step",
    "surroundings",
]  # fmt: skip


class Broken(AssertionError):
    """An invariant does not hold; the message names it."""


@dataclass(frozen=True, slots=True)
class Approval:
    """What the oracle saw approved."""

    gate: str
    digest: str
    by: str
    at: int
    waits: str


@dataclass(frozen=True)
class World:
    """The enquiry, its surroundings, and the oracle's account."""

    scope: Scope
    enquiry: Enquiry
    policy: int = 0
    now: int = 0
    messages: int = 1
    authors: tuple[str, ...] = ()
    """Who saved the versions, in order."""
    text: str = ""
    approvals: tuple[Approval, ...] = ()
    """The approvals that count, as the oracle sees them; any change to what they bind takes them away."""
    amended: tuple[str, str] = ("", "")
    """Who made the newest version by amending with at once counting approval, and at which gate."""
    out: tuple[int, ...] = ()
    """Versions that were published and never declared unpublished."""
    said: tuple[tuple[str, str], ...] = ()
    """Every decision: the digest that was shown, and who decided."""
    lately: tuple[tuple[str, str, bool], ...] = ()
    """The digest that was shown with each decision whose gate was not asked again since, that gate, and whether it ended all reviews."""

    def but(self, **changes: Any) -> "World":
        """The same world with some facts changed."""
        copy = object.__new__(World)
        copy.__dict__.update(self.__dict__, **changes)
        return copy


def digest(world: World) -> str:
    """The digest of the reply as it stands, computed without the code under test."""
    q = world.enquiry
    assert q.draft is not None
    return _digest(q.last_in, world.scope.policies[world.policy].version, world.text, q.draft.visibility.value)


@cache
def _digest(in_reply_to: str, policy: str, text: str, visibility: str) -> str:
    facts = {
        "account": "", "attachments": [], "channel": "x", "enquiry": ENQUIRY, "in_reply_to": in_reply_to, "policy": policy,
        "recipient": "@ola", "subject": "", "text": hashlib.sha256(text.encode()).hexdigest(), "v": 1, "visibility": visibility,
    }  # fmt: skip
    return hashlib.sha256(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def beginning(scope: Scope) -> World:
    """A new enquiry."""
    start = Enquiry(ENQUIRY, number=1)
    command = c.Receive(enquiry_id=start.id, channel="x", text="Where is my money?", customer="@ola")
    events = workflow.decide(start, command, WRITER, scope.policies[0], 0)
    return World(scope, workflow.fold(start, ((event, WRITER.name, 0) for event in events)))


@cache
def made(kind: type[c.EnquiryCommand], **facts: Any) -> c.EnquiryCommand:
    """A command about the enquiry; the same one is tried in many worlds and made once."""
    return kind(enquiry_id=ENQUIRY, **facts)


def moves(world: World, thorough: bool) -> Iterator[tuple[Actor, c.EnquiryCommand]]:
    """What may be tried: what each person is there for and, when ``thorough``, everything by everybody."""
    q = world.enquiry
    for who in world.scope.people:
        writes, decides = thorough or Function.SERVICE in who.functions, thorough or Function.LEGAL in who.functions
        if writes:
            for move in _writing_moves(world, who, thorough):
                yield who, move
        if decides and q.draft:
            for move in _review_moves(world, thorough):
                yield who, move
    if world.messages < world.scope.messages:
        yield WRITER, made(c.RecordMessage, direction=Direction.IN, text="And?", author="@ola")
    if q.sending and q.sending.state is SendState.QUEUED:
        yield SYSTEM, made(c.ClaimSend, send_id=q.sending.id, wire_digest=digest(world))
    if q.sending and (thorough or q.sending.state is SendState.DELIVERING):
        for outcome in ("delivered", "failed", "in_doubt", "handed_over"):
            yield SYSTEM, made(c.FinishSend, send_id=q.sending.id, outcome=outcome)
    if q.draft and thorough:
        yield SYSTEM, made(c.Decide, gate="legal", verdict=Verdict.APPROVE, digest=digest(world))
    if thorough or (q.state in _UNDER_WAY and (world.now or world.policy)):
        yield SYSTEM, made(c.Expire)


_UNDER_WAY = (State.IN_REVIEW, State.READY)
"""The states in which a reply can be decided about, taken back or run out; elsewhere that is tried when ``thorough``."""


def _writing_moves(world: World, who: Actor, thorough: bool) -> Iterator[c.EnquiryCommand]:
    q = world.enquiry
    base = q.draft.version if q.draft else 0
    if base < world.scope.versions:
        # The texts differ in nothing but their letters: which of them comes first is no other world.
        for text in TEXTS if base else TEXTS[:1]:
            if thorough or text != world.text:
                yield made(c.SaveDraft, text=text, base=base)
    if q.claimed(world.now) == who.name:
        yield made(c.Release)
    if not q.draft:
        return
    leaving = q.sending is not None and q.sending.on_its_way
    if thorough or q.state in (State.WORKING, State.IN_REVIEW) or (who is WRITER and q.state is State.READY and not leaving):
        yield made(c.Submit)
    if thorough or q.state is State.READY:
        yield made(c.Send, via="outbox", now=True)
    if thorough or (who is WRITER and q.state in _UNDER_WAY and not leaving):
        yield made(c.Withdraw)
    if thorough or (who is WRITER and q.state is State.IN_REVIEW):
        yield made(c.Resume, seen_message=q.last_in)
    if q.sending and (thorough or (who is WRITER and q.sending.state is SendState.QUEUED)):
        yield made(c.UndoSend)
    if q.sending and (thorough or (who is WRITER and q.sending.on_its_way)):
        yield made(c.MarkSent)
        yield made(c.MarkNotSent)
    if q.sending and thorough:
        yield made(c.FinishSend, send_id=q.sending.id, outcome="failed")
        yield made(c.ClaimSend, send_id=q.sending.id, wire_digest=digest(world))
    waiting = [given for given in world.approvals if given.waits]
    if waiting or thorough:
        yield made(c.AcceptAmendment, digest=digest(world))


def _review_moves(world: World, thorough: bool) -> Iterator[c.EnquiryCommand]:
    q = world.enquiry
    live = digest(world)
    for gate in world.scope.demanded:
        if any(given.gate == gate for given in world.approvals) or thorough:
            yield made(c.Revoke, gate=gate, digest=live)
        if thorough or (q.state in _UNDER_WAY and not (q.sending and q.sending.on_its_way)):
            stale = {review.digest for review in q.reviews} if thorough or q.state is State.IN_REVIEW else set()
            overtaken = {shown for shown, _, _ in world.lately}
            for seen in sorted({live, *stale, *overtaken}):
                yield made(c.Decide, gate=gate, verdict=Verdict.APPROVE, digest=seen)
        if q.state is not State.IN_REVIEW and not thorough:
            continue
        yield made(c.Decide, gate=gate, verdict=Verdict.RETURN, digest=live, reason="facts")
        if world.enquiry.draft and world.enquiry.draft.version < world.scope.versions:
            other = TEXTS[world.text == TEXTS[0]]
            yield made(c.Decide, gate=gate, verdict=Verdict.AMEND, digest=live, text=other)
        if thorough:
            yield made(c.Decide, gate=gate, verdict=Verdict.NOT_REQUIRED, digest=live)
            yield made(c.Decide, gate=gate, verdict=Verdict.REJECT, digest=live, reason="tone")
            yield made(
                c.Decide, gate=gate, verdict=Verdict.APPROVE_WITH_CONDITIONS, digest=live, conditions=("dm_only",)
            )  # fmt: skip


def step(world: World, who: Actor, command: c.EnquiryCommand) -> World | None:
    """The world after one move, checked; None when it was refused or changed nothing."""
    before, rules = world.enquiry, world.scope.policies[world.policy]
    try:
        events = workflow.decide(before, command, who, rules, world.now)
    except HubError as refusal:
        _fair_refusal(world, who, command, refusal)
        return None
    if not events:
        return None
    after = before
    for event in events:
        after = workflow.evolve(after, event, by=who.name, at=world.now)
        world = world.but(enquiry=after)
        if type(event) in _BOOKED:
            met.add(type(event))
            world = _account(world, who, command, event)
    if isinstance(command, c.Decide):
        asked = {event.gate for event in events if isinstance(event, e.ReviewRequested)}
        left = tuple(one for one in world.lately if one[1] not in asked)
        ends_all = command.verdict in (Verdict.RETURN, Verdict.REJECT, Verdict.AMEND)
        world = world.but(said=(*world.said, (command.digest, who.name)), lately=(*left, (command.digest, command.gate, ends_all)))
    elif any(isinstance(event, e.ReviewRequested | e.ReviewRevoked) for event in events):
        world = world.but(lately=())
    return _hold(world, before)


_BOOKED = frozenset(
    {
        e.MessageRecorded, e.DraftSaved, e.ReviewDecided, e.AmendmentAccepted, e.ReplyReturned, e.DraftWithdrawn, e.DraftSubmitted,
        e.ReviewWithdrawn, e.ReviewExpired, e.ReviewSuspended, e.ReviewRevoked, e.SendClaimed, e.SendFinished, e.SendCancelled,
    }
)  # fmt: skip
"""The events that :func:`_account` has something to say about."""


def _account(world: World, who: Actor, command: c.EnquiryCommand, event: e.Event) -> World:
    """The oracle's own bookkeeping, event by event, with the invariants that belong to each."""
    if isinstance(event, e.MessageRecorded):
        return world.but(messages=world.messages + 1, approvals=())
    if isinstance(event, e.DraftSaved):
        return world.but(authors=(*world.authors, who.name), text=event.text, approvals=(), amended=("", ""))
    if isinstance(event, e.ReviewDecided):
        return _decided(world, who, command, event)
    if isinstance(event, e.AmendmentAccepted):
        if who.name not in {given.waits for given in world.approvals}:
            raise Broken("P3: somebody other than the author accepted the amendment")
        return world.but(approvals=tuple(replace(a, waits="") if a.waits == who.name else a for a in world.approvals))
    if isinstance(event, e.ReplyReturned | e.DraftWithdrawn | e.DraftSubmitted | e.ReviewWithdrawn | e.ReviewExpired | e.ReviewSuspended):
        return world.but(approvals=())
    if isinstance(event, e.ReviewRevoked):
        return _revoked(world, who, event)
    if isinstance(event, e.SendClaimed):
        return _published(world, who, event)
    if isinstance(event, e.SendFinished) and event.outcome == "failed":
        if who is not SYSTEM:
            raise Broken("P7: only the channel can say that a send certainly failed")
        return world.but(out=tuple(v for v in world.out if v != event.version))
    if isinstance(event, e.SendCancelled) and isinstance(command, c.MarkNotSent):
        return world.but(out=world.out[:-1])
    return world


def _decided(world: World, who: Actor, command: c.EnquiryCommand, event: e.ReviewDecided) -> World:
    if GATES[event.gate] not in who.functions:
        raise Broken("P13: a decision without the function that decides")
    assert isinstance(command, c.Decide)
    if event.verdict in (Verdict.RETURN, Verdict.REJECT):
        return world
    amends = command.verdict is Verdict.AMEND
    # The first word was written in the first version and stands in every text.
    wrote = {world.authors[0], *(world.authors[-1:] if not amends else world.authors[:-1][-1:])}
    at_once = world.scope.policies[world.policy].amend == "at_once"
    again = event.verdict is Verdict.APPROVE and at_once and world.amended == (event.gate, who.name)
    if who.name in wrote and not again:
        raise Broken("P3: somebody approved their own surviving words")
    if not amends and "dm_only" not in command.conditions and command.digest != digest(world):
        raise Broken("P6: approved something else than what was shown")
    others = tuple(given for given in world.approvals if given.gate != event.gate)
    if amends and at_once:
        world = world.but(amended=(event.gate, who.name))
    return world.but(approvals=(*others, Approval(event.gate, digest(world), who.name, world.now, event.acceptance)))


def _revoked(world: World, who: Actor, event: e.ReviewRevoked) -> World:
    if GATES[event.gate] not in who.functions:
        raise Broken("P13: an approval was taken back by somebody who neither gave it nor decides that gate")
    given = next((approval for approval in world.approvals if approval.gate == event.gate), None)
    if given is None or (given.digest, given.by) != (event.digest, event.whose):
        raise Broken("P4: an approval was taken back that nobody had given")
    if world.enquiry.draft and world.enquiry.draft.version in world.out:
        raise Broken("P4: an approval was taken back after it had been used")
    return world.but(approvals=tuple(approval for approval in world.approvals if approval is not given))


def _published(world: World, who: Actor, event: e.SendClaimed) -> World:
    if not {given.gate for given in world.approvals} >= set(world.scope.demanded):
        raise Broken("P1: a reply left without an approval that still counts")
    for given in world.approvals:
        if given.gate not in world.scope.demanded:
            continue
        if given.waits:
            raise Broken("P3: a reply left before its author accepted the amendment")
        if given.digest != digest(world) or event.digest != digest(world):
            raise Broken("P2: what left is not what was approved")
        if world.now >= given.at + LIFE:
            raise Broken("P4: the approval had expired when the reply left")
    if event.version in world.out:
        raise Broken("P7: one version was published twice")
    return world.but(out=(*world.out, event.version))


def _hold(world: World, before: Enquiry) -> World:
    """What must be true of every state that is reached."""
    q = world.enquiry
    if q.state is State.READY and not world.approvals and not (q.sending and q.sending.on_its_way):
        raise Broken("P4: ready without an approval that still counts")
    _queued_only_when_ready(q)
    if q.version <= before.version:
        raise Broken("P9: something changed without an event")
    return world


def _queued_only_when_ready(q: Enquiry) -> None:
    if q.state is not State.READY and q.sending and q.sending.state is SendState.QUEUED:
        raise Broken("P4: a reply is queued that is not ready")


def _fair_refusal(world: World, who: Actor, command: c.EnquiryCommand, refusal: HubError) -> None:
    """P10: whoever comes second is told who was first."""
    if isinstance(refusal, Conflict) and refusal.code == "already_decided":
        assert isinstance(command, c.Decide)
        standing = [r.decided_by for r in world.enquiry.current_reviews() if (r.gate, r.digest) == (command.gate, command.digest)]
        if (command.digest, refusal.winner) not in world.said and refusal.winner not in standing:
            raise Broken("P10: the loser was not told who decided")
    if not isinstance(command, c.Decide) or refusal.code != "digest_mismatch":
        return
    if any(command.digest == shown and (ends_all or gate == command.gate) for shown, gate, ends_all in world.lately):
        raise Broken("P10: the loser was told nothing of the decision that was quicker")


def surroundings(world: World) -> Iterator[World]:
    """What happens around the enquiry: time passes, the policy changes."""
    if world.now < world.scope.ticks * LIFE:
        yield world.but(now=world.now + LIFE)
    if world.policy + 1 < len(world.scope.policies):
        yield world.but(policy=world.policy + 1)


def key(world: World) -> tuple[Any, ...]:
    """The world up to names: ids and digests count only by what they are equal to."""
    q, live = world.enquiry, digest(world) if world.enquiry.draft else ""
    reviews = tuple(
        (r.gate, r.state, r.verdict, r.decided_by, r.expires_at, r.acceptance, r.digest == live, r.policy, r.version) for r in q.reviews
    )
    draft = (q.draft.version, q.draft.text, q.draft.author, q.draft.contributors, q.draft.visibility) if q.draft else None
    # A send that is over in any way no longer matters to any rule; what it published stands in ``published``.
    out = q.sending
    lives = out is not None and (out.on_its_way or out.state is SendState.QUEUED)
    sending = (out.state, out.version, out.digest == live, out.answers == q.last_in) if out and lives else None
    approvals = tuple((a.gate, a.digest == live, a.by, a.at, a.waits) for a in world.approvals)
    return (
        q.state, draft, reviews, q.ready == live, q.waived, sending, q.published, len(q.rejected), q.claimed(world.now),
        world.policy, world.now, world.messages, world.authors, world.amended, approvals, world.out,
    )  # fmt: skip


met: set[type[e.Event]] = set()
"""The kinds of events that the present search has met."""

THOROUGH_EVERY = 18
"""One state in so many has everything tried by everybody."""


def search(scope: Scope, limit: int = 1_000_000, watch: Callable[[World], None] | None = None) -> tuple[int, int]:
    """Visit every world of ``scope`` (or ``limit``), breadth first: how many were expanded, how many moves tried.

    Raises Broken. With a limit that is not reached, the search was exhaustive.
    """
    met.clear()
    first = beginning(scope)
    seen = {key(first)}
    queue = deque([first])
    expanded = tried = 0
    collecting = gc.isenabled()
    gc.disable()  # nothing made here is garbage before the end
    try:
        while queue and expanded < limit:
            world = queue.popleft()
            expanded += 1
            for who, command in moves(world, expanded % THOROUGH_EVERY == 1):
                tried += 1
                after = step(world, who, command)
                if after is not None:
                    _meet(after, seen, queue, watch)
            for after in surroundings(world):
                _meet(after, seen, queue, watch)
    finally:
        if collecting:
            gc.enable()
    return expanded, tried


def _meet(world: World, seen: set[tuple[Any, ...]], queue: deque[World], watch: Callable[[World], None] | None) -> None:
    name = key(world)
    if name not in seen:
        seen.add(name)
        queue.append(world)
        if watch:
            watch(world)
