"""What waits for the hub: queueing it, and carrying it out once the hub is back, each with what its person had seen."""

from __future__ import annotations

from asyncio import Lock
from typing import TYPE_CHECKING, NamedTuple

from hubconsole.errors import HubError, Unreachable
from hubconsole.ids import new_id
from hubconsole.tui.doing import FOR_EVER, Mark
from hubconsole.tui.intents import Intent, Intents
from hubconsole.tui.moved import what_moved
from hubconsole.tui.recovery import Recovery

if TYPE_CHECKING:
    from pathlib import Path

    from hubconsole.domain.commands import Command
    from hubconsole.hub.port import Receipt
    from hubconsole.tui.session import Session

QUEUED_KEYS = frozenset(
    [
        "claim", "triage", "let_stand", "engage", "spam", "monitor", "correct_facts", "capture", "transfer", "duplicate", "assign",
        "priority", "snooze", "note", "approve", "amend", "condition", "return", "reject", "not_required", "amended",
    ]
)  # fmt: skip
"""Keys whose acts can wait for the hub. Sending is not among them: it is a decision to let words leave."""

HERE_KEYS = frozenset(["older_version", "newer_version", "next_flag", "later"])
"""Keys that only show what is at hand."""

WRITING_KEYS = frozenset(["draft", "save", "visibility"])
"""Keys that write: words are kept on this computer until the hub has them."""

FOLLOWS = "Not decided or done now: it is kept on this computer and carried out when the hub is back, if nothing has moved by then."
ELSE = "If anything moves, it is put before you again. It runs out after 12 hours; F8 lists and removes it."
"""What follows from queueing, in two sentences; the last look says them."""

AGAIN = "It is asked again under the same number when the hub is back, so that it is done once at most, whether or not it was done already."
"""The first of them where an answer was lost: nobody here can say that the act was not done."""


class Outcome(NamedTuple):
    """What became of one intent."""

    intent: Intent
    receipt: Receipt | None
    """The hub's answer; None when it was not carried out."""
    why: str
    """Why not, and what moved; empty when it was."""


class Waiting:
    """The intents of the member at this console. Its methods are called on the screen's thread; files are read and written beside it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.items: tuple[Intent, ...] = ()
        """What waits, oldest first, as last read."""
        self.to_look_at: Intent | None = None
        """What was put before the person again and they asked to see: it waits no more once it has been on the screen."""
        self._marked: set[str] = set()
        self._carrying = Lock()

    async def load(self) -> tuple[Intent, ...]:
        """Read what waits for the member at this console; what has run out is removed and returned."""
        kept = self._kept()
        now = self.session.clock()
        old = tuple(one for one in await self.session.call(kept.read) if one.expired(now))
        items = await self.session.call(kept.remove, *(one.id for one in old)) if old else await self.session.call(kept.read)
        self._show(items)
        return old

    async def queue(self, command: Command, key: str, label: str, seen: int | None, command_id: str = "") -> Intent:
        """Keep one more. ``command_id`` is that of an attempt whose answer never came. Raises Unreachable."""
        intent = Intent(command_id or new_id(), command, key, label, seen, self.session.clock())
        self._show(await self.session.call(self._kept().add, intent))
        return intent

    async def drop(self, *ids: str) -> None:
        """Forget some. Raises Unreachable."""
        self._show(await self.session.call(self._kept().remove, *ids))

    def about(self, enquiry_id: str, kind: str = "") -> Intent | None:
        """The newest that waits for an enquiry, of one kind of command where that is given."""
        found = [one for one in self.items if one.enquiry_id == enquiry_id and kind in ("", one.command.kind)]
        return found[-1] if found else None

    async def carry(self) -> list[Outcome]:
        """Carry out what waits, oldest first, each under its own id; stops when the hub is gone again.

        Asked again while it is under way, it goes on once that is done: an outcome is told once.
        """
        async with self._carrying:
            return await self._carry()

    async def _carry(self) -> list[Outcome]:
        session, kept = self.session, self._kept()
        await self.load()
        outcomes: list[Outcome] = []
        for intent in [one for one in self.items if not one.moved]:
            if (kept.hub_id, kept.member) != (session.info.id, session.member):
                break  # somebody else sits here now
            if all(one.id != intent.id or one.moved for one in await session.call(kept.read)):
                continue  # removed meanwhile, or another console of this member had it
            try:
                receipt = await session.execute(intent.command, intent.seen, intent.id)
            except Unreachable:
                break
            except HubError as error:
                said = await what_moved(session, error, intent.enquiry_id)
                why = said if error.code == "changed" else f"{said} {error.hint}".strip()
                self._show(await session.call(kept.put_again, intent.id, why))
                outcomes.append(Outcome(intent, None, why))
            else:
                if intent.saves:
                    await session.call(self._forget_words, intent)
                self._show(await session.call(kept.remove, intent.id))
                outcomes.append(Outcome(intent, receipt, ""))
        return outcomes

    def _forget_words(self, intent: Intent) -> None:
        """The hub has these words: the recovery file need not hold them any longer, unless it holds later ones."""
        recovery = Recovery(_folder(), self.session.info.id, self.session.member)
        kept = recovery.find(intent.enquiry_id)
        if kept is not None and kept.text == getattr(intent.command, "text", None):
            recovery.forget(intent.enquiry_id)

    def _kept(self) -> Intents:
        return Intents(_folder(), self.session.info.id, self.session.member)

    def _show(self, items: tuple[Intent, ...]) -> None:
        """Rows and panes say what waits for them."""
        self.items = items
        doing, now = self.session.doing, {one.enquiry_id for one in items}
        for enquiry_id in self._marked - now:
            doing.drop(self, enquiry_id)
        for one in items:
            doing.put(self, one.enquiry_id, _mark(one), FOR_EVER)
        self._marked = now


def _mark(intent: Intent) -> Mark:
    if intent.moved:
        return Mark("look again", f"not carried out: {intent.label}")
    return Mark("kept here" if intent.saves else "queued", f"{'kept here' if intent.saves else 'queued'}: {intent.label}")


def _folder() -> Path:
    from hubconsole.config import load

    return load().recovery
