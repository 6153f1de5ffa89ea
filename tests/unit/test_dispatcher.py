"""What the worker does with due sends, and with those that a crash left half done."""

import threading
from dataclasses import dataclass, field
from typing import Any

import pytest

from hubconsole.channels.base import Channel, Delivery, Knowledge, Outgoing
from hubconsole.clock import DAY, SECOND, FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.terms import Direction, SendState, State
from hubconsole.errors import Unreachable
from hubconsole.hub.port import Receipt
from hubconsole.store.rows import OutgoingRow
from hubconsole.worker.clockwork import Clockwork
from hubconsole.worker.dispatcher import Dispatcher, Step
from hubconsole.worker.run import Background
from tests.unit.memory_hub import MemoryHub

DELIVERED = Delivery("delivered", external_id="<1>")


@dataclass
class Recorder:
    """A channel that remembers what was published and answers as told."""

    knowledge: Knowledge = "lookup"
    answer: Delivery = DELIVERED
    breaks: bool = False
    name: str = "outbox"
    published: list[str] = field(default_factory=list)

    def deliver(self, outgoing: Outgoing) -> Delivery:
        if self.answer.outcome != "failed":
            self.published.append(outgoing.send_id)
        if self.breaks:
            raise ConnectionResetError("cut off")
        return self.answer

    def lookup(self, outgoing: Outgoing) -> Delivery | None:
        if self.knowledge == "blind" or outgoing.send_id not in self.published:
            return None
        return Delivery("delivered", external_id="<1>")


def dispatcher(hub: MemoryHub, channel: Channel, holder: str = "one") -> Dispatcher:
    return Dispatcher(hub, {"outbox": channel}, hub.clock, holder)


def sending_state(hub: MemoryHub, eid: str = "e1") -> SendState:
    sending = hub.states[eid].sending
    assert sending is not None
    return sending.state


@pytest.fixture
def hub() -> MemoryHub:
    return MemoryHub(FrozenClock())


def test_a_due_send_is_claimed_delivered_and_recorded(hub: MemoryHub) -> None:
    send, channel = hub.ready(), Recorder()
    assert dispatcher(hub, channel).tick() == [Step(send, "e1", "delivered", "<1>")]
    assert channel.published == [send]
    assert hub.log[-2:] == ["send.claimed", "send.finished"]
    assert hub.states["e1"].state is State.SENT


def test_nothing_leaves_inside_the_undo_window(hub: MemoryHub) -> None:
    hub.ready(send=False)
    hub.execute(c.Send(enquiry_id="e1", via="outbox"), actor="ada")
    channel = Recorder()
    hub.clock.advance(hub.policy.undo_ms - 1)
    assert dispatcher(hub, channel).tick() == []
    hub.clock.advance(1)
    assert [step.did for step in dispatcher(hub, channel).tick()] == ["delivered"]


def test_a_send_is_published_once_however_often_the_worker_looks(hub: MemoryHub) -> None:
    hub.ready()
    channel = Recorder()
    worker = dispatcher(hub, channel)
    assert [len(worker.tick()) for _ in range(3)] == [1, 0, 0]
    assert len(channel.published) == 1


def test_a_reply_whose_approval_ran_out_is_blocked_at_the_claim(hub: MemoryHub) -> None:
    hub.ready()
    channel = Recorder()
    hub.clock.advance(2 * DAY)
    assert [step.did for step in dispatcher(hub, channel).tick()] == ["blocked"]
    assert channel.published == []


def test_other_words_than_the_approved_ones_are_blocked(hub: MemoryHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.ready()
    channel = Recorder()
    honest = hub.outgoing

    def forged(send_id: str) -> OutgoingRow | None:
        found = honest(send_id)
        return found and found._replace(text=found.text + "!")

    monkeypatch.setattr(hub, "outgoing", forged)
    assert [step.did for step in dispatcher(hub, channel).tick()] == ["blocked"]
    assert channel.published == []


def test_a_customer_who_writes_in_the_undo_window_stops_the_send(hub: MemoryHub) -> None:
    hub.ready()
    hub.execute(c.RecordMessage(enquiry_id="e1", direction=Direction.IN, text="wait!", author="cy"), actor="ada")
    channel = Recorder()
    assert dispatcher(hub, channel).tick() == []
    assert channel.published == []


def test_a_certain_failure_is_recorded_with_its_reason(hub: MemoryHub) -> None:
    hub.ready()
    channel = Recorder(answer=Delivery("failed", reason="no such mailbox"))
    assert [(s.did, s.reason) for s in dispatcher(hub, channel).tick()] == [("failed", "no such mailbox")]
    assert sending_state(hub) is SendState.FAILED


def test_a_channel_that_breaks_off_leaves_the_send_in_doubt(hub: MemoryHub) -> None:
    hub.ready()
    channel = Recorder(breaks=True)
    worker = dispatcher(hub, channel)
    assert [s.did for s in worker.tick()] == ["in_doubt"]
    assert sending_state(hub) is SendState.IN_DOUBT
    assert worker.tick() == []
    assert len(channel.published) == 1


def test_an_unknown_channel_fails_and_says_which_there_are(hub: MemoryHub) -> None:
    hub.ready(via="pigeon")
    step = dispatcher(hub, Recorder()).tick()[0]
    assert (step.did, "outbox" in step.reason) == ("failed", True)


def test_a_reply_handed_to_a_person_is_left_to_that_person(hub: MemoryHub) -> None:
    hub.ready()
    worker = dispatcher(hub, Recorder(answer=Delivery("handed_over", external_id="/out/E-1.txt")))
    assert [(s.did, s.reason) for s in worker.tick()] == [("handed_over", "/out/E-1.txt")]
    assert worker.tick() == []
    hub.execute(c.MarkSent(enquiry_id="e1", link="https://x.example/1"), actor="ada")
    assert hub.states["e1"].state is State.SENT


def test_while_one_dispatcher_holds_the_lease_another_does_nothing(hub: MemoryHub) -> None:
    channel = Recorder()
    hub.ready()
    hub.lease("dispatcher", "one", 30 * SECOND)
    assert dispatcher(hub, channel, "two").tick() == []
    hub.clock.advance(31 * SECOND)
    assert [s.did for s in dispatcher(hub, channel, "two").tick()] == ["delivered"]


def test_a_dispatcher_lets_go_of_the_lease_when_its_round_is_done(hub: MemoryHub) -> None:
    hub.ready()
    dispatcher(hub, Recorder(), "one").tick()
    hub.ready("e2")
    assert [s.did for s in dispatcher(hub, Recorder(), "two").tick()] == ["delivered"]


def test_an_idle_round_writes_nothing(hub: MemoryHub) -> None:
    assert dispatcher(hub, Recorder()).tick() == []
    assert hub.leases == {}


def test_a_dispatcher_that_lost_its_lease_while_claiming_does_not_deliver(hub: MemoryHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.ready()
    slow, channel = dispatcher(hub, Recorder(), "slow"), Recorder()
    execute = hub.execute

    def claim_slowly(
        command: c.Command, *, actor: str, via: str = "api", command_id: str | None = None, fence: tuple[str, int] | None = None
    ) -> Receipt:
        receipt = execute(command, actor=actor, via=via, fence=fence)
        if command.kind == "claim_send":
            hub.clock.advance(31 * SECOND)
            assert hub.lease("dispatcher", "quick", 30 * SECOND) is not None
        return receipt

    monkeypatch.setattr(hub, "execute", claim_slowly)
    assert [s.did for s in slow.tick()] == ["lost"]
    assert channel.published == []


@pytest.mark.parametrize(
    ("knowledge", "reached", "outcome", "copies"),
    [
        ("lookup", True, SendState.DELIVERED, 1),
        ("lookup", False, SendState.IN_DOUBT, 0),
        ("blind", True, SendState.IN_DOUBT, 1),
        ("blind", False, SendState.IN_DOUBT, 0),
        ("idempotent", False, SendState.DELIVERED, 1),
    ],
)
def test_a_send_left_in_delivery_by_a_dead_dispatcher_is_settled_but_never_sent_blindly(
    hub: MemoryHub, knowledge: Knowledge, reached: bool, outcome: SendState, copies: int
) -> None:
    send, channel = hub.ready(), Recorder(knowledge)
    hub.die_after = {"claim_send"}
    with pytest.raises(Unreachable):
        dispatcher(hub, channel, "dead").tick()
    if reached:
        channel.published.append(send)
    hub.die_after = set()
    heir = dispatcher(hub, channel, "heir")
    assert heir.tick() == [], "the dead dispatcher's lease still runs"
    hub.clock.advance(31 * SECOND)
    heir.tick()
    assert sending_state(hub) is outcome
    assert len(channel.published) == copies
    assert heir.tick() == []


def test_a_crash_after_delivery_and_before_the_record_is_found_by_the_read_back(hub: MemoryHub) -> None:
    hub.ready()
    channel = Recorder()
    worker = dispatcher(hub, channel)
    execute = hub.execute

    def die_before_finish(command: c.Command, *, actor: str, via: str = "api", **more: Any) -> Receipt:
        if command.kind == "finish_send":
            raise Unreachable("killed", "The process died here.")
        return execute(command, actor=actor, via=via)

    hub.execute = die_before_finish  # type: ignore[method-assign]
    with pytest.raises(Unreachable):
        worker.tick()
    hub.execute = execute  # type: ignore[method-assign]
    assert [s.did for s in worker.tick()] == ["delivered"]
    assert len(channel.published) == 1


def test_the_clockwork_asks_for_an_approval_again_that_ran_out(hub: MemoryHub) -> None:
    hub.ready(send=False)
    clockwork = Clockwork(hub, hub.clock)
    assert clockwork.tick() == []
    hub.clock.advance(hub.policy.approval_ms)
    assert clockwork.tick() == ["e1"]
    assert hub.states["e1"].state is State.IN_REVIEW
    hub.clock.advance(6 * SECOND)
    assert clockwork.tick() == []


def test_the_clockwork_does_not_ask_again_and_again_for_a_reply_that_is_on_its_way(hub: MemoryHub) -> None:
    hub.ready()
    dispatcher(hub, Recorder(answer=Delivery("handed_over"))).tick()
    hub.clock.advance(hub.policy.approval_ms)
    asked: list[str] = []
    execute = hub.execute

    def counted(command: c.Command, *, actor: str, via: str = "api", **more: Any) -> Receipt:
        asked.append(command.kind)
        return execute(command, actor=actor, via=via)

    hub.execute = counted  # type: ignore[method-assign]
    clockwork = Clockwork(hub, hub.clock)
    for _ in range(6):
        assert clockwork.tick() == []
        hub.clock.advance(6 * SECOND)
    assert asked == ["expire"]


def test_the_background_worker_delivers_tells_and_stops(hub: MemoryHub) -> None:
    hub.ready()
    told: list[Step] = []
    heard = threading.Event()

    def tell(steps: list[Step]) -> None:
        told.extend(steps)
        heard.set()

    background = Background(dispatcher(hub, Recorder()), Clockwork(hub, hub.clock), told=tell, interval=60)
    background.start()
    assert heard.wait(10)
    assert background.stop()
    assert [step.did for step in told] == ["delivered"]


def test_the_background_worker_outlives_a_hub_that_is_away(hub: MemoryHub, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = threading.Event()

    def away(now: int) -> list[str]:
        tried.set()
        raise Unreachable("away", "The hub is away.")

    monkeypatch.setattr(hub, "due", away)
    background = Background(dispatcher(hub, Recorder()), Clockwork(hub, hub.clock), interval=60)
    background.start()
    assert tried.wait(10)
    assert background.stop()
    assert background.problem is not None and background.problem.code == "away"
