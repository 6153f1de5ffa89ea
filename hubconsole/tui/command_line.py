"""The words of the ``:`` line: what they are, how they complete, and what they do on the screen in front."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hubconsole.domain.terms import LET_STAND_REASONS
from hubconsole.ids import number_of
from hubconsole.tui.times import FORMS

if TYPE_CHECKING:
    from hubconsole.store.rows import BoardRow
    from hubconsole.tui.app import ConsoleApp
    from hubconsole.tui.screens.acts import Acts
    from hubconsole.tui.screens.base import HubScreen


@dataclass(frozen=True, slots=True)
class Verb:
    """One word of the command line."""

    name: str
    takes: str
    """What follows it, for people: ``[KEY] MEMBER``."""
    text: str
    """One line about it."""
    key_id: str = ""
    """The key that it presses on the enquiry's own screen; empty for what is done elsewhere."""


VERBS: tuple[Verb, ...] = (
    Verb("open", "KEY", "Open an enquiry"),
    Verb("new", "", "Take an enquiry in by hand"),
    Verb("claim", "[KEY]", "Take it"),
    Verb("release", "[KEY]", "Give your claim back"),
    Verb("assign", "[KEY] MEMBER", "Make somebody responsible; nobody takes the owner away"),
    Verb("priority", "[KEY] 1-4", "Set the priority"),
    Verb("snooze", "[KEY] TIME", f"Hide it until then: {FORMS}"),
    Verb("wake", "[KEY]", "End a snooze early"),
    Verb("engage", "[KEY]", "Engage: it gets a reply"),
    Verb("letstand", "[KEY] REASON", "Let it stand: praise, rant, joke, no_reply_needed or words of your own"),
    Verb("monitor", "[KEY]", "Watch it, no reply for now"),
    Verb("correct", "[KEY]", "Triage: correct facts"),
    Verb("capture", "[KEY]", "Keep it as feedback and put it away"),
    Verb("transfer", "[KEY] WHERE", "Hand it to a desk or company and put it away"),
    Verb("duplicate", "[KEY] OTHER-KEY", "Put it away as a repetition of another"),
    Verb("spam", "[KEY]", "Put it away as spam"),
    Verb("note", "[KEY] WORDS", "Add an internal note; it is never sent"),
    Verb("draft", "[KEY]", "Write the reply", "draft"),
    Verb("submit", "[KEY]", "Ask for the reviews that the reply needs", "submit"),
    Verb("withdraw", "[KEY]", "Take a submitted reply back to work on it", "withdraw"),
    Verb("stillright", "[KEY]", "The reply is still right after the customer's new message", "still_right"),
    Verb("accept", "[KEY]", "Accept the reviewer's amended words", "accept"),
    Verb("send", "[KEY]", "Send the approved reply", "send"),
    Verb("sent", "[KEY]", "Say that the reply was published", "mark_sent"),
    Verb("notsent", "[KEY]", "Say that the reply was not published", "not_sent"),
    Verb("wait", "[KEY]", "The customer has the next move", "await_customer"),
    Verb("resolve", "[KEY]", "The need is met", "resolve"),
    Verb("close", "[KEY]", "Put it away", "close"),
    Verb("reopen", "[KEY]", "Take a closed enquiry up again", "reopen"),
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

BY_NAME = {verb.name: verb for verb in VERBS}
"""The commands by name."""


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
        "letstand": list(LET_STAND_REASONS),
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
    match = [head] if head in BY_NAME else [verb.name for verb in VERBS if verb.name.startswith(head)]
    if not match:
        return f"There is no command “{head}”. Tab shows what there is."
    if len(match) > 1:
        return f"“{head}” could be {' or '.join(match)}."
    verb = BY_NAME[match[0]]
    if verb.name in _PLAIN:
        return _PLAIN[verb.name](app, screen, rest.strip())
    return _press(app, screen, verb, rest.strip()) if verb.key_id else _on_enquiry(screen, verb.name, rest.strip())


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
    "new": _simple("new"),
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


def _press(app: ConsoleApp, screen: HubScreen, verb: Verb, rest: str) -> str:
    """Press a key of the enquiry's own screen: for the one that is named, else for the one that is meant here."""
    number = number_of(rest)
    if rest and number is None:
        return f":{verb.name} takes an enquiry's key or nothing, not “{rest}”."
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


_ALONE = {
    "claim": "claim", "release": "release", "wake": "wake", "engage": "engage", "spam": "spam", "monitor": "triage",
    "correct": "triage", "capture": "triage",
}  # fmt: skip
"""Commands that take a key at most, and the key of the table that does the same."""

_NEEDS = {
    "assign": ("assign", "a member"), "note": ("note", "words"), "priority": ("priority", "1, 2, 3 or 4"),
    "snooze": ("snooze", f"a time: {FORMS}"), "letstand": ("let_stand", "a reason, such as praise"),
    "transfer": ("triage", "where to"), "duplicate": ("triage", "the key of the other enquiry"),
}  # fmt: skip
"""Commands that need a word more, the key of the table that does the same, and the word."""


_WORDY = ("note", "letstand", "transfer")
"""Commands whose words may begin with a number; only ``E-12`` names an enquiry there."""


def _on_enquiry(screen: HubScreen, verb: str, rest: str) -> str:
    from hubconsole.tui.screens.acts import Acts

    if not isinstance(screen, Acts):
        return "This works on the board and on an enquiry."
    first, _, others = rest.partition(" ")
    needs = verb in _NEEDS
    named = number_of(first) is not None and (not needs or bool(others.strip())) and not (verb in _WORDY and first.isdigit())
    value = others.strip() if named else rest
    if not needs and (value if named else rest):
        return f":{verb} takes an enquiry's key or nothing, not “{value}”."
    reason = "" if named else screen.blocked(_NEEDS[verb][0] if needs else _ALONE[verb])
    if reason:
        return reason
    if needs and not value:
        return f":{verb} needs {_NEEDS[verb][1]}."
    if verb == "priority" and value not in ("1", "2", "3", "4"):
        return "A priority is 1, 2, 3 or 4."
    work = _work(screen, verb, value)

    async def on_named() -> None:
        view = await screen.session.call(screen.session.hub.enquiry, f"E-{number_of(first)}")
        with_row(screen, view.row)
        try:
            await work()
        finally:
            with_row(screen, None)

    screen.follow(on_named() if named else work())
    return ""


def _work(screen: Acts, verb: str, value: str) -> Callable[[], Coroutine[Any, Any, None]]:
    """What a command does."""
    found: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
        "claim": screen.act_claim,
        "release": screen.act_release,
        "wake": screen.act_wake,
        "engage": screen.act_engage,
        "spam": screen.act_spam,
        "monitor": lambda: screen.triage("monitor"),
        "correct": lambda: screen.triage("correct_facts"),
        "capture": lambda: screen.triage("capture"),
        "assign": lambda: screen.assign_to("" if value == "nobody" else value),
        "note": lambda: screen.add_note(value),
        "priority": lambda: screen.set_priority(int(value)),
        "snooze": lambda: screen.snooze_said(value),
        "letstand": lambda: screen.triage("let_stand", value),
        "transfer": lambda: screen.triage("transfer", value),
        "duplicate": lambda: screen.repeats(value),
    }
    return found[verb]


def with_row(screen: HubScreen, row: BoardRow | None) -> None:
    """Make acts mean this enquiry instead of the one under the cursor; None ends that."""
    screen.named_row = row
