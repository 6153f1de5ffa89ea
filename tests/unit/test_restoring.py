"""Backups, putting one back, and noticing one that was put back by other means: nothing is sent twice."""

import errno
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hubconsole.clock import DAY, HOUR, MINUTE, FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.policy import ALL_LEGAL, parse_policy
from hubconsole.domain.query import Query, parse
from hubconsole.errors import Conflict, Refused, StoreProblem
from hubconsole.hub.local import LocalHub
from hubconsole.hub.restoring import another_edition, copy, put_back, was_put_back
from hubconsole.hub.transfer import StoreSide
from hubconsole.store import journal
from hubconsole.worker.clockwork import Clockwork
from hubconsole.worker.dispatcher import Dispatcher
from hubconsole.worker.run import Background
from hubconsole.worker.watermark import Watermark
from tests import pg
from tests.contract import acts
from tests.contract.hubs import MEMBERS


@pytest.fixture(params=["file", pytest.param("database", marks=pytest.mark.slow)])
def made(request: pytest.FixtureRequest, tmp_path: Path, clock: FrozenClock) -> Iterator[LocalHub]:
    """A hub with a reply at every stage."""

    def fill(hub: LocalHub) -> LocalHub:
        for stage in (acts.submitted, acts.ready, acts.queued):
            stage(hub)
        acts.claim_send(hub, acts.queued(hub))
        return hub

    if request.param == "file":
        hub = fill(LocalHub.create(tmp_path / "hub.db", name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock))
        yield hub
        hub.close()
        return
    with pg.database() as url:
        hub = fill(LocalHub.create(url, name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock))
        yield hub
        hub.close()


def place_of(hub: LocalHub) -> str:
    return getattr(hub.store, "url", "") or str(hub.path)


class Recorder:
    """A channel that remembers what was handed to it; repeating a delivery would do no harm, it says."""

    knowledge = "idempotent"
    name = "outbox"

    def __init__(self) -> None:
        self.delivered: list[str] = []

    def deliver(self, outgoing: object) -> None:
        self.delivered.append(str(outgoing))

    def lookup(self, outgoing: object) -> None:
        return None


def rounds(hub: LocalHub, clock: FrozenClock) -> list[str]:
    """What leaves in two rounds of the worker."""
    channel = Recorder()
    for _ in range(2):
        clock.advance(MINUTE)
        Dispatcher(hub, {"outbox": channel}, clock, "worker").tick()  # type: ignore[dict-item]
    return channel.delivered


def test_a_backup_is_a_hub_of_its_own_that_verifies(made: LocalHub, tmp_path: Path) -> None:
    end = copy(place_of(made), str(tmp_path / "backup.db"))
    kept = LocalHub.open(tmp_path / "backup.db")
    assert list(kept.journal()) == list(made.journal())
    assert kept.verify().ok and kept.verify().head == end.hash
    kept.close()


def test_a_backup_never_writes_over_a_hub(made: LocalHub, tmp_path: Path) -> None:
    copy(place_of(made), str(tmp_path / "backup.db"))
    with pytest.raises(Conflict) as no:
        copy(place_of(made), str(tmp_path / "backup.db"))
    assert no.value.code == "hub_exists"


def test_yesterdays_backup_sends_nothing_again(made: LocalHub, tmp_path: Path, clock: FrozenClock) -> None:
    copy(place_of(made), str(tmp_path / "yesterday.db"))
    assert len(rounds(made, clock)) == 2  # today both went out: one queued, one cut off in delivery
    clock.advance(DAY)
    copy(str(tmp_path / "yesterday.db"), str(tmp_path / "again.db"))
    hub = LocalHub.open(tmp_path / "again.db", clock=clock)
    was_put_back(hub, "sue")
    assert rounds(hub, clock) == []
    assert "put back" in hub.saved("standing")["shut"]
    hub.execute(c.OpenOutbox(), actor="sue")
    assert rounds(hub, clock) == []  # every approval of yesterday is void, and what was in delivery is in doubt
    states = sorted(send.state for row in hub.page(acts_all()).rows for send in hub.enquiry(row.id).sends)
    assert "in_doubt" in states and not {"queued", "delivering", "delivered"} & set(states)
    assert hub.verify().ok
    hub.close()


free = pg.free_place


@pytest.mark.parametrize("who", ["ada", "nobody"])
def test_who_may_not_shut_the_outbox_puts_nothing_back(tmp_path: Path, free: str, clock: FrozenClock, who: str) -> None:
    hub = LocalHub.create(tmp_path / "hub.db", name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
    hub.close()
    with pytest.raises(Refused):
        put_back(str(tmp_path / "hub.db"), free, who, clock)
    assert StoreSide(free).end("") is None
    assert not (tmp_path / "again.db").exists()


@pytest.mark.parametrize("fails", ["append", "_renew", "advance"])
def test_at_no_moment_a_copy_stands_open(
    tmp_path: Path, free: str, clock: FrozenClock, fails: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = LocalHub.create(tmp_path / "hub.db", name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
    acts.queued(hub)
    hub.close()

    def broken(*_: object, **__: object) -> None:
        raise StoreProblem("disk_full", "The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(f"hubconsole.hub.writing.{'Writer.' if fails == '_renew' else ''}{fails}", broken)
        with pytest.raises(StoreProblem):
            put_back(str(tmp_path / "hub.db"), free, "sue", clock)
    assert StoreSide(free).end("") is None
    seq, reason = put_back(str(tmp_path / "hub.db"), free, "sue", clock)
    again = LocalHub.open(free, clock=clock)
    assert again.saved("standing") == {"shut": reason} and f"event {seq};" in reason
    assert rounds(again, clock) == [] and again.verify().ok
    again.close()


@pytest.mark.parametrize("fails", ["append", "_renew"])
def test_taking_back_a_hub_that_left_opens_nothing_by_half(
    tmp_path: Path, clock: FrozenClock, fails: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = LocalHub.create(tmp_path / "hub.db", name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
    acts.queued(hub)
    hub.execute(c.MoveHub(to="elsewhere"), actor="sue")
    times = iter(range(9))
    real = journal.append

    def broken(*given: Any, **named: Any) -> Any:
        if fails == "append" and next(times) == 0:
            return real(*given, **named)
        raise StoreProblem("disk_full", "The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(f"hubconsole.hub.writing.{'Writer.' if fails == '_renew' else ''}{fails}", broken)
        with pytest.raises(StoreProblem):
            was_put_back(hub, "sue")
    assert hub.saved("standing") == {"moved_to": "elsewhere"}
    with pytest.raises(Refused):  # a lawyer may shut, and may not move
        was_put_back(hub, "lex")
    assert hub.saved("standing") == {"moved_to": "elsewhere"}
    was_put_back(hub, "sue")
    assert list(hub.saved("standing")) == ["shut"] and hub.verify().ok
    hub.close()


def test_times_in_reasons_are_those_of_the_place(made: LocalHub, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        clock.now = 1_763_474_400_000
        assert "put back at 2025-11-18 15:00 CET from" in was_put_back(made, "sue")[1]
    finally:
        monkeypatch.undo()
        time.tzset()


def acts_all() -> Query:
    return parse("state:open|done is:snoozed|awake")


def test_only_a_supervisor_or_a_lawyer_puts_it_back(made: LocalHub) -> None:
    with pytest.raises(Refused):
        was_put_back(made, "ada")
    assert made.saved("standing") == {}


def test_a_store_that_was_put_back_by_other_means_is_noticed(tmp_path: Path, clock: FrozenClock) -> None:
    path, marks = tmp_path / "hub.db", tmp_path / "marks"
    hub = LocalHub.create(path, name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
    acts.queued(hub)
    hub.close()
    shutil.copy(path, tmp_path / "yesterday.db")
    hub = LocalHub.open(path, clock=clock)
    assert not Watermark(hub, clock, marks).tick()
    assert len(rounds(hub, clock)) == 1
    clock.advance(HOUR)
    assert not Watermark(hub, clock, marks).tick()
    hub.close()
    for name in ("hub.db", "hub.db-wal", "hub.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "yesterday.db", path)
    hub = LocalHub.open(path, clock=clock)
    mark = Watermark(hub, clock, marks)
    assert mark.tick()
    assert "is another" in hub.saved("standing")["shut"]
    assert rounds(hub, clock) == []
    clock.advance(HOUR)
    assert not mark.tick()  # said once
    hub.close()


def test_looking_at_an_old_copy_raises_no_alarm_in_the_hub(tmp_path: Path, clock: FrozenClock) -> None:
    path, marks = tmp_path / "hub.db", tmp_path / "marks"
    hub = LocalHub.create(path, name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
    copy(str(path), str(tmp_path / "copy.db"))
    acts.queued(hub)
    assert not Watermark(hub, clock, marks).tick()
    other = LocalHub.open(tmp_path / "copy.db", clock=clock)
    acts.receive(other)
    assert not Watermark(other, clock, marks).tick()
    clock.advance(HOUR)
    assert not Watermark(hub, clock, marks).tick()
    assert hub.saved("standing") == {}
    for one in (hub, other):
        one.close()


@pytest.mark.parametrize("broken", ["", "{", "[1]", '["1", 2]', "null", '[-4, "x"]'])
def test_a_mark_that_cannot_be_read_is_made_anew(tmp_path: Path, clock: FrozenClock, broken: str) -> None:
    hub = LocalHub.create(tmp_path / "hub.db", name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
    mark = Watermark(hub, clock, tmp_path)
    mark.path.write_text(broken)
    assert not mark.tick()
    assert mark.path.read_text().startswith(f"[{hub.info().seq},")
    hub.close()


@pytest.fixture
def marked(tmp_path: Path, clock: FrozenClock) -> Iterator[Watermark]:
    """The mark of a hub, kept once."""
    hub = LocalHub.create(tmp_path / "hub.db", name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
    mark = Watermark(hub, clock, tmp_path / "marks")
    assert not mark.tick()
    yield mark
    hub.close()


def full(_: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_mark_that_cannot_be_kept_holds_no_reply_up_and_is_told_of_once(
    marked: Watermark, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hub, channel = marked.hub, Recorder()
    acts.queued(hub)
    monkeypatch.setattr("os.fsync", full)
    dispatcher = Dispatcher(hub, {"outbox": channel}, clock, "worker")  # type: ignore[dict-item]
    worker = Background(dispatcher, Clockwork(hub, clock), watermark=marked)
    for _ in range(3):
        clock.advance(MINUTE)
        worker.once()
    assert len(channel.delivered) == 1
    assert [record.getMessage() for record in caplog.records] == [
        f"How far the journal went cannot be kept in {marked.path}: No space left on device."
    ]
    assert [file.name for file in marked.path.parent.iterdir()] == [marked.path.name]
    monkeypatch.undo()
    clock.advance(MINUTE)
    worker.once()
    assert marked.path.read_text().startswith(f"[{hub.info().seq},")
    monkeypatch.setattr("os.fsync", full)
    clock.advance(MINUTE)
    worker.once()
    assert len(caplog.records) == 2  # that is another time


def test_an_outbox_that_was_opened_again_stays_open_though_no_mark_can_be_kept(
    marked: Watermark, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = marked.hub
    marked.path.write_text(f'[{hub.info().seq}, "{"0" * 64}"]')
    monkeypatch.setattr("os.fsync", full)
    clock.advance(MINUTE)
    assert marked.tick()  # the mark that was kept before still holds
    hub.execute(c.OpenOutbox(), actor="sue")
    clock.advance(MINUTE)
    assert not marked.tick()
    assert hub.saved("standing") == {}


def test_another_edition_is_the_same_policy_under_another_version() -> None:
    first = parse_policy(ALL_LEGAL)
    second = parse_policy(another_edition(ALL_LEGAL, "one"))
    third = parse_policy(another_edition(second.text, "two"))
    assert len({first.version, second.version, third.version}) == 3
    assert (first.rules, first.gates, first.name) == (third.rules, third.gates, third.name)
    assert third.text.count("edition") == 1
