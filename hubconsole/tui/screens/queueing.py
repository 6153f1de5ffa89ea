"""Putting an act aside until the hub is back: mixed into every screen from which one can be queued."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from hubconsole.errors import HubError
from hubconsole.tui.screens.base import HubScreen
from hubconsole.tui.wording import sentence, within

if TYPE_CHECKING:
    from hubconsole.domain.commands import Command


class Asked(NamedTuple):
    """One act that a person asks for."""

    command: Command
    key: str
    """Key of the enquiry."""
    label: str
    """What is to be done, in words: ``take E-12``."""
    seen: int | None
    """The enquiry's version that was on the screen."""
    command_id: str = ""
    """Id of an attempt whose answer never came: under it the act is carried out once at most."""


class Queueing(HubScreen):
    """See the module's text."""

    def offer_queue(self, asked: Sequence[Asked], *, lost: str = "") -> None:
        """Ask whether acts are to wait for the hub. ``lost`` says what became of an attempt, where there was one."""
        from hubconsole.tui.waiting import AGAIN, ELSE, FOLLOWS

        title = asked[0].label if len(asked) == 1 else f"{asked[0].label} and {len(asked) - 1} more"
        said = (lost, AGAIN, ELSE) if lost else (FOLLOWS, ELSE)
        body = [Content.styled(words, "$amber" if words == lost else "$value") for words in said]
        if len(asked) > 1:
            body = [*(Content(sentence(one.label)) for one in asked), Content(""), *body]

        async def queue(_: object) -> None:
            await self.put_aside(asked)

        self.confirm(f"Queue: {within(title)}", body, queue, label="queue it")

    async def seen_again(self, enquiry_id: str) -> None:
        """An enquiry is on the screen: what was put before the person again about it has been looked at."""
        waiting = self.session.waiting
        one = waiting.to_look_at if waiting is not None and self.in_front else None
        if waiting is None or one is None or one.enquiry_id != enquiry_id:
            return
        waiting.to_look_at = None
        try:
            await waiting.drop(one.id)
        except HubError as error:
            self.report(error)
        self.refresh_frame()

    def on_its_way(self, enquiry_id: str) -> str:
        """What this person has decided already about a reply and the hub has not answered, as a sentence; mostly empty."""
        session = self.session
        mark = session.doing.unanswered(enquiry_id)
        if mark is not None and mark.short == "pending":
            return f"{sentence(mark.long).rstrip('.')}: wait for the hub's answer."
        queued = session.waiting.about(enquiry_id, "decide") if session.waiting is not None else None
        if queued is None or queued.moved:
            return ""
        return f"Queued: {within(queued.label)}. {self.console_app.keys.sign('waiting')} lists it and removes it."

    async def put_aside(self, asked: Sequence[Asked]) -> bool:
        """Keep acts until the hub is back, and say so; False, with the reason told, when they cannot be kept."""
        waiting = self.session.waiting
        if waiting is None:
            return False
        try:
            for one in asked:
                await waiting.queue(one.command, one.key, one.label, one.seen, one.command_id)
        except HubError as error:
            self.report(error)
            return False
        more = "" if len(asked) == 1 else f" and {len(asked) - 1} more"
        sign = self.console_app.keys.sign("waiting")
        said = "Queued to be asked again" if any(one.command_id for one in asked) else "Queued, not done"
        self.toast(f"{said}: {within(asked[0].label)}{more}. It is put before you again if anything moves; {sign} lists it.")
        self.refresh_frame()
        if not self.session.away:
            self.console_app.load_waiting()
        return True
