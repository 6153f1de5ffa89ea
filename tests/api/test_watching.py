"""Who watches over a server is answered soon, also while its store hangs: neither refused nor answered, as a stopped database is."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from hubconsole.hub.local import LocalHub
from hubconsole.server import metrics, watching
from hubconsole.server.service import Service
from hubconsole.server.settings import Settings
from tests.api.conftest import Clients
from tests.api.serving import QUIET
from tests.api.test_metrics import Scrape

PATIENCE = 0.3


class Hanging:
    """A store that takes questions and answers none until it is let go."""

    def __init__(self, hub: LocalHub) -> None:
        self.asked: Counter[str] = Counter()
        self._go = threading.Event()
        self._go.set()
        self._reading = hub.store.reading

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """In place of the store's own."""
        if not self._go.is_set():
            self.asked[threading.current_thread().name.rpartition("_")[0]] += 1
            assert self._go.wait(30)
        with self._reading() as conn:
            yield conn

    def stop(self) -> None:
        """From now on nothing is answered."""
        self._go.clear()

    def go_on(self) -> None:
        """What was asked is answered now."""
        self._go.set()


@pytest.fixture
def settings() -> Settings:
    """Long enough that nobody takes it for soon."""
    return Settings(timeout=10.0, token_rate=QUIET.token_rate, address_rate=QUIET.address_rate)


@pytest.fixture
async def store(client: Clients, hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(watching, "PATIENCE", PATIENCE)
    monkeypatch.setattr(metrics, "PATIENCE", PATIENCE)
    monkeypatch.setattr(metrics, "KEPT", -1.0)
    monkeypatch.setattr(metrics, "_SHARE", 0)
    service: Service = client.app.state.service  # type: ignore[attr-defined]
    service.reads.local = False  # as with a store that is another program
    hanging = Hanging(hub)
    monkeypatch.setattr(hub.store, "reading", hanging.reading)
    yield hanging
    hanging.go_on()


async def soon(client: httpx.AsyncClient, path: str) -> httpx.Response:
    began = time.monotonic()
    answer = await client.get(path)
    assert time.monotonic() - began < PATIENCE + 4, path
    return answer


async def test_a_server_whose_store_hangs_is_soon_said_not_to_be_ready(client: Clients, store: Hanging) -> None:
    assert (await soon(client(""), "/readyz")).status_code == 200
    store.stop()
    for _ in range(5):
        answer = await soon(client(""), "/readyz")
        assert (answer.status_code, answer.json()["code"]) == (503, "store_silent")
        assert answer.headers["retry-after"] == "1" and "command" not in answer.text
    several = await asyncio.gather(*(soon(client(""), "/readyz") for _ in range(20)))
    assert {one.status_code for one in several} == {503}
    assert store.asked["hubconsole-watch"] == 1, "one question is under way, however often it is asked after"
    store.go_on()
    await _until(client(""), "/readyz", '"ok":true')


async def test_figures_come_soon_and_say_that_the_store_is_away(client: Clients, store: Hanging) -> None:
    assert Scrape((await soon(client("wall"), "/metrics")).text).of("store_up") == 1
    store.stop()
    service: Service = client.app.state.service  # type: ignore[attr-defined]
    service.doorkeeper.fresh_at = lambda: -1e9  # the journal has not been seen to its end for long
    for _ in range(5):
        answer = await soon(client("wall"), "/metrics")
        assert answer.status_code == 200
        now = Scrape(answer.text)
        assert now.of("store_up") == 0 and now.of("feed_readers") == 0 and "hubconsole_outbox" not in answer.text
    assert store.asked["hubconsole-watch"] == 1
    unknown = await soon(client("lex"), "/metrics")
    assert (unknown.status_code, unknown.json()["code"]) == (503, "store_silent"), "nobody comes in whose token was never seen"
    store.go_on()
    await _until(client("wall"), "/metrics", " 1.0\n# HELP hubconsole_journal_seq")


async def test_a_hub_that_is_long_in_giving_its_figures_is_not_said_to_be_away(
    client: Clients, store: Hanging, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, go, asked = metrics.figures, threading.Event(), []

    def long(hub: LocalHub) -> metrics.Figures:
        asked.append(hub)
        assert go.wait(30)
        return real(hub)

    monkeypatch.setattr(metrics, "figures", long)
    for _ in range(3):
        answer = await soon(client("wall"), "/metrics")
        assert Scrape(answer.text).of("store_up") == 1 and "hubconsole_outbox_shut" not in answer.text
    assert len(asked) == 1
    go.set()
    assert Scrape((await soon(client("wall"), "/metrics")).text).of("outbox_shut") == 0


async def test_a_question_that_takes_too_long_is_not_said_to_be_done_perhaps(client: Clients, store: Hanging) -> None:
    ada = client("ada")
    assert (await ada.get("/v1/enquiries")).status_code == 200  # from now on the token is known
    service: Service = client.app.state.service  # type: ignore[attr-defined]
    service.doorkeeper.fresh_at = time.monotonic
    service.settings = replace(service.settings, timeout=0.5)
    store.stop()
    answer = await ada.get("/v1/enquiries")
    said = answer.json()
    assert (answer.status_code, said["code"]) == (503, "too_late")
    assert said["detail"] == "The answer took too long." and "command" not in answer.text


async def _until(client: httpx.AsyncClient, path: str, words: str) -> None:
    """The hung question has to come to its end before the next one is asked."""
    end = time.monotonic() + 10
    while words not in (await client.get(path)).text:
        assert time.monotonic() < end, path
        await asyncio.sleep(0.05)
