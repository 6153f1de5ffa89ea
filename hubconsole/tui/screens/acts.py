"""What else can be done with an enquiry from a list or from its own screen: take, assign, snooze, note, undo, repeat.

:mod:`.carrying` says how an act is carried out, :mod:`.triage` holds the dispositions.
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.content import Content

from hubconsole.domain.terms import OPEN_STATES, PRIORITIES
from hubconsole.errors import HubError
from hubconsole.store.rows import BoardRow
from hubconsole.text import one_line
from hubconsole.tui.act_words import REPEATABLE, SLEEPS, braceless
from hubconsole.tui.asking import Choice, Field
from hubconsole.tui.messages import ActDone
from hubconsole.tui.screens.triage import Triaging
from hubconsole.tui.session import Act
from hubconsole.tui.times import FORMS, clock_words, moment
from hubconsole.tui.wording import sentence, within

if TYPE_CHECKING:
    from hubconsole.domain.commands import Command


def unclaim(row: BoardRow) -> Command | tuple[Command, ...]:
    """What takes a claim back: the owner goes with it where the claim made one."""
    from hubconsole.domain.commands import Assign, Release

    back = Release(enquiry_id=row.id)
    return (back, Assign(enquiry_id=row.id, owner="")) if not row.owner and row.state in OPEN_STATES else back


def _gives_back(part: Act) -> bool:
    """Whether this part of an undo takes away the owner that a claim made."""
    return part.command.kind == "claim" and part.inverse is not None and part.inverse.kind == "assign"


class Acts(Triaging):
    """See the module's text."""

    # --- claim and owner ------------------------------------------------------------------------

    async def act_claim(self) -> None:
        """Take it. A supervisor may break another's live claim, after a question."""
        from hubconsole.domain.commands import Claim

        rows = self.meant()
        held = [row for row in rows if row.on_it not in ("", self.session.member) and row.on_it_until > self.session.now()]
        take_over = bool(held) and "supervisor" in self.session.functions and len(rows) == 1
        if take_over:
            body = Content(f"{one_line(held[0].on_it, 20)} is on {held[0].key} now. Take it over?")
            self.confirm(
                f"{held[0].key}", body, lambda _: self.carry_out("took over {}", lambda row: Claim(enquiry_id=row.id, take_over=True))
            )
            return
        await self.carry_out("took {}", lambda row: Claim(enquiry_id=row.id), unclaim)

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
        self.choose(f"Assign {self.named()}", choices, self._assign_or_ask)

    def _assign_or_ask(self, name: str) -> Awaitable[None] | None:
        if name:
            return self.assign_to(name.strip())
        self.ask(f"Assign {self.named()}", [Field("to", placeholder="name of a member")], lambda said: self.assign_to(said[0].strip()))
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
        self.choose(f"Priority of {self.named()}", [Choice(str(p), f"P{p}", p) for p in PRIORITIES], self.set_priority)

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
        self.choose(f"Snooze {self.named()} for", [*choices, Choice("t", "until a time", 0)], self._snooze_or_ask)

    def _snooze_or_ask(self, ms: int) -> Awaitable[None] | None:
        if ms:
            return self.snooze_until(self.session.now() + ms)
        self.ask(f"Snooze {self.named()}", [Field("until", placeholder=FORMS)], lambda said: self.snooze_said(said[0]))
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
            f"Note on {self.named()}: never sent", [Field("note", placeholder="for colleagues only")], lambda said: self.add_note(said[0])
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
        parts, passed_on = await self._still_ours(last.parts)
        answers = await self.session.execute_all([part.inverse for part in parts if part.inverse is not None])
        wrong = [(act, answer) for act, answer in zip(parts, answers, strict=True) if isinstance(answer, HubError)]
        self.acted = tuple(dict.fromkeys(getattr(part.command, "enquiry_id", "") for part in last.parts))
        self._taken_back(last, "", {act.key for act, _ in wrong}, passed_on)
        if wrong:
            self.list_refusals(wrong)

    async def _still_ours(self, parts: tuple[Act, ...]) -> tuple[list[Act], tuple[str, ...]]:
        """The parts without those that would take an owner away who was made so since; and the keys of those enquiries."""
        given = {getattr(part.inverse, "enquiry_id", "") for part in parts if _gives_back(part)}
        rows = await self.session.call(self.session.hub.rows, list(given)) if given else []
        others = {row.id: row.key for row in rows if row.owner != self.session.member}
        kept = [part for part in parts if not (_gives_back(part) and getattr(part.inverse, "enquiry_id", "") in others)]
        return kept, tuple(others.values())

    def _taken_back(self, last: Act, enquiry_id: str, failed: Collection[str] = (), passed_on: Sequence[str] = ()) -> None:
        self.session.acts = [act for act in self.session.acts if act is not last]
        several = len({part.key for part in last.parts})
        more = (f" {len(failed)} of {several} could not be." if several > 1 else " But not all of it.") if failed else ""
        if passed_on:
            more += f" {', '.join(passed_on[:3])}{' and others' if len(passed_on) > 3 else ''} changed owner since; that stays."
        self.toast(sentence(f"Taken back: {within(last.label)}") + more, "warning" if more else "information")
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
