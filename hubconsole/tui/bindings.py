"""The one table of keys. Footer, help, palette, docs/keys.md and the keys file are all made from it.

A screen that has ``act_claim`` and lists ``claim`` in its context answers the key, the palette entry, the
help entry and the command line alike. Printable keys are bound with priority, so that fast typing is
answered in order; a focused editor or input still gets its letters first.
"""

from dataclasses import dataclass

from textual.binding import Binding, BindingType

EVERYWHERE, LIST, BOARD, ENQUIRY, LEGAL = "everywhere", "list", "board", "enquiry", "legal"
"""The contexts: every screen, a focused queue, and the three screens. Role panes are boards."""

WORKERS = ("service", "marketing", "sales", "supervisor")
"""Functions that answer customers."""

REVIEWERS = ("legal", "marketing", "sales", "analytics", "service", "supervisor")
"""Functions that a policy may give a gate to; whether this gate is theirs, the hub decides."""


@dataclass(frozen=True, slots=True)
class Key:
    """One thing a person can do with a key."""

    id: str
    """Stable name: in the keys file, in docs/keys.md, and ``act_<id>`` on the screen (or list) that does it."""
    keys: str
    """Default keys in Textual's names, separated by commas."""
    label: str
    """One or two words for the footer."""
    tooltip: str
    """One line for help, palette and documentation."""
    group: str
    """Heading in the help and area in the palette."""
    where: tuple[str, ...]
    """Contexts in which it is bound."""
    who: tuple[str, ...] = ()
    """Functions that may do it; empty for everybody."""
    footer: int = 0
    """Place in the footer, lower first; 0 keeps it out of the footer."""
    long: str = ""
    """A paragraph for the help, where the line does not say enough."""


KEYS: tuple[Key, ...] = (
    # --- move -----------------------------------------------------------------------------------
    Key("down", "j,down", "down", "Next enquiry", "Move", (LIST,), footer=1),
    Key("up", "k,up", "up", "Previous enquiry", "Move", (LIST,), footer=2),
    Key("left", "h,left", "column left", "Column to the left", "Move", (BOARD,), footer=3),
    Key("right", "l,right", "column right", "Column to the right", "Move", (BOARD,), footer=4),
    Key("first", "g,home", "first", "First enquiry of the queue", "Move", (LIST,)),
    Key("last", "G,end", "last", "Last enquiry of the queue", "Move", (LIST,)),
    Key("page_down", "pagedown,ctrl+f", "page down", "A page further", "Move", (LIST,)),
    Key("page_up", "pageup,ctrl+b", "page up", "A page back", "Move", (LIST,)),
    Key("half_down", "ctrl+d", "half down", "Half a page further", "Move", (LIST,)),
    Key("half_up", "ctrl+u", "half up", "Half a page back", "Move", (LIST,)),
    Key("open", "enter", "open", "Open the enquiry", "Move", (LIST,), footer=10),
    Key("peek", "p", "peek", "Show or hide the enquiry beside the list", "Move", (BOARD,), footer=60),
    Key("next_mine", "N", "next for me", "Go to what needs me next", "Move", (BOARD, ENQUIRY, LEGAL)),
    # --- mark -----------------------------------------------------------------------------------
    Key("mark", "space", "mark", "Mark or unmark for an act on several, and go on to the next", "Mark", (LIST,)),
    Key("range", "V", "range", "Mark from here to where you go; again to end", "Mark", (LIST,)),
    Key("mark_all", "asterisk", "mark all", "Mark all that the filter shows (up to 500)", "Mark", (LIST,)),
    Key("unmark", "ctrl+backslash", "clear marks", "Forget all marks", "Mark", (LIST,)),
    # --- triage ---------------------------------------------------------------------------------
    Key("claim", "a", "take it", "Say that you are on it, for five minutes", "Triage", (BOARD, ENQUIRY), WORKERS, footer=20),
    Key("release", "A", "let go", "Give your claim back", "Triage", (BOARD, ENQUIRY), WORKERS),
    Key(
        "triage",
        "t",
        "triage",
        "Decide what is to become of it",
        "Triage",
        (BOARD, ENQUIRY),
        WORKERS,
        footer=29,
        long="Then one key: e engage, l let stand, m monitor, f correct facts, c capture, t transfer, d duplicate, s spam.",
    ),
    Key(
        "let_stand",
        "L",
        "let stand",
        "Let it stand, with a reason",
        "Triage",
        (BOARD, ENQUIRY),
        WORKERS,
        footer=32,
        long="Then one digit: 1 no reply needed, 2 praise, 3 rant, 4 joke, 5 off topic, 6 already answered, 7 abuse.",
    ),
    Key("engage", "E", "engage", "Engage: it gets a reply", "Triage", (BOARD, ENQUIRY), WORKERS),
    Key("monitor", "m", "monitor", "Put it away and watch; no reply for now", "Triage", (BOARD, ENQUIRY), WORKERS),
    Key(
        "correct_facts",
        "F",
        "correct facts",
        "Correct facts: it gets a reply that only sets them right",
        "Triage",
        (BOARD, ENQUIRY),
        WORKERS,
    ),
    Key("capture", "I", "capture", "Keep it as feedback (insight) and put it away", "Triage", (BOARD, ENQUIRY), WORKERS),
    Key(
        "transfer",
        "T",
        "transfer",
        "Hand it to a desk, company or function; it is new again and nobody's",
        "Triage",
        (BOARD, ENQUIRY),
        WORKERS,
    ),
    Key("duplicate", "D", "duplicate", "Put it away as a repetition of another enquiry", "Triage", (BOARD, ENQUIRY), WORKERS),
    Key("spam", "X", "spam", "Put it away as spam", "Triage", (BOARD, ENQUIRY), WORKERS),
    Key("assign", "x,at", "assign", "Make somebody responsible for it", "Triage", (BOARD, ENQUIRY), footer=33),
    Key("priority", "P", "priority", "Set the priority; then a digit 1 to 4", "Triage", (BOARD, ENQUIRY)),
    Key(
        "snooze",
        "Z",
        "snooze",
        "Hide it until later; the customer's next message wakes it",
        "Triage",
        (BOARD, ENQUIRY),
        WORKERS,
        long="Then a digit: 1 an hour, 2 four hours, 3 a day, 4 three days, 5 a week; or t and a time: 45m, tomorrow 09:00.",
    ),
    Key("wake", "W", "wake", "End a snooze early", "Triage", (BOARD, ENQUIRY), WORKERS),
    Key("new", "n", "new", "Take an enquiry by hand: telephone, paper, walk-in", "Triage", (BOARD,), footer=34),
    # --- reply ----------------------------------------------------------------------------------
    Key("draft", "d", "draft", "Write the reply", "Reply", (BOARD, ENQUIRY), WORKERS, footer=30),
    Key("note", "c", "note", "Add an internal note; it is never sent", "Reply", (BOARD, ENQUIRY)),
    Key("save", "ctrl+s", "save", "Save the words as a new version", "Reply", (ENQUIRY,), WORKERS, footer=35),
    Key("submit", "f2,s", "submit", "Ask for the reviews that this reply needs", "Reply", (ENQUIRY,), WORKERS, footer=36),
    Key("withdraw", "w", "take back", "Take a submitted reply back to work on it", "Reply", (ENQUIRY,), WORKERS, footer=36),
    Key("visibility", "f3,v", "public/DM", "Switch this reply between public and private", "Reply", (ENQUIRY,), WORKERS, footer=38),
    Key("accept", "y", "accept", "Accept the reviewer's amended words", "Reply", (ENQUIRY,), WORKERS, footer=35),
    Key(
        "still_right",
        "u",
        "still right",
        "The reply is still right after the customer's new message",
        "Reply",
        (ENQUIRY,),
        WORKERS,
        footer=35,
    ),
    Key("send", "S", "send", "Send the approved reply", "Reply", (ENQUIRY, BOARD), WORKERS, footer=37),
    Key("mark_sent", "M", "was sent", "Say that the reply was published, optionally where", "Reply", (ENQUIRY, BOARD), WORKERS, footer=38),
    Key("not_sent", "B", "not sent", "Say that the reply was not published", "Reply", (ENQUIRY,), WORKERS, footer=38),
    Key("await_customer", "K", "wait", "The customer has the next move; clocks pause", "Reply", (ENQUIRY,), WORKERS),
    Key("resolve", "R", "resolve", "The need is met", "Reply", (ENQUIRY,), WORKERS),
    Key("close", "C", "close", "Put it away", "Reply", (ENQUIRY,), WORKERS),
    Key("reopen", "O", "reopen", "Take a closed enquiry up again", "Reply", (ENQUIRY,), WORKERS),
    Key("older_version", "left_square_bracket", "older version", "Show the version before", "Reply", (ENQUIRY, LEGAL)),
    Key("newer_version", "right_square_bracket", "newer version", "Show the version after", "Reply", (ENQUIRY, LEGAL)),
    # --- review ---------------------------------------------------------------------------------
    Key("approve", "a", "approve", "Approve the exact words shown", "Review", (LEGAL,), REVIEWERS, footer=20),
    Key("amend", "e", "amend", "Put your own words in place", "Review", (LEGAL,), REVIEWERS, footer=21),
    Key("amended", "ctrl+s,f2", "go on", "On from your own words to the last look at them", "Review", (LEGAL,), REVIEWERS),
    Key(
        "condition",
        "c",
        "condition",
        "Approve under a condition",
        "Review",
        (LEGAL,),
        REVIEWERS,
        footer=22,
        long="Then digits: 1 by DM only, 2 with the link, 3 until a time, 4 this reply only, 5 may be reused.",
    ),
    Key(
        "return",
        "r",
        "return",
        "Give it back with a reason",
        "Review",
        (LEGAL,),
        REVIEWERS,
        footer=23,
        long="Then one digit: 1 promise, 2 personal data, 3 disclosure, 4 admission, 5 facts, 6 tone, 7 privileged;"
        " 0 for a reason of your own, n to add a note.",
    ),
    Key(
        "reject",
        "x",
        "reject",
        "Reject it; the reason is asked",
        "Review",
        (LEGAL,),
        REVIEWERS,
        footer=24,
        long="Then the same digits as for a return, n to add a note, or 0 for a reason of your own.",
    ),
    Key("not_required", "o", "not needed", "This gate is not needed here", "Review", (LEGAL,), REVIEWERS),
    Key("ask_author", "u", "ask", "Ask the author something; the review stays yours", "Review", (LEGAL,), REVIEWERS, footer=25),
    Key("next_flag", "f", "next flag", "Go to the next flag", "Review", (LEGAL,), footer=26),
    Key("later", "s", "later", "Leave it and go to the next", "Review", (LEGAL,), footer=27),
    # --- find -----------------------------------------------------------------------------------
    Key(
        "filter",
        "slash",
        "filter",
        "Show only what matches; Escape shows all again",
        "Find",
        (BOARD, LEGAL),
        footer=31,
        long='For instance: state:review age>10m channel:x -owner:me "card blocked".',
    ),
    Key("views", "v", "views", "Go to a saved view", "Find", (BOARD,)),
    Key("refresh", "R,f5", "refresh", "Bring in what is new and drop what has left", "Find", (BOARD, LEGAL), footer=55),
    # --- everywhere -----------------------------------------------------------------------------
    Key(
        "undo",
        "z",
        "undo",
        "Take back your last act, where that is possible",
        "General",
        (BOARD, ENQUIRY, LEGAL),
        footer=40,
        long="An act on several enquiries is taken back for all of them. Where the last act cannot be taken back it says why;"
        " it never reaches past it to something older.",
    ),
    Key("repeat", "full_stop", "repeat", "Do your last act again, here", "General", (BOARD,)),
    Key("command", "colon", "command", "Type a command; Tab completes it", "General", (EVERYWHERE,), footer=80),
    Key("help", "question_mark,f1", "all keys", "All keys of this place; Enter runs one", "General", (EVERYWHERE,), footer=90),
    Key("palette", "ctrl+p", "palette", "Find any act by its name", "General", (EVERYWHERE,), footer=95),
    Key("back", "escape", "back", "One step back: marks, filter, screen", "General", (EVERYWHERE,)),
    Key("go_board", "1", "board", "Go to the board", "Go", (EVERYWHERE,)),
    Key("go_legal", "2", "legal", "Go to the legal pane", "Go", (EVERYWHERE,)),
    Key("go_enquiry", "3", "enquiry", "Go to the enquiry last opened", "Go", (EVERYWHERE,)),
    *(Key(f"go_{digit}", str(digit), f"tab {digit}", f"Go to the pane on tab {digit}", "Go", (EVERYWHERE,)) for digit in range(4, 10)),
    Key("login", "f9", "who", "Choose who you are", "Go", (EVERYWHERE,)),
    Key("settings", "f10,comma", "settings", "Theme, signs, keys", "Go", (EVERYWHERE,)),
    Key(
        "hub",
        "H",
        "connection",
        "Where the hub is and how the line to it stands",
        "Hub",
        (EVERYWHERE,),
        long="Its place, as of when the board is, its clock against this machine's, who is here; r tries to connect at once.",
    ),
    Key(
        "waiting",
        "f8",
        "waiting for it",
        "What you queued while the hub was away, and what is to be looked at again",
        "Hub",
        (EVERYWHERE,),
        long="Each is carried out when the hub is back, if nothing has moved by then; else it is put before you again.",
    ),
    Key("quit", "ctrl+q,Q", "quit", "Leave the console; everything is saved", "General", (EVERYWHERE,)),
)
"""Every key of the console, in the order of the help."""

BY_ID: dict[str, Key] = {key.id: key for key in KEYS}
"""The table by id."""

_SHOWN = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "full_stop": ".",
    "comma": ",",
    "asterisk": "*",
    "at": "@",
    "space": "Space",
    "enter": "Enter",
    "escape": "Esc",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "tab": "Tab",
    "backslash": "\\",
}


def shown(key: str) -> str:
    """How one key is written for people: ``ctrl+p`` becomes ``^p``, ``question_mark`` ``?``."""
    if key.startswith("ctrl+"):
        return "^" + shown(key[5:])
    return _SHOWN.get(key, key.upper() if key[:1] == "f" and key[1:].isdigit() else key)


def named(keys: str) -> tuple[str, ...]:
    """The single key names in a table entry or a line of the keys file."""
    return tuple(part.strip() for part in keys.split(",") if part.strip())


def printable(key: str) -> bool:
    """Whether the key writes a character, so that an editor would take it."""
    return len(key) == 1 or key in {
        "question_mark",
        "slash",
        "colon",
        "full_stop",
        "comma",
        "asterisk",
        "at",
        "left_square_bracket",
        "right_square_bracket",
    }


def keys_in(*contexts: str) -> tuple[Key, ...]:
    """The table's entries that are bound in any of the contexts, in table order."""
    return tuple(key for key in KEYS if any(context in key.where for context in contexts))


def bindings_for(*contexts: str) -> list[BindingType]:
    """Textual bindings for a class attribute ``BINDINGS``; each runs ``action_do(id)``."""
    return [
        Binding(name, f"do('{key.id}')", key.label, id=key.id, tooltip=key.tooltip, show=key.footer > 0, priority=printable(name))
        for key in keys_in(*contexts)
        for name in named(key.keys)
    ]
