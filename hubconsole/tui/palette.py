"""What the help and the palette list: the acts of :mod:`.verbs`, the panes and the themes, as "area: Verb" entries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from hubconsole.tui import command_line
from hubconsole.tui.bindings import EVERYWHERE, KEYS, LIST, keys_in
from hubconsole.tui.verbs import ACTS, BY_NAME, Verb, of_key

if TYPE_CHECKING:
    from hubconsole.tui.app import ConsoleApp
    from hubconsole.tui.bindings import Key
    from hubconsole.tui.screens.base import HubScreen


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list."""

    id: str
    """Unique in the list."""
    verb: Verb
    """What it is called, and what is said about it."""
    blocked: str
    """Why it does not work now; empty when it does."""
    run: Callable[[], object]
    """Does it."""

    @property
    def searched(self) -> str:
        """What the search looks at."""
        verb = self.verb
        return f"{verb.title} {verb.text} {verb.long} {verb.name} {verb.key_id}".lower()


def entries(screen: HubScreen, app: ConsoleApp, everything: bool) -> list[Entry]:
    """The keys that ``screen`` answers, in the table's order; with ``everything`` what is done to an enquiry elsewhere, panes, themes."""
    keys = [key for key in keys_in(EVERYWHERE, screen.WHERE, LIST) if screen.answers(key.id) and not _tab_without_pane(app, key)]
    verbs = [_tab_named(app, of_key(key)) for key in keys]
    if everything:
        shown = {verb.key_id for verb in verbs}
        verbs += [verb for verb in ACTS if verb.key_id and verb.key_id not in shown and command_line.reaches(screen, verb)]
    areas = list(dict.fromkeys(key.group.lower() for key in KEYS))
    verbs.sort(key=lambda verb: areas.index(verb.area))
    found = [Entry(verb.key_id, verb, screen.blocked(verb.key_id), _doing(app, screen, verb)) for verb in verbs]
    shift = Entry("shift", BY_NAME["shift"], "", partial(app.open_command, ":", "shift "))
    return [*found, *_named(app, screen, "go"), *_named(app, screen, "theme"), shift] if everything else found


def _doing(app: ConsoleApp, screen: HubScreen, verb: Verb, words: str = "") -> Callable[[], object]:
    def run() -> None:
        if screen.answers(verb.key_id):
            screen.do(verb.key_id)
            return
        said = command_line.perform(app, screen, verb, words)
        if said:
            screen.toast(said, "warning")

    return run


def _tab_without_pane(app: ConsoleApp, key: Key) -> bool:
    return key.id[:3] == "go_" and key.id[3:].isdigit() and all(tab.key != key.id[3:] for tab in app.tabs())


def _tab_named(app: ConsoleApp, verb: Verb) -> Verb:
    """A key that goes to a tab is called what the tab is."""
    digit = {"go_board": "1", "go_legal": "2", "go_enquiry": "3"}.get(verb.key_id, verb.key_id.removeprefix("go_"))
    title = next((tab.title for tab in app.tabs() if tab.key == digit), "")
    return replace(verb, label=title) if title and verb.area == "go" else verb


def _named(app: ConsoleApp, screen: HubScreen, name: str) -> list[Entry]:
    """One entry for each word that a command takes; panes that stand on a digit have theirs already."""
    keyed = {tab.id: bool(tab.key.strip()) for tab in app.tabs()}
    titles = {pane.id: pane.title for pane in app.opening.panes}
    found = []
    for word in command_line.values(app, name):
        if name != "go" or not keyed.get(word, True):
            verb = replace(BY_NAME[name], label=titles.get(word, word))
            found.append(Entry(f"{name}-{word}", verb, "", _doing(app, screen, verb, word)))
    return found
