"""Deciding what is to become of an enquiry: one key for each disposition, or ``t`` and a letter."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from hubconsole.domain.terms import LET_STAND_REASONS, UNDONE, Disposition
from hubconsole.store.rows import BoardRow
from hubconsole.tui.act_words import CLOSING, DISPOSITIONS, TRIAGED, braceless
from hubconsole.tui.asking import Choice, Field
from hubconsole.tui.screens.carrying import Carrying

if TYPE_CHECKING:
    from hubconsole.domain.commands import Command


class Triaging(Carrying):
    """See the module's text."""

    def act_triage(self) -> None:
        """Choose what is to become of it."""
        choices = [Choice(key, word.replace("_", " "), word) for key, word in DISPOSITIONS]
        self.choose(f"Triage {self.named()}", choices, self.triage_as)

    def triage_as(self, word: str) -> Awaitable[None] | None:
        """Go on with a disposition: some need a reason first."""
        if word == "let_stand":
            self.act_let_stand()
            return None
        if word == "transfer":
            self.act_transfer()
            return None
        if word == "duplicate":
            self.act_duplicate()
            return None
        return self.triage(word)

    def act_let_stand(self) -> None:
        """Choose why it is let stand."""
        choices = [Choice(str(number), word.replace("_", " "), word) for number, word in enumerate(LET_STAND_REASONS, 1)]
        self.choose(f"Let {self.named()} stand", choices, lambda reason: self.triage("let_stand", reason))

    async def act_engage(self) -> None:
        """Engage at once."""
        await self.triage("engage")

    async def act_spam(self) -> None:
        """Put it away as spam at once."""
        await self.triage("spam")

    async def act_monitor(self) -> None:
        """Watch it at once."""
        await self.triage("monitor")

    async def act_correct_facts(self) -> None:
        """Correct facts, at once."""
        await self.triage("correct_facts")

    async def act_capture(self) -> None:
        """Keep it as feedback at once."""
        await self.triage("capture")

    def act_transfer(self) -> None:
        """Ask where to, then hand it over."""
        to = [Field("to", placeholder="a desk, a company, a function")]
        self.ask(f"Transfer {self.named()}", to, lambda said: self.triage("transfer", said[0].strip()))

    def act_duplicate(self) -> None:
        """Ask which enquiry it repeats."""
        self.ask(f"{self.named()} repeats", [Field("key", placeholder="E-12")], lambda said: self.repeats(said[0]))

    async def repeats(self, key: str) -> None:
        """Put it away as a repetition of the enquiry with this key."""
        view = await self.session.call(self.session.hub.enquiry, key.strip())
        await self.triage("duplicate", duplicate_of=view.row.id)

    async def triage(self, word: str, reason: str = "", duplicate_of: str = "") -> None:
        """Carry out a disposition."""
        from hubconsole.domain.commands import Reopen, Triage

        def unmake(row: BoardRow) -> Command | None:
            return Reopen(enquiry_id=row.id, reason=UNDONE) if word in CLOSING else None

        phrase = TRIAGED[word] + (f" ({braceless(reason.replace('_', ' '), 40)})" if reason else "")
        begun = "It is new again and nobody's; t decides otherwise." if word == "transfer" else "Work on it has begun; t decides otherwise."
        final = "" if word in CLOSING else begun
        await self.carry_out(
            phrase,
            lambda row: Triage(enquiry_id=row.id, disposition=Disposition(word), reason=reason, duplicate_of=duplicate_of),
            unmake,
            final,
        )
