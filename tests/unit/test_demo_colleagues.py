"""The demonstration's colleagues: they work by themselves, and never get in anybody's way."""

import shutil
import threading
from pathlib import Path

import pytest

from hubconsole.clock import SECOND, FrozenClock, system_clock
from hubconsole.demo import content as contents
from hubconsole.demo.colleagues import MOST_NEW, Colleagues, Pace
from hubconsole.demo.run import channels, prepare
from hubconsole.demo.seats import KEPT_MS, Seats
from hubconsole.domain import commands as c
from hubconsole.domain.query import parse
from hubconsole.domain.terms import State
from hubconsole.hub.local import LocalHub
from hubconsole.worker.clockwork import Clockwork
from hubconsole.worker.dispatcher import Dispatcher
from hubconsole.worker.run import Background
from tests.unit.demo_room import built, everything, hub, of, path

pytestmark = pytest.mark.slow

__all__ = ["built", "hub", "path"]


def colleagues(hub: LocalHub, clock: FrozenClock, me: str, seed: int = 7) -> Colleagues:
    return Colleagues(hub, contents.load(), clock, seats=Seats(hub, me, f"console of {me}"), channels=channels(hub.path), seed=seed)


def live(hub: LocalHub, clock: FrozenClock, room: Colleagues, rounds: int) -> list[str]:
    """Let the room work for a while at its own pace."""
    done = []
    worker = Dispatcher(hub, channels(hub.path), clock, "test")
    clockwork = Clockwork(hub, clock)
    for turn in range(rounds):
        clock.advance(10 * SECOND)
        if turn % 4 == 0:
            room.arrive()
        done.append(room.act())
        worker.tick()
        clockwork.tick()
    return [what for what in done if what]


def test_the_room_takes_answers_reviews_and_sends_without_the_person(hub: LocalHub, clock: FrozenClock) -> None:
    sent = hub.total(parse("state:sent"))
    done = live(hub, clock, colleagues(hub, clock, "nadia"), 150)
    words = " ".join(done)
    assert all(word in words for word in ("took", "drafted", "submitted", "decided", "sent"))
    assert hub.total(parse("state:sent")) > sent
    assert hub.verify().ok


def test_what_the_person_owns_holds_or_has_open_is_left_alone(hub: LocalHub, clock: FrozenClock) -> None:
    open_now, held = hub.page(parse("state:new"), limit=2).rows
    owned = of(hub, "Ruben Straithe").row
    assert owned.owner == "nadia"
    room = colleagues(hub, clock, "nadia")
    hub.execute(c.Claim(enquiry_id=held.id), actor="nadia")
    before = {row.id: row.version for row in hub.rows([open_now.id, held.id, owned.id])}
    for _ in range(60):
        hub.look("nadia", "console", open_now.id)
        hub.execute(c.Claim(enquiry_id=held.id), actor="nadia")
        before[held.id] += 1
        clock.advance(5 * SECOND)
        room.act()
    assert {row.id: row.version for row in hub.rows([open_now.id, held.id, owned.id])} == before


def test_a_reply_that_the_person_submitted_is_decided_by_the_others(hub: LocalHub, clock: FrozenClock) -> None:
    mine = of(hub, "Ruben Straithe").row
    hub.execute(c.SaveDraft(enquiry_id=mine.id, text="Hi Ruben, safe enough here. Thank you.", base=0), actor="nadia")
    hub.execute(c.Submit(enquiry_id=mine.id), actor="nadia")
    room = colleagues(hub, clock, "nadia")
    for _ in range(120):
        clock.advance(20 * SECOND)
        hub.look("nadia", "console", mine.id)
        room.act()
    assert hub.enquiry(mine.id).row.state == State.READY


def test_the_second_lawyer_never_decides_what_the_person_has_open_as_a_lawyer(hub: LocalHub, clock: FrozenClock) -> None:
    opened = of(hub, "Fitz Emberley").row
    room = colleagues(hub, clock, "ilse")
    for _ in range(120):
        clock.advance(20 * SECOND)
        hub.look("ilse", "console", opened.id)
        room.act()
    assert hub.rows([opened.id])[0].version == opened.version


def test_the_person_is_never_imitated(hub: LocalHub, clock: FrozenClock) -> None:
    seq = hub.info().seq
    live(hub, clock, colleagues(hub, clock, "verne"), 120)
    assert "verne" not in {entry.actor for entry in hub.journal(seq)}


def test_nobody_who_sits_at_another_console_is_imitated(hub: LocalHub, clock: FrozenClock) -> None:
    seq = hub.info().seq
    nadia, ilse = Seats(hub, "nadia", "terminal 1"), Seats(hub, "ilse", "terminal 2")
    room = colleagues(hub, clock, "tomas")
    owned = of(hub, "Ruben Straithe").row
    for turn in range(120):
        clock.advance(10 * SECOND)
        nadia.sit()
        ilse.sit()
        if turn % 4 == 0:
            room.arrive()
        room.act()
    assert {"nadia", "ilse", "tomas"}.isdisjoint({entry.actor for entry in hub.journal(seq)})
    assert {"priya", "verne"} <= {entry.actor for entry in hub.journal(seq)}
    assert hub.rows([owned.id])[0].owner == "nadia"
    assert room.mine(hub.rows([owned.id])[0])


def test_whoever_has_an_enquiry_open_in_an_ordinary_console_is_not_imitated_either(hub: LocalHub, clock: FrozenClock) -> None:
    hub.look("tomas", "board", everything(hub)[0].id)
    assert Seats(hub, "nadia", "terminal 1").taken(["tomas", "priya"]) == {"nadia", "tomas"}


def test_one_console_leads_the_room_and_another_follows_when_it_is_gone(hub: LocalHub, clock: FrozenClock) -> None:
    first, second = Seats(hub, "nadia", "terminal 1"), Seats(hub, "ilse", "terminal 2")
    assert (first.leads(), second.leads(), first.leads()) == (True, False, True)
    first.leave()
    assert (second.leads(), first.leads()) == (True, False)
    clock.advance(KEPT_MS)
    assert first.leads()


def test_a_seat_is_free_again_when_its_console_is_left_or_dead(hub: LocalHub, clock: FrozenClock) -> None:
    first, second = Seats(hub, "nadia", "terminal 1"), Seats(hub, "ilse", "terminal 2")
    first.sit()
    assert second.taken(["nadia", "tomas"]) == {"ilse", "nadia"}
    clock.advance(KEPT_MS)
    assert second.taken(["nadia"]) == {"ilse"}
    first.sit()
    first.leave()
    assert second.taken(["nadia"]) == {"ilse"}


def test_a_blocking_flag_is_returned_not_approved(hub: LocalHub, clock: FrozenClock) -> None:
    flagged = of(hub, "Fitz Emberley").row
    assert ":block" in flagged.flags
    live(hub, clock, colleagues(hub, clock, "nadia"), 200)
    verdicts = {review.verdict for review in hub.enquiry(flagged.id).reviews if review.version == flagged.draft}
    assert verdicts - {""} == {"return"}


def test_arrivals_stop_while_enough_wait(hub: LocalHub, clock: FrozenClock) -> None:
    room = colleagues(hub, clock, "nadia")
    for _ in range(100):
        room.arrive()
    assert hub.total(parse("state:new")) == MOST_NEW


def test_a_customer_who_writes_again_suspends_the_review_and_the_owner_takes_it_up(hub: LocalHub, clock: FrozenClock) -> None:
    seq = hub.info().seq
    done = live(hub, clock, colleagues(hub, clock, "nadia"), 240)
    assert "review.suspended" in {entry.kind for entry in hub.journal(seq)}
    assert any("resumed" in what for what in done)
    assert any("resolved" in what for what in done)


def test_a_lawyer_at_the_keyboard_is_left_most_of_the_decisions(path: Path, tmp_path: Path) -> None:
    def decided(me: str) -> int:
        clock = FrozenClock()
        hub = prepare(Path(shutil.copy(path, tmp_path / f"{me}.db")), clock=clock)
        seq = hub.info().seq
        live(hub, clock, colleagues(hub, clock, me), 60)
        count = sum(entry.kind == "review.decided" for entry in hub.journal(seq))
        hub.close()
        return count

    assert decided("ilse") * 2 < decided("nadia")


def test_the_same_seed_lives_the_same_day(path: Path, tmp_path: Path) -> None:
    def day(name: str) -> list[str]:
        clock = FrozenClock()
        hub = prepare(Path(shutil.copy(path, tmp_path / name)), clock=clock)
        done = live(hub, clock, colleagues(hub, clock, "nadia", seed=3), 40)
        hub.close()
        return done

    assert day("one.db") == day("two.db")


def test_the_room_starts_and_stops(hub: LocalHub, clock: FrozenClock) -> None:
    seq = hub.info().seq
    pace = Pace(lambda: colleagues(hub, clock, "nadia"), arrivals=(0.01, 0.01), acts=(0.01, 0.01))
    pace.start()
    try:
        assert hub.wait(seq, 20)
    finally:
        assert pace.stop()
    stopped = hub.info().seq
    assert not hub.wait(stopped, 0.1)


def test_a_still_console_and_one_that_does_not_lead_keep_their_seat_and_do_nothing(hub: LocalHub, clock: FrozenClock) -> None:
    seq = hub.info().seq
    other = Seats(hub, "priya", "terminal 3")
    for still in (True, False):
        sat = threading.Event()
        room = colleagues(hub, clock, "nadia")
        room.seats.sit = lambda sit=room.seats.sit, sat=sat: (sit(), sat.set())[0]  # type: ignore[method-assign,misc]
        assert still or other.leads()
        pace = Pace(lambda room=room: room, still=still, arrivals=(0.01, 0.01), acts=(0.01, 0.01))  # type: ignore[misc]
        pace.start()
        try:
            assert sat.wait(20)
            assert other.taken(["nadia"]) == {"priya", "nadia"}
        finally:
            assert pace.stop()
        assert other.taken(["nadia"]) == {"priya"}
    assert hub.info().seq == seq


def test_behind_the_screen_the_worker_sends_and_stops_before_the_hub_is_closed(path: Path) -> None:
    hub = prepare(path)
    told = threading.Event()
    behind = Background(Dispatcher(hub, channels(path), system_clock, "test"), Clockwork(hub, system_clock), told=lambda steps: told.set())
    behind.start()
    try:
        assert told.wait(20), "the queued reply is long due by the real clock"
    finally:
        assert behind.stop()
    hub.close()
