"""The one list of acts for the palette and the ``:`` line, made from the key table: "triage: Let stand", ``:letstand E-12 praise``."""

from __future__ import annotations

from dataclasses import dataclass

from hubconsole.tui.bindings import KEYS, Key
from hubconsole.tui.times import FORMS


@dataclass(frozen=True, slots=True)
class Verb:
    """One act by name."""

    name: str
    """Its word on the command line; empty for keys that only move about."""
    area: str
    """What it belongs to: ``triage``, ``reply``, ``go``."""
    label: str
    """What it is called there: ``Let stand``."""
    text: str
    """One line about it, without its full stop."""
    takes: str = ""
    """What may follow the word, for people: ``[KEY] MEMBER``."""
    key_id: str = ""
    """The entry of the key table that does the same; empty for what has no key."""
    long: str = ""
    """More about it; mostly empty."""

    @property
    def title(self) -> str:
        """``triage: Let stand``."""
        return f"{self.area}: {self.label}"


_NAMES = {
    "let_stand": "letstand", "correct_facts": "correct", "mark_sent": "sent", "await_customer": "wait", "help": "keys",
    "next_mine": "next", "views": "view", "login": "as", "not_required": "notneeded", "ask_author": "ask", "next_flag": "flag",
    "older_version": "older", "newer_version": "newer",
}  # fmt: skip
"""Words that differ from the key's id; elsewhere it is the id without its underscores."""

_WORDLESS = ("mark", "range", "command", "back")
"""Keys that are of no use as a word, besides those that move and those that go to a tab."""

_ON_ONE = (
    "claim", "release", "wake", "engage", "monitor", "correct_facts", "capture", "spam", "draft", "submit", "withdraw", "visibility",
    "accept", "still_right", "send", "mark_sent", "not_sent", "await_customer", "resolve", "close", "reopen",
)  # fmt: skip
"""Acts on one enquiry that need no further word."""

_TAKES = {
    **dict.fromkeys(_ON_ONE, "[KEY]"),
    "assign": "[KEY] MEMBER", "priority": "[KEY] 1-4", "snooze": "[KEY] TIME", "let_stand": "[KEY] REASON", "transfer": "[KEY] WHERE",
    "duplicate": "[KEY] OTHER-KEY", "note": "[KEY] WORDS", "open": "[KEY]", "filter": "[FILTER]", "login": "[MEMBER]",
    "views": "[NAME | save NAME | drop NAME]",
}  # fmt: skip

_TEXTS = {
    "assign": "Make somebody responsible; nobody takes the owner away",
    "snooze": f"Hide it until then: {FORMS}",
    "let_stand": "Let it stand: praise, rant, joke, no_reply_needed or words of your own",
    "views": "Go to a saved view; save the filter in force under a name, or drop one",
    "login": "Be somebody else at this console",
}
"""Lines that say more than the key's, because words can follow."""


_LABELS = {"triage": "Decide", "mark": "Mark or unmark"}
"""Labels that would say their area twice."""


def _word(key: Key) -> str:
    moves = key.group == "Move" and key.id not in ("open", "peek", "next_mine")
    return "" if moves or key.id in _WORDLESS or key.id.startswith("go_") else _NAMES.get(key.id, key.id.replace("_", ""))


def of_key(key: Key) -> Verb:
    """The act of an entry of the key table."""
    label = _LABELS.get(key.id, key.label[:1].upper() + key.label[1:])
    return Verb(_word(key), key.group.lower(), label, _TEXTS.get(key.id, key.tooltip), _TAKES.get(key.id, ""), key.id, key.long)


ACTS: tuple[Verb, ...] = (
    *(of_key(key) for key in KEYS),
    Verb("go", "go", "To a pane", "Go to the board, the enquiry or a pane", "PANE"),
    Verb("theme", "theme", "Use", "Use other colours for this session", "NAME"),
    Verb(
        "shift",
        "hub",
        "Shift",
        "Start a shift by its name and who leads it (else you), or end the one that is on",
        "NAME [MEMBER] | end",
    ),
)
"""Every act, in the order of the key table."""

VERBS: tuple[Verb, ...] = tuple(verb for verb in ACTS if verb.name)
"""Those that have a word on the command line."""

BY_NAME = {verb.name: verb for verb in VERBS}
"""The commands by word."""
