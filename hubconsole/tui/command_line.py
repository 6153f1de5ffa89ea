"""The words of the ``:`` line: what they are, how they complete, and what they do on the screen in front."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hubconsole.ids import number_of

if TYPE_CHECKING:
    from hubconsole.store.rows import BoardRow
    from hubconsole.tui.app import ConsoleApp
    from hubconsole.tui.screens.base import HubScreen


@dataclass(frozen=True, slots=True)
class Verb:
    """One word of the command line."""

    name: str
    takes: str
    """What follows it, for people: ``[KEY] MEMBER``."""
    text: str
    """One line about it."""


VERBS: tuple[Verb, ...] = (
    Verb("open", "KEY", "Open an enquiry"),
    Verb("claim", "[KEY]", "Take it"),
    Verb("release", "[KEY]", "Give your claim back"),
    Verb("assign", "[KEY] MEMBER", "Make somebody responsible"),
    Verb("priority", "[KEY] 1-4", "Set the priority"),
    Verb("engage", "[KEY]", "Engage: it gets a reply"),
    Verb("note", "WORDS", "Add an internal note"),
    Verb("filter", "FILTER", "Show only what matches"),
    Verb("view", "NAME | save NAME | drop NAME", "Use, save or drop a saved view"),
    Verb("theme", "NAME", "Use other colours"),
    Verb("as", "MEMBER", "Be somebody else at this console"),
    Verb("go", "PANE", "Go to a pane"),
    Verb("refresh", "", "Bring in what is new"),
    Verb("undo", "", "Take back your last act"),
    Verb("keys", "", "All keys of this place"),
    Verb("quit", "", "Leave"),
)
"""Every command, in the order of the completion."""


def completions(app: ConsoleApp, text: str) -> list[str]:
    """Whole lines that begin like ``text``."""
    head, space, rest = text.partition(" ")
    if not space:
        return [verb.name for verb in VERBS if verb.name.startswith(head)]
    members = [row.name for row in app.session.members if row.active]
    words: list[str] = {
        "assign": members,
        "as": members,
        "theme": list(_themes()),
        "go": ["board", *(pane.id for pane in app.opening.panes)],
        "priority": ["1", "2", "3", "4"],
        "view": ["save ", "drop "],
    }.get(head, [])
    before, _, last = rest.rpartition(" ")
    start = f"{head} {before} " if before else f"{head} "
    return [start + word for word in words if word.startswith(last)]


def _themes() -> tuple[str, ...]:
    from hubconsole.tui.theming import shipped

    return shipped()


def run(app: ConsoleApp, screen: HubScreen, line: str) -> str:
    """Carry out a line; the answer is empty, or says what is wrong with it."""
    head, _, rest = line.strip().partition(" ")
    if not head:
        return ""
    if number_of(head) is not None:
        head, rest = "open", head
    match = [verb.name for verb in VERBS if verb.name == head] or [verb.name for verb in VERBS if verb.name.startswith(head)]
    if not match:
        return f"There is no command “{head}”. Tab shows what there is."
    if len(match) > 1:
        return f"“{head}” could be {' or '.join(match)}."
    return _PLAIN[match[0]](app, screen, rest.strip()) if match[0] in _PLAIN else _on_enquiry(screen, match[0], rest.strip())


def _simple(key_id: str) -> Callable[[ConsoleApp, HubScreen, str], str]:
    def do(app: ConsoleApp, screen: HubScreen, rest: str) -> str:
        screen.do(key_id)
        return ""

    return do


def _open(app: ConsoleApp, screen: HubScreen, rest: str) -> str:
    number = number_of(rest)
    if number is None:
        return "Say which: :open E-12."
    app.open_enquiry(f"E-{number}")
    return ""


def _filter(app: ConsoleApp, screen: HubScreen, rest: str) -> str:
    from hubconsole.tui.filters import problem

    set_filter = getattr(screen, "set_filter", None)
    if set_filter is None:
        return "Filters work on the board and in the panes; 1 goes there."
    wrong = problem(rest)
    if not wrong:
        set_filter(rest)
    return wrong


def _theme(app: ConsoleApp, screen: HubScreen, rest: str) -> str:
    from hubconsole.tui.palette import use_theme

    use_theme(app, rest)
    return ""


def _as(app: ConsoleApp, screen: HubScreen, rest: str) -> str:
    if not any(row.name == rest and row.active for row in app.session.members):
        return f"There is no member “{rest}”. F9 lists them."
    app.become(rest)
    return ""


def _go(app: ConsoleApp, screen: HubScreen, rest: str) -> str:
    names = ["board", *(pane.id for pane in app.opening.panes)]
    if rest not in names:
        return f"There is no pane “{rest}”; there are {', '.join(names)}."
    app.go(rest)
    return ""


def _view(app: ConsoleApp, screen: HubScreen, rest: str) -> str:
    from hubconsole.tui.filters import keep_view, saved_views

    word, _, name = rest.partition(" ")
    if word in ("save", "drop") and name.strip():
        text = app.session.filter if word == "save" else ""
        if word == "save" and not text:
            return "There is no filter to save; type one with / first."
        screen.follow(keep_view(screen, name.strip(), text))
        return ""

    async def use() -> None:
        views = await app.session.call(saved_views, app.session.hub, app.session.member)
        said = _filter(app, screen, views[rest]) if rest in views else f"There is no view “{rest}”; v lists them."
        if said:
            screen.toast(said, "warning")

    if not rest:
        return "Say which view, or :view save NAME."
    screen.follow(use())
    return ""


_PLAIN: dict[str, Callable[[ConsoleApp, HubScreen, str], str]] = {
    "open": _open,
    "filter": _filter,
    "theme": _theme,
    "as": _as,
    "go": _go,
    "view": _view,
    "refresh": _simple("refresh"),
    "undo": _simple("undo"),
    "keys": _simple("help"),
    "quit": _simple("quit"),
}


def _on_enquiry(screen: HubScreen, verb: str, rest: str) -> str:
    from hubconsole.tui.screens.acts import Acts

    if not isinstance(screen, Acts):
        return "This works on the board and on an enquiry."
    first, _, others = rest.partition(" ")
    named = number_of(first) is not None and (
        bool(others) or verb in ("claim", "release", "engage") or (verb == "priority" and len(first) > 1)
    )
    value = others.strip() if named else rest
    reason = "" if named else screen.blocked(verb)
    if reason:
        return reason
    if verb in ("assign", "note") and not value:
        return f":{verb} needs {'a member' if verb == 'assign' else 'words'}."
    if verb == "priority" and value not in ("1", "2", "3", "4"):
        return "A priority is 1, 2, 3 or 4."
    work: Callable[[], Coroutine[Any, Any, None]] = {
        "claim": screen.act_claim,
        "release": screen.act_release,
        "engage": screen.act_engage,
        "assign": lambda: screen.assign_to(value),
        "note": lambda: screen.add_note(value),
        "priority": lambda: screen.set_priority(int(value)),
    }[verb]

    async def on_named() -> None:
        view = await screen.session.call(screen.session.hub.enquiry, f"E-{number_of(first)}")
        with_row(screen, view.row)
        try:
            await work()
        finally:
            with_row(screen, None)

    screen.follow(on_named() if named else work())
    return ""


def with_row(screen: HubScreen, row: BoardRow | None) -> None:
    """Make acts mean this enquiry instead of the one under the cursor; None ends that."""
    screen.named_row = row
