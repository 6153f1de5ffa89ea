"""The program `hubconsole serve`: one for a file, told by a signal when to end, calm about what it cannot have."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from hubconsole.domain.terms import Scope
from hubconsole.hub import access
from hubconsole.hub.local import LocalHub
from tests.api.acting import ready
from tests.api.serving import bearer, make_hub

pytestmark = pytest.mark.slow


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def command(store: Path | str, port: int, *more: str) -> list[str]:
    """The command line of a server."""
    return [sys.executable, "-m", "hubconsole", "serve", "--store", str(store), "--port", str(port), *more]


@contextmanager
def running(store: Path | str, port: int, *more: str) -> Iterator[subprocess.Popen[str]]:
    """A server that says it is ready; killed at the end if it still runs."""
    process = subprocess.Popen(command(store, port, *more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Serving at http")
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=20)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[LocalHub]:
    made = make_hub(tmp_path)
    yield made
    made.close()


def test_it_serves_refuses_a_second_and_ends_on_a_signal(hub: LocalHub) -> None:
    token = access.issue(hub, "ada", Scope.MEMBER, label="desk").secret
    port = free_port()
    with running(hub.path, port) as process:
        url = f"http://127.0.0.1:{port}"
        assert httpx.get(f"{url}/readyz").json()["ok"] is True
        assert httpx.get(f"{url}/v1/hub", headers=bearer(token)).json()["name"] == "Bank"
        second = subprocess.run(command(hub.path, free_port()), capture_output=True, text=True, timeout=60)
        assert second.returncode == 5 and str(process.pid) in second.stderr, second.stderr
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=30)
        assert process.returncode == 0
    lines = [json.loads(line) for line in log.splitlines()]
    assert [lines[0]["what"], lines[-1]["what"]] == ["started", "stopped"]
    assert [line["operation"] for line in lines if line["what"] == "request"] == ["readiness", "hub"]
    assert token not in log


def test_its_worker_sends_and_gives_its_lease_back(hub: LocalHub, home: Path) -> None:
    token = access.issue(hub, "ada", Scope.MEMBER, label="desk").secret
    found, digest = ready(hub, "maria@customer.example")
    port = free_port()
    with running(hub.path, port) as process:
        sends = f"http://127.0.0.1:{port}/v1/enquiries/{found.key}/sends"
        assert httpx.post(sends, json={"via": "outbox", "digest": digest, "now": True}, headers=bearer(token)).status_code == 201
        before = hub.info().seq
        while (state := httpx.get(sends, headers=bearer(token)).json()["sends"][0]["state"]) in ("queued", "delivering"):
            assert process.poll() is None and hub.wait(before, 20), "the reply did not leave"
            before = hub.info().seq
        assert state == "delivered"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        assert process.returncode == 0
    assert hub.lease("dispatcher", "another", 1_000) is not None
    assert list(home.rglob("*.eml")), "the mail lies in the outbox"


def test_a_taken_port_and_a_missing_store_are_said_plainly(hub: LocalHub, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = subprocess.run(command(hub.path, port), capture_output=True, text=True, timeout=60)
    assert refused.returncode == 5 and f"port {port}" in refused.stderr
    missing = subprocess.run(command(tmp_path / "none.db", free_port()), capture_output=True, text=True, timeout=60)
    assert missing.returncode == 5 and "no hub" in missing.stderr


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--workers", "2"), "exactly one server process"),
        (("--tls-cert", "x.pem"), "--tls-key"),
        (("--settings", "nowhere.toml"), "cannot be read"),
    ],
)
def test_what_makes_no_sense_is_refused(hub: LocalHub, more: tuple[str, ...], said: str) -> None:
    refused = subprocess.run(command(hub.path, free_port(), *more), capture_output=True, text=True, timeout=60, env=dict(os.environ))
    assert refused.returncode == 2 and said in refused.stderr, refused.stderr
