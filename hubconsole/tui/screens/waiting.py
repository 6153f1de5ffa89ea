"""What waits for the hub, and what was put before the person again: look at one, or remove it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from hubconsole.clock import age
from hubconsole.errors import HubError
from hubconsole.text import one_line, visible_text
from hubconsole.times import clock_words
from hubconsole.tui.intents import LIFE, Intent
from hubconsole.tui.sheets import sheet
from hubconsole.tui.work import begin

if TYPE_CHECKING:
    from hubconsole.tui.app import ConsoleApp
    from hubconsole.tui.waiting import Waiting

GUARD = 0.3
"""Seconds after opening in which no key counts: the list may open by itself, under somebody's fingers."""


class WaitingScreen(ModalScreen[None]):
    """A small list; the line under it says all about the lit entry."""

    CSS = sheet("screens/waiting")
    BINDINGS = [("escape", "leave", "back"), ("f8", "leave", "back"), ("x,delete", "remove", "remove")]

    _armed = False
    _drawn: tuple[tuple[str, Content], ...] = ()
    """Ids and words of what is listed, as it stands on the screen."""

    def compose(self) -> ComposeResult:
        """The list, and what is to be said about the lit entry."""
        with Vertical(id="waiting", classes="-ascii" if self.console.glyphs.ascii_only else "") as box:
            box.border_title = Content("Waiting for the hub")
            box.border_subtitle = Content("Enter looks at it, x removes it, Esc leaves")
            yield OptionList(id="waiting-list", markup=False, compact=True)
            yield Static(id="waiting-more")

    def on_mount(self) -> None:
        """List what waits; keys count after a moment."""
        self.set_timer(GUARD, self._arm)
        self.set_interval(1.0, self.renew)
        self._list()
        self.query_one(OptionList).focus()

    def _arm(self) -> None:
        self._armed = True

    @property
    def console(self) -> ConsoleApp:
        """The application, typed."""
        return cast("ConsoleApp", self.app)

    @property
    def waiting(self) -> Waiting:
        """What waits."""
        found = self.console.session.waiting
        assert found is not None
        return found

    @property
    def items(self) -> tuple[Intent, ...]:
        """What is listed: first what is the person's to look at again."""
        return tuple(sorted(self.waiting.items, key=lambda one: (not one.moved, one.at)))

    @property
    def lit(self) -> Intent | None:
        """The entry under the cursor as it is drawn; None for one that waits no more."""
        at = self.query_one(OptionList).highlighted
        lit = self._drawn[at][0] if at is not None and at < len(self._drawn) else ""
        return next((one for one in self.waiting.items if one.id == lit), None)

    def renew(self) -> None:
        """What was carried out or has moved is shown as it is, and the time that is left runs."""
        if tuple((one.id, self._entry(one)) for one in self.items) != self._drawn:
            self._list()

    def _list(self) -> None:
        people = self.query_one(OptionList)
        at = people.highlighted or 0
        before = self._drawn[at][0] if at < len(self._drawn) else ""
        self._drawn = tuple((one.id, self._entry(one)) for one in self.items)
        ids = [one for one, _ in self._drawn]
        people.set_options([Option(words, id=one) for one, words in self._drawn])
        people.highlighted = (ids.index(before) if before in ids else min(at, len(ids) - 1)) if ids else None
        self._tell()

    def _entry(self, one: Intent) -> Content:
        glyphs, now = self.console.glyphs, self.console.session.clock()
        sign = (f"{glyphs.alarm} ", "$amber") if one.moved else (f"{glyphs.pending} ", "$value")
        state = "look again" if one.moved else "waits" if one.saves else f"waits, {age(LIFE - (now - one.at))} left"
        return Content.assemble(
            sign, (one_line(one.label, 56).ljust(57), "$strong"), (f"{clock_words(one.at, now):<8}", "$label"), (state, "$value")
        )

    def _tell(self) -> None:
        one = self.lit
        if one is None:
            said = "Nothing waits. Acts that are queued while the hub is away are listed here."
        elif one.moved:
            said = f"Not carried out. {one.moved} Enter shows it as it stands now; nothing is decided until you decide it there."
        elif one.saves:
            said = "The words are kept on this computer and saved when the hub is back, unless somebody else saves a version first."
        else:
            said = "Carried out when the hub is back, if nothing has moved since you looked; else it is put before you again."
        self.query_one("#waiting-more", Static).update(Content(visible_text(said)))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Say more about it."""
        event.stop()
        self._tell()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Show the enquiry as it stands; what was put again stays listed until it is on the screen."""
        event.stop()
        one = self.lit if self._armed else None
        if one is None:
            self._gone()
            return
        app = self.console
        self.dismiss()
        if one.moved:
            self.waiting.to_look_at = one
        if one.command.kind == "decide":
            app.call_later(self._to_decide, one)
        else:
            app.call_later(app.open_enquiry, one.key, "draft" if one.saves and one.moved else "")
            if one.moved:
                app.notify(one.moved, severity="warning")

    def _to_decide(self, one: Intent) -> None:
        """The pane in which the gate is decided; where there is none the enquiry's own screen."""
        from hubconsole.tui.screens.legal import gate_of

        app, gate = self.console, str(getattr(one.command, "gate", ""))
        pane = next((pane for pane in app.opening.panes if pane.layout == "review" and gate_of(pane) == gate), None)
        if pane is None:
            app.open_enquiry(one.key)
            return
        screen = app.go(pane.id)
        put_again = getattr(screen, "put_again", None)
        if put_again is not None:
            put_again(one.key, f"You had queued: {one.label}. {one.moved}" if one.moved else "")
        else:
            screen.show(one.key)

    def action_remove(self) -> None:
        """Forget the lit entry. Words stay in the recovery file, and the enquiry offers them."""
        one = self.lit if self._armed else None
        if one is None:
            self._gone()
        else:
            begin(self, partial(self._removed, one), "waiting-remove")

    def _gone(self) -> None:
        """The entry under the key waits no more: say so, and do nothing to the next one."""
        if self._armed and self._drawn:
            self.app.notify("That one does not wait any more: the hub has it.")
        self.renew()

    async def _removed(self, one: Intent) -> None:
        await self._remove(one.id)
        self._list()
        more = " Its words are still kept on this computer; d on the enquiry offers them." if one.saves else " It is not carried out."
        self.app.notify(f"Removed: {one.label}.{more}")

    async def _remove(self, intent_id: str) -> None:
        try:
            await self.waiting.drop(intent_id)
        except HubError as error:
            self.app.notify(str(error), severity="error")

    def action_leave(self) -> None:
        """Close it."""
        if self._armed:
            self.dismiss()
