"""What every hub does with what it is asked: once, in order, and with a word about who was first."""

import pytest

from hubconsole.clock import MINUTE, FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.terms import Direction, Verdict
from hubconsole.errors import Conflict, HubError, UsageProblem
from hubconsole.hub.port import Receipt
from hubconsole.ids import new_id
from tests.contract import acts
from tests.contract.hubs import Opened, WorkedHub, hub, place
from tests.contract.test_hub_contract import kept, recount

__all__ = ["hub", "place"]


def test_a_command_repeated_under_its_id_gets_the_first_answer_and_writes_nothing(hub: WorkedHub, place: Opened) -> None:
    eid, once = acts.receive(hub), new_id()
    claim = c.Claim(enquiry_id=eid)
    first = hub.execute(claim, actor="ada", command_id=once)
    assert not first.repeated and first.events
    hub.execute(c.AddNote(enquiry_id=eid, text="later"), actor="ben")
    seq = hub.info().seq
    for console in (hub, place.another()):
        again = console.execute(claim, actor="ada", command_id=once)
        assert again == first._replace(repeated=True)
    assert hub.info().seq == seq


def test_a_command_for_which_nothing_had_to_change_leaves_no_trace_and_is_decided_anew(hub: WorkedHub) -> None:
    eid, once = acts.receive(hub), new_id()
    seq = hub.info().seq
    release = c.Release(enquiry_id=eid)
    for _ in range(2):
        nothing = hub.execute(release, actor="ada", command_id=once)
        assert (nothing.events, nothing.repeated, hub.info().seq) == ((), False, seq)
    hub.execute(c.Claim(enquiry_id=eid), actor="ada")
    assert hub.execute(release, actor="ada", command_id=once).events == ("enquiry.released",)
    assert hub.execute(release, actor="ada", command_id=once).repeated


@pytest.mark.parametrize(("actor", "text"), [("ben", "one"), ("ada", "two")])
def test_a_command_id_cannot_be_used_for_another_request(hub: WorkedHub, actor: str, text: str) -> None:
    eid, once = acts.receive(hub), new_id()
    hub.execute(c.AddNote(enquiry_id=eid, text="one"), actor="ada", command_id=once)
    with pytest.raises(Conflict) as conflict:
        hub.execute(c.AddNote(enquiry_id=eid, text=text), actor=actor, command_id=once)
    assert (conflict.value.code, conflict.value.winner) == ("command_id_reused", "ada")


def test_a_command_id_must_be_a_uuid7(hub: WorkedHub) -> None:
    for bad in ("", "x", "01900000-0000-4000-8000-000000000001"):
        with pytest.raises(UsageProblem):
            hub.execute(c.Claim(enquiry_id=acts.receive(hub)), actor="ada", command_id=bad or "-")


def test_acting_on_what_others_changed_since_is_a_conflict_that_names_them(hub: WorkedHub, clock: FrozenClock) -> None:
    eid = acts.receive(hub)
    seen = hub.enquiry(eid).row.version
    clock.advance(MINUTE)
    hub.execute(c.SetPriority(enquiry_id=eid, priority=1), actor="ben")
    with pytest.raises(Conflict) as conflict:
        hub.execute(c.Claim(enquiry_id=eid), actor="ada", seen=seen)
    told = conflict.value
    assert (told.code, told.winner, told.at, told.version) == ("changed", "ben", clock.now, seen + 1)
    assert "ben" in told.message and "E-1" in told.message
    hub.execute(c.Claim(enquiry_id=eid), actor="ada", seen=told.version)


def test_a_conflict_names_what_settled_the_matter_and_not_only_what_came_last(hub: WorkedHub, clock: FrozenClock) -> None:
    eid = acts.submitted(hub)
    row = hub.enquiry(eid).row
    digest = hub.enquiry(eid).drafts[-1].digest
    hub.execute(c.SetPriority(enquiry_id=eid, priority=1), actor="sue")
    clock.advance(MINUTE)
    hub.execute(c.Decide(enquiry_id=eid, gate="legal", verdict=Verdict.APPROVE, digest=digest), actor="lou")
    decided = clock.now
    clock.advance(MINUTE)
    for text in ("one", "two"):
        hub.execute(c.AddNote(enquiry_id=eid, text=text), actor="ben")
    with pytest.raises(Conflict) as conflict:
        hub.execute(c.Decide(enquiry_id=eid, gate="legal", verdict=Verdict.APPROVE, digest=digest), actor="lex", seen=row.version)
    told = conflict.value
    assert (told.code, told.winner, told.at) == ("changed", "lou", decided)
    assert "lou approved version 1 (legal); since then ben noted something (and 1 more)." in told.message
    with pytest.raises(Conflict) as conflict:
        hub.execute(c.SetPriority(enquiry_id=eid, priority=2), actor="ada", seen=row.version)
    assert (conflict.value.winner, "sue set P1 (was P3)" in conflict.value.message) == ("sue", True)


def test_ones_own_changes_and_opened_reviews_do_not_conflict(hub: WorkedHub) -> None:
    eid = acts.submitted(hub)
    seen = hub.enquiry(eid).row.version
    hub.execute(c.AddNote(enquiry_id=eid, text="mine"), actor="ada")
    hub.execute(c.OpenReview(enquiry_id=eid, gate="legal", digest=hub.enquiry(eid).drafts[-1].digest), actor="lex")
    hub.execute(c.Withdraw(enquiry_id=eid), actor="ada", seen=seen)


def test_an_external_message_is_taken_in_once(hub: WorkedHub) -> None:
    eid = acts.receive(hub, external_id="m1")
    acts.write_again(hub, eid, external_id="m2")
    for again in ("m1", "m2"):
        with pytest.raises(Conflict, match="E-1") as conflict:
            acts.receive(hub, external_id=again)
        assert conflict.value.code == "taken_in"
    with pytest.raises(Conflict):
        acts.write_again(hub, eid, external_id="m1")
    other = acts.receive(hub, external_id="m1", channel="email")
    assert hub.known("x", ["m2", "m3", "m1"]) == {"m1": eid, "m2": eid}
    assert hub.known("email", ["m1"]) == {"m1": other}
    assert hub.known("x", []) == {}


def test_a_delivered_reply_that_intake_had_already_seen_is_still_delivered(hub: WorkedHub) -> None:
    eid = acts.queued(hub)
    acts.claim_send(hub, eid)
    hub.execute(
        c.RecordMessage(enquiry_id=eid, direction=Direction.OUT, text="It is on its way.", author="bank", external_id="r1"), actor="ada"
    )
    acts.finish_send(hub, eid, external_id="r1")
    assert acts.state(hub, eid) == "sent"
    assert hub.known("x", ["r1"]) == {"r1": eid}


def test_a_claim_keeps_others_out_until_it_ends(hub: WorkedHub, clock: FrozenClock) -> None:
    eid = acts.receive(hub)
    hub.execute(c.Claim(enquiry_id=eid), actor="ada")
    row = hub.enquiry(eid).row
    assert (row.on_it, row.owner) == ("ada", "ada") and row.on_it_until == clock.now + 5 * MINUTE
    for command in (c.Claim(enquiry_id=eid), c.SaveDraft(enquiry_id=eid, text="x", base=0), c.Release(enquiry_id=eid)):
        with pytest.raises(Conflict) as conflict:
            hub.execute(command, actor="ben")
        assert (conflict.value.code, conflict.value.winner) == ("claimed", "ada")
    hub.execute(c.Claim(enquiry_id=eid, take_over=True), actor="sue")
    assert hub.enquiry(eid).row.on_it == "sue"
    clock.advance(5 * MINUTE)
    hub.execute(c.Claim(enquiry_id=eid), actor="ben")


def test_execute_all_answers_each_command_on_its_own_merits(hub: WorkedHub) -> None:
    new, taken = new_id(), acts.receive(hub, external_id="m1")
    answers = hub.execute_all(
        [
            c.Receive(enquiry_id=new, channel="x", text="one", customer="c", external_id="m2"),
            c.Receive(enquiry_id=new_id(), channel="x", text="two", customer="c", external_id="m1"),
            c.Receive(enquiry_id=new_id(), channel="x", text="  ", customer="c"),
            c.RecordMessage(enquiry_id=new, direction=Direction.IN, text="more", author="c", external_id="m3"),
            c.Claim(enquiry_id=new_id()),
            c.Claim(enquiry_id=taken),
        ],
        actor="ada",
    )
    kinds = [answer.events[0] if isinstance(answer, Receipt) else answer.code for answer in answers]
    assert kinds == ["enquiry.received", "taken_in", "empty_text", "message.recorded", "unknown_enquiry", "enquiry.claimed"]
    assert all(isinstance(answer, Receipt | HubError) for answer in answers)
    assert [m.text for m in hub.enquiry(new).messages] == ["one", "more"]
    assert hub.verify().ok and kept(hub) == recount(hub)
    assert hub.execute_all([], actor="ada") == []


def test_numbers_beyond_any_store_are_a_usage_problem(hub: WorkedHub) -> None:
    eid = acts.receive(hub)
    for command in (c.Snooze(enquiry_id=eid, until=2**70), c.SaveDraft(enquiry_id=eid, text="x", base=2**70)):
        with pytest.raises((UsageProblem, Conflict)):
            hub.execute(command, actor="ada")
    with pytest.raises(UsageProblem):
        acts.receive(hub, posted_at=2**70)


def test_a_message_is_taken_in_once_however_its_channel_is_written(hub: WorkedHub) -> None:
    acts.receive(hub, channel="x", external_id="m1")
    with pytest.raises(Conflict) as refusal:
        acts.receive(hub, channel=" X", external_id="m1")
    assert refusal.value.code == "taken_in"
