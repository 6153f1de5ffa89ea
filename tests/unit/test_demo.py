"""The demonstration: built by real commands, all states in it, alive without getting in anybody's way."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubconsole.clock import HOUR, MINUTE, SECOND, FrozenClock, system_clock
from hubconsole.demo import content as contents
from hubconsole.demo.colleagues import MOST_NEW, Colleagues, Pace, load_script
from hubconsole.demo.run import channels, member_for, prepare, stale
from hubconsole.demo.scenario import build
from hubconsole.demo.seats import KEPT_MS, Seats
from hubconsole.demo.story import parse_step
from hubconsole.domain import commands as c
from hubconsole.domain.looking import check
from hubconsole.domain.query import parse
from hubconsole.domain.terms import Disposition, Function, SendState, State
from hubconsole.errors import Refused, UsageProblem
from hubconsole.hub.local import LocalHub
from hubconsole.store.rows import BoardRow, EnquiryView
from hubconsole.worker.clockwork import Clockwork
from hubconsole.worker.dispatcher import Dispatcher
from hubconsole.worker.run import Background

SNOOZED = "is:snoozed"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration as first built."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    prepare(path, clock=FrozenClock()).close()
    return path


@pytest.fixture
def path(built: Path, tmp_path: Path) -> Path:
    """A copy that the test may change."""
    return Path(shutil.copy(built, tmp_path / "demo.db"))


@pytest.fixture
def hub(path: Path, clock: FrozenClock) -> Iterator[LocalHub]:
    opened = prepare(path, clock=clock)
    yield opened
    opened.close()


def everything(hub: LocalHub) -> list[BoardRow]:
    return [*hub.page(parse(""), limit=500).rows, *hub.page(parse(SNOOZED), limit=500).rows]


def views(hub: LocalHub) -> list[EnquiryView]:
    return [hub.enquiry(row.id) for row in everything(hub)]


def of(hub: LocalHub, customer: str) -> EnquiryView:
    return next(hub.enquiry(row.id) for row in everything(hub) if row.customer == customer)


def test_about_sixty_enquiries_stand_in_every_state_and_the_journal_verifies(hub: LocalHub) -> None:
    rows = everything(hub)
    assert 55 <= len(rows) <= 70
    assert {row.state for row in rows} == set(State)
    assert hub.verify().ok


def test_the_projections_are_what_a_rebuild_makes_of_the_journal(hub: LocalHub) -> None:
    before = (everything(hub), views(hub), hub.counts())
    hub.rebuild()
    assert (everything(hub), views(hub), hub.counts()) == before


def test_it_holds_what_people_should_see(hub: LocalHub) -> None:
    found = views(hub)
    sends = {send.state for view in found for send in view.sends}
    assert sends >= {SendState.QUEUED, SendState.IN_DOUBT, SendState.HANDED_OVER, SendState.DELIVERED}
    reviews = [review for view in found for review in view.reviews]
    assert {review.state for review in reviews} >= {"requested", "opened", "decided", "suspended"}
    assert {review.verdict for review in reviews} >= {"approve", "approve_with_conditions", "amend", "not_required", "return", "reject"}
    assert {review.gate for review in reviews} == {"legal", "brand"}
    assert {view.row.disposition for view in found} >= set(Disposition)
    flags = " ".join(view.row.flags for view in found)
    assert ":block" in flags and "guarantee:warn" in flags and "rate:warn" in flags
    assert any(len(view.drafts) > 1 and view.drafts[0].text != view.drafts[-1].text for view in found)
    assert any(message.direction == "internal" for view in found for message in view.messages)
    assert any(row.on_it_until > hub.clock() for row in everything(hub))
    assert {row.channel for row in everything(hub)} >= {
        "x",
        "facebook",
        "instagram",
        "email",
        "web",
        "chat",
        "dm",
        "phone",
        "paper",
        "walk_in",
    }


def test_nothing_happens_after_now(hub: LocalHub) -> None:
    times = [entry.at for entry in hub.journal()]
    assert times == sorted(times)
    assert times[-1] <= hub.clock()


def test_nothing_that_was_sent_lacks_its_approval(hub: LocalHub) -> None:
    for view in views(hub):
        for send in view.sends:
            assert any(r.version == send.version and r.digest == send.digest and r.state == "decided" for r in view.reviews)


def test_every_reply_that_went_out_holds_no_blocking_flag(hub: LocalHub) -> None:
    for view in views(hub):
        for send in view.sends:
            text = next(draft.text for draft in view.drafts if draft.version == send.version)
            assert not any(flag.endswith(":block") for flag in check(text, view.row.channel, view.row.visibility))


def test_people_and_banking77_texts_are_kept_apart_from_real_addresses() -> None:
    content = contents.load()
    assert len(content.spare) > 150
    for told in content.enquiries:
        if "@" in told.handle and not told.handle.startswith("@"):
            assert told.handle.endswith(".example")
    for _, handle, channel in load_script().customers:
        assert channel != "email" or handle.endswith(".example")


def test_every_function_has_somebody_in_the_room() -> None:
    content = contents.load()
    assert {function for _, functions in content.members for function in functions} >= set(Function) - {Function.SYSTEM}


def test_a_second_opening_keeps_what_was_done_and_reset_throws_it_away(path: Path, clock: FrozenClock) -> None:
    first = prepare(path, clock=clock)
    first.execute(c.AddNote(enquiry_id=everything(first)[0].id, text="mine"), actor="nadia")
    seq = first.info().seq
    first.close()
    again = prepare(path, clock=clock)
    assert again.info().seq == seq
    again.close()
    fresh = prepare(path, reset=True, clock=clock)
    assert fresh.info().seq == seq - 1
    assert fresh.verify().ok
    fresh.close()


def test_a_real_hub_is_neither_opened_nor_reset_as_the_demonstration(tmp_path: Path, clock: FrozenClock) -> None:
    path = tmp_path / "hub.db"
    text = contents.load().policy
    LocalHub.create(path, name="Real", policy=text, members=[("ann", (Function.SERVICE,))], clock=clock).close()
    for reset in (False, True):
        with pytest.raises(Refused, match="Real") as problem:
            prepare(path, reset=reset, clock=clock)
        assert problem.value.code == "not_demo"
    survivor = LocalHub.open(path, clock=clock)
    assert survivor.info().name == "Real"
    survivor.close()


def test_an_interrupted_build_leaves_no_half_demonstration(tmp_path: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("hubconsole.demo.scenario.build", broken)
    with pytest.raises(KeyboardInterrupt):
        prepare(tmp_path / "demo.db", clock=clock)
    assert not (tmp_path / "demo.db").exists()
    monkeypatch.undo()
    prepare(tmp_path / "demo.db", clock=clock).close()
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.endswith(".part")) == []


@pytest.mark.parametrize(
    ("said", "who"),
    [
        ("", "nadia"),
        ("legal", "ilse"),
        ("lawyer", "ilse"),
        ("Verne", "verne"),
        ("marketing", "kim"),
        ("supervisor", "hale"),
        ("agent", "nadia"),
    ],
)
def test_a_role_or_a_name_says_who_one_is(hub: LocalHub, said: str, who: str) -> None:
    assert member_for(hub.members(), said) == who


def test_an_unknown_role_is_answered_with_those_there_are(hub: LocalHub) -> None:
    with pytest.raises(UsageProblem, match="ilse"):
        member_for(hub.members(), "astronaut")


def test_a_story_that_a_rule_refuses_says_which_step(tmp_path: Path, clock: FrozenClock) -> None:
    content = contents.load()
    told = content.enquiries[0]._replace(age=HOUR, story=(parse_step("+1 nadia submit"),))
    hub = LocalHub.create(tmp_path / "demo.db", name="T", policy=content.policy, members=content.members, clock=clock)
    with pytest.raises(UsageProblem, match=r"nadia submit") as problem:
        build(hub, clock, content._replace(enquiries=(told,)))
    assert problem.value.code == "bad_story"
    hub.close()


@pytest.mark.parametrize("line", ["", "nadia claim", "+x nadia claim", "+1 nadia dance", "+1  claim"])
def test_a_line_that_is_no_step_is_shown(line: str) -> None:
    with pytest.raises(UsageProblem, match="no step"):
        parse_step(line)


# --- colleagues -----------------------------------------------------------------------------------


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


def test_a_demonstration_from_another_day_says_how_to_get_a_fresh_one(hub: LocalHub, clock: FrozenClock) -> None:
    assert stale(hub, clock()) == ""
    assert "--reset" in stale(hub, clock() + 13 * HOUR)


def test_the_clock_moves_only_for_the_past(hub: LocalHub, clock: FrozenClock) -> None:
    assert clock() == FrozenClock()()
    assert min(row.received_at for row in everything(hub)) < clock() - 20 * HOUR
    assert max(row.received_at for row in everything(hub)) <= clock() - 2 * MINUTE
