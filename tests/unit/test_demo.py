"""The demonstration: built by real commands, all states in it."""

from pathlib import Path

import pytest

from hubconsole.clock import HOUR, MINUTE, FrozenClock
from hubconsole.demo import content as contents
from hubconsole.demo.colleagues import load_script
from hubconsole.demo.run import member_for, prepare, stale
from hubconsole.demo.scenario import build
from hubconsole.demo.story import parse_step
from hubconsole.domain import commands as c
from hubconsole.domain.looking import check
from hubconsole.domain.terms import Disposition, Function, SendState, State
from hubconsole.errors import Refused, UsageProblem
from hubconsole.hub.local import LocalHub
from tests.unit.demo_room import built, everything, hub, path, views

__all__ = ["built", "hub", "path"]


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


def test_a_shift_is_on_and_its_supervisor_leads_it(hub: LocalHub, clock: FrozenClock) -> None:
    info = hub.info()
    assert info.shift == "B" and 0 < clock() - info.shift_since < 4 * HOUR
    assert "supervisor" in next(member.functions for member in hub.members() if member.name == info.shift_lead)


def test_a_demonstration_from_another_day_says_how_to_get_a_fresh_one(hub: LocalHub, clock: FrozenClock) -> None:
    assert stale(hub, clock()) == ""
    assert "--reset" in stale(hub, clock() + 13 * HOUR)


def test_the_clock_moves_only_for_the_past(hub: LocalHub, clock: FrozenClock) -> None:
    assert clock() == FrozenClock()()
    assert min(row.received_at for row in everything(hub)) < clock() - 20 * HOUR
    assert max(row.received_at for row in everything(hub)) <= clock() - 2 * MINUTE
