"""``?`` lists the keys of the place one came from, ``^p`` every act by name; both search, and Enter runs the entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from hubconsole.text import one_line
from hubconsole.tui import palette
from hubconsole.tui.bindings import named, shown
from hubconsole.tui.sheets import sheet
from hubconsole.tui.widgets.early import Line, LineBox

if TYPE_CHECKING:
    from hubconsole.tui.app import ConsoleApp
    from hubconsole.tui.screens.base import HubScreen


class HelpScreen(LineBox):
    """A search line over a list of entries; entries that do not work now are dim and say why."""

    CSS = sheet("screens/help")
    BINDINGS = [("escape", "leave", "back")]

    def __init__(self, place: HubScreen, everything: bool = False) -> None:
        super().__init__()
        self.place = place
        self.everything = everything
        self._entries: list[palette.Entry] = []

    def compose(self) -> ComposeResult:
        """Search line and list in one frame."""
        with Vertical(id="help") as box:
            box.border_title = Content("Every act" if self.everything else "Keys of this place")
            box.border_subtitle = Content("type to search, Enter runs it, Esc leaves")
            yield Line(placeholder="search", id="help-search", compact=True)
            yield OptionList(id="help-list", markup=False, compact=True)
            yield Static(id="help-long")

    def on_mount(self) -> None:
        """All entries, with the first one lit."""
        app = cast("ConsoleApp", self.app)
        self._entries = palette.entries(self.place, app, self.everything)
        self.take_focus()
        self._list()

    def on_key(self, event: events.Key) -> None:
        """Arrows move in the list while the search line keeps the focus."""
        moves = {"down": "cursor_down", "up": "cursor_up", "pagedown": "page_down", "pageup": "page_up"}
        if event.key in moves:
            event.stop()
            getattr(self.query_one(OptionList), "action_" + moves[event.key])()
        else:
            super().on_key(event)

    def on_input_changed(self, _: Input.Changed) -> None:
        """Narrow the list."""
        self._list()

    def _list(self) -> None:
        options = self.query_one(OptionList)
        words = self.query_one(Input).value.lower().split()
        keymap = cast("ConsoleApp", self.app).keys
        found = [entry for entry in self._entries if all(word in entry.searched for word in words)]
        if self.everything:  # what is called that comes before what only speaks of it
            found.sort(key=lambda entry: not all(word in entry.verb.title.lower() for word in words))
        options.clear_options()
        room = max(16, min(104, self.app.size.width * 96 // 100) - 46)
        heading = ""
        for entry in found:
            verb, reason = entry.verb, entry.blocked
            if verb.area != heading and not self.everything:
                heading = verb.area
                options.add_option(Option(Content.styled(heading.upper(), "$text-dim"), disabled=True))
            keys = "  ".join(shown(name) for name in named(keymap.keys_of(verb.key_id))) if verb.key_id else ""
            parts: list[tuple[str, str]] = [
                (f" {keys:<12}", "$text-dim" if reason else "$key bold"),
                (f"{verb.title if self.everything else verb.label:<26} ", "$text-dim" if reason else "$strong"),
            ]
            parts.append((one_line(reason or verb.text + ".", room), "$text-dim" if reason else "$label"))
            options.add_option(Option(Content.assemble(*parts), id=entry.id))
        if not found:
            options.add_option(Option(Content.styled(" Nothing is called that. Fewer letters find more.", "$text-dim"), disabled=True))
        options.highlighted = next((index for index, option in enumerate(options.options) if not option.disabled), None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Run what is lit."""
        event.stop()
        options = self.query_one(OptionList)
        if options.highlighted is not None:
            self._run(options.get_option_at_index(options.highlighted).id)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Say all about the lit entry; its line may be cut."""
        entry = next((entry for entry in self._entries if entry.id == event.option_id), None)
        said = f"{entry.blocked or entry.verb.text + '.'} {entry.verb.long}".strip() if entry else ""
        self.query_one("#help-long", Static).update(Content.styled(said, "$label"))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Run what was clicked."""
        event.stop()
        self._run(event.option_id)

    def _run(self, entry_id: str | None) -> None:
        entry = next((entry for entry in self._entries if entry.id == entry_id), None)
        if entry is not None:
            self.dismiss()
            self.app.call_later(self._do, entry)

    def _do(self, entry: palette.Entry) -> None:
        entry.run()
        cast("ConsoleApp", self.app).resume_keys()

    def action_leave(self) -> None:
        """Close it."""
        self.dismiss()
