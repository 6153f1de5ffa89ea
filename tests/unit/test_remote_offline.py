"""A console whose hub cannot be reached: what stays readable, what it may not do, and how the line comes back."""

# ruff: noqa: F811  fixtures

from __future__ import annotations

import threading
import time
from typing import Any

import httpx
import pytest

from hubconsole.clock import FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.query import parse
from hubconsole.errors import HubError, Unreachable
from hubconsole.hub.remote import feed, stock
from hubconsole.hub.remote.live import LiveHub
from hubconsole.hub.remote.stock import Stock
from hubconsole.hub.wire import plain
from hubconsole.ids import new_id
from hubconsole.store.rows import Cursor, EnquiryView, MemberRow
from tests.unit.far_console import OPEN, Start, back, cut, live, numbers, start, there, until  # noqa: F401  fixtures
from tests.unit.scripted_hub import ScriptedHub, problem, raw, row


@pytest.fixture
def offline(live: LiveHub, there: ScriptedHub) -> LiveHub:
    there.until_listened()
    cut(there)
    until(lambda: live.connection().state == "offline")
    return live


def test_a_lost_line_is_said_with_its_reason_and_what_is_shown(offline: LiveHub, clock: FrozenClock) -> None:
    line = offline.connection()
    assert (line.state, line.as_of) == ("offline", clock())
    until(lambda: "cannot be reached" in offline.connection().error)
    with pytest.raises(Unreachable) as lost:
        offline.wait(0 if offline.info().seq < 0 else offline.info().seq, 10)
    assert lost.value.code == "offline"


def test_nothing_is_done_without_the_hub(offline: LiveHub, there: ScriptedHub) -> None:
    there.asked.clear()
    begun = time.monotonic()
    for act in (
        lambda: offline.execute(c.Claim(enquiry_id=new_id()), actor="ada"),
        lambda: offline.execute_all([c.Claim(enquiry_id=new_id())], actor="ada"),
    ):
        with pytest.raises(Unreachable) as lost:
            act()
        assert lost.value.code == "offline"
        assert "nothing was done" in lost.value.message
    assert time.monotonic() - begun < 1
    assert [one for one in there.paths() if one.startswith("POST")] == []


def test_the_board_stays_readable(offline: LiveHub) -> None:
    rows = offline.page(OPEN).rows
    assert [one.number for one in rows] == [1, 2, 3]
    assert numbers(offline, "state:new") == numbers(offline, "words") == [1] or numbers(offline, "words") == [1, 2, 3]
    assert numbers(offline, "customer:2") == [2]
    assert (offline.total(parse("2")), offline.position(parse("customer"), Cursor(rows[1].rank, rows[1].number))) == (1, 1)
    assert [one.number for one in offline.page(parse("words"), after=Cursor(rows[0].rank, 1), limit=1).rows] == [2]
    assert [one.number for one in offline.page(parse("words"), last=True, limit=2).rows] == [2, 3]
    assert offline.page_at(parse("words"), 1, 1) == ((rows[1],), True)
    assert [one.number for one in offline.search("customer 3")] == [3]
    assert offline.rows([rows[0].id, new_id()]) == (rows[0],)
    assert offline.saved("view") == {}


def view_of(one: Any) -> dict[str, Any]:
    """An enquiry's view as it travels."""
    empty: dict[str, Any] = {name: [] if "tuple" in str(kind) else "" for name, kind in EnquiryView.__annotations__.items()}
    return empty | {"row": plain(one.row)}


def test_what_was_opened_before_can_be_read(live: LiveHub, there: ScriptedHub) -> None:
    one, *_ = there.rows.values()
    there.answers["/v1/enquiries/E-1"] = view_of(one)
    there.answers["/v1/settings/view"] = {"settings": {"mine": '"a"'}}
    seen = live.enquiry("E-1", viewer="ada")
    assert live.saved("view", "ada") == {"mine": '"a"'}
    there.until_listened()
    cut(there)
    until(lambda: live.connection().state == "offline")
    assert live.enquiry("E-1", viewer="ada") == live.enquiry(one.row.id, viewer="ada") == seen
    assert live.saved("view", "ada") == {"mine": '"a"'}
    for key, viewer in (("E-2", "ada"), ("E-1", "lex")):
        with pytest.raises(Unreachable) as unread:
            live.enquiry(key, viewer=viewer)
        assert unread.value.code == "offline"


def test_a_new_console_shows_what_was_opened_before_only_while_it_is_the_newest(live: LiveHub, start: Start, there: ScriptedHub) -> None:
    one = next(iter(there.rows.values()))
    there.answers["/v1/enquiries/E-1"] = view_of(one)
    seen = live.enquiry("E-1", viewer="ada")
    live.close()
    there.asked.clear()
    second = start()
    assert second.enquiry("E-1", viewer="ada") == seen
    assert there.asked == []
    second.mirror.put([one._replace(row=one.row._replace(version=9))], 11)
    second.enquiry("E-1", viewer="ada")
    assert there.paths() == ["GET /v1/enquiries/E-1"]


def test_the_line_comes_back_by_itself_and_nothing_is_missed(offline: LiveHub, there: ScriptedHub) -> None:
    seq = offline.info().seq
    missed = row(4)
    there.put(missed)
    there.seq = 11
    listened = len(there.streams)
    back(there)
    there.until_listened(listened + 1)
    request = next(one for one in reversed(there.asked) if one.url.path == "/v1/changes")
    assert (request.headers["last-event-id"], request.headers["accept"]) == ("10", "text/event-stream")
    there.seq = 10
    there.tell(missed, kinds=("enquiry.received",))
    until(lambda: offline.connection().state == "live")
    assert offline.wait(seq, 10)
    assert offline.changes(seq).new_ids == {missed.row.id}
    assert there.paths().count("GET /v1/snapshot") == 2, "what was missed comes by the feed, not by another snapshot"


def test_a_server_that_goes_and_is_back_at_once_is_no_lost_line(live: LiveHub, there: ScriptedHub, monkeypatch: pytest.MonkeyPatch) -> None:
    there.until_listened()
    states: list[HubError] = []
    monkeypatch.setattr(live.heard, "lost", states.append)
    there.send(None)
    there.until_listened(2)
    there.tell(row(4))
    until(lambda: 4 in numbers(live))
    assert states == []


def test_a_token_that_was_revoked_is_said(live: LiveHub, there: ScriptedHub) -> None:
    there.until_listened()
    there.fail = lambda request: problem(401, "bad_token", "refused", "This token does not open this hub.")
    there.send(None)
    until(lambda: "This token does not open" in live.connection().error)
    with pytest.raises(Unreachable, match="This token does not open"):
        live.execute(c.Claim(enquiry_id=new_id()), actor="ada")


def test_somebody_may_ask_for_another_attempt_now(live: LiveHub, there: ScriptedHub, monkeypatch: pytest.MonkeyPatch) -> None:
    there.until_listened()
    monkeypatch.setattr(feed, "pause", lambda misses: 60.0)
    cut(there)
    until(lambda: live.connection().state == "offline")
    back(there)
    live.reconnect()
    until(lambda: live.connection().state == "live")


HOSTILE = {
    "no JSON": b"event: changes\ndata: {\n\n",
    "another shape": b'event: changes\ndata: {"seq": "11"}\n\n',
    "a list": b"event: changes\ndata: []\n\n",
    "deep": b"event: changes\ndata: " + b"[" * 100_000 + b"\n\n",
    "a row that no table holds": None,
    "presence of nobody": b"event: presence\ndata: {}\n\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_feed_of_nonsense_is_a_lost_line_and_never_a_crash(live: LiveHub, there: ScriptedHub, name: str) -> None:
    there.until_listened()
    data = HOSTILE[name]
    if data is None:
        bad = row(4)
        there.tell(bad._replace(row=bad.row._replace(rank=2**80)))
        there.rows.pop(bad.row.id)
        there.seq = 10
    else:
        there.send(data)
    there.until_listened(2)
    there.tell(row(5))
    until(lambda: 5 in numbers(live) and live.connection().state == "live")


def test_what_is_no_feed_is_no_line(start: Start, there: ScriptedHub) -> None:
    there.answers["/v1/changes"] = lambda request: raw(b"<html>", 200, {"content-type": "text/html"})
    hub = start()
    assert hub.connect(10) is False
    assert "no stream of events" in hub.connection().error


def test_events_of_a_later_version_are_passed_over(live: LiveHub, there: ScriptedHub) -> None:
    there.until_listened()
    there.send(b"event: weather\ndata: sun\n\nretry: 5\n\nnonsense\n\n")
    there.tell(row(4))
    until(lambda: 4 in numbers(live))


# --- what is laid in -------------------------------------------------------------------------------


def queue_of(there: ScriptedHub, *numbers: int) -> None:
    """These wait for ada's decision, and can be read."""
    there.members = [MemberRow("ada", ("legal",), True)]
    there.answers["/v1/policy"] = {"text": ALL_LEGAL, "version": "1", "name": "all-legal"}
    for number in numbers:
        one = row(number, state="in_review", gates="legal:requested")
        there.put(one)
        there.answers[f"/v1/enquiries/{one.row.id}"] = view_of(one)


def test_the_own_queue_and_the_policy_are_laid_in_for_the_time_without_a_line(there: ScriptedHub, start: Start) -> None:
    queue_of(there, 5, 6)
    hub = start()
    assert hub.connect(10)
    assert Stock(hub).lay_in() == 2
    assert Stock(hub).lay_in() == 0, "what is here as it is now is not read again"
    moved = row(
        5, state="in_review", gates="legal:requested", version=2, id=next(one.row.id for one in there.rows.values() if one.row.number == 5)
    )
    there.answers[f"/v1/enquiries/{moved.row.id}"] = view_of(moved)
    there.until_listened()
    there.tell(moved)
    until(lambda: hub.heard.seq == there.seq)
    assert Stock(hub).lay_in() == 1
    cut(there)
    until(lambda: hub.connection().state == "offline")
    assert [hub.enquiry(f"E-{number}").row.version for number in (5, 6)] == [2, 1]
    assert hub.policy().decides("legal") == "legal"
    with pytest.raises(Unreachable):
        hub.enquiry("E-1")


def test_no_more_than_a_page_is_laid_in_and_it_happens_by_itself(there: ScriptedHub, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock, "MOST", 3)
    monkeypatch.setattr(stock, "FIRST", 0.01)
    monkeypatch.setattr(stock, "APART", 0.0)
    queue_of(there, 5, 6, 7, 8, 9)
    hub = start()
    assert hub.connect(10)
    until(lambda: sum(path.startswith("GET /v1/enquiries/") for path in there.paths()) == 3)
    hub.close()
    assert sum(path.startswith("GET /v1/enquiries/") for path in there.paths()) == 3
    cut(there)
    again = start()
    assert again.policy().name == "all-legal", "the first frame of a console without a line has it"


def test_what_a_screen_read_is_forgotten_when_its_reader_may_not_read_it_any_more(live: LiveHub, there: ScriptedHub) -> None:
    one, *_ = there.rows.values()
    there.answers["/v1/enquiries/E-1"] = view_of(one)
    live.enquiry("E-1")
    there.until_listened()
    there.members = [MemberRow("ada", ("marketing",), True), *there.members[1:]]
    there.tell(hub=("member.changed",))
    until(lambda: live.heard.seq == there.seq)
    cut(there)
    until(lambda: live.connection().state == "offline")
    with pytest.raises(Unreachable):
        live.enquiry("E-1")


def test_a_hub_that_does_not_answer_in_time_counts_as_lost_for_a_picture(start: Start, there: ScriptedHub) -> None:
    there.answers["/v1/policy"] = {"text": ALL_LEGAL, "version": "1", "name": "all-legal"}
    start().policy()
    held = threading.Event()

    def hang(request: httpx.Request) -> httpx.Response:
        held.wait(20)
        return problem(503, "no", "unreachable")

    there.fail = hang
    hub = start()
    begun = time.monotonic()
    try:
        assert not hub.connect(0.05)
        assert hub.policy().name == "all-legal"
        assert numbers(hub, "state:waiting|done") == []
        with pytest.raises(Unreachable) as lost:
            hub.enquiry("E-1")
        assert lost.value.code == "offline"
        assert time.monotonic() - begun < 5
    finally:
        held.set()
