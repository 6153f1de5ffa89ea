"""The application: theme, keys, session and feed put together. What screens do is in the screens."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import events
from textual.driver import Driver
from textual.filter import LineFilter
from textual.geometry import Size
from textual.notifications import Notify
from textual.theme import Theme

from hubconsole.clock import MINUTE
from hubconsole.errors import HubError
from hubconsole.hub.port import ONLY
from hubconsole.text import visible_text
from hubconsole.tui.colours import Palette, styles
from hubconsole.tui.glyphs import Glyphs
from hubconsole.tui.keymap import Keymap
from hubconsole.tui.leaving import leave_on_signals
from hubconsole.tui.line_filter import ForeignControls
from hubconsole.tui.opening import Navigation, Opening, Seed, Tab
from hubconsole.tui.pasting import guard
from hubconsole.tui.screens.base import HubScreen
from hubconsole.tui.screens.states import SMALLEST, TooSmall
from hubconsole.tui.session import Session
from hubconsole.tui.sheets import sheet
from hubconsole.tui.theming import variable_defaults

if TYPE_CHECKING:
    from hubconsole.domain.query import Query


HEARTBEAT = 15
"""Seconds between two signs to the others that this console still has its enquiry open."""


IDLE, LONG_IDLE = 30_000, 300_000
"""Milliseconds without a key after which lists bring in what is new; after the longer time also the one whose selected row has left."""

TOASTS = 2
"""Toasts that stand at once; the same words stand once, and the oldest of the least severe goes for a newer one."""

SEVERITIES = ("information", "warning", "error")
"""From what may go first to what stays longest."""


class ConsoleApp(Navigation):
    """One console on one hub."""

    TITLE = "hubconsole"
    CSS = sheet("app", "screens/board")
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS: ClassVar[str | None] = None
    DEFAULT_MODE = "console"

    def __init__(self, session: Session, opening: Opening, theme: Theme, *, keys: Keymap, glyphs: Glyphs) -> None:
        self.session = session
        self.opening = opening
        self.glyphs = glyphs
        self.keys = keys
        self.themes_dir: Path | None = opening.themes_dir
        self._chosen = theme
        self._ticks = 0
        self._touched = session.now()
        self._backstop = ForeignControls()
        self.palette: Palette = styles(theme)
        self._minute = session.now() // MINUTE
        super().__init__()
        self.animation_level = "none"
        self.add_mode(self.DEFAULT_MODE, self.first_screen)
        self._begin_in(theme)
        if keys.own:
            self.set_keymap(keys.bound)

    def _begin_in(self, theme: Theme) -> None:
        """Have the theme from the start: setting it the usual way would parse and apply every style twice before the first frame."""
        self.register_theme(theme)
        self.set_reactive(ConsoleApp.theme, theme.name)
        for name, holds in (("-dark-mode", theme.dark), ("-light-mode", not theme.dark), (f"-theme-{theme.name}", True)):
            self.set_class(holds, name, update=False)
        self.stylesheet.set_variables(self.get_css_variables())

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our variables exist under every theme, Textual's own included."""
        return variable_defaults(self.get_theme(self.theme) or self._chosen)

    def get_driver_class(self) -> type[Driver]:
        """The platform's driver, which takes nothing that is pasted for a key."""
        driver = super().get_driver_class()
        guard(driver)
        return driver

    def get_line_filters(self) -> list[LineFilter]:
        """The backstop against control characters, before all others."""
        return [self._backstop, *super().get_line_filters()]

    def on_mount(self) -> None:
        """Begin what runs beside the screens, once the first frame stands."""
        self.theme_changed_signal.subscribe(self, self._theme_changed)
        self.session.doing.moved = self.mark_moved
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.tell_problems()
        self.check_size()
        self.refresh_counts()
        if self.opening.live:
            leave_on_signals(self)
            self.start_feed()
            self.set_interval(1.0, self.tick)

    def tick(self) -> None:
        """Once a second: a new minute repaints clocks; others' presence is asked for."""
        if not self.is_running:
            return
        minute = self.session.now() // MINUTE
        if minute != self._minute:
            self._minute = minute
            self.retouch()
            self.refresh_counts()
        self._ticks += 1
        if self._ticks % HEARTBEAT == 0:
            still_here = getattr(self.screen, "still_here", None)
            if still_here is not None:
                still_here()
        self.look_around()
        idle = self.session.now() - self._touched
        if idle >= IDLE and isinstance(self.screen, HubScreen):
            self.screen.freshen(whole=idle >= LONG_IDLE)

    async def on_event(self, event: events.Event) -> None:
        """As in every application, but for keys that wait for a place to type; the time of the last key or click is kept."""
        if isinstance(event, events.Key | events.MouseDown | events.MouseScrollDown | events.MouseScrollUp):
            self._touched = self.session.now()
        if not self.waits(event):
            await super().on_event(event)

    def _theme_changed(self, theme: Theme) -> None:
        self.palette = styles(theme)
        self.retouch()

    def use_glyphs(self, ascii_only: bool) -> None:
        """Switch between the usual signs and ASCII."""
        self.glyphs = Glyphs(ascii_only)
        self.retouch()

    def tabs(self) -> list[Tab]:
        """All of them; at a wall those that are not made of names and words."""
        found = super().tabs()
        if self.session.only != "wall":
            return found
        shut = {"enquiry", *(pane.id for pane in self.opening.panes if pane.layout == "review")}
        return [tab for tab in found if tab.id not in shut]

    def go(self, name: str) -> HubScreen:
        """As everywhere; at a wall the board stays in front of what has no tab there."""
        if self.session.only == "wall" and name not in {tab.id for tab in self.tabs()}:
            self.notify(ONLY["wall"], severity="warning")
            name = "board"
        return super().go(name)

    def take_seed(self, query: Query) -> Seed | None:
        """What ``launch`` has read for this query, once."""
        return self.opening.seeds.pop(query, None)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: Literal["information", "warning", "error"] = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """A toast, at most :data:`TOASTS` at once. Whatever it says is shown inert and never read as markup."""
        super().notify(visible_text(message)[:400], title=visible_text(title), severity=severity, timeout=timeout, markup=False)

    def on_notify(self, event: Notify) -> None:
        """Make room for a toast: one that says the same goes, then the oldest, errors last."""
        new, standing = event.notification, list(self._notifications)
        same = [note for note in standing if (note.message, note.title) == (new.message, new.title)]
        others = sorted((note for note in standing if note not in same), key=lambda note: SEVERITIES.index(note.severity))
        for older in [*same, *others[: max(0, len(others) - TOASTS + 1)]]:
            self._unnotify(older, refresh=False)

    def on_resize(self, event: events.Resize) -> None:
        """Say so when the terminal is too small, and go on when it is not any more.

        Of two changes in quick succession the driver may tell the older one last, for the second signal interrupts the handler of
        the first: what is told is compared with what is.
        """
        if self.is_running:
            self.call_later(self.check_size)
        if not (self.is_headless or self.is_web) and (size := Size(*get_terminal_size())) != event.size:
            self.post_message(events.Resize(size, size))

    def check_size(self) -> None:
        """Put the plain message in front, or take it away."""
        small = self.size.width < SMALLEST[0] or self.size.height < SMALLEST[1]
        shown = isinstance(self.screen, TooSmall)
        if small and not shown:
            self.push_screen(TooSmall())
        elif not small and shown:
            self.pop_screen()

    def on_unmount(self) -> None:
        """Stop listening before the hub is closed, and tell the others that nothing is open here any more."""
        self.stop_feed()
        if self.opening.live and self.session.member:
            with suppress(HubError):
                self.session.hub.look(self.session.member, self.session.id, "")
