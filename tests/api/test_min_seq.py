"""Reads that must not be older than a place in the journal, and a server that only reads."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from hubconsole.domain.commands import Receive
from hubconsole.errors import StoreProblem
from hubconsole.hub.local import LocalHub
from hubconsole.ids import new_id
from hubconsole.server.openapi import describe
from hubconsole.server.routes import load
from hubconsole.server.service import Service
from hubconsole.server.settings import Settings
from hubconsole.store.engine import Standing
from tests.api.acting import ready, received
from tests.api.conftest import Clients
from tests.api.serving import QUIET, bearer, make_hub, served, tokens_of
from tests.api.test_access_matrix import BODIES, QUERIES

SHORT = 0.3
"""Seconds for which a read waits here."""
APART = {"health", "readiness", "metrics", "ways_in"}
"""Operations that say nothing of what is in the journal."""
READ_BY_POST = {"look_up_enquiries", "known_messages", "verify_journal_with_head"}
OF_THE_WORKER = {"due_sends", "outgoing_send", "overtaken_send", "expiring_enquiries"}


@pytest.fixture
def settings() -> Settings:
    return replace(QUIET, catch_up=SHORT, poll=0.05, tick=0.01)


def service_of(client: Clients) -> Service:
    app: Any = client.app  # type: ignore[attr-defined]
    service: Service = app.state.service
    return service


def operations() -> dict[str, tuple[str, str, dict[str, Any]]]:
    found = {}
    for path, methods in describe()["paths"].items():
        for method, one in methods.items():
            found[one["operationId"]] = (method.upper(), path, one)
    return found


def test_every_operation_that_reads_the_hub_takes_it_and_says_so() -> None:
    for id, (method, _, one) in operations().items():
        names = [param["name"] for param in one.get("parameters", ())]
        reads = (method == "GET" and id not in APART) or id in READ_BY_POST
        assert ("min_seq" in names) is reads, id
        if reads:
            assert "503" in one["responses"], id


async def test_each_answers_at_once_when_the_journal_is_there_and_behind_when_it_is_not(client: Clients, hub: LocalHub) -> None:
    service_of(client).settings = replace(service_of(client).settings, catch_up=0.02)
    service_of(client).feed.settings = service_of(client).settings
    found, _ = ready(hub)
    end = hub.info().seq
    for id, (method, path, _) in operations().items():
        if not any(param.name == "min_seq" for param in load()[id].params):
            continue
        who = "worker" if id in OF_THE_WORKER else "sue"
        place = path.format(key=found.key, kind="view", send_id="s", user_code="BCDF-GHJK", id="x") + QUERIES.get(id, "")
        more = "&" if "?" in place else "?"
        body = BODIES.get(id)
        given = {"json": body} if body is not None else {}
        there = await client(who).request(method, f"{place}{more}min_seq={end}", **given)
        if there.status_code != 200:  # it came as far as what it is about
            assert there.json()["code"] in ("unknown_code", "unknown_send", "bad_head", "not_closed"), (id, there.text)
        beyond = await client(who).request(method, f"{place}{more}min_seq={end + 1}", **given)
        assert (beyond.status_code, beyond.json()["code"], beyond.headers["retry-after"]) == (503, "behind", "1"), id


async def test_a_place_that_does_not_come_is_waited_for_as_long_as_is_set_and_no_longer(client: Clients, hub: LocalHub) -> None:
    began = time.monotonic()
    answer = await client("ada").get("/v1/counts", params={"min_seq": hub.info().seq + 1})
    took = time.monotonic() - began
    assert (answer.status_code, answer.json()["family"]) == (503, "unreachable")
    assert SHORT <= took < SHORT + 5
    began = time.monotonic()
    assert (await client("ada").get("/v1/counts", params={"min_seq": hub.info().seq})).status_code == 200
    assert time.monotonic() - began < SHORT


async def test_a_place_that_comes_while_it_is_waited_for_is_answered_from(
    client: Clients, hub: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed, waiting = service_of(client).feed, asyncio.Event()
    feed.settings = replace(feed.settings, catch_up=20.0)
    wait = feed.wait

    async def seen(after: int, timeout: float) -> None:
        waiting.set()
        await wait(after, timeout)

    monkeypatch.setattr(feed, "wait", seen)
    end = hub.info().seq
    asked = asyncio.create_task(client("ada").get("/v1/enquiries", params={"min_seq": end + 1}))
    await asyncio.wait_for(waiting.wait(), 15)
    found = received(hub)
    answer = await asyncio.wait_for(asked, 15)
    assert [row["id"] for row in answer.json()["rows"]] == [found.enquiry_id]


async def test_where_it_is_not_given_nothing_more_is_read(client: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(seq: int) -> bool:
        raise AssertionError("nobody asked for a place")

    monkeypatch.setattr(service_of(client).feed, "reach", never)
    assert (await client("ada").get("/v1/enquiries")).status_code == 200
    assert (await client("ada").get("/v1/counts", params={"min_seq": 0})).status_code == 200


@pytest.mark.parametrize("wrong", ["-1", "x", "1.5", "", "99999999999999999"])
async def test_what_is_no_place_is_a_mistake(wrong: str, client: Clients) -> None:
    answer = await client("ada").get("/v1/counts", params={"min_seq": wrong})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_parameter")


async def test_what_tells_of_the_process_alone_takes_no_place(client: Clients) -> None:
    for path in ("/healthz", "/readyz", "/metrics", "/v1/auth"):
        assert (await client("ada").get(f"{path}?min_seq=1")).status_code == 422, path


def standing(hub: LocalHub, monkeypatch: pytest.MonkeyPatch, found: Standing | None) -> None:
    """As if the store were a copy."""
    monkeypatch.setattr(hub.store, "standing", lambda: found)


@pytest.mark.parametrize(
    ("found", "status", "code"),
    [
        (None, 410, "gone"),
        (Standing(following=True, behind=0.0), 410, "gone"),
        (Standing(following=True, behind=3.0), 503, "behind"),
        (Standing(following=False, behind=0.0), 503, "behind"),
    ],
    ids=["primary", "copy that has all there is", "copy that lags", "copy that hears nothing"],
)
async def test_a_feed_beyond_the_end_is_gone_only_where_the_end_is_known(
    found: Standing | None, status: int, code: str, client: Clients, hub: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing(hub, monkeypatch, found)
    headers = {"accept": "text/event-stream", "last-event-id": str(hub.info().seq + 1)}
    answer = await client("ada").get("/v1/changes", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_readiness_says_how_far_a_copy_is(client: Clients, hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await client("").get("/readyz")).json() == {"ok": True, "standby": False, "behind": 0.0}
    standing(hub, monkeypatch, Standing(following=True, behind=1.25))
    assert (await client("").get("/readyz")).json() == {"ok": True, "standby": True, "behind": 1.25}
    standing(hub, monkeypatch, Standing(following=True, behind=60.0))
    assert (await client("").get("/readyz")).status_code == 503
    standing(hub, monkeypatch, Standing(following=False, behind=0.0))
    assert (await client("").get("/readyz")).status_code == 200, "the primary may be back in a moment"
    service_of(client)._told_at -= 60
    assert (await client("").get("/readyz")).status_code == 503


class Reading:
    """A hub in a file that others write, behind a server that only reads."""

    def __init__(self, hub: LocalHub, url: str, tokens: dict[str, str]) -> None:
        self.hub, self.url, self.tokens = hub, url, tokens

    def client(self, who: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=bearer(self.tokens[who]), timeout=20.0)


@pytest.fixture
def reading(tmp_path: Path) -> Iterator[Reading]:
    hub = make_hub(tmp_path)
    tokens = tokens_of(hub)
    far = LocalHub.open(tmp_path / "hub.db", readonly=True)
    try:
        with served(far, replace(QUIET, poll=0.05), tokens=tokens) as place:
            yield Reading(hub, place.url, tokens)
    finally:
        far.close()
        hub.close()


def test_a_server_that_only_reads_answers_what_others_write(reading: Reading) -> None:
    found = reading.hub.execute(Receive(enquiry_id=new_id(), channel="x", text="Where is it?", customer="Maria"), actor="ada")
    with reading.client("ada") as ada:
        answer = ada.get(f"/v1/enquiries/{found.key}", params={"min_seq": found.seq})
        assert answer.json()["row"]["id"] == found.enquiry_id
        assert ada.get("/readyz").status_code == 200
        looked = ada.post("/v1/enquiries/lookup", params={"min_seq": found.seq}, json={"ids": [found.enquiry_id]})
        assert [row["id"] for row in looked.json()["rows"]] == [found.enquiry_id]
        assert ada.get("/v1/audit/verification").json()["ok"] is True


def test_a_server_that_only_reads_refuses_all_else_and_nothing_is_written(reading: Reading) -> None:
    found = received(reading.hub)
    before = reading.hub.info().seq
    refused = set()
    for id, (method, path, _) in operations().items():
        if not load()[id].primary:
            continue
        refused.add(id)
        who = "worker" if path.startswith("/v1/worker") else "sue"
        place = path.format(key=found.key, session="s", send_id="s", name="l", id=new_id(), user_code="BCDF-GHJK")
        with reading.client(who) as asking:
            answer = asking.request(method, place, json=BODIES.get(id, {}))
        said = answer.json()
        assert (answer.status_code, said["code"], said["family"]) == (503, "read_only", "unreachable"), (id, said)
        assert "primary" in said["hint"] and "retry-after" not in answer.headers, id
    written = {id for id, (method, *_) in operations().items() if method != "GET"} - READ_BY_POST
    assert refused == written | OF_THE_WORKER
    assert reading.hub.info().seq == before
    assert not reading.hub.viewers()


def test_a_hub_opened_for_reading_writes_nothing_whatever_asks(reading: Reading, tmp_path: Path) -> None:
    far = LocalHub.open(tmp_path / "hub.db", readonly=True)
    with pytest.raises(StoreProblem) as problem:
        far.execute(Receive(enquiry_id=new_id(), channel="x", text="hi", customer="Tom"), actor="ada")
    assert problem.value.code == "store_read_only"
    far.close()
