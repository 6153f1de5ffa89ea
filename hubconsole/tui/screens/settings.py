"""Theme with a live preview, signs, keys and mouse; what is chosen is kept in the person's settings file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from hubconsole.errors import HubError
from hubconsole.text import visible_text
from hubconsole.tui.command_line import use_theme
from hubconsole.tui.sheets import sheet
from hubconsole.tui.theming import load_all
from hubconsole.tui.work import begin

if TYPE_CHECKING:
    from hubconsole.tui.app import ConsoleApp


class SettingsScreen(ModalScreen[None]):
    """Moving through the list shows each theme at once; Enter keeps it, Escape brings the old one back."""

    CSS = sheet("screens/settings")
    BINDINGS = [("escape", "leave", "back"), ("comma,f10", "leave", "back")]

    def __init__(self) -> None:
        super().__init__()
        self._before = ""

    def compose(self) -> ComposeResult:
        """The list and a sample of every sign and colour."""
        with Vertical(id="settings") as box:
            box.border_title = Content("Settings")
            box.border_subtitle = Content("Enter keeps it, Esc leaves it as it was")
            with Horizontal():
                yield OptionList(id="settings-list", markup=False, compact=True)
                yield Static(id="settings-sample")

    def on_mount(self) -> None:
        """List what can be set, the theme in force lit."""
        self._before = self.app.theme
        console = self.console
        loaded = load_all(console.themes_dir)
        for theme in loaded.themes:
            console.register_theme(theme)
        options = self.query_one(OptionList)
        names = [theme.name for theme in loaded.themes]
        options.add_option(Option(Content.styled("THEME", "$text-dim"), disabled=True))
        for name in names:
            options.add_option(Option(Content.styled("  " + name, "$value"), id=f"theme:{name}"))
        options.add_option(Option(Content.styled("SIGNS", "$text-dim"), disabled=True))
        for name in ("unicode", "ascii"):
            options.add_option(Option(Content.styled("  " + name, "$value"), id=f"glyphs:{name}"))
        options.add_option(Option(Content.styled("MOUSE", "$text-dim"), disabled=True))
        for name in ("on", "off"):
            options.add_option(Option(Content.styled(f"  {name} (from the next start)", "$value"), id=f"mouse:{name}"))
        options.add_option(Option(Content.styled("KEYS", "$text-dim"), disabled=True))
        options.add_option(
            Option(
                Content.styled(f"  profile {console.keys.profile}, set in your keys file", "$label"),
                disabled=True,
            )
        )
        self._problems(options, console.keys.problems)
        if console.opening.problems:
            options.add_option(Option(Content.styled("OTHER FILES", "$text-dim"), disabled=True))
            self._problems(options, console.opening.problems)
        options.highlighted = 1 + names.index(self._before) if self._before in names else 1
        options.focus()
        self._sample()

    def _problems(self, options: OptionList, problems: Sequence[str]) -> None:
        """What is wrong with a file, whole; the cursor can go there, so that a long list scrolls."""
        for problem in problems:
            options.add_option(Option(Content.assemble((f"  {self.console.glyphs.alarm} ", "$amber"), (visible_text(problem), "$value"))))

    @property
    def console(self) -> ConsoleApp:
        """The application, typed."""
        return cast("ConsoleApp", self.app)

    def _sample(self) -> None:
        glyphs = self.console.glyphs
        parts = [
            ("\n E-1042", "$strong bold"),
            ("   0:51", "$label"),
            ("   agent2\n", "$value"),
            (f" {glyphs.alarm} 0:06", "$amber"),
            ("  soon due\n", "$label"),
            (f" {glyphs.alarm} +0:12", "$red bold"),
            ("  over its target\n", "$label"),
            (f" {glyphs.review('approve')} legal", "$green"),
            ("  approved\n", "$label"),
            (f" {glyphs.review('requested')} legal", "$accent"),
            ("  in review\n\n", "$label"),
            (" words taken out ", "$removed strike"),
            (" words put in \n\n", "$added underline"),
            (" a", "$key bold"),
            (" take it\n", "$label"),
        ]
        signs = "  ".join(f"{glyphs.state(state)} {state.replace('_', ' ')}" for state in ("new", "working", "in_review", "ready"))
        self.query_one("#settings-sample", Static).update(Content.assemble(*parts, (f"\n {signs}", "$label")))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show a theme at once."""
        kind, _, name = (event.option_id or "").partition(":")
        if kind == "theme" and name != self.app.theme:
            use_theme(self.console, name)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Keep it."""
        event.stop()
        if event.option_id is None:
            return
        kind, _, name = event.option_id.partition(":")
        if kind == "theme":
            self._before = name
        elif kind == "glyphs":
            self.console.use_glyphs(name == "ascii")
            self._sample()
        begin(self, partial(self._keep, kind, name), "settings")

    async def _keep(self, kind: str, name: str) -> None:
        import asyncio

        try:
            await asyncio.to_thread(_save, kind, name)
        except HubError as error:
            self.app.notify(str(error), severity="error")
            return
        self.app.notify(f"Kept: {kind} {name}.")

    def action_leave(self) -> None:
        """Bring the theme back that was kept last."""
        if self.app.theme != self._before:
            self.app.theme = self._before
        self.dismiss()


def _save(kind: str, name: str) -> None:
    from hubconsole import config, config_edit

    place = config.config_path()
    config.private_folder(place.parent)
    config_edit.write(place, kind, name == "on" if kind == "mouse" else name)
