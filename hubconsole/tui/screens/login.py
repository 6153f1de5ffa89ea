"""Who is at the keyboard: the members with their functions; one key or Enter chooses."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from hubconsole.text import one_line
from hubconsole.tui.bindings import EVERYWHERE, bindings_for
from hubconsole.tui.screens.base import HubScreen
from hubconsole.tui.sheets import sheet

_HELLO = (
    "Everybody's enquiries on one board: who has what, since when, and which replies wait for approval.\n"
    "Three keys go a long way: a takes an enquiry, d drafts the reply, ? lists every key."
)


class LoginScreen(HubScreen):
    """A list of people."""

    DEFAULT_CSS = sheet("screens/login")
    BINDINGS = bindings_for(EVERYWHERE)

    def compose_body(self) -> ComposeResult:
        """A few words, the members, and what to do when one is missing."""
        with Vertical(id="login") as box:
            box.border_title = Content("Who is here?")
            yield Static(Content.styled(_HELLO, "$label"), classes="login-text")
            yield OptionList(id="login-list", markup=False, compact=True)
            yield Static(
                Content.styled("Somebody missing?  hubconsole members add NAME:FUNCTION adds a person.", "$text-dim"),
                classes="login-text",
            )

    def on_mount(self) -> None:
        """List the active members, the present one lit."""
        people = self.query_one(OptionList)
        active = [row for row in self.session.members if row.active]
        for row in active:
            functions = ", ".join(row.functions)
            people.add_option(Option(Content.assemble((f"  {one_line(row.name, 20):<22}", "$strong bold"), (functions, "$label"))))
        people.highlighted = next((index for index, row in enumerate(active) if row.name == self.session.member), 0) if active else None
        people.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """That is who it is."""
        event.stop()
        active = [row for row in self.session.members if row.active]
        self.console_app.become(active[event.option_index].name)

    def act_back(self) -> None:
        """Leave it as it was, where somebody was chosen already."""
        if self.session.member and len(self.app.screen_stack) > 1:
            self.app.pop_screen()
