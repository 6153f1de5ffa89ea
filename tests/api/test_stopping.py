"""A server that is told to stop: the feed's last word, every request at hand answered, everything acknowledged written."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from hubconsole.domain.terms import Scope
from hubconsole.hub import access
from hubconsole.hub.local import LocalHub
from hubconsole.ids import new_id
from tests.api.listening import Listener
from tests.api.serving import bearer, make_hub, served
from tests.api.test_serving import free_port, running

pytestmark = pytest.mark.slow

WRITERS = 6


class Desk:
    """Somebody who takes in one enquiry after another until the server is gone."""

    def __init__(self, url: str, token: str) -> None:
        self.said: list[tuple[str, int, str]] = []
        """Enquiry, status, code of each answer."""
        self.unanswered: list[str] = []
        self._url, self._token = url, token
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._thread.join(30)
        assert not self._thread.is_alive()

    def _work(self) -> None:
        with httpx.Client(base_url=self._url, headers=bearer(self._token), timeout=20.0) as client:
            while True:
                id = new_id()
                body = {"enquiry_id": id, "channel": "x", "text": "hello", "customer": "Maria"}
                try:
                    answer = client.post("/v1/enquiries", json=body)
                except httpx.ConnectError:
                    return
                except httpx.TransportError:
                    self.unanswered.append(id)
                    return
                self.said.append((id, answer.status_code, answer.json().get("code", "")))
                if answer.status_code != 201:
                    return


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[LocalHub]:
    made = make_hub(tmp_path)
    yield made
    made.close()


def test_who_is_on_the_line_is_heard_once_more_and_then_hung_up_on(hub: LocalHub) -> None:
    with served(hub) as there, there.client() as client, Listener(there, heartbeat=60) as feed:
        there.server.linger = 60.0
        assert "connection" not in client.get("/v1/hub").headers
        there.server.should_exit = True
        assert feed.ended.wait(20)
        id = new_id()
        answer = client.post("/v1/enquiries", json={"enquiry_id": id, "channel": "x", "text": "hello", "customer": "Maria"})
        assert (answer.status_code, answer.headers["connection"]) == (201, "close")
        with pytest.raises(httpx.ConnectError):
            client.get("/v1/hub")
    assert [row.id for row in hub.rows([id])] == [id]


class There:
    """Where a hub is served, for :class:`Listener`."""

    def __init__(self, url: str, tokens: dict[str, str]) -> None:
        self.url = url
        self.tokens = tokens


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_nothing_is_lost_when_it_stops_under_load(hub: LocalHub, sig: signal.Signals) -> None:
    port = free_port()
    there = There(f"http://127.0.0.1:{port}", {"ada": access.issue(hub, "ada", Scope.MEMBER, label="desk").secret})
    limits = hub.path.parent / "limits.toml"
    limits.write_text("[limits]\ntoken_rate = 1000000.0\ntoken_burst = 1000000\n")
    with running(hub.path, port, "--settings", str(limits)) as process, Listener(there, heartbeat=60) as feed:
        desks = [Desk(there.url, there.tokens["ada"]) for _ in range(WRITERS)]
        assert feed.until(lambda told: len(told.seqs()) >= 50)
        process.send_signal(sig)
        for desk in desks:
            desk.end()
        assert feed.ended.wait(20)
        process.communicate(timeout=30)
        assert process.returncode == 0
    assert not feed.broken and feed.told[-1].data.startswith("the server is being stopped")
    said = [one for desk in desks for one in desk.said]
    assert {(status, code) for _, status, code in said} <= {(201, ""), (503, "closing")}
    acknowledged = [id for id, status, _ in said if status == 201]
    refused = [id for id, status, _ in said if status != 201]
    assert len(hub.rows(acknowledged)) == len(acknowledged) >= 50
    assert hub.rows(refused) == (), "who was told that nothing was done was told the truth"
    unanswered = [id for desk in desks for id in desk.unanswered]
    assert hub.rows(unanswered) == (), "what the server took in hand it answered; a request that met a closed door did nothing"
    assert hub.verify().problems == ()
    assert hub.lease("dispatcher", "another", 1_000) is not None
