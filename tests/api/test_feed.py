"""The live feed over a real server: in order, without gaps, to be followed on, and never in the way."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hubconsole.domain.commands import AddNote, Receive, RemoveMember, RevokeToken
from hubconsole.hub import access
from hubconsole.hub.local import LocalHub
from hubconsole.hub.requests import Request
from hubconsole.ids import new_id
from hubconsole.server.app import create_app
from hubconsole.server.stream import streaming
from tests.api.acting import received
from tests.api.listening import Listener
from tests.api.serving import QUIET, Served, make_hub, served

pytestmark = pytest.mark.slow


def test_what_anybody_does_is_told_with_the_row_as_it_is(live: Served) -> None:
    with Listener(live) as ada, Listener(live, "lex") as lex:
        with live.client("ben") as ben:
            made = ben.post("/v1/enquiries", json={"channel": "x", "text": "hello", "customer": "Maria"}).json()
        for one in (ada, lex):
            assert one.until(lambda told: told.frames())
            frame = one.frames()[0]
            assert frame.id == frame.data["seq"] == made["seq"]
            assert [event[:4] for event in frame.data["events"]] == [[made["seq"], "enquiry.received", made["enquiry_id"], "ben"]]
            assert [(row["key"], row["customer"]) for row in frame.data["rows"]] == [(made["key"], "Maria")]
            assert frame.data["counts"] == [{"state": "new", "function": "service", "n": 1}] and not frame.data["hub_changed"]


def test_a_write_by_another_process_is_told_too(live: Served) -> None:
    other = LocalHub.open(live.hub.path)
    with Listener(live) as ada:
        found = received(other)
        assert ada.until(lambda told: told.seqs())
        assert ada.seqs() == [found.seq]
    other.close()


def test_many_events_are_told_each_once_and_in_order(live: Served) -> None:
    found = received(live.hub)
    with Listener(live) as ada:
        begin = live.hub.info().seq

        def write(n: int) -> None:
            with live.client("ben") as ben:
                for m in range(25):
                    note = {"kind": "add_note", "enquiry_id": found.enquiry_id, "text": f"{n} {m}"}
                    assert ben.post("/v1/commands", json={"command": note}).status_code == 200

        threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert ada.until(lambda told: len(told.seqs()) >= 100)
        assert ada.seqs() == list(range(begin + 1, begin + 101))
        assert len(ada.frames()) < 100, "events of one tick share a frame"
        assert ada.frames()[-1].data["rows"][0]["version"] == live.hub.enquiry(found.key).row.version


@pytest.mark.parametrize("ring", [2048, 2], ids=["from memory", "from the journal"])
def test_who_comes_back_follows_on_from_any_place(tmp_path: Path, ring: int) -> None:
    hub = make_hub(tmp_path)
    with served(hub, replace(QUIET, ring=ring)) as place:
        found = received(hub)
        with Listener(place) as first:
            for n in range(30):
                hub.execute(AddNote(enquiry_id=found.enquiry_id, text=str(n)), actor="ada")
                if n % 10 == 9:
                    assert first.until(lambda told: hub.info().seq in told.seqs())
        end = hub.info().seq
        for after in (0, 1, found.seq, end - 17, end - 1, end):
            with Listener(place, after=after) as back:
                last = hub.execute(AddNote(enquiry_id=found.enquiry_id, text="more"), actor="ada").seq
                assert back.until(lambda told, last=last: last in told.seqs()), after
                assert back.seqs() == list(range(after + 1, last + 1)), after
    hub.close()


def test_forced_reconnects_lose_and_double_nothing(live: Served) -> None:
    found = received(live.hub)
    seen: list[int] = []
    place = begin = live.hub.info().seq
    done = threading.Event()

    def write() -> None:
        for n in range(120):
            live.hub.execute(AddNote(enquiry_id=found.enquiry_id, text=str(n)), actor="ada")
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not (done.is_set() and place == live.hub.info().seq):
        with Listener(live, after=place) as one:
            one.until(lambda told: told.frames(), 2.0)
        for frame in one.frames():
            seen += [event[0] for event in frame.data["events"]]
            place = frame.id or place
    writer.join()
    assert seen == list(range(begin + 1, begin + 121))


def test_a_place_that_the_journal_does_not_have_is_gone(tmp_path: Path) -> None:
    hub = make_hub(tmp_path)
    with served(hub, replace(QUIET, resume=3)) as place:
        end = hub.info().seq
        for after in (end + 1, 10**15, end - 4):
            with Listener(place, after=after) as told:
                assert told.ended.wait(5)
                assert told.status == 410 and json.loads(told.body)["code"] == "gone", after
        with Listener(place, after=end - 3) as told:
            assert told.until(lambda one: len(one.seqs()) == 3)
    hub.close()


def test_a_silent_line_gives_signs_of_life(live: Served) -> None:
    with Listener(live, heartbeat=0.5) as ada:
        assert ada.until(lambda told: sum(one.name == ":" for one in told.told) >= 2, 5.0)
        beats = [int(one.data) for one in ada.told if one.name == ":"]
        assert abs(beats[0] - live.hub.clock()) < 10_000


def test_who_looks_at_what_is_told_to_people_and_to_no_wall(live: Served) -> None:
    found = received(live.hub)
    with Listener(live) as ada, Listener(live, "wall") as wall:
        with live.client("ben") as ben:
            ben.put("/v1/viewers/desk", json={"enquiry_id": found.enquiry_id})
        looked = [found.enquiry_id]
        assert ada.until(
            lambda told: any([v["enquiry_id"] for v in t.data["viewers"]] == looked for t in told.told if t.name == "presence")
        )
        assert all(one.id is None for one in ada.told if one.name == "presence")
        received(live.hub)
        assert wall.until(lambda told: told.frames())
        assert not [one for one in wall.told if one.name == "presence"]


def test_a_wall_follows_without_names_and_words(live: Served) -> None:
    with Listener(live, "wall") as wall:
        found = received(live.hub, "Maria Kowalska", "0151 2345678")
        assert wall.until(lambda told: told.frames())
        (row,) = wall.frames()[0].data["rows"]
        assert (row["key"], row["customer"], row["words"]) == (found.key, "", "")


def test_a_revoked_token_loses_its_stream_and_its_requests_within_a_second(live: Served) -> None:
    other = LocalHub.open(live.hub.path)
    token = next(one.id for one in access.tokens(other, "sue") if one.member == "ben")
    with Listener(live, "ben") as ben, Listener(live) as ada, live.client("ben") as client:
        assert client.get("/v1/hub").status_code == 200
        other.execute(RevokeToken(token_id=token), actor="sue")
        at = time.monotonic()
        assert ben.ended.wait(5) and time.monotonic() - at < 1.0
        assert client.get("/v1/hub").status_code == 401
        assert ben.told[-1].data.startswith("this token does not open")
        other.execute(RemoveMember(name="lex"), actor="sue")
        assert ada.until(lambda told: any(frame.data["hub_changed"] for frame in told.frames())) and not ada.ended.is_set()
    other.close()


async def test_a_reader_that_does_not_keep_up_is_cut_off_and_hinders_nobody(hub: LocalHub, tokens: dict[str, str]) -> None:
    service = create_app(hub, replace(QUIET, backlog_bytes=20_000)).state.service
    await service.start()
    digest = access.digest_of(tokens["ada"])
    grant = await service.doorkeeper.look(digest)
    stuck, sent = asyncio.Event(), list[bytes]()

    async def send(message: Any) -> None:
        sent.append(message.get("body", b""))
        if len(sent) > 2:
            await stuck.wait()

    async def receive() -> Any:
        await asyncio.Event().wait()

    slow, missed = await service.feed.join(None, grant, digest, 60.0)
    quick, _ = await service.feed.join(None, grant, digest, 60.0)
    stream = asyncio.create_task(streaming(service.feed, slow, missed)(receive, send))
    told = b""
    for n in range(40):
        request = Request(Receive(enquiry_id=new_id(), channel="x", text="x" * 200, customer=f"C{n}"), "ada")
        receipt, _ = await service.writer.execute(request)
        while b"id: %d\n" % receipt.seq not in told:
            told += await quick.take()
    assert slow.slow and not quick.ended
    stuck.set()
    await stream
    assert service.feed.readers == {quick} and service.feed.cut_off == 1
    assert b"you did not keep up" in sent[-2] and sent[-1] == b""
    await service.stop()
    assert b"being stopped" in await quick.take() and await quick.take() == b""


def test_a_stop_says_a_last_word_and_takes_no_time(tmp_path: Path) -> None:
    hub = make_hub(tmp_path)
    with served(hub) as place, Listener(place) as ada:
        at = time.monotonic()
        place.server.should_exit = True
        assert ada.ended.wait(5) and time.monotonic() - at < 3
        assert ada.told[-1].data.startswith("the server is being stopped")
    hub.close()
