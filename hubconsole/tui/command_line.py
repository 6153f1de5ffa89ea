"""The ``:`` line: how its words complete, and what they do on the screen in front. The words themselves are in :mod:`.verbs`."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from hubconsole.domain.terms import LET_STAND_REASONS
from hubconsole.ids import number_of
from hubconsole.text import one_line
from hubconsole.tui.bindings import BOARD, BY_ID, ENQUIRY, LEGAL
from hubconsole.tui.verbs import BY_NAME, VERBS, Verb

if TYPE_CHECKING:
    from hubconsole.store.rows import BoardRow
    from hubconsole.tui.app import ConsoleApp
    from hubconsole.tui.screens.acts import Acts
    from hubconsole.tui.screens.base import HubScreen


# --- completing ---------------------------------------------------------------------------------


def values(app: ConsoleApp, name: str) -> list[str]:
    """The words that a command takes; empty where they are the person's own."""
    members = [row.name for row in app.session.members if row.active]
    match name:
        case "assign":
            return [*members, "nobody"]
        case "as":
            return members
        case "theme":
            from hubconsole.tui.theming import shipped

            return list(shipped())
        case "go":
            return ["board", "enquiry", *(pane.id for pane in app.opening.panes)]
        case "priority":
            return ["1", "2", "3", "4"]
        case "snooze":
            return ["1h", "4h", "1d", "3d", "1w"]
        case "letstand":
            return list(LET_STAND_REASONS)
        case "view":
            return ["save ", "drop "]
        case "shift":
            return ["end", *members]
    return []


def beginning(text: str) -> list[Verb]:
    """The commands that a word begins."""
    return [verb for verb in VERBS if verb.name.startswith(text.lower())]


def completions(app: ConsoleApp, text: str) -> list[str]:
    """Whole lines that begin like ``text``."""
    head, space, rest = text.partition(" ")
    if not space:
        return [verb.name for verb in beginning(head)]
    before, _, last = rest.rpartition(" ")
    start = f"{head} {before} " if before else f"{head} "
    return [start + word for word in values(app, head) if word.startswith(last)]


# --- carrying out -------------------------------------------------------------------------------


def run(app: ConsoleApp, screen: HubScreen, line: str) -> str:
    """Carry out a line; the answer is empty, or says what is wrong with it."""
    head, _, rest = line.strip().partition(" ")
    if not head:
        return ""
    if number_of(head) is not None:
        head, rest = "open", head
    if not (head.isascii() and head.isalpha()):
        return f"“{one_line(head, 20)}” cannot be a command: those are plain words, such as open or draft. Tab shows all; nothing was done."
    match = [BY_NAME[head.lower()]] if head.lower() in BY_NAME else beginning(head)
    if not match:
        return f"There is no command “{one_line(head, 20)}”. Tab shows what there is."
    if len(match) > 1:
        return f"“{head}” could be {' or '.join(verb.name for verb in match)}."
    return perform(app, screen, match[0], rest.strip())


def perform(app: ConsoleApp, screen: HubScreen, verb: Verb, rest: str) -> str:
    """Carry out one act with the words that follow it; without words it is what its key does."""
    if not rest and verb.key_id and screen.answers(verb.key_id):
        screen.do(verb.key_id)
        return ""
    if verb.name in _WORDED:
        return _WORDED[verb.name](app, screen, rest) if rest else f"Say which: :{verb.name} {verb.takes.strip('[]')}."
    if rest and not verb.takes:
        return f":{verb.name} takes nothing after it, not “{one_line(rest, 30)}”."
    if _pressed(verb):
        return _press(app, screen, verb, rest)
    return _on_enquiry(screen, verb, rest) if verb.takes else _elsewhere(app, verb)


def reaches(screen: HubScreen, verb: Verb) -> bool:
    """Whether an act that this screen has no key for works from here, on the enquiry that is meant."""
    rows: list[BoardRow] = getattr(screen, "targets", list)()
    return bool(rows) and _pressed(verb)


def _pressed(verb: Verb) -> bool:
    """Whether it is done on the enquiry's own screen, where its words are seen."""
    return verb.area == "reply" and verb.key_id != "note" and bool(verb.takes)


def _elsewhere(app: ConsoleApp, verb: Verb) -> str:
    sign, where = app.keys.sign, BY_ID[verb.key_id].where
    if LEGAL in where and BOARD not in where and ENQUIRY not in where:
        return f":{verb.name} works where a reply is reviewed; {sign('go_legal')} goes there."
    if ENQUIRY in where and BOARD not in where:
        return f":{verb.name} works on an enquiry; {sign('go_enquiry')} goes to the last one."
    return f":{verb.name} works on the board; {sign('go_board')} goes there."


# --- commands with words of their own -----------------------------------------------------------


def _open(app: ConsoleApp, screen: HubScreen, rest: str) -> str:
    number = number_of(rest)
    if number is None:
        return f"“{one_line(rest, 20)}” is no enquiry's key; keys look like E-12."
    app.open_enquiry(f"E-{number}")
    return ""


def use_filter(app: ConsoleApp, screen: HubScreen, rest: str) -> str:
    """Put a filter in force on the screen in front; an empty one shows all. The answer says what is wrong with it."""
    from hubconsole.tui.filters import problem

    set_filter = getattr(screen, "set_filter", None)
    if set_filter is None:
        return "Filters work on the board and in the panes; 1 goes there."
    wrong = problem(rest)
    if not wrong:
        set_filter(rest)
    return wrong


def _theme(app: ConsoleApp, screen: HubScreen, rest: str) -> str:
    return "" if use_theme(app, rest) else f"There is no theme “{one_line(rest, 24)}”. F10 lists them."


def use_theme(app: ConsoleApp, name: str) -> bool:
    """Switch to a theme by name; False when there is none of that name."""
    if name not in app.available_themes:
        from hubconsole.tui.theming import load_all

        for theme in load_all(app.themes_dir).themes:
            app.register_theme(theme)
    if name not in app.available_themes:
        return False
    app.theme = name
    return True


def _as(app: ConsoleApp, screen: HubScreen, rest: str) -> str:
    if not any(row.name == rest and row.active for row in app.session.members):
        return f"Nobody here is called “{one_line(rest, 24)}”. F9 lists who there is."
    app.become(rest)
    return ""


def _go(app: ConsoleApp, screen: HubScreen, rest: str) -> str:
    names = values(app, "go")
    if rest not in names:
        return f"There is no pane “{one_line(rest, 24)}”; there are {', '.join(names)}."
    if rest == "enquiry":
        app.act_go_enquiry()
    else:
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
        said = use_filter(app, screen, views[rest]) if rest in views else f"There is no view “{one_line(rest, 24)}”; v lists them."
        if said:
            screen.toast(said, "warning")

    screen.follow(use())
    return ""


def _shift(app: ConsoleApp, screen: HubScreen, rest: str) -> str:
    """``end``, or a name and, as its last word, the member who leads it."""
    from hubconsole.domain.commands import EndShift, StartShift

    active = {row.name for row in app.session.members if row.active}
    name, _, last = rest.rpartition(" ")
    lead = last if name and last in active else app.session.member
    name = (name if name and last in active else rest).strip()

    async def change() -> None:
        await app.session.execute(EndShift() if rest == "end" else StartShift(name=name, lead=lead))
        screen.toast("The shift is over." if rest == "end" else f"Shift {one_line(name, 24)} is on, led by {one_line(lead, 24)}.")

    screen.follow(change())
    return ""


_WORDED: dict[str, Callable[[ConsoleApp, HubScreen, str], str]] = {
    "open": _open,
    "filter": use_filter,
    "theme": _theme,
    "as": _as,
    "go": _go,
    "view": _view,
    "shift": _shift,
}


# --- commands about an enquiry ------------------------------------------------------------------


def _press(app: ConsoleApp, screen: HubScreen, verb: Verb, rest: str) -> str:
    """Press a key of the enquiry's own screen: for the one that is named, else for the one that is meant here."""
    number = number_of(rest)
    if rest and number is None:
        return f":{verb.name} takes an enquiry's key or nothing, not “{one_line(rest, 30)}”."
    rows: list[BoardRow] = getattr(screen, "targets", list)()
    here = rows[0].key if rows else ""
    key = f"E-{number}" if rest else here
    if not key:
        return f"Say which: :{verb.name} E-12."
    if screen.tab == "enquiry" and key == here:
        screen.do(verb.key_id)
    else:
        app.open_enquiry(key, then=verb.key_id)
    return ""


_NEEDS = {
    "assign": "a member", "note": "words", "priority": "1, 2, 3 or 4", "snooze": "a time", "let_stand": "a reason, such as praise",
    "transfer": "where to", "duplicate": "the key of the other enquiry",
}  # fmt: skip
"""What acts need besides an enquiry, by the key of the table that does the same."""

_WORDY = ("note", "let_stand", "transfer")
"""Acts whose words may begin with a number; only ``E-12`` names an enquiry there."""


def _on_enquiry(screen: HubScreen, verb: Verb, rest: str) -> str:
    from hubconsole.tui.screens.acts import Acts

    if not isinstance(screen, Acts):
        return "This works on the board and on an enquiry."
    key_id, name = verb.key_id, verb.name
    first, _, others = rest.partition(" ")
    needs = key_id in _NEEDS
    named = number_of(first) is not None and (not needs or bool(others.strip())) and not (key_id in _WORDY and first.isdigit())
    value = others.strip() if named else rest
    if not needs and value:
        return f":{name} takes an enquiry's key or nothing, not “{one_line(value, 30)}”."
    reason = "" if named else screen.blocked(key_id)
    if reason:
        return reason
    if needs and not value:
        return f":{name} needs {_NEEDS[key_id]}."
    if key_id == "priority" and value not in values(screen.console_app, name):
        return "A priority is 1, 2, 3 or 4."
    work = _work(screen, key_id, value)

    async def on_named() -> None:
        view = await screen.session.call(screen.session.hub.enquiry, f"E-{number_of(first)}")
        with_row(screen, view.row)
        try:
            await work()
        finally:
            with_row(screen, None)

    screen.follow(on_named() if named else work())
    return ""


def _work(screen: Acts, key_id: str, value: str) -> Callable[[], Coroutine[Any, Any, None]]:
    """What an act does with the word that it needs; without one it is the key's own method."""
    found: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
        "assign": lambda: screen.assign_to("" if value == "nobody" else value),
        "note": lambda: screen.add_note(value),
        "priority": lambda: screen.set_priority(int(value)),
        "snooze": lambda: screen.snooze_said(value),
        "let_stand": lambda: screen.triage("let_stand", value),
        "transfer": lambda: screen.triage("transfer", value),
        "duplicate": lambda: screen.repeats(value),
    }
    return found[key_id] if key_id in found else getattr(screen, "act_" + key_id)


def with_row(screen: HubScreen, row: BoardRow | None) -> None:
    """Make acts mean this enquiry instead of the one under the cursor; None ends that."""
    screen.named_row = row
