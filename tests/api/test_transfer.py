"""A hub moves over the API: to a server that waits for it, away from one, and back."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from hubconsole.domain import commands as c
from hubconsole.errors import Conflict, HubError, Refused, UsageProblem
from hubconsole.hub.local import LocalHub
from hubconsole.hub.remote.side import RemoteSide
from hubconsole.hub.transfer import StoreSide, move
from hubconsole.hub.transfer_lines import MEDIA
from hubconsole.ids import new_id
from hubconsole.server.running import Plan, listen, wait_for_hub
from tests import pg
from tests.api.serving import QUIET, Served, bearer, make_hub, served, tokens_of
from tests.contract import acts

pytestmark = pytest.mark.slow


@pytest.fixture
def here(tmp_path: Path) -> str:
    """A hub in a file."""
    hub = make_hub(tmp_path)
    acts.receive(hub, text="NUL \0 and \x10")
    acts.queued(hub)
    hub.close()
    return str(tmp_path / "hub.db")


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Served]:
    """A hub that is served."""
    (tmp_path / "far").mkdir()
    hub = make_hub(tmp_path / "far")
    acts.queued(hub)
    with served(hub) as found:
        found.tokens = tokens_of(hub)
        yield found
    hub.close()


class Waiting:
    """A server that waits for a hub, in a thread."""

    def __init__(self, place: str, code: str) -> None:
        sock = socket.socket()
        sock.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        self.came: bool | None = None
        ready = threading.Event()

        def run() -> None:
            self.came = wait_for_hub(place, code, Plan(settings=QUIET), sock, ready.set)

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()
        assert ready.wait(20)


@contextmanager
def side(url: str, token: str, member: str = "sue", code: str = "") -> Iterator[RemoteSide]:
    found = RemoteSide(url, token, member, code=code)
    yield found
    found.close()


def kinds(place: str) -> list[str]:
    hub = LocalHub.open(place)
    try:
        assert hub.verify().problems == ()
        return [entry.kind for entry in hub.journal()]
    finally:
        hub.close()


def test_a_hub_is_pushed_to_a_server_that_waits_and_the_server_ends(here: str) -> None:
    before = kinds(here)
    with pg.database() as url:
        waiting = Waiting(url, "secret")
        with side(waiting.url, "", code="secret") as there:
            done = move(StoreSide(here), there, "sue")
        waiting.thread.join(20)
        assert waiting.came is True
        assert done.events == len(before) + 1
        assert kinds(url) == [*before, "hub.moved", "hub.arrived"]


@pytest.mark.parametrize("code", ["", "wrong", "secre"])
def test_a_wrong_code_opens_nothing(here: str, tmp_path: Path, code: str) -> None:
    place = str(tmp_path / "there.db")
    waiting = Waiting(place, "secret")
    with side(waiting.url, code, code=code) as there, pytest.raises(Refused) as no:
        move(StoreSide(here), there, "sue")
    assert (no.value.code, no.value.message) == ("bad_code", "The code is wrong or missing; serve --await-push prints it.")
    assert httpx.get(f"{waiting.url}/v1/token", headers=bearer(code or "hct_x")).json()["code"] == "bad_code", "it knows no tokens"
    assert not Path(place).exists()
    with side(waiting.url, "", code="secret") as there:
        move(StoreSide(here), there, "sue")
    waiting.thread.join(20)


def test_a_hub_is_pulled_from_a_server_and_pushed_back_to_its_place(far: Served, tmp_path: Path) -> None:
    home = str(tmp_path / "home.db")
    with side(far.url, far.tokens["sue"]) as there:
        move(there, StoreSide(home), "sue")
        with far.client("ada") as ada:
            answer = ada.post("/v1/enquiries", json={"channel": "x", "text": "hello", "customer": "Tom"})
        assert (answer.status_code, answer.json()["code"]) == (403, "moved")
        assert kinds(home)[-2:] == ["hub.moved", "hub.arrived"]
        hub = LocalHub.open(home)
        eid = new_id()
        hub.execute(c.Receive(enquiry_id=eid, channel="x", text="At home", customer="Tom"), actor="ada")
        hub.close()
        assert move(there, StoreSide(home), "sue").there_already
    waiting = Waiting(str(far.hub.path), "secret")
    with side(waiting.url, "", code="secret") as back:
        move(StoreSide(home), back, "sue")
    waiting.thread.join(20)
    assert far.hub.enquiry(eid).messages[0].text == "At home"
    assert far.hub.verify().problems == ()
    with far.client("ada") as ada:
        assert ada.post("/v1/enquiries", json={"channel": "x", "text": "hello", "customer": "Tom"}).status_code == 201
    assert kinds(home)[-1] == "hub.moved"


def test_only_a_supervisor_sees_where_the_journal_ends_and_nobody_its_lines_while_the_hub_is_here(far: Served) -> None:
    for who in ("ada", "ben", "lex"):
        with far.client(who) as client:
            for answer in (client.get("/v1/transfer"), client.get("/v1/transfer/journal")):
                assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    with far.client("sue") as client:
        assert client.get("/v1/transfer").json()["closed"] is False
        answer = client.get("/v1/transfer/journal")
        assert (answer.status_code, answer.json()["code"]) == (409, "not_closed")


@pytest.mark.parametrize("away", [False, True])
def test_nobody_takes_a_journal_into_a_hub_that_is_served(far: Served, tmp_path: Path, away: bool) -> None:
    home = str(tmp_path / "home.db")
    with side(far.url, far.tokens["sue"]) as there:
        if away:
            move(there, StoreSide(home), "sue")
        before = far.hub.info().seq
        with far.client("sue") as client:
            assert client.post("/v1/transfer/journal", content=b"[]\n", headers={"content-type": MEDIA}).status_code == 405
        if away:
            with pytest.raises(Refused) as no:
                move(StoreSide(home), there, "sue")
            assert no.value.code == "not_waiting"
            assert kinds(home)[-1] == "hub.arrived", "it was not closed for a place that does not take it in"
    assert far.hub.info().seq == before


def test_another_hub_does_not_go_over_a_served_one(far: Served, here: str) -> None:
    before = far.hub.info().seq
    with side(far.url, far.tokens["sue"]) as there, pytest.raises(Conflict) as no:
        move(StoreSide(here), there, "sue")
    assert no.value.code == "other_hub"
    assert far.hub.info().seq == before


@pytest.fixture
def awaited(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The place that a waiting server fills, and its address; the code is ``secret``."""
    place = str(tmp_path / "there.db")
    waiting = Waiting(place, "secret")
    yield place, waiting.url


@pytest.mark.parametrize("body", [b"", b"\n", b"{}\n", b"[1]\n", b'["x"', b"\xff\n", b"[" * 100_000 + b"\n"])
def test_what_is_no_journal_is_not_taken_in(awaited: tuple[str, str], body: bytes) -> None:
    place, url = awaited
    answer = httpx.post(f"{url}/v1/transfer/journal", content=body, headers={"content-type": MEDIA, **bearer("secret")})
    assert (answer.status_code, answer.json()["code"]) == (422, "journal_broken")
    assert StoreSide(place).end("") is None


def test_a_line_that_breaks_off_leaves_everything_as_it_was(awaited: tuple[str, str], here: str) -> None:
    place, url = awaited

    def breaking() -> Iterator[bytes]:
        yield b"[" + b" " * 100_000
        raise ConnectionResetError

    with pytest.raises((ConnectionResetError, httpx.HTTPError)):
        httpx.post(f"{url}/v1/transfer/journal", content=breaking(), headers={"content-type": MEDIA, **bearer("secret")})
    assert StoreSide(place).end("") is None
    with side(url, "", code="secret") as there:
        assert move(StoreSide(here), there, "sue").events > 0


def test_a_waiting_server_has_nothing_to_be_moved_away(tmp_path: Path) -> None:
    waiting = Waiting(str(tmp_path / "there.db"), "secret")
    with side(waiting.url, "", code="secret") as there, pytest.raises(UsageProblem):
        there.execute(c.MoveHub(to="elsewhere"), "sue")


def test_a_socket_is_found_by_its_plan() -> None:
    with pytest.raises(HubError):
        listen(Plan(host="192.0.2.1", port=9))
