"""What can be done with an enquiry, in words: the choices, the sentences, and what each act needs."""

from __future__ import annotations

from textual.content import Content

from hubconsole.clock import DAY, HOUR
from hubconsole.domain import terms
from hubconsole.store.rows import BoardRow
from hubconsole.text import one_line

DISPOSITIONS = (
    ("e", "engage"), ("l", "let_stand"), ("m", "monitor"), ("f", "correct_facts"), ("c", "capture"), ("t", "transfer"),
    ("d", "duplicate"), ("s", "spam"),
)  # fmt: skip
"""The dispositions and the keys that choose them."""

CLOSING = tuple(word.value for word in terms.CLOSING)
"""The dispositions that put an enquiry away."""

SLEEPS = (
    ("1", "an hour", HOUR),
    ("2", "four hours", 4 * HOUR),
    ("3", "a day", DAY),
    ("4", "three days", 3 * DAY),
    ("5", "a week", 7 * DAY),
)
"""How long a snooze lasts: key, words, milliseconds."""

REPEATABLE = ("triage", "claim", "release", "assign", "set_priority", "snooze", "wake", "add_note")
"""Kinds of commands that can be done again elsewhere."""

NEEDS_ONE = frozenset(
    [
        "claim",
        "release",
        "triage",
        "let_stand",
        "engage",
        "spam",
        "monitor",
        "correct_facts",
        "capture",
        "transfer",
        "duplicate",
        "assign",
        "priority",
        "snooze",
        "wake",
        "draft",
        "note",
        "send",
        "mark_sent",
        "open",
    ]
)
"""Keys that need an enquiry."""

STATES = {
    **dict.fromkeys(("triage", *(word for _, word in DISPOSITIONS)), ("new", "working")),
    "send": ("ready",), "mark_sent": ("ready", "sent"), "draft": ("new", "working", "in_review", "ready", "waiting_customer"),
}  # fmt: skip
"""The states in which a key works, where that matters."""

TRIAGED = {
    "engage": "engaged {}", "let_stand": "let {} stand", "monitor": "set {} to monitor", "correct_facts": "set {} to correct facts",
    "capture": "captured {}", "transfer": "transferred {}", "duplicate": "put {} away as a duplicate", "spam": "put {} away as spam",
}  # fmt: skip
"""What was done, by disposition."""

_IMPERATIVES = {
    "took": "take", "gave": "give", "woke": "wake", "noted": "note", "snoozed": "snooze", "engaged": "engage", "captured": "capture",
    "transferred": "transfer",
}  # fmt: skip


def imperative(phrase: str) -> str:
    """``took {}`` as the title of a question: ``take {}``."""
    first, space, rest = phrase.partition(" ")
    return _IMPERATIVES.get(first, first) + space + rest


def braceless(text: str, width: int) -> str:
    """Untrusted words in a phrase, which is a format."""
    return one_line(text, width).replace("{", "{{").replace("}", "}}")


def listed(row: BoardRow) -> Content:
    """One line of a confirmation."""
    return Content.assemble(
        (row.key.ljust(9), "$strong bold"),
        (row.state.replace("_", " ").ljust(12), "$label"),
        (one_line(row.customer, 20), "$value"),
        ("  ", ""),
        (one_line(row.words, 60), "$label"),
    )


def differences(then: BoardRow, now: BoardRow) -> str:
    """What is different now, as the end of a sentence; empty when nothing that is shown is."""
    told = []
    for name, words in (
        ("state", "it is now {}"),
        ("owner", "the owner is {}"),
        ("on_it", "{} is on it"),
        ("priority", "it is P{}"),
        ("draft", "the draft is v{}"),
    ):
        if getattr(then, name) != getattr(now, name):
            told.append(words.format(one_line(str(getattr(now, name)).replace("_", " ") or "nobody", 20)))
    if then.words != now.words:
        told.append("the customer wrote again")
    return "; " + ", ".join(told) if told else ""
