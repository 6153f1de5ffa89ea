"""What a hostile outsider, or somebody with a token, cannot do to a served hub."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from hubconsole.clock import EARLIEST, LATEST
from hubconsole.domain import commands as c
from hubconsole.errors import Refused
from hubconsole.hub.local import LocalHub
from hubconsole.server import logs
from hubconsole.server.oidc import OidcSettings, Provider
from tests.api.acting import received
from tests.api.conftest import Clients
from tests.api.serving import QUIET, Served, bearer, make_hub, served
from tests.api.test_problems import problem

HASTY = replace(QUIET, head_timeout=0.4, stall_timeout=0.4)


@pytest.fixture
def hasty(tmp_path: Path) -> Iterator[Served]:
    """A real server that waits for nobody."""
    hub = make_hub(tmp_path)
    with served(hub, HASTY) as place:
        yield place
    hub.close()


@contextmanager
def connected(place: Served, said: bytes = b"") -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", place.port), timeout=10) as one:
        one.sendall(said)
        yield one


def heard(one: socket.socket) -> bytes:
    """All that is answered until the other side hangs up."""
    parts = []
    try:
        while part := one.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def pour(one: socket.socket, what: bytes, most: int) -> int:
    """Send until nobody takes it any more; how many bytes were taken."""
    sent, block = 0, what * (65536 // len(what))
    try:
        while sent < most:
            one.sendall(block)
            sent += len(block)
    except OSError:
        pass
    return sent


@pytest.mark.parametrize(
    ("said", "what"),
    [
        (b"GET /healthz?", b"a"),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: ", b"a"),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\n", b"X: y\r\n"),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nX: ", b"a"),
        (b"POST /v1/known HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ", b"a"),
        (b"POST /v1/known HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
    ],
    ids=["address", "one header", "many headers", "the next request", "one trailer", "many trailers"],
)
def test_a_head_that_never_ends_is_cut_off(live: Served, said: bytes, what: bytes) -> None:
    before = psutil.Process().memory_info().rss
    with connected(live, said) as one:
        assert pour(one, what, 64 << 20) < 16 << 20
    assert psutil.Process().memory_info().rss - before < 48 << 20
    assert live.client().get("/healthz").status_code == 200


@pytest.mark.parametrize("said", [b"", b"\r\n", b"GET /healthz HTTP/1.1\r\nHost: x\r\n"], ids=["silence", "an empty line", "half a head"])
def test_who_does_not_say_what_they_want_is_hung_up_on(hasty: Served, said: bytes) -> None:
    with connected(hasty, said) as one:
        answer = heard(one)
    assert answer.startswith(b"HTTP/1.1 408 ") and b"connection: close" in answer


def test_so_is_who_stops_in_the_middle_of_a_later_request(hasty: Served) -> None:
    with connected(hasty, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /heal") as one:
        answer = heard(one)
    assert answer.startswith(b"HTTP/1.1 200 ") and b"HTTP/1.1 408 " in answer


@pytest.mark.slow
def test_who_listens_to_the_feed_is_not(hasty: Served) -> None:
    bearer = f"Bearer {hasty.tokens['ada']}".encode()
    asked = b"GET /v1/changes?heartbeat=0.5 HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: " + bearer + b"\r\n\r\n"
    with connected(hasty, asked) as one:
        heard_so_far, end = b"", time.monotonic() + 10
        while heard_so_far.count(b"\n: ") < 3 and time.monotonic() < end:
            heard_so_far += one.recv(65536)
    assert heard_so_far.count(b"\n: ") >= 3


def test_nor_who_sends_a_body_in_the_smallest_of_chunks(live: Served) -> None:
    body = b'{"channel": "x", "external_ids": ["' + b"y" * 60_000 + b'"]}'
    head = f"POST /v1/known HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {live.tokens['ada']}\r\nConnection: close\r\n".encode()
    chunks = b"".join(b"1;a=b\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    with connected(live, head + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks) as one:
        assert heard(one).startswith(b"HTTP/1.1 200 ")


@pytest.mark.slow
def test_who_takes_nothing_of_the_feed_is_hung_up_on(hasty: Served) -> None:
    asked = "GET /v1/enquiries?limit=500 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n".format(hasty.tokens["ada"]).encode()
    with hasty.client() as ada:
        for n in range(40):
            ada.post("/v1/enquiries", json={"channel": "x", "text": "w" * 300, "customer": f"C{n}"})
    with connected(hasty) as one:
        pour(one, asked * 100, 2 << 20)
        end = time.monotonic() + 10
        while hasty.server.server_state.connections and time.monotonic() < end:
            time.sleep(0.02)
        assert not hasty.server.server_state.connections


async def test_who_has_the_journal_verified_all_day_holds_up_nobody(
    client: Clients, hub: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    received(hub, text="marmalade")
    gate, before = threading.Event(), hub.verify

    def long(*args: object, **kwargs: object) -> object:
        gate.wait(20)
        return before()

    monkeypatch.setattr(hub, "verify", long)
    asked = [asyncio.create_task(client("read").get("/v1/audit/verification")) for _ in range(12)]
    try:
        async with asyncio.timeout(10):
            assert len((await client("ada").get("/v1/search", params={"q": "marmalade"})).json()["rows"]) == 1
    finally:
        gate.set()
    assert {answer.json()["ok"] for answer in await asyncio.gather(*asked)} == {True}


@pytest.mark.parametrize("settings", [replace(QUIET, most_streams=6)])
async def test_one_member_never_has_all_places_at_the_feed(client: Clients, hub: LocalHub) -> None:
    feed = client.app.state.service.feed  # type: ignore[attr-defined]
    doorkeeper = client.app.state.service.doorkeeper  # type: ignore[attr-defined]

    async def join(who: str) -> None:
        found, digest = await doorkeeper.grant({"headers": [(b"authorization", client(who).headers["authorization"].encode())]})
        await feed.join(None, found, digest, 10.0)

    for who in ("sue", "wall", "sue"):  # the wall's token stands for sue, too
        await join(who)
    with pytest.raises(Exception) as no:
        await join("wall")
    assert getattr(no.value, "status", 0) == 429
    await join("ada")


async def test_what_somebody_says_they_look_at_is_no_place_for_a_book(client: Clients, hub: LocalHub) -> None:
    refused = await client("ada").put("/v1/viewers/desk", json={"enquiry_id": "x" * 3_000_000})
    problem(refused, 422, "malformed")
    assert hub.viewers() == ()


async def test_a_name_that_is_a_book_is_not_taken_in(client: Clients, hub: LocalHub) -> None:
    found, intake = received(hub), client("intake")
    first = {"channel": "x", "text": "hello", "customer": "Tom"}
    for name, most in (("customer", 500), ("handle", 500), ("account", 500), ("subject", 2_000), ("external_id", 2_000), ("thread", 2_000)):
        problem(await intake.post("/v1/enquiries", json={**first, name: "x" * (most + 1)}), 422, "malformed")
        assert (await intake.post("/v1/enquiries", json={**first, name: "x" * most})).status_code == 201
    more = {"direction": "in", "text": "hello", "author": "Tom"}
    for name, most in (("author", 500), ("external_id", 2_000)):
        problem(await intake.post(f"/v1/enquiries/{found.key}/messages", json={**more, name: "y" * (most + 1)}), 422, "malformed")


async def test_a_snapshot_is_never_more_than_a_console_takes(client: Clients, hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(8):
        received(hub, f"Tom {n}", "words " * 100)
    every = (await client("ada").get("/v1/snapshot")).json()
    assert len(every["rows"]) == 8 and every["whole"] is True
    one = len(json.dumps(every["rows"][0], separators=(",", ":"))) + 1
    monkeypatch.setattr("hubconsole.server.routes.board._SNAPSHOT", 3 * one + one // 2)
    some = (await client("ada").get("/v1/snapshot")).json()
    assert some["rows"] == every["rows"][:3] and some["whole"] is False


@pytest.mark.parametrize("at", [2**53 - 1, -(2**53 - 1), LATEST + 1, EARLIEST - 1])
async def test_a_time_that_no_clock_can_show_is_not_taken_in(client: Clients, hub: LocalHub, at: int) -> None:
    found = received(hub)
    first = {"channel": "x", "text": "hello", "customer": "Tom", "posted_at": at}
    problem(await client("intake").post("/v1/enquiries", json=first), 422, "malformed")
    more = {"direction": "in", "text": "hello", "author": "Tom", "posted_at": at}
    problem(await client("intake").post(f"/v1/enquiries/{found.key}/messages", json=more), 422, "malformed")
    snooze = {"command": {"kind": "snooze", "enquiry_id": found.enquiry_id, "until": at}}
    problem(await client("ada").post("/v1/commands", json=snooze), 422, "malformed")
    known = await client("intake").post("/v1/enquiries", json={**first, "posted_at": LATEST})
    assert known.status_code == 201


async def test_who_polls_for_somebody_that_was_sent_away_learns_nobodys_name(client: Clients, hub: LocalHub) -> None:
    code = (await client("").post("/v1/device/code", json={"client": "x"})).json()
    assert (await client("ben").post(f"/v1/device/{code['user_code']}/answer", json={"approve": True})).status_code == 200
    hub.execute(c.RemoveMember(name="ben"), actor="sue")
    answer = await client("").post("/v1/device/token", json={"device_code": code["device_code"]})
    problem(answer, 403, "unknown_member")
    assert not any(name in answer.text for name in ("ada", "ben", "lex", "sue"))


def test_an_address_in_letters_that_only_look_alike_is_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    known = OidcSettings(issuer="https://login.bank.example", client_id="x", domain="bank.example", members={"Mark@mail.example": "mark"})
    said = ""
    monkeypatch.setattr(Provider, "claims", lambda self, token: {"email": said, "email_verified": True})
    for address in ("mark@mail.example", "MARK@MAIL.EXAMPLE", "mark@bank.example"):
        said = address
        assert Provider(known).member("x") == "mark"
    for address in ("mar\u212a@mail.example", "mar\u212a@bank.example", "mark@ban\u212a.example"):
        said = address
        assert address.lower().isascii(), "in small letters it would be somebody's"
        with pytest.raises(Refused) as no:
            Provider(known).member("x")
        assert no.value.code == "not_mapped"


def test_the_log_is_json_whatever_is_sent_to_the_socket(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    told, hub = io.StringIO(), make_hub(tmp_path)
    canary = b"canary.maria@customer.example"
    upgrade = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: "
    with served(hub, HASTY, logs.to(told)) as place:
        for said in (b"GET /\xff" + canary + b" HTTP/1.1\r\n\r\n", canary + b"\0\r\n\r\n", upgrade + canary + b"\r\n\r\n"):
            with connected(place, said) as one:
                assert one.recv(65536).startswith(b"HTTP/1.1 ")
    hub.close()
    said_of_it = [json.loads(line) for line in told.getvalue().splitlines()]
    assert "Invalid HTTP request received." in [line.get("said") for line in said_of_it]
    assert "canary" not in told.getvalue() and capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Transfer-Encoding: xchunked",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        b"Content-Length: +5",
        b"Content-Length: -5",
        b"Content-Length : 5",
        b"X: a\rContent-Length: 5",
        b"X: a\0b",
        b"X: a\r\n b",
        b"Content-Length: 99999999999999999999",
    ],
)
def test_a_request_that_two_servers_could_read_in_two_ways_is_refused(live: Served, lines: bytes) -> None:
    head = f"POST /v1/known HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {live.tokens['ada']}\r\n".encode()
    behind = b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    with connected(live, head + lines + b"\r\n\r\n" + behind) as one:
        answer = heard(one)
    assert answer.startswith(b"HTTP/1.1 400 ") and answer.count(b"HTTP/1.1") == 1


def test_nobody_has_another_address_by_saying_so(tmp_path: Path) -> None:
    hub = make_hub(tmp_path)
    with served(hub, replace(QUIET, address_rate=0.01, address_burst=2)) as place, place.client() as ada:
        guesses = [
            ada.get("/v1/hub", headers={**bearer("hct_guess"), "x-forwarded-for": f"10.0.0.{n}", "forwarded": f"for=10.0.0.{n}"})
            for n in range(4)
        ]
    hub.close()
    assert [guess.status_code for guess in guesses] == [401, 401, 429, 429]
