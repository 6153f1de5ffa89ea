"""Servers over a streaming standby of PostgreSQL: what was written is seen there or waited for, and nothing is written.

``python -m pytest tests/faults/test_replicas.py -m slow -s -k lag`` prints how soon a standby's server answers with a change.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from hubconsole.domain.commands import AddNote, Receive
from hubconsole.errors import SchemaTooNew, StoreProblem, Unreachable
from hubconsole.hub.local import LocalHub
from hubconsole.hub.remote.client import RemoteHub
from hubconsole.ids import new_id
from hubconsole.store.postgres import PostgresStore
from hubconsole.store.sqlite import SCHEMA_VERSION
from tests import pg
from tests.api.serving import MEMBERS, bearer
from tests.bench.measure import high, middle
from tests.faults.replicas import Standby, standby_of
from tests.faults.servers import Postgres, ServerProcess, make_hub, until

pytestmark = [pytest.mark.faults, pytest.mark.slow]

COMMANDS = 200


class Room:
    """A hub at a primary and its standby, a server over each."""

    def __init__(self, primary: ServerProcess, reader: ServerProcess, standby: Standby, store: str, tokens: dict[str, str]) -> None:
        self.primary, self.reader, self.standby, self.store, self.tokens = primary, reader, standby, store, tokens
        self.there = httpx.Client(base_url=primary.url, headers=bearer(tokens["ada"]), timeout=20.0)
        self.here = httpx.Client(base_url=reader.url, headers=bearer(tokens["ada"]), timeout=20.0)

    @property
    def copy(self) -> str:
        """The URL of the hub's database on the standby."""
        return self.standby.database(self.store)

    def write(self, text: str = "Where is my card?") -> dict[str, Any]:
        """A new enquiry, written at the primary: its receipt."""
        answer = self.there.post("/v1/enquiries", json={"channel": "email", "customer": "Maria", "text": text})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def read(self, path: str, seq: int, **params: Any) -> httpx.Response:
        """Something read at the standby's server, not older than ``seq``."""
        return self.here.get(path, params={"min_seq": seq, **params})


@pytest.fixture(scope="module")
def database() -> Iterator[tuple[Postgres, Standby]]:
    primary = Postgres()
    try:
        with standby_of(primary.url) as standby:
            yield primary, standby
    finally:
        primary.close()


@pytest.fixture
def room(database: tuple[Postgres, Standby], tmp_path: Path) -> Iterator[Room]:
    primary, standby = database
    with pg.database(server=primary.url) as url:
        store, tokens = make_hub(url, MEMBERS)
        until(lambda: _there(standby.database(store)), what="the hub at the standby")
        servers = [ServerProcess(store, tmp_path), ServerProcess(standby.database(store), tmp_path, name="reader", read_only=True)]
        try:
            for one in servers:
                one.begin()
            for one in servers:
                one.until_ready()
            yield Room(servers[0], servers[1], standby, store, tokens)
        finally:
            for one in servers:
                one.close()


def _there(url: str) -> bool:
    try:
        hub = LocalHub.open(url, readonly=True)
    except StoreProblem:
        return False
    try:
        return len(hub.members()) == len(MEMBERS)
    finally:
        hub.close()


def test_what_was_written_at_the_primary_is_read_at_once_at_the_standby(room: Room) -> None:
    for n in range(50):
        receipt = room.write(f"Letter {n}")
        answer = room.read(f"/v1/enquiries/{receipt['key']}", receipt["seq"])
        assert (answer.status_code, answer.json()["row"]["id"]) == (200, receipt["enquiry_id"])
    assert room.here.get("/readyz").json()["standby"] is True
    assert room.there.get("/readyz").json() == {"ok": True, "standby": False, "behind": 0.0}


def test_a_standby_that_is_held_up_says_that_it_is_behind_and_then_catches_up(room: Room) -> None:
    before = room.write()
    assert room.read("/v1/counts", before["seq"]).status_code == 200
    room.standby.pause()
    try:
        receipt = room.write("Held up")
        began = time.monotonic()
        answer = room.read(f"/v1/enquiries/{receipt['key']}", receipt["seq"])
        took = time.monotonic() - began
        assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "behind", "1")
        assert 2.0 <= took < 8.0
        assert room.here.get("/v1/counts").json()["seq"] == before["seq"], "who asks for no place gets what there is"
        feed = room.here.get("/v1/changes", headers={"accept": "text/event-stream", "last-event-id": str(receipt["seq"])})
        assert (feed.status_code, feed.json()["code"]) == (503, "behind"), "no console is told that the journal ends before what it saw"
        assert room.here.get("/readyz").json()["behind"] > 1
    finally:
        room.standby.resume()
    answer = room.read(f"/v1/enquiries/{receipt['key']}", receipt["seq"])
    assert (answer.status_code, answer.json()["row"]["id"]) == (200, receipt["enquiry_id"])


def test_the_feed_at_the_standby_tells_what_happens_at_the_primary(room: Room) -> None:
    headers = {"accept": "text/event-stream"}
    with room.here.stream("GET", "/v1/changes", headers=headers, params={"heartbeat": 1}) as response:
        lines = response.iter_lines()
        next(lines)
        receipt = room.write("Told")
        told = next(json.loads(line[6:]) for line in lines if line.startswith("data: ") and "events" in line)
    assert told["seq"] == receipt["seq"]
    assert [row["id"] for row in told["rows"]] == [receipt["enquiry_id"]]


def test_nothing_is_written_at_the_standby(room: Room) -> None:
    receipt = room.write()
    for method, path, body in (
        ("POST", "/v1/enquiries", {"channel": "email", "customer": "Maria", "text": "hm"}),
        ("POST", "/v1/commands", {"command": {"kind": "claim", "enquiry_id": receipt["enquiry_id"]}}),
        ("PUT", "/v1/viewers/desk", {"enquiry_id": receipt["enquiry_id"]}),
        ("POST", "/v1/tokens", {"scope": "read", "label": "x"}),
        ("POST", "/v1/device/code", {"client": "x"}),
    ):
        answer = room.here.request(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (503, "read_only"), path
    assert room.here.get("/v1/audit/verification", params={"tables": "0"}).json()["ok"] is True
    hub = LocalHub.open(room.copy, readonly=True)
    try:
        with pytest.raises(StoreProblem) as problem:
            hub.execute(AddNote(enquiry_id=receipt["enquiry_id"], text="hm"), actor="ada")
        assert problem.value.code == "store_read_only"
    finally:
        hub.close()


class Split(httpx.BaseTransport):
    """A proxy that sends what reads to the standby's server and all else to the primary's."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.line = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        to = self.room.reader if request.method == "GET" else self.room.primary
        request.url = request.url.copy_with(port=to.port)
        return self.line.handle_request(request)

    def close(self) -> None:
        self.line.close()


def test_a_program_behind_a_proxy_that_splits_reads_from_writes_reads_what_it_wrote(room: Room) -> None:
    hub = RemoteHub("http://127.0.0.1:1", lambda name: room.tokens["ada"], member="ada", transport=Split(room))
    try:
        for n in range(30):
            one = new_id()
            hub.execute(Receive(enquiry_id=one, channel="x", text=f"Letter {n}", customer="Maria"), actor="ada")
            assert hub.enquiry(one).row.id == one
            hub.execute(AddNote(enquiry_id=one, text="mine"), actor="ada")
            assert hub.enquiry(one).messages[-1].text == "mine"
        room.standby.pause()
        try:
            hub.execute(AddNote(enquiry_id=one, text="not seen yet"), actor="ada")
            with pytest.raises(Unreachable) as error:
                hub.enquiry(one)
            assert error.value.code == "behind"
        finally:
            room.standby.resume()
    finally:
        hub.close()


def test_a_standby_that_is_killed_is_said_to_be_gone_and_is_read_again_when_it_is_back(room: Room) -> None:
    receipt = room.write()
    assert room.read("/v1/counts", receipt["seq"]).status_code == 200
    room.standby.kill()
    answer = room.here.get("/v1/counts")
    assert (answer.status_code, answer.json()["family"]) == (503, "unreachable")
    assert room.reader.status() == 503
    assert room.there.get("/v1/counts").status_code == 200, "the primary's server does not care"
    later = room.write("Meanwhile")
    room.standby.start()
    room.reader.until_ready()
    until(lambda: room.read(f"/v1/enquiries/{later['key']}", later["seq"]).status_code == 200, what="the standby being there again")


def test_a_reader_brings_no_tables_forward_and_refuses_those_that_are_not_its_own(room: Room) -> None:
    with psycopg.connect(room.store, autocommit=True) as conn:
        try:
            for version, error in ((SCHEMA_VERSION - 1, StoreProblem), (SCHEMA_VERSION + 1, SchemaTooNew)):
                conn.execute("UPDATE schema_version SET version = %s", (version,))
                until(partial(_has_version, room.copy, version), what="the version at the standby")
                with pytest.raises(error):
                    LocalHub.open(room.copy, readonly=True)
        finally:
            conn.execute("UPDATE schema_version SET version = %s", (SCHEMA_VERSION,))
            until(partial(_has_version, room.copy, SCHEMA_VERSION))


def _has_version(url: str, version: int) -> bool:
    store = PostgresStore(url, readonly=True, check=False)
    try:
        with store.reading() as conn:
            return store.schema_of(conn) == version
    finally:
        store.close()


def test_a_file_that_is_served_can_be_read_by_other_servers_beside_it(tmp_path: Path) -> None:
    store, tokens = make_hub(tmp_path / "hub.db", MEMBERS)
    servers = [ServerProcess(store, tmp_path)]
    try:
        servers[0].start()
        for n in range(2):
            servers.append(ServerProcess(store, tmp_path, name=f"reader{n}", read_only=True))
            servers[-1].start()
        body = {"channel": "email", "customer": "Maria", "text": "Where is my card?"}
        receipt = httpx.post(f"{servers[0].url}/v1/enquiries", headers=bearer(tokens["ada"]), json=body).json()
        for reader in servers[1:]:
            place = f"{reader.url}/v1/enquiries/{receipt['key']}?min_seq={receipt['seq']}"
            assert httpx.get(place, headers=bearer(tokens["ada"])).json()["row"]["id"] == receipt["enquiry_id"]
            refused = httpx.post(f"{reader.url}/v1/enquiries", headers=bearer(tokens["ada"]), json=body)
            assert refused.json()["code"] == "read_only"
    finally:
        for one in servers:
            one.close()


def test_how_far_the_standby_lags_is_measured(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    """From the answer at the primary to the answer at the standby's server that has it, with `min_seq` and on the feed."""
    waited, told = [], []
    headers = {"accept": "text/event-stream"}
    with room.here.stream("GET", "/v1/changes", headers=headers, params={"heartbeat": 1}) as response:
        lines = response.iter_lines()
        next(lines)
        for n in range(COMMANDS):
            receipt = room.write(f"Letter {n}")
            began = time.perf_counter()
            assert room.read("/v1/hub", receipt["seq"]).status_code == 200
            waited.append(time.perf_counter() - began)
            while True:
                line = next(lines)
                if line.startswith("data: ") and "events" in line and json.loads(line[6:])["seq"] >= receipt["seq"]:
                    break
            told.append(time.perf_counter() - began)
    plain = []
    for _ in range(COMMANDS):
        began = time.perf_counter()
        assert room.here.get("/v1/hub").status_code == 200
        plain.append(time.perf_counter() - began)
    with capsys.disabled():
        for what, times in (("read without a place", plain), ("read with min_seq at once after the write", waited), ("feed", told)):
            print(f"\n{what}: p50 {middle(times) * 1000:.1f} ms, p95 {high(times) * 1000:.1f}, most {max(times) * 1000:.1f}", end="")
    assert max(waited) < 10
