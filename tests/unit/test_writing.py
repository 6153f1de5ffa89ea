"""One command is one transaction: what fails leaves no trace, neither in the file nor in memory."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hubconsole.clock import FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.terms import Verdict
from hubconsole.errors import Conflict, HubError, Refused, StoreProblem
from hubconsole.hub import writing
from hubconsole.hub.local import LocalHub
from hubconsole.ids import new_id
from hubconsole.store import sqlite
from tests.contract import acts
from tests.contract.hubs import MEMBERS
from tests.property.tables import dump, recounted


class Broke(Exception):
    """Something nobody foresaw, in mid-command."""


@pytest.fixture
def hub(tmp_path: Path, clock: FrozenClock) -> Iterator[LocalHub]:
    opened = LocalHub.create(tmp_path / "hub.db", name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
    yield opened
    opened.close()


def break_after(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let a step of writing do its work, then fail."""
    real = getattr(writing, name)

    def broken(*args: Any, **more: Any) -> Any:
        real(*args, **more)
        raise Broke(name)

    monkeypatch.setattr(writing, name, broken)


STEPS = ("append", "project_children", "project_enquiry")


@pytest.mark.parametrize("step", STEPS)
def test_a_command_that_breaks_half_way_leaves_no_trace(hub: LocalHub, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    eid = acts.submitted(hub)
    before = dump(hub.path)
    with monkeypatch.context() as patch, pytest.raises(Broke):
        break_after(patch, step)
        acts.decide(hub, eid)
    assert dump(hub.path) == before
    acts.decide(hub, eid)
    assert acts.state(hub, eid) == "ready" and hub.verify().ok


@pytest.mark.parametrize("step", STEPS)
def test_an_enquiry_that_broke_on_arrival_uses_no_number_up(hub: LocalHub, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    with monkeypatch.context() as patch, pytest.raises(Broke):
        break_after(patch, step)
        acts.receive(hub, external_id="m1")
    assert hub.enquiry(acts.receive(hub, external_id="m1")).row.key == "E-1"


def fail_commits(monkeypatch: pytest.MonkeyPatch, hub: LocalHub) -> None:
    """Every COMMIT of this console fails as on a full disk, before anything reaches the file."""

    class Failing(sqlite3.Connection):
        def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
            if sql == "COMMIT":
                raise sqlite3.OperationalError("database or disk is full")
            return super().execute(sql, *args)

    conn = sqlite3.connect(hub.path, isolation_level=None, factory=Failing)
    monkeypatch.setattr(hub, "_conn", lambda: conn)


def test_what_could_not_be_committed_is_not_remembered(hub: LocalHub, monkeypatch: pytest.MonkeyPatch, clock: FrozenClock) -> None:
    eid = acts.receive(hub)
    with monkeypatch.context() as patch, pytest.raises(StoreProblem):
        fail_commits(patch, hub)
        hub.execute(c.SaveDraft(enquiry_id=eid, text="lost words", base=0), actor="ada")
    other = LocalHub.open(hub.path, clock=clock)
    acts.draft(other, eid, "words that were kept", actor="ben")
    other.execute(c.Release(enquiry_id=eid), actor="ben")
    hub.execute(c.Submit(enquiry_id=eid), actor="ada")
    view = hub.enquiry(eid)
    assert view.drafts[-1].contributors == ("ben",)
    with pytest.raises(Refused):
        acts.decide(hub, eid, actor="ben")
    acts.decide(hub, eid)
    before = dump(hub.path)
    hub.rebuild()
    assert dump(hub.path) == before
    other.close()


def test_a_policy_that_could_not_be_committed_is_not_remembered(hub: LocalHub, monkeypatch: pytest.MonkeyPatch, clock: FrozenClock) -> None:
    eid = acts.submitted(hub)
    lax = 'name = "lax"\n[[rule]]\ngate = "legal"\nmode = "none"\n'
    with monkeypatch.context() as patch, pytest.raises(StoreProblem):
        fail_commits(patch, hub)
        hub.execute(c.AdoptPolicy(policy=lax), actor="sue")
    other = LocalHub.open(hub.path, clock=clock)
    other.execute(c.SaveSetting(setting="view", name="a", value="1"), actor="ada")
    with pytest.raises(Conflict):
        hub.execute(c.SaveDraft(enquiry_id=eid, text="x", base=0), actor="ada")
    hub.execute(c.SaveDraft(enquiry_id=eid, text="other words", base=1), actor="ada")
    hub.execute(c.Submit(enquiry_id=eid), actor="ada")
    assert acts.state(hub, eid) == "in_review"
    other.close()


def test_in_a_batch_one_that_breaks_takes_all_back(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    before = dump(hub.path)
    with monkeypatch.context() as patch, pytest.raises(Broke):
        break_after(patch, "project_enquiry")
        hub.execute_all([c.Receive(enquiry_id=new_id(), channel="x", text="a", customer="b")], actor="ada")
    assert dump(hub.path) == before
    acts.receive(hub)


def test_in_a_batch_one_that_is_refused_takes_only_itself_back(hub: LocalHub) -> None:
    eid = acts.submitted(hub)
    digest = hub.enquiry(eid).drafts[-1].digest
    answers = hub.execute_all(
        [
            c.AddNote(enquiry_id=eid, text="one"),
            c.Decide(enquiry_id=eid, gate="legal", verdict=Verdict.AMEND, digest=digest, text="a\x07b"),
            c.AddNote(enquiry_id=eid, text="two"),
            c.Decide(enquiry_id=eid, gate="legal", verdict=Verdict.APPROVE, digest=digest),
        ],
        actor="lex",
    )
    assert [isinstance(answer, HubError) for answer in answers] == [False, True, False, False]
    kept, counted = recounted(hub.path)
    assert kept == counted and hub.verify().ok and acts.state(hub, eid) == "ready"


def test_a_console_that_was_asleep_decides_on_what_stands_now(hub: LocalHub, clock: FrozenClock) -> None:
    eid = acts.submitted(hub)
    other = LocalHub.open(hub.path, clock=clock)
    for n in range(3):
        other.execute(c.Withdraw(enquiry_id=eid), actor="ada")
        acts.draft(other, eid, f"words {n}")
        other.execute(c.Submit(enquiry_id=eid), actor="ada")
    acts.decide(hub, eid)
    assert hub.enquiry(eid).drafts[-1].text == "words 2" and acts.state(other, eid) == "ready"
    other.close()


def test_many_more_enquiries_than_are_remembered_are_no_trouble(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "_KEPT", 2)
    ids = [acts.submitted(hub) for _ in range(5)]
    for eid in ids:
        acts.decide(hub, eid)
    assert {acts.state(hub, eid) for eid in ids} == {"ready"}


def test_the_same_request_has_one_fingerprint_and_another_has_another() -> None:
    one = c.SaveDraft(enquiry_id="e", text="a", base=1)
    assert writing.fingerprint(one) == writing.fingerprint(c.SaveDraft(enquiry_id="e", text="a", base=1))
    others = (
        c.SaveDraft(enquiry_id="f", text="a", base=1), c.SaveDraft(enquiry_id="e", text="b", base=1),
        c.SaveDraft(enquiry_id="e", text="a", base=2), c.AddNote(enquiry_id="e", text="a"),
    )  # fmt: skip
    assert len({writing.fingerprint(command) for command in (one, *others)}) == 5


def test_a_hub_opened_for_reading_reads_from_every_thread_and_writes_nothing(hub: LocalHub, clock: FrozenClock) -> None:
    acts.receive(hub)
    reader = LocalHub.open(hub.path, clock=clock, readonly=True)
    seen: list[str] = []

    def use() -> None:
        seen.append(reader.enquiry("E-1").row.key)
        try:
            acts.receive(reader)
        except StoreProblem as problem:
            seen.append(problem.code)

    use()
    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert seen == ["E-1", "store_read_only", "E-1", "store_read_only"]
    reader.close()


def test_a_file_whose_making_was_cut_off_can_be_finished(tmp_path: Path, clock: FrozenClock) -> None:
    path = tmp_path / "half.db"
    assert sqlite.create(path)
    with pytest.raises(StoreProblem) as problem:
        LocalHub.open(path, clock=clock)
    assert problem.value.code == "no_hub"
    hub = LocalHub.create(path, name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
    assert hub.verify().ok
    with pytest.raises(Conflict) as conflict:
        LocalHub.create(path, name="Other", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
    assert conflict.value.code == "hub_exists" and hub.info().name == "Bank"
    hub.close()
