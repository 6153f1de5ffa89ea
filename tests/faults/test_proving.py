"""The check of P1 to P10 finds what it is there to find: one true journal, falsified in one place at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hubconsole.domain import commands as c
from hubconsole.domain.terms import Verdict
from hubconsole.hub.local import LocalHub
from hubconsole.hub.port import JournalEntry
from tests.contract import acts
from tests.faults.load import MEMBERS
from tests.faults.proving import Checker, Published
from tests.faults.servers import POLICY, RULES
from tests.property.oracle import Broken


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[JournalEntry]]:
    """The life of one reply, from the customer's words to the channel's answer."""
    place: Path = tmp_path_factory.mktemp("proving") / "hub.db"
    hub = LocalHub.create(place, name="Bank", policy=POLICY, members=MEMBERS)
    eid = acts.receive(hub, channel="email", handle="cy@example.net")
    acts.draft(hub, eid, "ada-1")
    hub.execute(c.Submit(enquiry_id=eid), actor="ada")
    acts.decide(hub, eid, Verdict.AMEND, text="ada-1 lex-1")
    acts.decide(hub, eid, gate="brand", actor="ben")
    hub.execute(c.Send(enquiry_id=eid, via="outbox"), actor="ada")
    acts.claim_send(hub, eid)
    acts.finish_send(hub, eid)
    yield list(hub.journal())
    hub.close()


def at(journal: list[JournalEntry], kind: str) -> int:
    """Where the last event of a kind is."""
    return max(n for n, entry in enumerate(journal) if entry.kind == kind)


def without(kind: str) -> Callable[[list[JournalEntry]], None]:
    def change(journal: list[JournalEntry]) -> None:
        del journal[at(journal, kind)]

    return change


def twice(kind: str) -> Callable[[list[JournalEntry]], None]:
    def change(journal: list[JournalEntry]) -> None:
        journal.insert(at(journal, kind) + 1, journal[at(journal, kind)])

    return change


def with_body(kind: str, **facts: object) -> Callable[[list[JournalEntry]], None]:
    def change(journal: list[JournalEntry]) -> None:
        n = at(journal, kind)
        journal[n] = journal[n]._replace(body={**journal[n].body, **facts})

    return change


def by(kind: str, actor: str) -> Callable[[list[JournalEntry]], None]:
    def change(journal: list[JournalEntry]) -> None:
        n = at(journal, kind)
        journal[n] = journal[n]._replace(actor=actor)

    return change


def read(journal: list[JournalEntry]) -> Checker:
    """A checker that has read it, numbered anew."""
    checker = Checker(RULES)
    checker.read(entry._replace(seq=n) for n, entry in enumerate(journal, 1))
    checker.settled()
    return checker


def test_a_true_journal_is_found_true(journal: list[JournalEntry]) -> None:
    checker = read(journal)
    ((send_id, sent),) = checker.sends.items()
    assert sent.states == ["queued", "claimed", "delivered"]
    checker.left([Published(send_id, sent.digest)])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (without("review.decided"), "P1/P4"),
        (with_body("draft.saved", text="ada-1 lex-2"), "P2"),
        (with_body("send.claimed", digest="0" * 64), "P2/P5"),
        (by("review.decided", "lex"), "P13"),
        (with_body("review.decided", shown="0" * 64), "P6"),
        (with_body("review.decided", expires_at=1, conditions=["valid_until:1"]), "P4"),
        (twice("send.claimed"), "P7"),
        (twice("send.finished"), "P7"),
        (without("send.finished"), "P8"),
        (with_body("send.finished", outcome="in_doubt"), "P8"),
        (twice("review.decided"), "P10"),
    ],
)
def test_what_is_false_is_found_out(journal: list[JournalEntry], change: Callable[[list[JournalEntry]], None], said: str) -> None:
    false = list(journal)
    change(false)
    with pytest.raises(Broken, match=said):
        read(false)


def test_an_event_that_is_missing_is_missed(journal: list[JournalEntry]) -> None:
    checker = Checker(RULES)
    with pytest.raises(Broken, match="P9"):
        checker.read([*journal[:4], *journal[5:]])


def test_what_the_channels_did_is_held_against_the_journal(journal: list[JournalEntry]) -> None:
    checker = read(journal)
    ((send_id, sent),) = checker.sends.items()
    once = Published(send_id, sent.digest)
    for false, said in (([once, once], "P7"), ([], "P7"), ([Published(send_id, "0" * 64)], "P1/P2")):
        with pytest.raises(Broken, match=said):
            checker.left(false)
