"""A desk of the room: scripted people, each with a console of their own on the hub far away, in one process.

``python -m tests.real.desk PLAN RECORD``: who sits here and for how long stands in the JSON file PLAN; what their consoles were told
and what they did is written to the JSON file RECORD when the room is over.
"""

from __future__ import annotations

import contextlib
import json
import random
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hubconsole.channels.files import stem_of
from hubconsole.domain import commands as c
from hubconsole.domain.query import parse
from hubconsole.domain.terms import OPEN_STATES, Function, SendState, State, Verdict
from hubconsole.errors import Conflict, Refused, Unreachable, UsageProblem
from hubconsole.hub.port import Receipt
from hubconsole.hub.remote.live import LiveHub
from hubconsole.ids import new_id
from hubconsole.store.rows import BoardRow, EnquiryView

PATIENCE = 90.0
"""Seconds after which somebody whose hub does not answer gives up, and the room has failed."""
GATES = {Function.LEGAL: "legal", Function.MARKETING: "brand"}
_LOOK = 0.05
_UNDER_WAY = (SendState.QUEUED, SendState.DELIVERING, SendState.HANDED_OVER, SendState.IN_DOUBT)


class Console(LiveHub):
    """A console that writes down what it is told, and when."""

    def __init__(self, url: str, token: str, member: str, mirror: Path) -> None:
        super().__init__(url, lambda name: token, member=member, mirror=mirror)
        self.frames: list[tuple[int, list[str], float, bool]] = []
        """Up to which place, which enquiries moved, when, and whether the board was read anew instead."""
        self.jumps = 0
        """How often the board was read anew instead of being followed."""
        self.began = self.heard.seq
        self.lines: list[tuple[str, float]] = []
        """``lost`` and ``live``, in turns."""
        heard = self.heard
        moved, jumped, alive, lost = heard.moved, heard.jumped, heard.alive, heard.lost

        def note_move(seq: int, ids: frozenset[str], new_ids: frozenset[str], hub: bool) -> None:
            self.frames.append((seq, sorted(ids), time.monotonic(), False))
            moved(seq, ids, new_ids, hub)

        def note_jump(seq: int, ids: frozenset[str], new_ids: frozenset[str]) -> None:
            self.jumps += 1
            if seq != heard.seq:
                self.frames.append((seq, sorted(ids), time.monotonic(), True))
            jumped(seq, ids, new_ids)

        def note_line(state: str, pass_on: Callable[[], None]) -> None:
            if heard.state != state:
                self.lines.append((state, time.monotonic()))
            pass_on()

        for name, note in (
            ("moved", note_move),
            ("jumped", note_jump),
            ("alive", lambda: note_line("live", alive)),
            ("lost", lambda problem: note_line("offline", lambda: lost(problem))),
        ):
            setattr(heard, name, note)

    def board(self) -> list[list[Any]]:
        """Every open row as this console shows it, from its own copy."""
        return [list(row) for state in sorted(OPEN_STATES) for row in self.page(parse(f"state:{state}"), limit=5_000).rows]


class Person:
    """Somebody at a console: looks at the board, takes something that waits for them, reads, types, acts."""

    def __init__(self, hub: Console, function: Function, rng: random.Random, pace: tuple[float, float], outbox: Path) -> None:
        self.hub = hub
        self.name = hub.member
        self.function = function
        self.rng = rng
        self.pace = pace
        self.outbox = outbox
        self.words = 0
        self.told: Counter[str] = Counter()
        """How often the hub, or its rules, or somebody quicker, said no, by code."""
        self.did: list[tuple[str, str, int, int, float, float]] = []
        """Command id, kind, events, place, when it was asked and when it was answered."""
        self.offline = 0
        """How often something could not be done because the line was lost."""

    def work(self, until: float) -> None:
        """Until the time is over."""
        while time.monotonic() < until:
            self._pause(*self.pace)
            with contextlib.suppress(UsageProblem):
                self._turn()

    def _pause(self, least: float, most: float) -> None:
        threading.Event().wait(self.rng.uniform(least, most))

    def _turn(self) -> None:
        try:
            {Function.SERVICE: self._serve, Function.SUPERVISOR: self._steer}.get(self.function, self._review)()
        except (Conflict, Refused) as no:
            self.told[no.code] += 1
        except Unreachable as away:
            self.told[away.code] += 1
            self.offline += 1

    def act(self, command: c.Command, seen: int | None = None) -> Receipt:
        """Carry it out for certain: a person whose line breaks asks again as soon as there is one."""
        command_id, asked, end, waited = new_id(), time.monotonic(), time.monotonic() + PATIENCE, False
        while True:
            try:
                receipt = self.hub.execute(command, actor=self.name, via="tui", command_id=command_id, seen=seen)
                break
            except Unreachable as away:
                if away.code == "offline" and isinstance(command, c.Decide):
                    raise  # nothing is approved without the hub; it is put before the person again
                if time.monotonic() > end:
                    raise
                self.told[away.code] += not waited
                waited = True
                threading.Event().wait(_LOOK)
        self.did.append((command_id, command.kind, len(receipt.events), receipt.seq, asked, time.monotonic()))
        return receipt

    def _rows(self, state: State) -> list[BoardRow]:
        rows = list(self.hub.page(parse(f"state:{state.value}"), limit=40).rows)
        self.rng.shuffle(rows)
        return rows

    def _open(self, row: BoardRow, doing: str = "viewing") -> EnquiryView:
        view = self.hub.enquiry(row.key, viewer=self.name)
        if view.row.version < row.version:
            # Without a line it is shown as it was last read; that is nothing to act on.
            raise Unreachable("old", f"{row.key} has moved on since it was last read here.")
        self.hub.look(self.name, self.name, row.id, doing)
        return view

    def _token(self) -> str:
        self.words += 1
        return f"{self.name}-{self.words}"

    # --- service ----------------------------------------------------------------------------------

    def _serve(self) -> None:
        for row in self._rows(State.READY):
            if row.on_it in ("", self.name) and self._send(row):
                return
        for row in self._rows(State.IN_REVIEW):
            if "suspended" in row.gates:
                self._resume(row)
                return
        for state in (State.WORKING, State.NEW):
            for row in self._rows(state):
                if row.on_it in ("", self.name):
                    self._draft(row)
                    return

    def _draft(self, row: BoardRow) -> None:
        view = self._open(row, "typing")
        self._pause(self.pace[0] / 2, self.pace[1] / 2)
        words = view.drafts[-1].text.split()[-6:] if view.drafts else []
        text = " ".join([*words, self._token()])
        self.act(c.SaveDraft(enquiry_id=row.id, text=text, base=view.row.draft), seen=view.row.version)
        self.act(c.Submit(enquiry_id=row.id))

    def _send(self, row: BoardRow) -> bool:
        view = self._open(row)
        if any(send.state in _UNDER_WAY for send in view.sends):
            return False
        self.act(c.Send(enquiry_id=row.id, via="outbox", digest=view.drafts[-1].digest))
        if self.rng.random() < 0.1:
            self.act(c.UndoSend(enquiry_id=row.id))
        return True

    def _resume(self, row: BoardRow) -> None:
        view = self._open(row)
        self._pause(self.pace[0] / 2, self.pace[1] / 2)
        newest = next(one.id for one in reversed(view.messages) if one.direction == "in")
        self.act(c.Resume(enquiry_id=row.id, seen_message=newest))

    # --- reviewing --------------------------------------------------------------------------------

    def _review(self) -> None:
        gate = GATES[self.function]
        for row in self._rows(State.IN_REVIEW):
            if not any(word in row.gates.split() for word in (f"{gate}:requested", f"{gate}:opened")):
                continue
            view = self._open(row)
            review = next((one for one in view.reviews if one.gate == gate and one.state in ("requested", "opened")), None)
            if review is None or self.name in view.drafts[-1].contributors:
                continue
            self.act(c.OpenReview(enquiry_id=row.id, gate=gate, digest=review.digest))
            self._pause(self.pace[0] / 2, self.pace[1] / 2)
            self._decide(row.id, gate, review.digest, view.drafts[-1].text)
            return

    def _decide(self, eid: str, gate: str, digest: str, text: str) -> None:
        verdict = self.rng.choices([Verdict.APPROVE, Verdict.AMEND, Verdict.RETURN, Verdict.REJECT], [14, 2, 2, 1])[0]
        if verdict is Verdict.AMEND and gate == "legal":
            self.act(c.Decide(enquiry_id=eid, gate=gate, verdict=verdict, digest=digest, text=f"{text} {self._token()}"))
        elif verdict is Verdict.APPROVE or gate != "legal":
            self.act(c.Decide(enquiry_id=eid, gate=gate, verdict=Verdict.APPROVE, digest=digest))
        else:
            self.act(c.Decide(enquiry_id=eid, gate=gate, verdict=verdict, digest=digest, reason="tone"))

    # --- supervising ------------------------------------------------------------------------------

    def _steer(self) -> None:
        for row in self._rows(State.READY):
            view = self._open(row)
            for send in view.sends:
                if send.state == SendState.IN_DOUBT:
                    self._look_for(row.id, send.id)
                    return
        rows = self._rows(self.rng.choice([State.NEW, State.WORKING, State.IN_REVIEW]))
        if rows:
            row, turn = rows[0], self.rng.random()
            if turn < 0.4:
                self.act(c.SetPriority(enquiry_id=row.id, priority=self.rng.randint(1, 4)))
            elif turn < 0.8:
                self.act(c.AddNote(enquiry_id=row.id, text=f"looked at by {self._token()}", privileged=turn < 0.5))
            else:
                self.act(c.Assign(enquiry_id=row.id, owner=self.name))

    def _look_for(self, eid: str, send_id: str) -> None:
        """A reply in doubt: the person looks whether it is in the folder of what went out."""
        if (self.outbox / f"{stem_of(send_id)}.eml").exists():
            self.act(c.MarkSent(enquiry_id=eid))
        else:
            self.act(c.MarkNotSent(enquiry_id=eid, reason="it is not in the folder"))


def sit(plan: dict[str, Any], who: dict[str, str], record: dict[str, Any]) -> None:
    """One person's time in the room."""
    try:
        hub = Console(plan["url"], who["token"], who["name"], Path(plan["folder"]) / "mirrors" / f"{who['name']}.db")
        assert hub.connect(PATIENCE), hub.connection()
        person = Person(hub, Function(who["function"]), random.Random(who["name"]), tuple(plan["pace"]), Path(plan["outbox"]))
        person.work(plan["until"])
        record |= {"did": person.did, "told": person.told, "offline": person.offline}
        over = Path(plan["over"])
        while not over.exists():
            threading.Event().wait(_LOOK)
        end = json.loads(over.read_text())["seq"]
        reached = time.monotonic() + PATIENCE
        while hub.heard.seq < end and time.monotonic() < reached:
            threading.Event().wait(_LOOK)
        record |= {
            "began": hub.began,
            "frames": hub.frames,
            "jumps": hub.jumps,
            "lines": hub.lines,
            "seq": hub.heard.seq,
            "board": hub.board(),
        }
        hub.close()
    except Exception:  # noqa: BLE001  whatever it is, the room must hear of it
        record["failed"] = traceback.format_exc()


def main(plan_file: str, record_file: str) -> None:
    """Seat everybody, and write down what they say at the end."""
    plan = json.loads(Path(plan_file).read_text())
    (Path(plan["folder"]) / "mirrors").mkdir(exist_ok=True)
    records: dict[str, dict[str, Any]] = {who["name"]: {} for who in plan["people"]}
    threads = [threading.Thread(target=sit, args=(plan, who, records[who["name"]])) for who in plan["people"]]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    Path(record_file).write_text(json.dumps(records))


if __name__ == "__main__":
    main(*sys.argv[1:])
