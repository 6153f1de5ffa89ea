"""Requests of many people carried out together, and writes that only the holder of a lease may do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hubconsole.clock import MINUTE, SECOND, FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.errors import Conflict, HubError, Refused
from hubconsole.hub import writing
from hubconsole.hub.local import LocalHub
from hubconsole.hub.port import Receipt
from hubconsole.hub.requests import Request
from hubconsole.ids import new_id
from tests.contract import acts
from tests.contract.hubs import IMPLEMENTATIONS, Opened


@pytest.fixture(params=["local", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path, clock: FrozenClock) -> Iterator[Opened]:
    """A hub where its server has it: requests are put together on that side of the wire."""
    with IMPLEMENTATIONS[request.param](tmp_path, clock, ALL_LEGAL) as opened:
        yield opened


@pytest.fixture
def hub(place: Opened) -> LocalHub:
    """The hub of ``place``."""
    assert isinstance(place.hub, LocalHub)
    return place.hub


def ok(answer: Receipt | HubError) -> Receipt:
    assert isinstance(answer, Receipt), answer
    return answer


def test_requests_of_many_people_are_answered_in_order(hub: LocalHub) -> None:
    eid, other = acts.receive(hub), acts.receive(hub)
    version = hub.enquiry(eid).row.version
    again = new_id()
    answers = hub.execute_many(
        [
            Request(c.Claim(enquiry_id=eid), "ada", command_id=again),
            Request(c.Claim(enquiry_id=eid), "ben"),
            Request(c.SaveSetting(setting="view", name="mine", value="state:new"), "ben"),
            Request(c.AddNote(enquiry_id=eid, text="late"), "ben", seen=version),
            Request(c.AddNote(enquiry_id=other, text="in time"), "ben", "tui", seen=version),
            Request(c.AddMember(name="eve", functions=()), "ada"),
            Request(c.Claim(enquiry_id=eid), "ada", command_id=again),
        ]
    )
    kinds = [answer.code if isinstance(answer, HubError) else answer.events for answer in answers]
    claimed = ("enquiry.claimed", "enquiry.assigned")
    assert kinds == [claimed, "claimed", ("setting.saved",), "changed", ("note.added",), "not_permitted", claimed]
    assert ok(answers[6]).repeated and ok(answers[6]).seq == ok(answers[0]).seq
    assert hub.saved("view", "ben") == {"mine": "state:new"} or hub.saved("view") == {"mine": "state:new"}
    assert next(hub.journal(ok(answers[4]).seq - 1)).via == "tui"
    assert hub.verify().ok


def test_one_that_breaks_takes_nobody_with_it(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, third = acts.receive(hub), acts.receive(hub), acts.receive(hub)
    real = vars(writing)["project_enquiry"]

    def broken(conn: Any, hub_id: str, stored: Any, after: Any, *rest: Any) -> Any:
        if after.id == second:
            raise ZeroDivisionError("nobody foresaw this")
        return real(conn, hub_id, stored, after, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(writing, "project_enquiry", broken)
        answers = hub.execute_many([Request(c.AddNote(enquiry_id=one, text="n"), "ada") for one in (first, second, third)])
    assert [isinstance(answer, Receipt) for answer in answers] == [True, False, True]
    defect = answers[1]
    assert isinstance(defect, HubError) and defect.code == "defect" and isinstance(defect.__cause__, ZeroDivisionError)
    assert [len(hub.enquiry(one).messages) for one in (first, second, third)] == [2, 1, 2]
    assert hub.verify().ok
    hub.execute(c.AddNote(enquiry_id=second, text="n"), actor="ada")


def test_no_requests_are_no_trouble(hub: LocalHub) -> None:
    before = hub.info().seq
    assert hub.execute_many([]) == [] and hub.info().seq == before


def test_who_lost_the_lease_writes_no_more(hub: LocalHub, place: Opened, clock: FrozenClock) -> None:
    eid = acts.receive(hub)
    token = hub.lease("worker", "me", MINUTE)
    assert token is not None
    hub.execute(c.AddNote(enquiry_id=eid, text="mine"), actor="ada", fence=("worker", token))
    clock.advance(2 * MINUTE)
    hub.execute(c.AddNote(enquiry_id=eid, text="late, but nobody came"), actor="ada", fence=("worker", token))
    other = place.another()
    assert other.lease("worker", "you", MINUTE) == token + 1
    with pytest.raises(Conflict) as conflict:
        hub.execute(c.AddNote(enquiry_id=eid, text="a ghost's"), actor="ada", fence=("worker", token))
    assert conflict.value.code == "fenced" and conflict.value.winner == "you"
    answers = hub.execute_many(
        [
            Request(c.AddNote(enquiry_id=eid, text="a ghost's"), "ada", fence=("worker", token)),
            Request(c.AddNote(enquiry_id=eid, text="yours"), "ada", fence=("worker", token + 1)),
        ]
    )
    assert isinstance(answers[0], Conflict) and answers[0].code == "fenced" and isinstance(answers[1], Receipt)
    assert [message.text for message in hub.enquiry(eid).messages][1:] == ["mine", "late, but nobody came", "yours"]


def test_a_lease_that_nobody_has_fences_everybody_off(hub: LocalHub) -> None:
    eid = acts.receive(hub)
    with pytest.raises(Conflict) as conflict:
        hub.execute(c.AddNote(enquiry_id=eid, text="x"), actor="ada", fence=("worker", 1))
    assert conflict.value.code == "fenced"


def test_a_lease_is_renewed_by_its_holder_with_the_same_token(hub: LocalHub, clock: FrozenClock) -> None:
    assert hub.lease("worker", "me", SECOND) == hub.lease("worker", "me", SECOND) == 1
    assert hub.lease("worker", "you", SECOND) is None
    clock.advance(2 * SECOND)
    assert hub.lease("worker", "you", SECOND) == 2
    assert hub.lease("worker", "me", SECOND) is None


def test_a_batch_is_refused_by_rules_each_on_its_own(hub: LocalHub) -> None:
    answers = hub.execute_many([Request(c.AddNote(enquiry_id=new_id(), text="x"), "nobody"), Request(_receive(), "ada")])
    assert isinstance(answers[0], Refused) and isinstance(answers[1], Receipt)


def _receive() -> c.Command:
    return c.Receive(enquiry_id=new_id(), channel="x", text="a", customer="b")
