"""Eight people on one file, each in a process of their own, at a human pace.

Nobody may meet a locked database, nobody's work may get lost, whoever acts on what has changed is told by whom, and
what one does is on the others' screens within a second.
"""

import json
import os
import random
import statistics
import threading
import time
import traceback
from pathlib import Path
from typing import Any

import pytest

from hubconsole.domain import commands as c
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.terms import Function
from hubconsole.errors import Conflict, HubError, Refused
from hubconsole.hub.local import LocalHub
from tests.contract import acts

pytestmark = pytest.mark.faults

PEOPLE = 8
SECONDS = 12.0
PACE = (0.25, 0.5)
"""Seconds between two commands of one person."""
ENQUIRIES = 20
MEMBERS = tuple((f"p{n}", (Function.SERVICE, Function.SUPERVISOR)) for n in range(PEOPLE))


def person(path: Path, name: str, until: float, out: Path) -> None:
    """One console: a thread that watches, and a person who acts on what they saw a moment ago."""
    hub = LocalHub.open(path)
    told: dict[str, Any] = {"did": [], "saw": [], "conflicts": [], "refused": 0, "errors": [], "saved": []}
    stop, rng, pause = threading.Event(), random.Random(name), threading.Event()

    def watch() -> None:
        seq = hub.info().seq
        try:
            while not stop.is_set():
                if hub.wait(seq, 0.2):
                    changed = hub.changes(seq)
                    hub.rows(sorted(changed.enquiry_ids))
                    now = time.monotonic()
                    told["saw"] += [(one, now) for one in range(seq + 1, changed.seq + 1)]
                    seq = changed.seq
        except BaseException:  # noqa: BLE001  whatever it is, the test must see it
            told["errors"].append(traceback.format_exc())

    watcher = threading.Thread(target=watch)
    watcher.start()
    while time.monotonic() < until:
        view = hub.enquiry(f"E-{rng.randint(1, ENQUIRIES)}")
        pause.wait(rng.uniform(*PACE))
        eid, row = view.row.id, view.row
        text = f"{name} {len(told['saved'])}"
        command: c.Command = rng.choice(
            (
                c.SaveDraft(enquiry_id=eid, text=text, base=row.draft), c.SetPriority(enquiry_id=eid, priority=rng.randint(1, 4)),
                c.AddNote(enquiry_id=eid, text=text), c.Claim(enquiry_id=eid, take_over=True), c.Release(enquiry_id=eid),
            )
        )  # fmt: skip
        try:
            receipt = hub.execute(command, actor=name, seen=row.version)
            told["did"].append((receipt.seq, len(receipt.events), time.monotonic()))
            if isinstance(command, c.SaveDraft) and receipt.events:
                told["saved"].append((eid, row.draft + 1, text))
        except Conflict as conflict:
            told["conflicts"].append((conflict.code, conflict.winner))
        except Refused:
            told["refused"] += 1
        except HubError as error:
            told["errors"].append(f"{error.code}: {error}")
        except BaseException:  # noqa: BLE001  whatever it is, the test must see it
            told["errors"].append(traceback.format_exc())
    pause.wait(0.5)
    stop.set()
    watcher.join()
    hub.close()
    out.write_text(json.dumps(told))


def test_eight_people_on_one_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hub = LocalHub.create(tmp_path / "hub.db", name="Bank", policy=ALL_LEGAL, members=MEMBERS)
    for _ in range(ENQUIRIES):
        acts.receive(hub, actor="p0")
    start = hub.info().seq
    hub.close()
    until, children = time.monotonic() + SECONDS, []
    for name, _ in MEMBERS:
        pid = os.fork()
        if pid == 0:
            try:
                person(hub.path, name, until, tmp_path / f"{name}.json")
            finally:
                os._exit(0)
        children.append(pid)
    for pid in children:
        os.waitpid(pid, 0)
    told = {name: json.loads((tmp_path / f"{name}.json").read_text()) for name, _ in MEMBERS}

    assert [error for one in told.values() for error in one["errors"]] == []
    done = {seq: (name, at) for name, one in told.items() for seq, n, at in one["did"] if n}
    conflicts = [conflict for one in told.values() for conflict in one["conflicts"]]
    assert len(done) > PEOPLE * SECONDS * 1.2 and conflicts, "too little happened to prove anything"
    assert all(winner for _, winner in conflicts), "a stale writer was not told who won"
    assert {code for code, _ in conflicts} <= {"changed", "claimed", "stale_draft"}

    hub = LocalHub.open(hub.path)
    assert hub.verify().ok
    assert hub.info().seq == start + sum(n for one in told.values() for _, n, _ in one["did"]), "an event is lost or nobody's"
    saved = {(eid, version): text for one in told.values() for eid, version, text in one["saved"]}
    assert len(saved) == sum(len(one["saved"]) for one in told.values()), "two people saved the same version"
    for n in range(1, ENQUIRIES + 1):
        view = hub.enquiry(f"E-{n}")
        assert {(view.row.id, d.version): d.text for d in view.drafts} == {
            key: text for key, text in saved.items() if key[0] == view.row.id
        }
    hub.close()

    late = []
    for name, one in told.items():
        seen = dict(map(tuple, one["saw"]))
        late += [max(0.0, seen[seq] - at) for seq, (who, at) in done.items() if who != name]
    late.sort()
    p50, p95 = statistics.median(late), late[int(len(late) * 0.95)]
    with capsys.disabled():
        print(
            f"\n{PEOPLE} processes, {len(done)} commands in {SECONDS:.0f} s, {len(conflicts)} stale ones refused, 0 locked, 0 lost; "
            f"seen by another process after {p50 * 1000:.0f} ms (median), {p95 * 1000:.0f} ms (p95), {late[-1] * 1000:.0f} ms (longest)"
        )
    assert p95 < 1.0
