"""What the help and the palette list: the key table, the panes and the themes, as "area: Verb" entries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hubconsole.tui.bindings import EVERYWHERE, KEYS, Key, keys_in

if TYPE_CHECKING:
    from hubconsole.tui.app import ConsoleApp
    from hubconsole.tui.screens.base import HubScreen


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list."""

    id: str
    """Unique in the list."""
    area: str
    """The heading it stands under."""
    title: str
    """What it is called."""
    text: str
    """One line about it."""
    long: str
    """More about it; mostly empty."""
    key_id: str
    """The key table's id; empty for what has no key."""
    blocked: str
    """Why it does not work now; empty when it does."""
    run: Callable[[], object]
    """Does it."""

    @property
    def searched(self) -> str:
        """What the search looks at."""
        return f"{self.area} {self.title} {self.text} {self.long} {self.key_id}".lower()


def entries(screen: HubScreen, app: ConsoleApp, everything: bool) -> list[Entry]:
    """The keys that ``screen`` answers, in the table's order; with ``everything`` panes and themes too."""
    contexts = (EVERYWHERE, screen.WHERE, "list")
    found = [_of_key(screen, key) for key in keys_in(*contexts) if screen.answers(key.id) and not _tab_without_pane(app, key)]
    areas = list(dict.fromkeys(key.group for key in KEYS))
    found.sort(key=lambda entry: areas.index(entry.area))
    return [*found, *_panes(app), *_themes(app)] if everything else found


def _of_key(screen: HubScreen, key: Key) -> Entry:
    def run() -> None:
        screen.do(key.id)

    return Entry(key.id, key.group, key.label.capitalize(), key.tooltip + ".", key.long, key.id, screen.blocked(key.id), run)


def _tab_without_pane(app: ConsoleApp, key: Key) -> bool:
    return key.id[:3] == "go_" and key.id[3:].isdigit() and all(tab.key != key.id[3:] for tab in app.tabs())


def _panes(app: ConsoleApp) -> list[Entry]:
    def to(name: str) -> Callable[[], object]:
        return lambda: app.go(name)

    return [Entry(f"pane-{pane.id}", "Panes", pane.title, pane.filter, "", "", "", to(pane.id)) for pane in app.opening.panes]


def _themes(app: ConsoleApp) -> list[Entry]:
    from hubconsole.tui.theming import shipped

    def use(name: str) -> Callable[[], object]:
        return lambda: use_theme(app, name)

    return [Entry(f"theme-{name}", "Theme", name, "Use these colours for this session", "", "", "", use(name)) for name in shipped()]


def use_theme(app: ConsoleApp, name: str) -> bool:
    """Switch to a theme by name; False, with a toast, when there is none of that name."""
    from hubconsole.tui.theming import load_all

    if name not in app.available_themes:
        loaded = load_all(app.themes_dir)
        for theme in loaded.themes:
            app.register_theme(theme)
    if name not in app.available_themes:
        app.notify(f"There is no theme {name}. F10 lists them.", severity="warning")
        return False
    app.theme = name
    return True
