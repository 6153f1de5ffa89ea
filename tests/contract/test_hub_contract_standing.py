"""What every hub does when it is moved away, and when its outbox is shut."""

import pytest

from hubconsole.clock import FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.errors import Conflict, Refused, UsageProblem
from tests.contract import acts
from tests.contract.hubs import WorkedHub, hub, place

__all__ = ["hub", "place"]


def code_of(hub: WorkedHub, command: c.Command, actor: str = "sue", via: str = "cli") -> str:
    """What a command is refused with."""
    with pytest.raises(Refused) as no:
        hub.execute(command, actor=actor, via=via)
    return no.value.code


def test_a_shut_outbox_lets_nothing_out_and_says_why(hub: WorkedHub) -> None:
    waiting, ready = acts.queued(hub), acts.ready(hub)
    assert hub.execute(c.ShutOutbox(reason="a false rate is out"), actor="lex").events == ("outbox.shut",)
    assert hub.saved("standing") == {"shut": "a false rate is out"}
    with pytest.raises(Refused) as no:
        hub.execute(c.Send(enquiry_id=ready, via="outbox"), actor="ada")
    assert no.value.code == "outbox_shut" and "a false rate is out" in no.value.message
    with pytest.raises(Refused) as no:
        acts.claim_send(hub, waiting)
    assert no.value.code == "outbox_shut"
    assert [s.state for s in hub.enquiry(waiting).sends] == ["queued"]


def test_everything_else_goes_on_while_the_outbox_is_shut(hub: WorkedHub) -> None:
    hub.execute(c.ShutOutbox(reason="drill"), actor="sue")
    eid = acts.ready(hub)
    assert hub.enquiry(eid).row.state == "ready"


def test_once_a_supervisor_opened_it_what_waited_leaves(hub: WorkedHub) -> None:
    eid = acts.queued(hub)
    hub.execute(c.ShutOutbox(reason="drill"), actor="sue")
    assert code_of(hub, c.OpenOutbox(), "lex") == "not_permitted"
    assert hub.execute(c.OpenOutbox(), actor="sue").events == ("outbox.opened",)
    assert hub.execute(c.OpenOutbox(), actor="sue").events == ()
    assert hub.saved("standing") == {}
    assert "send.claimed" in acts.claim_send(hub, eid).events


@pytest.mark.parametrize("who", ["ada", "ben"])
def test_only_supervisors_and_lawyers_shut_it(hub: WorkedHub, who: str) -> None:
    assert code_of(hub, c.ShutOutbox(reason="no"), who) == "not_permitted"


def test_a_second_reason_stands_beside_the_first(hub: WorkedHub) -> None:
    for reason in ("drill", "a restore", "drill"):
        hub.execute(c.ShutOutbox(reason=reason), actor="sue")
    assert hub.saved("standing") == {"shut": "drill; a restore"}


@pytest.mark.parametrize("reason", ["", "  ", "\x1b[2J", "x" * 500])
def test_a_reason_is_words(hub: WorkedHub, reason: str) -> None:
    with pytest.raises(UsageProblem):
        hub.execute(c.ShutOutbox(reason=reason), actor="sue")


def test_a_hub_that_moved_takes_no_command_but_can_be_read(hub: WorkedHub) -> None:
    eid = acts.queued(hub)
    hub.execute(c.MoveHub(to="https://hub.example.org"), actor="sue")
    assert code_of(hub, c.Claim(enquiry_id=eid), "ada") == "moved"
    assert code_of(hub, c.AdoptPolicy(policy=ALL_LEGAL + "\n# other"), "sue") == "moved"
    assert code_of(hub, c.MoveHub(to="elsewhere"), "sue") == "moved"
    with pytest.raises(Refused) as no:
        acts.claim_send(hub, eid)
    assert no.value.code == "moved" and "https://hub.example.org" in no.value.message
    assert hub.enquiry(eid).row.state == "ready"
    assert hub.saved("standing") == {"moved_to": "https://hub.example.org"}


def test_where_it_arrives_it_goes_on(hub: WorkedHub) -> None:
    eid = acts.queued(hub)
    hub.execute(c.MoveHub(to="there"), actor="sue")
    assert code_of(hub, c.ArriveHub(place="here"), "ada") == "not_permitted"
    hub.execute(c.ArriveHub(place="here"), actor="sue")
    assert hub.saved("standing") == {}
    assert "send.claimed" in acts.claim_send(hub, eid).events
    with pytest.raises(Conflict):
        hub.execute(c.ArriveHub(place="here"), actor="sue")


def test_a_command_that_was_answered_is_answered_again_after_the_move(hub: WorkedHub, clock: FrozenClock) -> None:
    eid = acts.receive(hub)
    first = hub.execute(c.Claim(enquiry_id=eid), actor="ada")
    hub.execute(c.MoveHub(to="there"), actor="sue")
    again = hub.execute(c.Claim(enquiry_id=eid), actor="ada", command_id=first.command_id)
    assert again.repeated and again.events == first.events


def test_while_it_is_shut_or_gone_nothing_is_due(hub: WorkedHub, clock: FrozenClock) -> None:
    eid = acts.queued(hub)
    assert [row.enquiry_id for row in hub.due(clock())] == [eid]
    hub.execute(c.ShutOutbox(reason="drill"), actor="sue")
    assert list(hub.due(clock())) == []
    hub.execute(c.OpenOutbox(), actor="sue")
    hub.execute(c.MoveHub(to="there"), actor="sue")
    assert list(hub.due(clock())) == []


def test_what_was_in_delivery_when_it_was_shut_is_not_delivered_again_by_itself(hub: WorkedHub) -> None:
    eid = acts.queued(hub)
    acts.claim_send(hub, eid)
    send = hub.enquiry(eid).sends[-1].id
    assert hub.overtaken(send) == ""
    hub.execute(c.ShutOutbox(reason="a restore"), actor="sue")
    hub.execute(c.OpenOutbox(), actor="sue")
    assert "outbox" in hub.overtaken(send)


def test_another_edition_of_the_policy_has_everything_approved_anew(hub: WorkedHub) -> None:
    ready, queued = acts.ready(hub), acts.queued(hub)
    hub.execute(c.AdoptPolicy(policy='edition = "after a restore"\n' + ALL_LEGAL), actor="sue")
    assert hub.enquiry(ready).row.state == "in_review"
    assert hub.enquiry(queued).row.state == "in_review"
    assert [send.state for send in hub.enquiry(queued).sends] == ["cancelled"]
