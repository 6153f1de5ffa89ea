"""The worker on a real store: every point at which it can die, seen from the process that comes after it."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from hubconsole.channels.base import Channel, Delivery, Outgoing, outgoing_from, wire_digest
from hubconsole.channels.outbox import OutboxChannel
from hubconsole.channels.registry import open_channels
from hubconsole.clock import SECOND, FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.terms import Direction, Function, SendState, State, Verdict
from hubconsole.hub.local import LocalHub
from hubconsole.ids import new_id
from hubconsole.worker.dispatcher import Dispatcher

TEXT = "Thank you, we are on it.\n"


class Killed(BaseException):
    """Stands for kill -9: nothing may catch it."""


@pytest.fixture
def hub(tmp_path: Path, clock: FrozenClock) -> Iterator[LocalHub]:
    people = [("ada", (Function.SERVICE,)), ("lex", (Function.LEGAL,))]
    opened = LocalHub.create(tmp_path / "hub.db", name="Test", policy=ALL_LEGAL, members=people, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def channels(tmp_path: Path) -> dict[str, Channel]:
    return open_channels(tmp_path / "out", tmp_path / "outbox", [])


def queued(hub: LocalHub, via: str = "outbox") -> str:
    """An approved reply, due to leave; the enquiry's id."""
    eid = new_id()
    hub.execute(
        c.Receive(
            enquiry_id=eid,
            channel="email",
            text="help",
            customer="cy",
            handle="cy@example.net",
            external_id="<a1@example.net>",
            subject="Card",
        ),
        actor="ada",
    )
    hub.execute(c.SaveDraft(enquiry_id=eid, text=TEXT, base=0), actor="ada")
    hub.execute(c.Submit(enquiry_id=eid), actor="ada")
    digest = hub.enquiry(eid).drafts[-1].digest
    hub.execute(c.Decide(enquiry_id=eid, gate="legal", verdict=Verdict.APPROVE, digest=digest), actor="lex")
    hub.execute(c.Send(enquiry_id=eid, via=via, now=True), actor="ada")
    return eid


def sent_state(hub: LocalHub, eid: str) -> str:
    return hub.enquiry(eid).sends[-1].state


def mails(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "outbox"
    return sorted(folder.iterdir()) if folder.exists() else []


def test_a_reply_leaves_as_a_mail_with_the_approved_text_and_digest(hub: LocalHub, channels: dict[str, Channel], tmp_path: Path) -> None:
    eid = queued(hub)
    steps = Dispatcher(hub, channels, hub.clock, "one").tick()
    assert [step.did for step in steps] == ["delivered"]
    assert hub.enquiry(eid).row.state == State.SENT
    content = mails(tmp_path)[0].read_text()
    assert "In-Reply-To: <a1@example.net>" in content
    assert hub.enquiry(eid).sends[-1].digest in content
    assert hub.verify().ok


def test_the_text_by_hand_waits_for_the_person_and_then_counts_as_sent(hub: LocalHub, channels: dict[str, Channel]) -> None:
    eid = queued(hub, "manual")
    worker = Dispatcher(hub, channels, hub.clock, "one")
    file = Path(worker.tick()[0].reason)
    assert file.read_bytes() == TEXT.encode()
    assert (sent_state(hub, eid), hub.enquiry(eid).sends[-1].link) == (SendState.HANDED_OVER, str(file))
    assert worker.tick() == []
    hub.execute(c.MarkSent(enquiry_id=eid, link="https://bank.example/1"), actor="ada")
    assert sent_state(hub, eid) == SendState.DELIVERED


class Dying:
    """The hub, or a channel, of a process that is killed at one point."""

    def __init__(self, hub: LocalHub, kind: str, *, before: bool) -> None:
        self.hub, self.kind, self.before = hub, kind, before
        self.due, self.outgoing, self.expiring, self.lease = hub.due, hub.outgoing, hub.expiring, hub.lease
        self.overtaken = hub.overtaken

    def execute(
        self, command: c.Command, *, actor: str, via: str = "worker", command_id: str | None = None, fence: tuple[str, int] | None = None
    ) -> object:
        if command.kind == self.kind and self.before:
            raise Killed
        receipt = self.hub.execute(command, actor=actor, via=via, command_id=command_id, fence=fence)
        if command.kind == self.kind:
            raise Killed
        return receipt


POINTS: list[tuple[str, bool, str, int]] = [
    ("claim_send", True, "delivered", 1),
    ("claim_send", False, "in_doubt", 0),
    ("finish_send", True, "delivered", 1),
    ("finish_send", False, "delivered", 1),
]


@pytest.mark.parametrize(("kind", "before", "outcome", "copies"), POINTS)
def test_a_worker_killed_at_any_point_loses_nothing_and_sends_nothing_twice(
    hub: LocalHub, channels: dict[str, Channel], clock: FrozenClock, tmp_path: Path, kind: str, before: bool, outcome: str, copies: int
) -> None:
    eid = queued(hub)
    with pytest.raises(Killed):
        Dispatcher(Dying(hub, kind, before=before), channels, clock, "dead").tick()  # type: ignore[arg-type]
    other = LocalHub.open(hub.path, clock=clock)
    heir = Dispatcher(other, channels, clock, "heir")
    assert heir.tick() == [], "the dead worker's lease still runs"
    clock.advance(31 * SECOND)
    for _ in range(3):
        heir.tick()
    assert sent_state(other, eid) == outcome
    assert len(mails(tmp_path)) == copies
    assert other.verify().ok
    other.close()


def test_a_worker_killed_inside_the_channel_is_found_out_by_the_file(
    hub: LocalHub, channels: dict[str, Channel], clock: FrozenClock, tmp_path: Path
) -> None:
    class Cut(OutboxChannel):
        def deliver(self, outgoing: Outgoing) -> Delivery:
            super().deliver(outgoing)
            raise Killed

    eid = queued(hub)
    with pytest.raises(Killed):
        Dispatcher(hub, {"outbox": Cut(tmp_path / "outbox")}, clock, "dead").tick()
    clock.advance(31 * SECOND)
    assert [step.did for step in Dispatcher(hub, channels, clock, "heir").tick()] == ["delivered"]
    assert (sent_state(hub, eid), len(mails(tmp_path))) == (SendState.DELIVERED, 1)


def cut_off(hub: LocalHub, channels: dict[str, Channel], clock: FrozenClock, via: str) -> str:
    """A reply that was claimed by a worker which died before it delivered; the next one may take over. The enquiry's id."""
    eid = queued(hub, via)
    with pytest.raises(Killed):
        Dispatcher(Dying(hub, "claim_send", before=False), channels, clock, "dead").tick()  # type: ignore[arg-type]
    clock.advance(31 * SECOND)
    return eid


def test_a_delivery_that_was_cut_off_is_made_up_for_where_that_is_safe(
    hub: LocalHub, channels: dict[str, Channel], clock: FrozenClock, tmp_path: Path
) -> None:
    cut_off(hub, channels, clock, "manual")
    assert [step.did for step in Dispatcher(hub, channels, clock, "heir").tick()] == ["handed_over"]
    assert [path.read_bytes() for path in (tmp_path / "out").iterdir()] == [TEXT.encode()]


def test_a_delivery_that_was_cut_off_is_not_made_up_for_after_the_customer_wrote_again(
    hub: LocalHub, channels: dict[str, Channel], clock: FrozenClock, tmp_path: Path
) -> None:
    eid = cut_off(hub, channels, clock, "manual")
    hub.execute(c.RecordMessage(enquiry_id=eid, direction=Direction.IN, text="stop", author="cy"), actor="ada")
    (step,) = Dispatcher(hub, channels, clock, "heir").tick()
    assert (step.did, "has written again" in step.reason) == ("in_doubt", True)
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_a_delivery_that_was_cut_off_is_not_made_up_for_after_its_approval_ran_out(
    hub: LocalHub, channels: dict[str, Channel], clock: FrozenClock, tmp_path: Path
) -> None:
    cut_off(hub, channels, clock, "manual")
    clock.advance(hub.policy().approval_ms)
    (step,) = Dispatcher(hub, channels, clock, "heir").tick()
    assert (step.did, "has run out" in step.reason) == ("in_doubt", True)


@pytest.mark.parametrize("both", [False, True], ids=["text", "text and digest"])
@pytest.mark.parametrize("via", ["manual", "outbox"])
def test_a_delivery_that_was_cut_off_never_goes_on_with_other_words(
    hub: LocalHub, channels: dict[str, Channel], clock: FrozenClock, tmp_path: Path, via: str, both: bool
) -> None:
    eid = cut_off(hub, channels, clock, via)
    with sqlite3.connect(hub.path) as conn:
        conn.execute("UPDATE draft SET text = 'EVIL'")
        if both:
            row = hub.outgoing(hub.enquiry(eid).sends[-1].id)
            assert row is not None
            conn.execute("UPDATE send SET digest = ?", (wire_digest(outgoing_from(row)),))
    (step,) = Dispatcher(hub, channels, clock, "heir").tick()
    assert (step.did, "not the approved reply" in step.reason) == ("in_doubt", True)
    assert not [path for folder in ("out", "outbox") for path in (tmp_path / folder).glob("*")]


def test_a_reply_in_doubt_is_left_by_a_named_person_only(hub: LocalHub, clock: FrozenClock, tmp_path: Path) -> None:
    class Silent(OutboxChannel):
        def deliver(self, outgoing: Outgoing) -> Delivery:
            return Delivery("in_doubt", reason="no answer")

    eid = queued(hub)
    worker = Dispatcher(hub, {"outbox": Silent(tmp_path / "outbox")}, clock, "one")
    worker.tick()
    for _ in range(3):
        clock.advance(60 * SECOND)
        assert worker.tick() == []
    assert (sent_state(hub, eid), hub.enquiry(eid).sends[-1].reason) == (SendState.IN_DOUBT, "no answer")
    hub.execute(c.MarkNotSent(enquiry_id=eid, reason="looked in the mailbox"), actor="ada")
    assert hub.enquiry(eid).row.state == State.READY


def test_two_workers_at_once_send_each_reply_once(
    hub: LocalHub, channels: Mapping[str, Channel], clock: FrozenClock, tmp_path: Path
) -> None:
    ids = [queued_again(hub, number) for number in range(6)]
    together = threading.Barrier(2)
    failures: list[BaseException] = []

    def work(holder: str) -> Callable[[], None]:
        def run() -> None:
            mine = LocalHub.open(hub.path, clock=clock)
            try:
                together.wait(10)
                for _ in range(8):
                    Dispatcher(mine, channels, clock, holder).tick()
            except BaseException as problem:  # noqa: BLE001  told to the test's own thread
                failures.append(problem)
            finally:
                mine.close()

        return run

    threads = [threading.Thread(target=work(name)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert {sent_state(hub, eid) for eid in ids} == {SendState.DELIVERED}
    assert len(mails(tmp_path)) == len(ids)
    assert hub.verify().ok


def queued_again(hub: LocalHub, number: int) -> str:
    eid = new_id()
    hub.execute(c.Receive(enquiry_id=eid, channel="email", text="help", customer=f"c{number}@example.net"), actor="ada")
    hub.execute(c.SaveDraft(enquiry_id=eid, text=f"Reply {number}", base=0), actor="ada")
    hub.execute(c.Submit(enquiry_id=eid), actor="ada")
    digest = hub.enquiry(eid).drafts[-1].digest
    hub.execute(c.Decide(enquiry_id=eid, gate="legal", verdict=Verdict.APPROVE, digest=digest), actor="lex")
    hub.execute(c.Send(enquiry_id=eid, via="outbox", now=True), actor="ada")
    return eid


def test_a_customer_who_writes_while_a_reply_is_leaving_does_not_make_it_another_reply(
    hub: LocalHub, channels: dict[str, Channel], clock: FrozenClock, tmp_path: Path
) -> None:
    eid = queued(hub)
    with pytest.raises(Killed):
        Dispatcher(Dying(hub, "finish_send", before=True), channels, clock, "dead").tick()  # type: ignore[arg-type]
    hub.execute(c.RecordMessage(enquiry_id=eid, direction=Direction.IN, text="and one more thing", author="cy"), actor="ada")
    clock.advance(31 * SECOND)
    assert [step.did for step in Dispatcher(hub, channels, clock, "heir").tick()] == ["delivered"]
    assert len(mails(tmp_path)) == 1
    assert hub.enquiry(eid).row.state == State.WORKING


def test_a_dispatcher_that_fell_asleep_records_nothing_after_another_has_taken_over(
    hub: LocalHub, channels: dict[str, Channel], clock: FrozenClock, tmp_path: Path
) -> None:
    class Asleep(OutboxChannel):
        def deliver(self, outgoing: Outgoing) -> Delivery:
            clock.advance(31 * SECOND)
            assert hub.lease("dispatcher", "heir", 30 * SECOND) is not None
            return super().deliver(outgoing)

    eid = queued(hub)
    (step,) = Dispatcher(hub, {"outbox": Asleep(tmp_path / "outbox")}, clock, "sleeper").tick()
    assert (step.did, "taken by heir" in step.reason) == ("lost", True)
    assert sent_state(hub, eid) == SendState.DELIVERING
    assert [step.did for step in Dispatcher(hub, channels, clock, "heir").tick()] == ["delivered"]
    assert len(mails(tmp_path)) == 1
