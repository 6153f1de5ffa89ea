"""What can be done with an enquiry from a list or from its own screen: take, triage, assign, snooze, note, undo, repeat.

Mixed into a :class:`HubScreen` that says which enquiries are meant (``targets``). One enquiry is acted on at
once; several after one confirmation that lists them, with an answer for each.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.content import Content

from hubconsole.domain.terms import LET_STAND_REASONS, PRIORITIES, UNDONE, Disposition
from hubconsole.errors import Conflict, HubError
from hubconsole.store.rows import BoardRow
from hubconsole.text import one_line
from hubconsole.tui.act_words import (
    CLOSING,
    DISPOSITIONS,
    NEEDS_ONE,
    REPEATABLE,
    SLEEPS,
    STATES,
    TRIAGED,
    braceless,
    differences,
    imperative,
    listed,
)
from hubconsole.tui.asking import Choice, Field
from hubconsole.tui.messages import ActDone
from hubconsole.tui.screens.base import HubScreen
from hubconsole.tui.session import Act
from hubconsole.tui.times import FORMS, clock_words, moment
from hubconsole.tui.wording import enquiries, sentence, within

if TYPE_CHECKING:
    from hubconsole.domain.commands import Command

Make = Callable[[BoardRow], "Command"]
Unmake = Callable[[BoardRow], "Command | None"]


def nothing(_: BoardRow) -> None:
    """The inverse of what cannot be taken back."""


class Acts(HubScreen):
    """See the module's text."""

    def meant(self) -> list[BoardRow]:
        """The enquiry that was named on the command line, else the targets."""
        return [self.named_row] if self.named_row is not None else self.targets()

    def targets(self) -> list[BoardRow]:
        """The enquiries that are meant, as they were shown; empty when there are none."""
        return []

    def seen_row(self, row: BoardRow) -> BoardRow:
        """The row as the person first had it before them; changes by others since then make an act ask again."""
        return row

    def blocked(self, key_id: str) -> str:
        """Acts need an enquiry, and some need it in a certain state."""
        reason = super().blocked(key_id)
        if key_id == "undo" and not reason:
            acts = self.session.acts
            if not acts:
                return "There is nothing of yours to take back."
            return "" if acts[-1].inverses else f"“{acts[-1].label}” cannot be taken back. {acts[-1].final}".strip()
        if reason or key_id not in NEEDS_ONE:
            return reason
        rows = self.meant()
        if not rows:
            return "There is no enquiry under the cursor."
        row = rows[0]
        allowed = STATES.get(key_id)
        if len(rows) == 1 and allowed and row.state not in allowed:
            return (
                f"{row.key} is {row.state.replace('_', ' ')}; this works while it is {' or '.join(s.replace('_', ' ') for s in allowed)}."
            )
        if key_id == "release" and row.on_it != self.session.member:
            return f"{row.key} is not claimed by you."
        if key_id in ("assign", "priority") and row.owner not in ("", self.session.member) and "supervisor" not in self.session.functions:
            return f"{row.key} is {one_line(row.owner, 20)}'s; only they or a supervisor may do this."
        if key_id == "wake" and row.snoozed_until <= self.session.now():
            return f"{row.key} is not asleep."
        return ""

    # --- carrying out ---------------------------------------------------------------------------

    async def carry_out(self, phrase: str, make: Make, unmake: Unmake = nothing, final: str = "") -> None:
        """Do one thing to all targets. ``phrase`` has braces where the key stands: ``took {}``.

        ``final`` says why nothing takes it back.
        """
        rows = self.meant()
        if len(rows) > 1:
            self._confirm_many(phrase, rows, make, unmake, final)
        elif rows:
            await self._one(phrase, rows[0], make(rows[0]), unmake(rows[0]), final)

    async def _one(self, phrase: str, row: BoardRow, command: Command, inverse: Command | None, final: str) -> None:
        label = phrase.format(row.key)
        try:
            receipt = await self.session.execute(command, self.seen_row(row).version)
        except Conflict as conflict:
            if conflict.code != "changed":
                raise
            await self.was_changed(row, conflict)
            return
        self.session.remember(Act(label, row.key, command, inverse, phrase, final))
        self.toast(sentence(label) + ("" if inverse is None else " z takes it back."))
        self.post_message(ActDone(receipt.enquiry_id, label))

    async def was_changed(self, row: BoardRow, conflict: Conflict) -> None:
        """Another changed it while it was on the screen: say what is different now; a second press acts on that."""
        now = await self.session.call(self.session.hub.rows, [row.id])
        told = differences(self.seen_row(row), now[0]) if now else ""
        who = conflict.winner or "Somebody"
        self.toast(
            f"{row.key} changed while you looked at it: {who} was first{told}. Nothing was done; press again to do it anyway.", "warning"
        )
        self.accept_version(now[0] if now else row)

    def accept_version(self, row: BoardRow) -> None:
        """From now on ``row`` is what the person has seen."""

    def _confirm_many(self, phrase: str, rows: list[BoardRow], make: Make, unmake: Unmake, final: str) -> None:
        async def go(_: object) -> None:
            commands = [make(row) for row in rows]
            answers = list(zip(rows, commands, await self.session.execute_all(commands), strict=True))
            wrong = [(row, answer) for row, _, answer in answers if isinstance(answer, HubError)]
            done = [
                Act(phrase.format(row.key), row.key, command, unmake(row), phrase, final)
                for row, command, answer in answers
                if not isinstance(answer, HubError)
            ]
            label = phrase.format(enquiries(len(done)))
            if done:
                backed = all(act.inverse is not None for act in done)
                self.session.remember(Act(label, "", done[0].command, None, phrase, final, tuple(done)))
                more = f" {len(wrong)} could not be." if wrong else ""
                self.toast(sentence(label) + more + (" z takes all back." if backed else ""), "warning" if wrong else "information")
                self.post_message(ActDone("", label))
            self.after_many()
            if wrong:
                self.list_refusals(wrong)

        self.confirm(sentence(imperative(phrase).format(enquiries(len(rows)))).rstrip("."), [listed(row) for row in rows], go)

    def list_refusals(self, wrong: Sequence[tuple[BoardRow | Act, HubError]]) -> None:
        """Say for each of several enquiries why nothing was done to it."""
        body = [Content.assemble((row.key.ljust(9), "$strong bold"), (str(answer), "$value")) for row, answer in wrong]
        self.confirm(f"{len(wrong)} not done", body, lambda _: None, label="understood")

    def after_many(self) -> None:
        """Several enquiries were acted on: marks have done their work."""

    # --- claim and owner ------------------------------------------------------------------------

    async def act_claim(self) -> None:
        """Take it. A supervisor may break another's live claim, after a question."""
        from hubconsole.domain.commands import Claim, Release

        rows = self.meant()
        held = [row for row in rows if row.on_it not in ("", self.session.member) and row.on_it_until > self.session.now()]
        take_over = bool(held) and "supervisor" in self.session.functions and len(rows) == 1
        if take_over:
            body = Content(f"{one_line(held[0].on_it, 20)} is on {held[0].key} now. Take it over?")
            self.confirm(
                f"{held[0].key}", body, lambda _: self.carry_out("took over {}", lambda row: Claim(enquiry_id=row.id, take_over=True))
            )
            return
        await self.carry_out("took {}", lambda row: Claim(enquiry_id=row.id), lambda row: Release(enquiry_id=row.id))

    async def act_release(self) -> None:
        """Give the claim back."""
        from hubconsole.domain.commands import Claim, Release

        await self.carry_out("let go of {}", lambda row: Release(enquiry_id=row.id), lambda row: Claim(enquiry_id=row.id))

    def act_assign(self) -> None:
        """Choose who is responsible: the first nine by a digit, anybody by name."""
        people = [row for row in self.session.members if row.active]
        choices = [
            Choice(str(number), f"{one_line(row.name, 14)} {' '.join(row.functions)}".strip(), row.name)
            for number, row in enumerate(people[:9], 1)
        ]
        choices += [Choice("m", "me", self.session.member), Choice("0", "nobody", " ")]
        if len(people) > 9:
            choices.append(Choice("n", "by name", ""))
        self.choose(f"Assign {self._named()}", choices, self._assign_or_ask)

    def _assign_or_ask(self, name: str) -> Awaitable[None] | None:
        if name:
            return self.assign_to(name.strip())
        self.ask(f"Assign {self._named()}", [Field("to", placeholder="name of a member")], lambda said: self.assign_to(said[0].strip()))
        return None

    async def assign_to(self, name: str) -> None:
        """Make a member responsible; nobody when the name is empty."""
        from hubconsole.domain.commands import Assign

        phrase = f"gave {{}} to {braceless(name, 16)}" if name else "took the owner from {}"
        await self.carry_out(
            phrase, lambda row: Assign(enquiry_id=row.id, owner=name), lambda row: Assign(enquiry_id=row.id, owner=row.owner)
        )

    def act_priority(self) -> None:
        """Choose the priority."""
        self.choose(f"Priority of {self._named()}", [Choice(str(p), f"P{p}", p) for p in PRIORITIES], self.set_priority)

    async def set_priority(self, priority: int) -> None:
        """Set the priority."""
        from hubconsole.domain.commands import SetPriority

        await self.carry_out(
            f"set {{}} to P{priority}",
            lambda row: SetPriority(enquiry_id=row.id, priority=priority),
            lambda row: SetPriority(enquiry_id=row.id, priority=row.priority),
        )

    def act_snooze(self) -> None:
        """Choose how long it sleeps, or type until when."""
        choices = [Choice(key, label, ms) for key, label, ms in SLEEPS]
        self.choose(f"Snooze {self._named()} for", [*choices, Choice("t", "until a time", 0)], self._snooze_or_ask)

    def _snooze_or_ask(self, ms: int) -> Awaitable[None] | None:
        if ms:
            return self.snooze_until(self.session.now() + ms)
        self.ask(f"Snooze {self._named()}", [Field("until", placeholder=FORMS)], lambda said: self.snooze_said(said[0]))
        return None

    async def snooze_said(self, text: str) -> None:
        """Let it sleep until a time as people type it; what is no time is told."""
        await self.snooze_until(moment(text, self.session.now()))

    async def snooze_until(self, until: int) -> None:
        """Let it sleep until a time, in milliseconds since the epoch."""
        from hubconsole.domain.commands import Snooze, Wake

        await self.carry_out(
            f"snoozed {{}} until {clock_words(until, self.session.now())}",
            lambda row: Snooze(enquiry_id=row.id, until=until),
            lambda row: Wake(enquiry_id=row.id),
        )

    async def act_wake(self) -> None:
        """End the sleep."""
        from hubconsole.domain.commands import Snooze, Wake

        await self.carry_out("woke {}", lambda row: Wake(enquiry_id=row.id), lambda row: Snooze(enquiry_id=row.id, until=row.snoozed_until))

    # --- triage ---------------------------------------------------------------------------------

    def _named(self) -> str:
        rows = self.meant()
        return rows[0].key if len(rows) == 1 else f"{len(rows)} enquiries"

    def act_triage(self) -> None:
        """Choose what is to become of it."""
        choices = [Choice(key, word.replace("_", " "), word) for key, word in DISPOSITIONS]
        self.choose(f"Triage {self._named()}", choices, self.triage_as)

    def triage_as(self, word: str) -> Awaitable[None] | None:
        """Go on with a disposition: some need a reason first."""
        if word == "let_stand":
            self.act_let_stand()
            return None
        if word == "transfer":
            to = [Field("to", placeholder="a desk, a company, a function")]
            self.ask(f"Transfer {self._named()}", to, lambda said: self.triage(word, said[0].strip()))
            return None
        if word == "duplicate":
            self.ask(f"{self._named()} repeats", [Field("key", placeholder="E-12")], lambda said: self.repeats(said[0]))
            return None
        return self.triage(word)

    def act_let_stand(self) -> None:
        """Choose why it is let stand."""
        choices = [Choice(str(number), word.replace("_", " "), word) for number, word in enumerate(LET_STAND_REASONS, 1)]
        self.choose(f"Let {self._named()} stand", choices, lambda reason: self.triage("let_stand", reason))

    async def act_engage(self) -> None:
        """Engage at once."""
        await self.triage("engage")

    async def act_spam(self) -> None:
        """Put it away as spam at once."""
        await self.triage("spam")

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
        final = "" if word in CLOSING else "Work on it has begun; t decides otherwise."
        await self.carry_out(
            phrase,
            lambda row: Triage(enquiry_id=row.id, disposition=Disposition(word), reason=reason, duplicate_of=duplicate_of),
            unmake,
            final,
        )

    # --- what comes next ------------------------------------------------------------------------

    def act_next_mine(self) -> None:
        """Go to what this person should do next: replies to send, then work at hand, then what is new."""
        self.start(self._go_next(), "next")

    async def _go_next(self) -> None:
        from hubconsole.tui.filters import combined

        here = {row.id for row in self.targets()}
        for text in ("state:ready owner:me", "state:working owner:me", "state:new is:unclaimed"):
            page = await self.session.call(self.session.hub.page, combined(text, "", self.session.member), limit=2)
            row = next((row for row in page.rows if row.id not in here), None)
            if row is not None:
                self.arrive(row)
                return
        self.toast("Nothing else needs you now.")

    def arrive(self, row: BoardRow) -> None:
        """Show that enquiry."""
        self.console_app.open_enquiry(row.key)

    # --- note, undo, repeat ---------------------------------------------------------------------

    def act_note(self) -> None:
        """Write an internal note."""
        self.ask(
            f"Note on {self._named()}: never sent", [Field("note", placeholder="for colleagues only")], lambda said: self.add_note(said[0])
        )

    async def add_note(self, text: str) -> None:
        """Add the note."""
        from hubconsole.domain.commands import AddNote

        await self.carry_out("noted on {}", lambda row: AddNote(enquiry_id=row.id, text=text), final="A note stays in the record.")

    async def act_undo(self) -> None:
        """Take back this person's last act; what was done to several enquiries in one go is taken back for all of them."""
        acts = self.session.acts
        last = acts[-1] if acts else None
        if last is None or not last.inverses:
            return
        if not last.parts:
            receipt = await self.session.execute(last.inverses[0])
            self._taken_back(last, receipt.enquiry_id)
            return
        answers = await self.session.execute_all(list(last.inverses))
        wrong = [(act, answer) for act, answer in zip(last.parts, answers, strict=True) if isinstance(answer, HubError)]
        self._taken_back(last, "", len(wrong))
        if wrong:
            self.list_refusals(wrong)

    def _taken_back(self, last: Act, enquiry_id: str, failed: int = 0) -> None:
        self.session.acts = [act for act in self.session.acts if act is not last]
        more = f" {failed} of {len(last.parts)} could not be." if failed else ""
        self.toast(sentence(f"Taken back: {within(last.label)}") + more, "warning" if failed else "information")
        self.post_message(ActDone(enquiry_id, f"took back: {last.label}"))

    async def act_repeat(self) -> None:
        """Do the last act again on what is selected now."""
        acts = self.session.acts
        if not acts or not hasattr(acts[-1].command, "enquiry_id"):
            self.toast("There is nothing to repeat yet.", "warning")
            return
        last = acts[-1]
        if last.command.kind not in REPEATABLE or not last.phrase:
            self.toast(f"“{last.label}” is done one at a time.", "warning")
            return
        await self.carry_out(last.phrase, lambda row: replace(last.command, enquiry_id=row.id), final=last.final)  # type: ignore[call-arg]
