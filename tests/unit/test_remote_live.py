"""A console's hub far away: what it shows before and while there is a line, and how it ends."""

# ruff: noqa: F811  fixtures

from __future__ import annotations

import json
import threading
import time

import httpx
import pytest

from hubconsole.clock import FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.query import parse
from hubconsole.errors import HubError, Refused, Unreachable
from hubconsole.hub.remote.heard import Heard
from hubconsole.hub.remote.live import LiveHub
from hubconsole.ids import new_id
from tests.unit.far_console import OPEN, Start, cut, live, numbers, start, there, until  # noqa: F401  fixtures
from tests.unit.scripted_hub import URL, ScriptedHub, answer, done, problem, row

# --- the start -------------------------------------------------------------------------------------


def test_the_first_start_reads_the_board_before_anything_is_shown(start: Start, there: ScriptedHub) -> None:
    hub = start()
    assert (numbers(hub), hub.info().name, hub.info().location, hub.info().seq) == ([1, 2, 3], "Bank", URL, 10)
    assert [one.name for one in hub.members()] == ["ada", "lex"]
    assert hub.connection().state == "connecting"


def test_a_first_start_without_a_hub_says_why(start: Start, there: ScriptedHub) -> None:
    cut(there)
    with pytest.raises(Unreachable) as problem_:
        start()
    assert problem_.value.code == "no_connection"


def test_every_later_start_asks_nobody(start: Start, there: ScriptedHub) -> None:
    start().close()
    there.asked.clear()
    cut(there)
    hub = start()
    assert numbers(hub) == [1, 2, 3]
    assert (hub.total(OPEN), hub.oldest_wait(), len(hub.counts())) == (3, 1_763_474_000_001, 3)
    assert numbers(hub, "state:waiting|done") == [] == list(hub.rows([new_id()]))
    assert hub.viewers() == ()
    assert there.asked == []


def test_what_changed_while_the_console_was_shut_is_told_once_it_is_connected(start: Start, there: ScriptedHub) -> None:
    start().close()
    gone, came = there.rows.popitem()[1], row(4)
    there.put(came)
    there.seq, there.touched = 15, [gone.row.id, came.row.id]
    hub = start()
    seq = hub.info().seq
    assert (numbers(hub), seq) == ([1, 2, 3], 10)
    assert hub.wait(seq, 10)
    assert hub.changes(seq) == (15, frozenset({gone.row.id, came.row.id}), frozenset({came.row.id}), True)
    assert numbers(hub) == [1, 2, 4]


def test_the_time_is_the_hubs(live: LiveHub, there: ScriptedHub, clock: FrozenClock) -> None:
    there.send(f": {clock() + 14_000}\n\n".encode())
    until(lambda: live.connection().skew_ms == 14_000)
    one = row(9, snoozed_until=clock() + 10_000)
    there.tell(one)
    until(lambda: live.heard.seq == there.seq)
    assert 9 in numbers(live), "by the hub's clock it is awake"


def heard_at(clock: FrozenClock) -> Heard:
    return Heard(clock, 1, clock(), None, ())


def test_a_sign_of_life_that_was_held_up_is_no_other_time(clock: FrozenClock) -> None:
    heard = heard_at(clock)
    for delay in (20, 4_000, 30):
        clock.advance(1_000)
        heard.beat(clock() - delay, clock())
        assert abs(heard.connection().skew_ms) <= 30
    clock.advance(20_000)
    heard.beat(clock() - 9_000, clock())
    assert heard.connection().skew_ms == -9_000, "a hub whose clock was put back is believed"


def test_an_answer_that_took_long_tells_only_what_it_can(clock: FrozenClock) -> None:
    heard = heard_at(clock)
    heard.answered(clock() + 4_000, clock(), clock() + 4_000)
    assert heard.connection().skew_ms == 0, "asked, held up for four seconds, and answered: the clocks may well agree"
    heard.answered(clock() + 20_000, clock(), clock() + 4_000)
    assert heard.connection().skew_ms == 16_000
    heard.answered(clock() + 14_040, clock(), clock() + 80)
    assert heard.connection().skew_ms == 14_000


# --- while there is a line -------------------------------------------------------------------------


def test_a_change_is_on_the_board_when_it_is_told(live: LiveHub, there: ScriptedHub) -> None:
    seq = live.info().seq
    there.until_listened()
    moved, came = there.rows[next(iter(there.rows))], row(4)
    moved = moved._replace(row=moved.row._replace(version=2, state="working", words="Other words"))
    there.tell(moved)
    there.tell(came, kinds=("enquiry.received",))
    until(lambda: live.info().seq == seq + 2)
    assert live.wait(seq, 0)
    assert live.changes(seq) == (seq + 2, frozenset({moved.row.id, came.row.id}), frozenset({came.row.id}), False)
    assert live.rows([moved.row.id, came.row.id]) == (moved.row, came.row)
    assert {one.state: one.n for one in live.counts()} == {"new": 1, "working": 2, "ready": 1}


def test_what_is_told_twice_happens_once(live: LiveHub, there: ScriptedHub) -> None:
    there.until_listened()
    there.tell(row(4))
    until(lambda: live.heard.seq == 11)
    there.seq = 10
    there.tell(row(5))
    there.tell(row(6))
    until(lambda: live.heard.seq == 12)
    assert numbers(live) == [1, 2, 3, 4, 6]


def test_changes_that_were_left_out_are_noticed(live: LiveHub, there: ScriptedHub) -> None:
    there.until_listened()
    there.put(row(8))
    there.tell(row(4), skip=3)
    until(lambda: numbers(live) == [1, 2, 3, 4, 8])
    assert there.paths().count("GET /v1/snapshot") == 3, "at the first start, at the first line, and for the gap"


def test_a_feed_that_does_not_go_that_far_back_begins_anew(live: LiveHub, there: ScriptedHub) -> None:
    there.until_listened()
    there.gone = True
    there.put(row(7))
    there.seq, there.touched = 500, list(there.rows)
    there.send(None)
    until(lambda: live.heard.seq == 500)
    assert numbers(live) == [1, 2, 3, 7]


def test_a_hub_that_went_back_to_a_backup_is_shown_as_it_is(live: LiveHub, there: ScriptedHub) -> None:
    there.until_listened()
    before = live.info().seq
    gone = there.rows.popitem()[1]
    there.fail = lambda asked: problem(503, "behind", "unreachable") if int(asked.url.params.get("min_seq", 0)) > there.seq else None
    there.seq = 4
    there.send(httpx.ReadError("cut"))
    until(lambda: live.info().seq > before)
    moved = live.changes(before)
    assert moved.seq > before
    assert (live.rows([gone.row.id]), numbers(live)) == ((), [1, 2])
    there.until_listened(2)
    there.tell(row(9))
    assert live.wait(moved.seq, 10), "whoever waits is told of what comes after it, too"
    assert 9 in numbers(live)


def test_another_hub_at_the_same_address_is_not_taken_for_the_first(live: LiveHub, there: ScriptedHub) -> None:
    there.until_listened()
    there.id, there.seq = "hub-2", 30
    there.rows = {}
    there.put(row(77))
    there.send(httpx.ReadError("cut"))
    until(lambda: numbers(live) == [77])
    assert live.info().id == "hub-2"


def test_another_policy_is_read_with_all_that_it_moves(live: LiveHub, there: ScriptedHub) -> None:
    there.until_listened()
    there.answers["/v1/policy"] = {"text": 'name = "one"\n[gates]\nlegal = "legal"\n', "version": "1", "name": "one"}
    assert live.policy().name == live.policy().name == "one"
    assert there.paths().count("GET /v1/policy") == 1
    there.answers["/v1/policy"] = {"text": 'name = "two"\n[gates]\nlegal = "legal"\n', "version": "2", "name": "two"}
    moved = there.rows[next(iter(there.rows))]._replace(function="supervisor")
    there.put(moved)
    seq = live.info().seq
    there.tell(hub=("policy.adopted",))
    assert live.wait(seq, 10)
    assert live.changes(seq).hub_changed
    assert moved.row.id in live.changes(seq).enquiry_ids, "no event says so, but it moved"
    assert [one.number for one in live.page(parse("state:open function:supervisor")).rows] == [1]
    assert live.policy().name == "two"


def test_members_are_read_anew_when_they_change(live: LiveHub, there: ScriptedHub) -> None:
    there.until_listened()
    there.members.append(there.members[0]._replace(name="kim"))
    there.tell(hub=("token.issued",))
    until(lambda: live.heard.seq == 11)
    assert "GET /v1/members" not in there.paths()
    there.tell(hub=("member.added",))
    until(lambda: live.heard.seq == 12)
    assert [one.name for one in live.members()] == ["ada", "lex", "kim"]


def test_what_was_read_under_other_functions_is_not_kept(live: LiveHub, there: ScriptedHub) -> None:
    there.until_listened()
    for who in ("ada", "lex"):
        live.mirror.keep_view(row(1).row, who, '"read"', 1)
    there.members[1] = there.members[1]._replace(functions=("service",))
    there.tell(hub=("member.changed",))
    until(lambda: live.mirror.view("E-1", "lex") == "")
    assert live.mirror.view("E-1", "ada") == '"read"'


def test_who_is_shut_out_keeps_nothing_that_was_read(live: LiveHub, there: ScriptedHub) -> None:
    there.until_listened()
    live.mirror.keep_view(row(1).row, "ada", '"read"', 1)
    there.fail = lambda request: problem(401, "bad_token", "refused")
    there.streams[-1].put(None)
    until(lambda: live.mirror.view("E-1", "ada") == "")
    assert numbers(live) == [1, 2, 3], "the board stays, as of then"


def test_who_is_here_comes_with_the_feed(live: LiveHub, there: ScriptedHub, clock: FrozenClock) -> None:
    there.until_listened()
    viewers = [{"member": "lex", "enquiry_id": "x", "doing": "typing", "at": clock()}]
    there.send(b"event: presence\ndata: " + json.dumps({"viewers": viewers}).encode() + b"\n\n")
    until(lambda: [(one.member, one.doing) for one in live.heard.viewers or ()] == [("lex", "typing")])
    assert live.viewers()[0].member == "lex"
    cut(there)
    until(lambda: live.connection().state == "offline")
    assert live.viewers() == ()


def test_a_frame_in_pieces_is_one_frame(live: LiveHub, there: ScriptedHub) -> None:
    there.until_listened()
    stream = there.streams[-1]
    there.streams[-1] = type(stream)()
    there.tell(row(4))
    data = there.streams[-1].get()
    assert isinstance(data, bytes)
    there.streams[-1] = stream
    for place in range(0, len(data), 7):
        there.send(data[place : place + 7])
    until(lambda: 4 in numbers(live))


def test_an_act_is_on_the_own_board_when_it_returns(live: LiveHub, there: ScriptedHub) -> None:
    mine = next(iter(there.rows.values()))
    after = mine._replace(row=mine.row._replace(version=2, state="working", on_it="ada"))
    there.answers["/v1/commands"] = done(after, 11)
    receipt = live.execute(c.Claim(enquiry_id=mine.row.id), actor="ada", via="tui")
    assert (receipt.seq, live.rows([mine.row.id])) == (11, (after.row,)), "whether or not the feed has come to it"


def test_an_act_waits_a_moment_for_its_counts(live: LiveHub, there: ScriptedHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubconsole.hub.remote.live.SETTLE", 10.0)
    there.until_listened()
    mine = next(iter(there.rows.values()))
    after = mine._replace(row=mine.row._replace(version=2, state="working"))

    def carry_out(request: httpx.Request) -> httpx.Response:
        there.tell(after)
        return answer(done(after, there.seq))

    there.answers["/v1/commands"] = carry_out
    live.execute(c.Claim(enquiry_id=mine.row.id), actor="ada")
    assert {one.state: one.n for one in live.counts()} == {"working": 2, "ready": 1}


# --- the end ---------------------------------------------------------------------------------------


def test_closing_ends_everything_within_a_second(live: LiveHub, there: ScriptedHub) -> None:
    there.until_listened()
    begun = time.monotonic()
    live.close()
    assert time.monotonic() - begun < 1.2
    for ask in (live.counts, lambda: live.remote, lambda: live.enquiry("E-1")):
        with pytest.raises(HubError) as problem_:
            ask()
        assert problem_.value.code in ("closed", "offline")


def test_many_threads_may_ask_at_once(live: LiveHub, there: ScriptedHub) -> None:
    there.until_listened()
    errors: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        try:
            while not stop.is_set():
                rows = live.page(OPEN).rows
                assert len(rows) >= 3
                live.rows([one.id for one in rows])
                live.total(OPEN)
        except BaseException as error:  # noqa: BLE001  whatever it is, the test must see it
            errors.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for n in range(4, 60):
        there.tell(row(n))
    until(lambda: live.heard.seq == there.seq)
    stop.set()
    for thread in threads:
        thread.join()
    assert errors == []
    assert live.total(OPEN) == 59


def test_a_refusal_is_a_refusal_whatever_the_line(live: LiveHub, there: ScriptedHub) -> None:
    there.answers["/v1/commands"] = lambda _: problem(403, "not_permitted", "refused")
    with pytest.raises(Refused):
        live.execute(c.Claim(enquiry_id=new_id()), actor="ada")
    assert live.connection().state == "live"


def test_what_is_asked_after_a_change_was_heard_is_not_answered_from_before_it(live: LiveHub, there: ScriptedHub) -> None:
    there.answers["/v1/search"] = {"rows": []}
    there.until_listened()
    there.tell(row(9))
    until(lambda: live.heard.seq == there.seq)
    live.search("card")
    assert [one.url.params.get("min_seq") for one in there.asked if one.url.path == "/v1/search"] == [str(there.seq)]
