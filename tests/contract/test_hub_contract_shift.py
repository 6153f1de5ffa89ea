"""What every hub says about the shift that is on."""

import pytest

from hubconsole.clock import HOUR, FrozenClock
from hubconsole.domain import commands as c
from hubconsole.errors import Refused, UsageProblem
from tests.contract.hubs import Opened, WorkedHub, hub, place

__all__ = ["hub", "place"]


def test_a_hub_without_a_shift_says_so(hub: WorkedHub) -> None:
    info = hub.info()
    assert (info.shift, info.shift_lead, info.shift_since) == ("", "", 0)


def test_a_shift_that_was_started_is_in_the_hubs_facts_and_seen_as_a_change(hub: WorkedHub, clock: FrozenClock) -> None:
    seq = hub.info().seq
    assert hub.execute(c.StartShift(name=" B ", lead="ada"), actor="sue").events == ("shift.started",)
    info = hub.info()
    assert (info.shift, info.shift_lead, info.shift_since) == ("B", "ada", clock.now)
    assert hub.changes(seq).hub_changed and not hub.changes(seq).enquiry_ids
    clock.advance(HOUR)
    assert hub.execute(c.StartShift(name="B", lead="ada"), actor="sue").events == ()
    assert hub.info().shift_since == clock.now - HOUR
    hub.execute(c.StartShift(name="C", lead="sue"), actor="sue")
    assert hub.info()[6:9] == ("C", "sue", clock.now)
    assert hub.execute(c.EndShift(), actor="sue").events == ("shift.ended",)
    assert hub.execute(c.EndShift(), actor="sue").events == ()
    assert hub.info()[6:9] == ("", "", 0)


def test_only_a_supervisor_starts_and_ends_it_and_a_member_leads_it(hub: WorkedHub) -> None:
    for command in (c.StartShift(name="B", lead="ada"), c.EndShift()):
        with pytest.raises(Refused) as no:
            hub.execute(command, actor="ada")
        assert no.value.code == "not_permitted"
    for name, lead, code in (("B", "nobody", "unknown_member"), ("", "ada", "bad_name"), ("\x1b[2J", "ada", "bad_name")):
        with pytest.raises(UsageProblem) as wrong:
            hub.execute(c.StartShift(name=name, lead=lead), actor="sue")
        assert wrong.value.code == code


def test_a_shift_ends_with_the_membership_of_its_lead(hub: WorkedHub) -> None:
    hub.execute(c.StartShift(name="B", lead="ada"), actor="sue")
    assert hub.execute(c.RemoveMember(name="ada"), actor="sue").events[:2] == ("member.removed", "shift.ended")
    assert hub.info().shift == ""


def test_nobody_puts_a_shift_in_as_a_setting(hub: WorkedHub) -> None:
    with pytest.raises(UsageProblem):
        hub.execute(c.SaveSetting(setting="shift", name="current", value='["X", "ada", 1]'), actor="sue")


def test_every_console_on_the_hub_says_the_same(place: Opened) -> None:
    other = place.another()
    place.hub.execute(c.StartShift(name="B", lead="ada"), actor="sue")
    assert other.info() == place.hub.info()
    assert other.info().shift_lead == "ada"
