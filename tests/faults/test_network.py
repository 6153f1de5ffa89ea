"""A network that cuts requests in half or brings them twice, and fifty people who want the same thing at once: one effect each."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import httpx
import pytest

from hubconsole.domain import commands as c
from hubconsole.domain.terms import Function, Verdict
from hubconsole.hub.remote.client import RemoteHub
from hubconsole.hub.wire import plain
from hubconsole.ids import new_id
from tests import pg
from tests.api.serving import bearer
from tests.faults.load import MEMBERS
from tests.faults.proving import effects, prove
from tests.faults.servers import LIMITS, RULES, ServerProcess, make_hub, serving, until

pytestmark = pytest.mark.faults

CROWD = 50
TIMEOUT = 2.0
"""Seconds that these servers give a request."""
PEOPLE = [f"p{n}" for n in range(CROWD)]


class Place(NamedTuple):
    """A hub on PostgreSQL behind two servers."""

    store: str
    tokens: dict[str, str]
    servers: list[ServerProcess]

    def hub(self, n: int = 0) -> RemoteHub:
        """A client of one of the servers, with everybody's tokens."""
        return RemoteHub(self.servers[n % 2].url, self.tokens.get, member="ada")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("network")
    crowd = tuple((name, (Function.LEGAL, Function.SERVICE)) for name in PEOPLE)
    with pg.database() as url:
        store, tokens = make_hub(url, (*MEMBERS, *crowd))
        with serving(store, folder, 2, limits=f"{LIMITS}timeout = {TIMEOUT}\n") as servers:
            yield Place(store, tokens, servers)
        prove(store, RULES)


def request(place: Place, order: dict[str, Any], actor: str = "ada") -> bytes:
    """A command as it goes over the line."""
    body = json.dumps(order).encode()
    head = f"POST /v1/commands HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Authorization: Bearer {place.tokens[actor]}\r\n\r\n".encode() + body


def order(command: c.Command, command_id: str) -> dict[str, Any]:
    """The body of a command."""
    return {"command": plain(command), "command_id": command_id}


def received(hub: RemoteHub) -> str:
    """A new enquiry's id."""
    eid = new_id()
    hub.execute(c.Receive(enquiry_id=eid, channel="x", text="help", customer="cy"), actor="ada")
    return eid


@pytest.mark.parametrize("end", ["closed", "reset", "stalled"])
def test_half_a_request_has_no_effect_and_the_whole_one_then_has_one(place: Place, end: str) -> None:
    hub = place.hub()
    eid, command_id = received(hub), new_id()
    note = c.AddNote(enquiry_id=eid, text="once " * 50)
    whole = request(place, order(note, command_id))
    before = hub.info().seq
    for part in (10, len(whole) // 2, len(whole) - 1):
        with socket.create_connection(("127.0.0.1", place.servers[0].port), 5) as line:
            line.sendall(whole[:part])
            if end == "reset":
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if end == "stalled":
                # Others are served meanwhile; who stalls is told in the end, or hung up on.
                began = time.monotonic()
                assert hub.info().seq == before
                assert time.monotonic() - began < TIMEOUT / 2
                if part > whole.index(b"\r\n\r\n"):
                    line.settimeout(TIMEOUT + 5)
                    assert b" 503 " in line.recv(65536).split(b"\r\n")[0]
    assert hub.info().seq == before
    assert command_id not in effects(place.store)
    receipt = hub.execute(note, actor="ada", command_id=command_id)
    assert not receipt.repeated
    assert effects(place.store)[command_id] == (1, receipt.seq, eid)
    hub.close()


def test_a_command_whose_answer_nobody_waited_for_is_done_once_when_it_is_asked_again(place: Place) -> None:
    hub = place.hub(1)
    eid, repeated = received(hub), Counter[bool]()
    for n in range(20):
        command_id = new_id()
        note = c.AddNote(enquiry_id=eid, text=f"note {n}")
        with socket.create_connection(("127.0.0.1", place.servers[0].port), 5) as line:
            line.sendall(request(place, order(note, command_id)))
            if n % 2:
                until(partial(_there, place, command_id), 10, "the effect")
        receipt = hub.execute(note, actor="ada", command_id=command_id)
        repeated[receipt.repeated] += 1
        assert effects(place.store)[command_id] == (1, receipt.seq, eid)
    assert repeated[True] >= 10
    assert [one.text for one in hub.enquiry(eid).messages if one.text.startswith("note")] == [f"note {n}" for n in range(20)]
    hub.close()


def _there(place: Place, command_id: str) -> bool:
    return command_id in effects(place.store)


def at_once(work: Sequence[Any]) -> list[Any]:
    """Call everything at the same instant; the answers, in order."""
    together = threading.Barrier(len(work))

    def one(call: Any) -> Any:
        together.wait(30)
        return call()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(one, work))


def test_a_request_that_comes_twice_at_two_servers_has_one_effect(place: Place) -> None:
    hubs = [place.hub(n) for n in range(6)]
    eid = received(hubs[0])
    for n in range(25):
        command_id, note = new_id(), c.AddNote(enquiry_id=eid, text=f"twice {n}")
        receipts = at_once([partial(hub.execute, note, actor="ada", command_id=command_id) for hub in hubs])
        assert sorted(one.repeated for one in receipts) == [False, *[True] * (len(hubs) - 1)]
        assert len({one._replace(repeated=True, state="", version=0) for one in receipts}) == 1
        assert effects(place.store)[command_id] == (1, receipts[0].seq, eid)
    for hub in hubs:
        hub.close()


class Crowd:
    """Fifty people, every second one at the other server, each with a line of their own."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.lines = [httpx.Client(base_url=place.servers[n % 2].url, headers=bearer(place.tokens[name]), timeout=30)
                      for n, name in enumerate(PEOPLE)]  # fmt: skip

    def post(self, n: int, command: c.Command) -> httpx.Response:
        return self.lines[n].post("/v1/commands", json=order(command, new_id()))

    def close(self) -> None:
        for one in self.lines:
            one.close()


@pytest.fixture
def crowd(place: Place) -> Iterator[Crowd]:
    made = Crowd(place)
    yield made
    made.close()


def test_of_fifty_reviewers_at_once_one_decides_and_the_others_are_told_who(
    place: Place, crowd: Crowd, capsys: pytest.CaptureFixture[str]
) -> None:
    hub = place.hub()
    took = []
    for turn in range(4):
        eid = received(hub)
        hub.execute(c.SaveDraft(enquiry_id=eid, text=f"ada-{turn}", base=0), actor="ada")
        hub.execute(c.Submit(enquiry_id=eid), actor="ada")
        digest = hub.enquiry(eid).drafts[-1].digest
        decide = c.Decide(enquiry_id=eid, gate="legal", verdict=Verdict.APPROVE, digest=digest)
        back = c.Decide(enquiry_id=eid, gate="legal", verdict=Verdict.RETURN, digest=digest, reason="tone")
        began = time.monotonic()
        answers = at_once([partial(crowd.post, n, back if turn % 2 and n % 2 else decide) for n in range(CROWD)])
        took.append(time.monotonic() - began)
        codes = Counter(one.status_code for one in answers)
        assert codes == {200: 1, 409: CROWD - 1}, [one.text for one in answers if one.status_code not in (200, 409)]
        winner = PEOPLE[[one.status_code for one in answers].index(200)]
        for answer in answers:
            if answer.status_code == 409:
                told = answer.json()
                assert (told["code"], told["winner"]) == ("already_decided", winner), told
                assert told["current"]["id"] == eid
        decided = [one for one in hub.enquiry(eid).trail if one.kind == "review.decided"]
        assert [one.actor for one in decided] == [winner]
    with capsys.disabled():
        print(f"\n{CROWD} reviewers at once, {len(took)} times: one won each time, the others were told who; {max(took) * 1000:.0f} ms")
    hub.close()


def test_fifty_editors_of_one_draft_lose_no_word(place: Place, crowd: Crowd, capsys: pytest.CaptureFixture[str]) -> None:
    hub = place.hub()
    eid, refused = received(hub), Counter[str]()

    def write(n: int) -> int:
        with closing(place.hub(n)) as mine:
            while True:
                drafts = mine.enquiry(eid).drafts
                said = f"{drafts[-1].text} " if drafts else ""
                answer = crowd.post(n, c.SaveDraft(enquiry_id=eid, text=f"{said}{PEOPLE[n]}-1", base=len(drafts)))
                if answer.status_code == 200:
                    assert crowd.post(n, c.Release(enquiry_id=eid)).status_code == 200
                    return len(drafts) + 1
                told = answer.json()
                assert answer.status_code == 409 and told["code"] in ("stale_draft", "claimed") and told["winner"] in PEOPLE
                refused[told["code"]] += 1

    versions = at_once([partial(write, n) for n in range(CROWD)])
    assert sorted(versions) == list(range(1, CROWD + 1))
    drafts = hub.enquiry(eid).drafts
    assert [draft.version for draft in drafts] == sorted(versions)
    assert sorted(drafts[-1].text.split()) == sorted(f"{name}-1" for name in PEOPLE), "a word is lost"
    for earlier, later in pairwise(drafts):
        assert later.text.startswith(f"{earlier.text} ")
    assert refused["stale_draft"], "nobody was in anybody's way"
    with capsys.disabled():
        print(f"\n{CROWD} editors of one draft: {CROWD} versions, no word lost; told to look again: {dict(refused)}")
    hub.close()
