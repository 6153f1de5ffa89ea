"""What decided it: of several things that others did meanwhile, the one that somebody who acts on an older look has to hear of."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from hubconsole.domain.describe import describe

WROTE_AGAIN = "the customer wrote again"
"""How a further message of the customer is told. Its words are not: who may read them looks them up."""

_MESSAGE = "message.recorded"
_REVIEW = (_MESSAGE, "review.decided", "review.revoked", "amendment.accepted", "draft.withdrawn", "draft.saved", "review.suspended")
_WORDS = (_MESSAGE, "draft.saved", "draft.submitted", "draft.withdrawn", "review.decided", "recipient.set")
_WHO = ("enquiry.claimed", "enquiry.assigned", "enquiry.released")
_REST = ("enquiry.triaged", "enquiry.resolved", "enquiry.closed", "enquiry.reopened", "customer.awaited", _MESSAGE)
_SEND = (
    _MESSAGE,
    "send.queued",
    "send.cancelled",
    "send.claimed",
    "send.handed_over",
    "send.finished",
    "review.revoked",
    "review.suspended",
)

_ABOUT: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("decide", "open_review", "revoke", "accept_amendment", "ask_author", "resume"), _REVIEW),
    **dict.fromkeys(("save_draft", "submit", "withdraw", "set_recipient"), _WORDS),
    **dict.fromkeys(("claim", "release", "assign"), _WHO),
    **dict.fromkeys(("triage", "await_customer", "resolve", "close", "reopen"), _REST),
    **dict.fromkeys(("send", "undo_send", "mark_sent", "mark_not_sent"), _SEND),
    "set_priority": ("enquiry.prioritised",),
    **dict.fromkeys(("snooze", "wake"), ("enquiry.snoozed",)),
}
"""By the command that comes too late, the kinds of events that settle what it is about, the most telling first."""

_OUTDONE = ("draft.saved", "draft.submitted", "draft.withdrawn", "review.suspended", "recipient.set", "customer.awaited")
"""What tells less than a message that came before it: work on words goes on, but what they answer is another thing now."""

_SETTLING = (*_REVIEW, *_SEND, *_REST, *_WORDS, *_WHO)
"""The same where nothing of that sort happened; whatever is not in it (a note, a question) tells least."""

MOST = 100
"""How many of the newest events are looked at."""


class Happened(NamedTuple):
    """One event by somebody else, as it is stored."""

    by: str
    kind: str
    at: int
    body: str
    """JSON; private texts stand in it by their digests."""
    command_id: str
    """Events of one command happened together."""


def what_decided(command: str, happened: Sequence[Happened]) -> tuple[Happened, str]:
    """For a ``command`` that comes after all this (newest first, at least one): what settled the matter, and all of it in words.

    The words are the rest of a sentence: ``lex approved version 2 (legal); since then sue noted something``. A message of the
    customer is told as the customer's doing, whoever took it in.
    """
    groups: list[list[Happened]] = []
    for one in happened:
        if not groups or groups[-1][0].command_id != one.command_id:
            groups.append([])
        groups[-1].append(one)
    place, settled = 0, happened[0]
    for kinds in (_ABOUT.get(command, ()), _SETTLING):
        found = _newest(groups, kinds)
        if found is not None:
            place, settled = found
            if settled.kind in _OUTDONE and _MESSAGE in kinds:
                place, settled = _newest(groups, (_MESSAGE,)) or found
            break
    words = _told(settled)
    if place:
        newest = _telling(groups[0], _SETTLING) or groups[0][-1]
        more = f" (and {place - 1} more)" if place > 1 else ""
        words += f"; since then {_told(newest)}{more}"
    return settled, words


def _newest(groups: list[list[Happened]], kinds: tuple[str, ...]) -> tuple[int, Happened] | None:
    """The newest command that tells, by its place, and its most telling event."""
    return next(((n, told) for n, group in enumerate(groups) if (told := _telling(group, kinds))), None)


def _telling(group: list[Happened], kinds: tuple[str, ...]) -> Happened | None:
    """The most telling event of one command; None when none is among ``kinds``."""
    among = [one for one in group if one.kind in kinds]
    return min(among, key=lambda one: kinds.index(one.kind), default=None)


def _told(one: Happened) -> str:
    """Who did it and what, as to somebody who was too late for it."""
    body = json.loads(one.body)
    if one.kind == _MESSAGE and body.get("direction") == "in":
        return WROTE_AGAIN
    if one.kind == "enquiry.claimed" and not body.get("from_whom"):
        return f"{one.by} took it"
    if one.kind == "enquiry.assigned" and body.get("owner") == one.by:
        return f"{one.by} made it their own"
    return f"{one.by} {describe(one.kind, body)}"
