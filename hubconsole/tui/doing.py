"""What is under way: an act that was asked for and not yet answered shows at once in its row and pane, as pending.

A mark goes when the hub has refused (what was shown before is right again, and the reason is told), or when a row as new as
the answer is painted. Nothing that a gate decides is ever called done before the hub has said so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from hubconsole.domain.commands import Command

AT_ONCE = 0.08
"""Seconds that a hub on this machine is given to answer before its act shows as pending, so that nothing flickers."""

LINGERS = 1.5
"""Seconds for which a mark waits for the newer row after the answer."""


FOR_EVER = 1 << 62
"""No version of an enquiry is as new as that: what waits for the hub is said until it does not wait any more."""


class Mark(NamedTuple):
    """What a row and a pane say of an act that is not done yet."""

    short: str
    """For a row: ``taking``."""
    long: str
    """For a pane, as the rest of a sentence: ``approval of v2 pending``."""


_WORDS = {
    "claim": "taking", "release": "letting go", "triage": "deciding", "assign": "assigning", "set_priority": "priority",
    "snooze": "snoozing", "wake": "waking", "add_note": "noting", "save_draft": "saving", "submit": "submitting",
    "withdraw": "withdrawing", "accept_amendment": "accepting", "resume": "resuming", "send": "queueing", "undo_send": "stopping",
    "mark_sent": "marking", "mark_not_sent": "marking", "await_customer": "waiting", "resolve": "resolving", "close": "closing",
    "reopen": "reopening", "set_recipient": "readdressing", "revoke": "pending", "ask_author": "asking",
}  # fmt: skip
"""What is said in a row, by kind of command; other kinds show nothing."""

_DECIDING = {
    "approve": "approval", "approve_with_conditions": "approval under conditions", "amend": "amendment", "return": "return",
    "reject": "rejection", "not_required": "“not needed”",
}  # fmt: skip
"""What a decision is called while it is pending, by verdict."""


def mark_of(command: Command) -> Mark | None:
    """What is said while this command is under way; None where nothing is."""
    if command.kind == "decide":
        return Mark("pending", f"{_DECIDING.get(getattr(command, 'verdict', ''), 'decision')} pending")
    if command.kind == "revoke":
        return Mark("pending", "taking the decision back, pending")
    word = _WORDS.get(command.kind, "")
    return Mark(word, word) if word else None


class _Under(NamedTuple):
    """One act under way."""

    token: object
    mark: Mark
    until: int
    """Version of the enquiry from which on the act shows by itself; 0 while no answer has come."""


class Doing:
    """All acts under way at this console. ``moved`` is called with an enquiry's id when what is said of it changes."""

    def __init__(self) -> None:
        self.moved: Callable[[str], None] = lambda enquiry_id: None
        self._under: dict[str, list[_Under]] = {}

    def mark(self, enquiry_id: str, version: int) -> Mark | None:
        """What is under way for an enquiry of which ``version`` is shown."""
        found = self._under.get(enquiry_id)
        if not found:
            return None
        return next((under.mark for under in reversed(found) if under.until == 0 or under.until > version), None)

    def unsettled(self, enquiry_id: str) -> Mark | None:
        """What was asked or queued for this enquiry and is not done yet, for a pane: gone with the answer itself."""
        found = self._under.get(enquiry_id, ())
        return next((under.mark for under in reversed(found) if under.until in (0, FOR_EVER)), None)

    def unanswered(self, enquiry_id: str) -> Mark | None:
        """What the hub has not answered yet for this enquiry."""
        return next((under.mark for under in self._under.get(enquiry_id, ()) if under.until == 0), None)

    def begin(self, commands: Iterable[Command], wait: float) -> _Begun:
        """Acts were asked for; they show after ``wait`` seconds, or at once when that is 0."""
        marks = {getattr(command, "enquiry_id", ""): mark_of(command) for command in commands}
        return _Begun(self, {enquiry_id: mark for enquiry_id, mark in marks.items() if enquiry_id and mark is not None}, wait)

    def put(self, token: object, enquiry_id: str, mark: Mark, until: int = 0) -> None:
        """Say ``mark`` of an enquiry in the name of ``token``."""
        kept = [under for under in self._under.get(enquiry_id, ()) if under.token is not token]
        self._under[enquiry_id] = [*kept, _Under(token, mark, until)]
        self.moved(enquiry_id)

    def drop(self, token: object, enquiry_id: str) -> None:
        """Say nothing more of it in the name of ``token``."""
        found = self._under.get(enquiry_id)
        if found is None:
            return
        kept = [under for under in found if under.token is not token]
        if kept:
            self._under[enquiry_id] = kept
        else:
            del self._under[enquiry_id]
        if len(kept) != len(found):
            self.moved(enquiry_id)


class _Begun:
    """Acts of one command, or of several that go together."""

    def __init__(self, doing: Doing, marks: dict[str, Mark], wait: float) -> None:
        self._doing = doing
        self._marks = marks
        self._shown = False
        self._timer: asyncio.TimerHandle | None = None
        if wait > 0 and marks:
            self._timer = asyncio.get_running_loop().call_later(wait, self._show)
        elif marks:
            self._show()

    def _show(self) -> None:
        self._shown = True
        for enquiry_id, mark in self._marks.items():
            self._doing.put(self, enquiry_id, mark)

    def answered(self, version: int) -> None:
        """The hub has done it: the mark stays until the row is as new as that, but not for long."""
        if not self._shown:
            self.over()
            return
        for enquiry_id, mark in self._marks.items():
            self._doing.put(self, enquiry_id, mark, version)
        asyncio.get_running_loop().call_later(LINGERS, self.over)

    def over(self) -> None:
        """Nothing is under way any more: it was refused, or it shows by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for enquiry_id in self._marks:
            self._doing.drop(self, enquiry_id)
