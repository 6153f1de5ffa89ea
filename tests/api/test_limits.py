"""What one client may ask of a server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from hubconsole.hub.local import LocalHub
from hubconsole.server.limits import Bucket
from tests.api.acting import received
from tests.api.conftest import Clients
from tests.api.serving import QUIET
from tests.api.test_problems import problem

SMALL = replace(QUIET, max_body=2_000, max_url=500, max_headers=2_000)
SLOW_DOWN = replace(QUIET, token_rate=0.5, token_burst=3, address_rate=0.5, address_burst=2)


@pytest.mark.parametrize("settings", [SMALL])
async def test_what_is_too_large_is_refused(client: Clients, hub: LocalHub) -> None:
    ada = client("ada")
    problem(await ada.get("/v1/enquiries", params={"query": "x" * 600}), 414, "url_too_long")
    problem(await ada.get("/v1/hub", headers={"x-more": "x" * 3_000}), 431, "headers_too_large")
    large = {"channel": "x", "customer": "Tom", "text": "x" * 3_000}
    announced = await ada.post("/v1/enquiries", json=large)
    problem(announced, 413, "too_large")
    assert announced.headers["connection"] == "close"

    async def parts() -> AsyncIterator[bytes]:
        yield b'{"text": "'
        for _ in range(30):
            yield b"x" * 100

    problem(await ada.post("/v1/enquiries", content=parts(), headers={"content-type": "application/json"}), 413, "too_large")
    assert hub.counts() == ()


@pytest.mark.parametrize("settings", [SLOW_DOWN])
async def test_a_token_that_asks_too_often_is_told_when_to_go_on(client: Clients) -> None:
    for _ in range(3):
        assert (await client("ada").get("/v1/hub")).status_code == 200
    refused = await client("ada").get("/v1/hub")
    problem(refused, 429, "too_many_requests")
    assert 1 <= int(refused.headers["retry-after"]) <= 3
    assert (await client("ben").get("/v1/hub")).status_code == 200


@pytest.mark.parametrize("settings", [SLOW_DOWN])
async def test_guessing_tokens_is_slowed_down_by_address_and_health_is_not(client: Clients) -> None:
    guesses = [await client("").get("/v1/hub", headers={"authorization": f"Bearer hct_{n}"}) for n in range(4)]
    assert [guess.status_code for guess in guesses] == [401, 401, 429, 429]
    logins = await client("").post("/v1/device/code", json={"client": "x"})
    problem(logins, 429, "too_many_requests")
    assert {(await client("").get("/healthz")).status_code for _ in range(20)} == {200}
    assert (await client("ada").get("/v1/hub")).status_code == 200


def held_up(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """What this hub is to carry out waits until the event is set, ten seconds at most."""
    gate = threading.Event()
    before = hub.execute_many

    def late(requests: list[object]) -> object:
        gate.wait(10)
        return before(requests)  # type: ignore[arg-type]

    monkeypatch.setattr(hub, "execute_many", late)
    return gate


@pytest.mark.parametrize("settings", [replace(QUIET, timeout=0.05)])
async def test_what_takes_too_long_is_given_up(client: Clients, hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = held_up(hub, monkeypatch)
    answer = await client("ada").post("/v1/enquiries", json={"channel": "x", "text": "hello", "customer": "Tom"})
    gate.set()
    problem(answer, 503, "too_late")


@pytest.mark.parametrize("settings", [replace(QUIET, queue=4)])
async def test_a_writer_with_too_much_to_do_says_so(client: Clients, hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = held_up(hub, monkeypatch)
    ada = client("ada")
    asked = [asyncio.create_task(ada.post("/v1/enquiries", json={"channel": "x", "text": "hi", "customer": f"C{n}"})) for n in range(9)]
    done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
    gate.set()
    answers = await asyncio.gather(*asked)
    assert {task.result().status_code for task in done} == {503}
    assert sorted(answer.status_code for answer in answers) == [201] * 4 + [503] * 5
    assert {answer.json()["code"] for answer in answers if answer.status_code == 503} == {"busy"}
    assert hub.counts()[0].n == 4


async def test_commands_that_arrive_together_share_a_commit(client: Clients, hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    groups: list[int] = []
    gate = threading.Event()
    before = hub.execute_many

    def counted(requests: list[object]) -> object:
        if not groups:
            gate.wait(10)
        groups.append(len(requests))
        return before(requests)  # type: ignore[arg-type]

    monkeypatch.setattr(hub, "execute_many", counted)
    ada = client("ada")
    asked = [asyncio.create_task(ada.post("/v1/enquiries", json={"channel": "x", "text": "hi", "customer": f"C{n}"})) for n in range(20)]
    writer = client.app.state.service.writer  # type: ignore[attr-defined]
    while writer.waiting < 20:  # noqa: ASYNC110  nobody tells when a command begins to wait
        await asyncio.sleep(0)
    gate.set()
    assert {answer.status_code for answer in await asyncio.gather(*asked)} == {201}
    assert sum(groups) == 20 and len(groups) == 2


def test_a_bucket_fills_again_with_time() -> None:
    now = [0.0]
    bucket = Bucket(2.0, 2, lambda: now[0])
    assert [bucket.take("a") for _ in range(3)] == [0.0, 0.0, 0.5]
    assert bucket.take("b") == 0.0
    now[0] += 0.5
    assert [bucket.take("a"), bucket.take("a")] == [0.0, 0.5]
    now[0] += 1e6
    assert [bucket.take("a") for _ in range(3)] == [0.0, 0.0, 0.5]


async def test_one_bad_command_in_a_group_does_not_hurt_the_others(client: Clients, hub: LocalHub) -> None:
    found = received(hub)
    ada = client("ada")
    orders = [{"kind": kind, "enquiry_id": found.enquiry_id} for kind in ("claim", "close", "release", "wake", "resolve")]
    answers = await asyncio.gather(*(ada.post("/v1/commands", json={"command": one}) for one in orders))
    assert [answer.status_code for answer in answers][:3] == [200, 403, 200]
    assert hub.verify().ok
