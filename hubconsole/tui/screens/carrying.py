"""Doing one thing to the enquiries that are meant: one at once, several after a confirmation, with an answer for each.

Mixed into a :class:`HubScreen` that says which enquiries are meant (``targets``). What cannot be done because a hub far away
does not answer is offered to be queued.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from hubconsole.errors import Conflict, HubError, Unreachable
from hubconsole.ids import new_id
from hubconsole.store.rows import BoardRow
from hubconsole.text import one_line
from hubconsole.tui.act_words import NEEDS_ONE, STATES, differences, imperative, listed
from hubconsole.tui.messages import ActDone
from hubconsole.tui.screens.queueing import Asked, Queueing
from hubconsole.tui.session import Act
from hubconsole.tui.wording import enquiries, sentence

if TYPE_CHECKING:
    from hubconsole.domain.commands import Command

Make = Callable[[BoardRow], "Command"]
Unmake = Callable[[BoardRow], "Command | tuple[Command, ...] | None"]
"""What takes it back; of several commands each is carried out, in this order."""


def nothing(_: BoardRow) -> None:
    """The inverse of what cannot be taken back."""


def act_of(phrase: str, row: BoardRow, command: Command, unmake: Unmake, final: str) -> Act:
    """What was done to one enquiry; where several commands take it back, it has a part for each of them."""
    label, back = phrase.format(row.key), unmake(row)
    if not isinstance(back, tuple):
        return Act(label, row.key, command, back, phrase, final)
    return Act(label, row.key, command, None, phrase, final, tuple(Act(label, row.key, command, one, phrase, final) for one in back))


class Carrying(Queueing):
    """See the module's text."""

    acted: tuple[str, ...] = ()
    """Ids of the enquiries that the last act on several was about."""

    def meant(self) -> list[BoardRow]:
        """The enquiry that was named on the command line, else the targets."""
        return [self.named_row] if self.named_row is not None else self.targets()

    def named(self) -> str:
        """The enquiry that is meant, or how many are."""
        rows = self.meant()
        return rows[0].key if len(rows) == 1 else enquiries(len(rows))

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
        if rows and self.session.away:
            self.offer_queue([self._asked(phrase, row, make(row)) for row in rows])
        elif len(rows) > 1:
            self._confirm_many(phrase, rows, make, unmake, final)
        elif rows:
            await self._one(phrase, rows[0], make(rows[0]), unmake, final)

    def _asked(self, phrase: str, row: BoardRow, command: Command, command_id: str = "") -> Asked:
        label = imperative(phrase).format(row.key).rstrip(".")
        return Asked(command, row.key, label, self.seen_row(row).version, command_id)

    async def _one(self, phrase: str, row: BoardRow, command: Command, unmake: Unmake, final: str) -> None:
        label, command_id = phrase.format(row.key), new_id()
        act = act_of(phrase, row, command, unmake, final)
        try:
            receipt = await self.session.execute(command, self.seen_row(row).version, command_id)
        except Unreachable as gone:
            if self.session.far is None:
                raise
            self.offer_queue([self._asked(phrase, row, command, command_id)], lost=gone.message)
            return
        except Conflict as conflict:
            if conflict.code != "changed":
                raise
            await self.was_changed(row, conflict)
            return
        self.session.remember(act)
        self.toast(sentence(label) + (" z takes it back." if act.inverses else ""))
        self.post_message(ActDone(receipt.enquiry_id, label))

    async def was_changed(self, row: BoardRow, conflict: Conflict) -> None:
        """Another changed it while it was on the screen: say what is different now; a second press acts on that."""
        from hubconsole.domain.meanwhile import WROTE_AGAIN
        from hubconsole.tui.moved import what_moved

        said = (await what_moved(self.session, conflict, row.id)).rstrip(".")
        now = await self.session.call(self.session.hub.rows, [row.id])
        then = self.seen_row(row)
        if now and WROTE_AGAIN in said:
            then = then._replace(words=now[0].words)  # it has been told already, and better
        told = differences(then, now[0]) if now else ""
        self.toast(f"{said}{told}. Nothing was done; press again to do it anyway.", "warning")
        self.accept_version(now[0] if now else row)

    def accept_version(self, row: BoardRow) -> None:
        """From now on ``row`` is what the person has seen."""

    def _confirm_many(self, phrase: str, rows: list[BoardRow], make: Make, unmake: Unmake, final: str) -> None:
        async def go(_: object) -> None:
            commands = [make(row) for row in rows]
            answers = list(zip(rows, commands, await self.session.execute_all(commands), strict=True))
            wrong = [(row, answer) for row, _, answer in answers if isinstance(answer, HubError)]
            done = [act_of(phrase, row, command, unmake, final) for row, command, answer in answers if not isinstance(answer, HubError)]
            label = phrase.format(enquiries(len(done)))
            if done:
                backed = all(act.inverses for act in done)
                parts = tuple(part for act in done for part in act.parts or (act,))
                self.session.remember(Act(label, "", done[0].command, None, phrase, final, parts))
                more = f" {len(wrong)} could not be." if wrong else ""
                self.toast(sentence(label) + more + (" z takes all back." if backed else ""), "warning" if wrong else "information")
                self.acted = tuple(row.id for row in rows)
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
