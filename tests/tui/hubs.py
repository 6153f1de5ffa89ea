"""A real hub of a small bank for the console's tests, and ways to act on it as somebody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hubconsole.clock import MINUTE, FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.terms import Disposition, Function, Verdict
from hubconsole.errors import Unreachable
from hubconsole.hub.local import LocalHub
from hubconsole.hub.port import JournalEntry, Receipt
from hubconsole.ids import new_id
from hubconsole.store.rows import BoardRow
from tests.tui.stores import begun_with

MEMBERS = (
    ("agent1", (Function.SERVICE,)),
    ("tom", (Function.SERVICE,)),
    ("lawyer1", (Function.LEGAL,)),
    ("lead1", (Function.SUPERVISOR,)),
)
"""Who works in the bank."""

RECEIVED = 24
"""Enquiries of the bank at work."""

CHANNELS = ("x", "facebook", "email", "phone")
PEOPLE = ("@maria_k", "D. Shah", "j.o@example.com", "Kaur LLP", "walk-in")
WORDS = (
    "Third time my card is declined in Lisbon, nobody answers the phone.",
    "When is the rate going to change?",
    "I would like to close my account and was told to write here.",
    "You charged my fee twice, what are you going to do about it?",
)


class Bank:
    """A hub under test: what others do to it, what it holds, and a switch that cuts it off."""

    def __init__(self, local: LocalHub, clock: FrozenClock, made: int = 0) -> None:
        self.clock = clock
        self.local = local
        self.hub = Switched(self.local)
        self.made = made

    def receive(self, n: int = 1, **facts: Any) -> None:
        """``n`` more enquiries, a minute apart."""
        self.made += n
        for k in range(self.made - n, self.made):
            what = {"channel": CHANNELS[k % 4], "customer": PEOPLE[k % 5], "handle": f"h{k}", "text": WORDS[k % 4]} | facts
            self.act(c.Receive(enquiry_id=new_id(), **what))
            self.clock.advance(MINUTE)

    def act(self, command: c.Command, who: str = "tom") -> Receipt:
        """Somebody does something."""
        return self.local.execute(command, actor=who, via="test")

    def on(self, key: str, kind: Callable[..., c.Command], who: str = "tom", **facts: Any) -> Receipt:
        """Somebody does something to the enquiry with this key."""
        return self.act(kind(enquiry_id=self.row(key).id, **facts), who)

    def row(self, key: str) -> BoardRow:
        """The enquiry's row as it is now."""
        return self.local.enquiry(key).row

    def acts(self, who: str = "agent1") -> list[JournalEntry]:
        """What this person has done through the console."""
        return [entry for entry in self.local.journal() if entry.actor == who and entry.via == "tui"]

    def kinds(self, who: str = "agent1") -> list[str]:
        """The kinds of those events, in order."""
        return [entry.kind for entry in self.acts(who)]


class Switched:
    """A hub that can be cut off: ``down`` holds the reason while it is."""

    def __init__(self, hub: LocalHub) -> None:
        self._hub = hub
        self.down = ""

    def __getattr__(self, name: str) -> Any:
        if self.down:
            raise Unreachable("down", self.down, "Wait, or ask whoever keeps it.")
        return getattr(self._hub, name)


def founded(path: Path, clock: FrozenClock) -> LocalHub:
    """A bank without a single enquiry."""
    return LocalHub.create(path, name="Bank EMEA", policy=ALL_LEGAL, members=MEMBERS, clock=clock)


def at_work(path: Path, clock: FrozenClock) -> LocalHub:
    """Seven new (E-1 to E-7), six being worked on (to E-13), five in review (to E-18), two ready (E-19, E-20), four let stand."""
    bank = Bank(founded(path, clock), clock)
    bank.receive(RECEIVED)
    for n in range(8, 21):
        bank.on(f"E-{n}", c.Triage, "tom", disposition=Disposition.ENGAGE)
    for n in range(14, 21):
        bank.on(f"E-{n}", c.SaveDraft, "tom", text="We are looking into it.", base=0)
        bank.on(f"E-{n}", c.Submit, "tom")
    for n in (19, 20):
        digest = bank.local.enquiry(f"E-{n}").drafts[-1].digest
        bank.on(f"E-{n}", c.Decide, "lawyer1", gate="legal", verdict=Verdict.APPROVE, digest=digest)
    for n in range(21, 25):
        bank.on(f"E-{n}", c.Triage, "tom", disposition=Disposition.LET_STAND, reason="rant")
    return bank.local


@pytest.fixture
def bank(tmp_path: Path, clock: FrozenClock) -> Iterator[Bank]:
    """A small bank with an enquiry in every column."""
    made = Bank(begun_with("bank", tmp_path / "hub.db", clock, at_work), clock, RECEIVED)
    yield made
    made.local.close()


@pytest.fixture
def empty_bank(tmp_path: Path, clock: FrozenClock) -> Iterator[Bank]:
    """A bank without a single enquiry."""
    made = Bank(begun_with("empty bank", tmp_path / "hub.db", clock, founded), clock)
    yield made
    made.local.close()
