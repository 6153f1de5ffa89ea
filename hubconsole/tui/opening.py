"""Where the console can go, how it gets there, and how it keeps in touch with its hub."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from textual.screen import Screen

from hubconsole.errors import HubError
from hubconsole.store.rows import BoardRow, Page
from hubconsole.tui.filters import combined
from hubconsole.tui.messages import Changed, Disconnected, Reconnected
from hubconsole.tui.seat import Seat
from hubconsole.tui.work import begin, gone

if TYPE_CHECKING:
    from textual.timer import Timer

    from hubconsole.domain.query import Query
    from hubconsole.hub.port import Viewer
    from hubconsole.tui.feed import Feed
    from hubconsole.tui.panes import Pane
    from hubconsole.tui.screens.base import HubScreen
    from hubconsole.tui.widgets.queue_rows import QueueRows


class Seed(NamedTuple):
    """Rows read before the first frame."""

    page: Page
    total: int


COUNTED = 0.25
"""Seconds between two readings of the counts while others are busy."""


TOLD = 2
"""Problems with the person's files that are told at start; the settings list all."""

COUNTED_STATES = ("new", "working", "in_review", "ready")
"""The states that the header counts."""


class Tab(NamedTuple):
    """One tab of the header."""

    id: str
    key: str
    title: str
    waiting: int


@dataclass
class Opening:
    """What the console opens with."""

    screen: str = "board"
    """Which screen comes first: ``board``, ``enquiry`` or a pane's id."""
    key: str = ""
    """The enquiry to open on."""
    panes: tuple[Pane, ...] = ()
    """The role panes."""
    seeds: dict[Query, Seed] = field(default_factory=dict)
    """Rows that were read beforehand, by query."""
    problems: tuple[str, ...] = ()
    """What was wrong with settings, keys, themes and panes: told once, at start."""
    live: bool = True
    """Whether to listen to the hub; a picture does not."""
    themes_dir: Path | None = None
    """The person's own themes."""


class Navigation(Seat):
    """The half of the application that knows its way."""

    viewers: tuple[Viewer, ...] = ()
    """Who else has what open."""
    _feed: Feed | None = None
    _looking: bool = False
    _counting: Timer | None = None
    _counted: float = 0.0
    _members_moved: bool = False
    _list_totals: Mapping[Query, int] = {}

    # --- tabs and screens -----------------------------------------------------------------------

    def tabs(self) -> list[Tab]:
        """Board, legal, enquiry, then the other panes by key."""
        session = self.session
        found = [Tab("board", "1", "Board", 0), Tab("enquiry", "3", "Enquiry", 0)]
        for pane in self.opening.panes:
            count = session.totals.get(pane.filter, 0) if pane.layout == "review" else 0
            found.append(Tab(pane.id, pane.key or " ", pane.title, count))
        return sorted(found, key=lambda tab: tab.key if tab.key != " " else "~")

    def make_screen(self, name: str) -> HubScreen:
        """A screen by name; imported only now."""
        if name == "enquiry":
            from hubconsole.tui.screens.enquiry import EnquiryScreen

            return EnquiryScreen()
        pane = next((pane for pane in self.opening.panes if pane.id == name), None)
        if pane is not None and pane.layout == "review":
            from hubconsole.tui.screens.legal import LegalScreen

            return LegalScreen(pane)
        from hubconsole.tui.screens.board import BoardScreen

        return BoardScreen(pane)

    def first_screen(self) -> Screen[Any]:
        """The screen to start with, kept under its name."""
        name = self.opening.screen
        if not self.session.member and self.opening.live:
            from hubconsole.tui.screens.login import LoginScreen

            return LoginScreen()
        screen = self.make_screen(name)
        self.install_screen(screen, name)
        if self.opening.key:
            screen.show(self.opening.key)
            self.session.last_opened = self.opening.key
        return screen

    def go(self, name: str) -> HubScreen:
        """Bring a screen to the front; it is made on the first visit and keeps its place afterwards."""
        known = self.is_screen_installed(name)
        if not known:
            self.install_screen(self.make_screen(name), name)
        wanted = self.get_screen(name)
        if self.screen is not wanted:
            while len(self.screen_stack) > 1:
                self.pop_screen()
            if self.screen is not wanted:
                self.push_screen(name)
            if known:
                cast("HubScreen", wanted).entered()
        return cast("HubScreen", wanted)

    def open_enquiry(self, key: str, then: str = "") -> None:
        """Show an enquiry on its own screen; ``then`` is the id of a key to press there (``draft``, ``send``)."""
        self.session.last_opened = key
        if then == "draft":
            self.hold_keys()
        screen = self.go("enquiry")
        screen.show(key)
        if then:
            screen.call_after_refresh(screen.do, then)

    def go_tab(self, digit: str) -> None:
        """Go to the tab with this digit."""
        tab = next((tab for tab in self.tabs() if tab.key == digit), None)
        if tab is None:
            self.notify(f"There is no tab {digit}.", severity="warning")
        elif tab.id == "enquiry":
            self.act_go_enquiry()
        else:
            self.go(tab.id)

    def act_go_board(self) -> None:
        """The board."""
        self.go("board")

    def act_go_legal(self) -> None:
        """Whatever stands on tab 2; the legal pane unless the person's panes say otherwise."""
        self.go_tab("2")

    def act_go_enquiry(self) -> None:
        """The enquiry last opened, else the one under the cursor."""
        key = self.session.last_opened
        if not key:
            rows: list[BoardRow] = getattr(self.screen, "targets", list)()
            key = rows[0].key if rows else ""
        if key:
            self.open_enquiry(key)
        else:
            self.notify("Open an enquiry first: Enter on its row.", severity="warning")

    def act_quit(self) -> None:
        """Leave."""
        self.exit()

    def act_help(self) -> None:
        """All keys of this place."""
        from hubconsole.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen(cast("HubScreen", self.screen)))

    def act_palette(self) -> None:
        """Every act by name."""
        from hubconsole.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen(cast("HubScreen", self.screen), everything=True))

    def act_command(self) -> None:
        """The command line."""
        self.open_command(":", "")

    def open_command(self, sign: str, text: str) -> None:
        """A line at the bottom: ``:`` takes a command, ``/`` a filter."""
        from hubconsole.tui.screens.command import CommandScreen

        self.hold_keys()
        self.push_screen(CommandScreen(cast("HubScreen", self.screen), sign, text))

    def act_settings(self) -> None:
        """Theme, signs, keys."""
        from hubconsole.tui.screens.settings import SettingsScreen

        self.push_screen(SettingsScreen())

    def tell_problems(self) -> None:
        """What was wrong with the person's files, in one message."""
        problems = (*self.opening.problems, *self.keys.problems)
        if problems:
            more = f"\n{len(problems) - TOLD} more; {self.keys.sign('settings')} lists all." if len(problems) > TOLD else ""
            self.notify("\n".join(problems[:TOLD]) + more, title="Settings", severity="warning", timeout=12)

    def retouch(self) -> None:
        """Paint what is painted by hand again. A screen that is not built yet, or is being taken down, paints itself or never."""
        for screen in [screen for screen in self.screen_stack if not gone(screen)]:
            for name in ("retouch", "refresh_frame"):
                paint = getattr(screen, name, None)
                if paint is not None:
                    paint()

    # --- the hub --------------------------------------------------------------------------------

    def start_feed(self) -> None:
        """Listen to the hub, and load what the first command will need, both off the screen's thread."""
        from hubconsole.tui.feed import Feed

        self._feed = Feed(self.session.hub, self.session.info.seq, self.post_message, self.session.clock)
        self._feed.start()
        begin(self, self.session.warm, "warm")
        self.watch_line()
        self.refresh_counts()

    def stop_feed(self) -> None:
        """Stop listening."""
        if self._feed is not None:
            self._feed.stop()
            self._feed = None

    def on_changed(self, message: Changed) -> None:
        """Hand a change to every screen that is alive, and read the counts anew."""
        for screen in self._live_screens():
            handler = getattr(screen, "on_changed", None)
            if handler is not None:
                screen.follow(handler(message))
        self._count_soon(message.hub_changed)

    def _count_soon(self, members: bool) -> None:
        """Read the counts now, or when :data:`COUNTED` has gone by since the last time: header and footer are painted with them."""
        self._members_moved |= members
        left = self._counted + COUNTED - time.monotonic()
        if left <= 0:
            self._count()
        elif self._counting is None:
            self._counting = self.set_timer(left, self._count)

    def _count(self) -> None:
        if self._counting is not None:
            self._counting.stop()
        members, self._members_moved, self._counting, self._counted = self._members_moved, False, None, time.monotonic()
        self.refresh_counts(members)

    def _live_screens(self) -> list[HubScreen]:
        from hubconsole.tui.screens.base import HubScreen

        found = [*self._installed_screens.values(), *self.screen_stack]
        return list(dict.fromkeys(screen for screen in found if isinstance(screen, HubScreen) and screen.is_running and not gone(screen)))

    def on_disconnected(self, message: Disconnected) -> None:
        """Say so in the header until it is over. A hub far away knows better how its line is."""
        if self.session.far is not None:
            return self.look_at_line()
        self.session.connected, self.session.reason = False, message.reason
        if self._feed is not None:
            self._feed.mark_lost()
        self.retouch()

    def on_reconnected(self, message: Reconnected) -> None:
        """Back again: nothing was missed, because changes are asked for by their place."""
        if self.session.far is not None:
            return self.look_at_line()
        self.session.connected, self.session.reason = True, ""
        self.notify("The hub answers again.")
        self.retouch()
        self.read_again()

    def refresh_counts(self, members: bool = False) -> None:
        """Read the kept counts, and the longest wait, for the header."""
        begin(self, partial(self._read_counts, members), "counts", exclusive=True)

    async def _read_counts(self, members: bool) -> None:
        session = self.session
        try:
            await session.call(self._count_all)
            if members:
                session.info, session.members = await session.call(lambda: (session.hub.info(), session.hub.members()))
        except HubError as error:
            self.post_message(Disconnected(str(error), session.now()))
            return
        for queue in self._lists():
            queue.counted(self._list_totals.get(queue.piece.query))
        for screen in self._live_screens():
            screen.refresh_frame()

    def _count_all(self) -> None:
        """Count as the lists do, snoozed enquiries left out. Runs in a thread; one's own filter is counted at its refresh only."""
        session = self.session
        session.counts = session.hub.counts()
        session.oldest_wait = session.hub.oldest_wait()
        texts = [f"state:{state}" for state in COUNTED_STATES]
        texts += [pane.filter for pane in self.opening.panes if pane.layout == "review"]
        found = {text: session.hub.total(combined(text, "", session.member)) for text in texts}
        lists = {queue.piece.query: 0 for queue in self._lists() if not queue.piece.chips}
        self._list_totals = {query: session.hub.total(query) for query in lists}
        session.totals = found

    @property
    def in_front(self) -> Screen[Any] | None:
        """The screen that is looked at; a question asked before it leaves it so."""
        return next((screen for screen in reversed(self.screen_stack) if not screen.is_modal), None)

    def _lists(self) -> list[QueueRows]:
        """The lists of the screen in front."""
        from hubconsole.tui.widgets.queue_rows import QueueRows

        return list(self.in_front.query(QueueRows)) if self.in_front is not None else []

    def look_around(self) -> None:
        """Who else is here; asked at most once at a time."""
        if not self._looking:
            self._looking = True
            begin(self, self._look, "look")

    async def _look(self) -> None:
        try:
            viewers = await self.session.call(self.session.hub.viewers)
        except HubError:
            return
        finally:
            self._looking = False
        if [(v.member, v.enquiry_id, v.doing) for v in viewers] != [(v.member, v.enquiry_id, v.doing) for v in self.viewers]:
            self.viewers = viewers
            for screen in self._live_screens():
                screen.refresh_frame()


def _bind_tabs() -> None:
    """Give the application ``act_go_4`` to ``act_go_9``."""

    def made(digit: str) -> Callable[[Navigation], None]:
        def go(self: Navigation) -> None:
            self.go_tab(digit)

        go.__doc__ = f"Tab {digit}."
        return go

    for digit in "456789":
        setattr(Navigation, f"act_go_{digit}", made(digit))


_bind_tabs()
