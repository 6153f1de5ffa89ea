"""Every error of the API is one shape: problem details, with the right status and nothing of what was sent."""

from __future__ import annotations

import io
import json
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from hubconsole.errors import HubError, SchemaTooNew, StoreProblem
from hubconsole.hub.local import LocalHub
from hubconsole.hub.wire import problem_in
from hubconsole.ids import is_id
from hubconsole.server import logs
from hubconsole.server.app import create_app
from hubconsole.server.service import Service
from tests.api.acting import received
from tests.api.conftest import Clients
from tests.api.serving import QUIET, bearer

pytestmark = pytest.mark.slow

FIELDS = {"type", "title", "status", "detail", "code", "hint", "family"}


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem in an answer, checked for its shape."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    said: dict[str, Any] = answer.json()
    assert said.keys() >= FIELDS and said["status"] == status and said["code"] == code, said
    assert said["type"] == f"urn:hubconsole:problem:{code}" and said["detail"].endswith(".")
    assert problem_in(said, status).code == code
    return said


async def test_paths_and_methods_that_are_not_there(client: Clients) -> None:
    problem(await client("ada").get("/v1/nothing"), 404, "no_such_path")
    problem(await client("ada").get("/v1/enquiries/"), 404, "no_such_path")
    refused = await client("ada").delete("/v1/enquiries")
    problem(refused, 405, "method_not_allowed")
    assert refused.headers["allow"] == "GET, POST"


@pytest.mark.parametrize("path", ["E-99", "01a2019c-4546-7e73-b77c-a4d4dbb41ce6", "E-0", "...", "%00", "%F0%9F%92%A9", "a%2Fb"])
async def test_an_enquiry_that_is_not_there(client: Clients, path: str) -> None:
    answer = await client("ada").get(f"/v1/enquiries/{path}")
    problem(answer, 404, "unknown_enquiry" if path != "a%2Fb" else "no_such_path")


async def test_parts_and_acts_of_an_enquiry_that_is_not_there(client: Clients) -> None:
    problem(await client("ada").get("/v1/enquiries/E-99/journal"), 404, "unknown_enquiry")
    problem(await client("ada").post("/v1/enquiries/E-99/notes", json={"text": "x"}), 404, "unknown_enquiry")
    # In a command it is a mistake in the body, not in the path.
    command = {"command": {"kind": "claim", "enquiry_id": "E-99"}}
    problem(await client("ada").post("/v1/commands", json=command), 422, "unknown_enquiry")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"x"', b"{}", b'{"command": {}}', b'{"command": {"kind": "nothing"}}', b"\xff\xfe", b"1e999",
        b'{"command": {"kind": "claim", "enquiry_id": 1}}', b'{"command": {"kind": "claim", "enquiry_id": "x", "more": 1}}',
        b'{"command": {"kind": "claim", "enquiry_id": "x"}, "more": 1}', b'{"command": {"kind": "claim", "enquiry_id": "\\ud800"}}',
        b'{"command": {"kind": "claim", "enquiry_id": "x"}, "command_id": "x"}', b"[" * 100_000,
        b'{"command": {"kind": "claim", "enquiry_id": "x"}, "seen": 1.5}',
        b'{"command": {"kind": "set_priority", "enquiry_id": "x", "priority": 99999999999999999999999}}',
    ],
)  # fmt: skip
async def test_a_body_that_is_not_as_described(client: Clients, body: bytes) -> None:
    answer = await client("ada").post("/v1/commands", content=body, headers={"content-type": "application/json"})
    problem(answer, 422, "malformed")


async def test_a_malformed_body_is_not_repeated_in_the_answer(client: Clients) -> None:
    secret = "0151-2345678"
    answer = await client("ada").post("/v1/commands", json={"command": {"kind": "claim", "enquiry_id": {"phone": secret}}})
    said = problem(answer, 422, "malformed")
    assert secret not in answer.text and "enquiry_id" in said["detail"]


async def test_a_body_that_is_not_announced_as_json(client: Clients) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = await client("ada").post("/v1/commands", content=b"{}", headers={"content-type": kind})
        problem(answer, 415, "not_json")


@pytest.mark.parametrize(
    "query",
    [
        "limit=x", "limit=501", "limit=-1", "limit=1&limit=2", "after=1", "after=1.2.3", "last=maybe", "nonsense=1", "query=%FF",
        "offset=1&after=1.1", "after=99999999999999999.1",
    ],
)  # fmt: skip
async def test_a_parameter_that_is_not_as_described(client: Clients, query: str) -> None:
    problem(await client("ada").get(f"/v1/enquiries?{query}"), 422, "bad_parameter")


async def test_a_filter_that_cannot_be_understood(client: Clients) -> None:
    said = problem(await client("ada").get("/v1/enquiries", params={"query": "stat:new"}), 422, "bad_query")
    assert "state" in said["hint"]


async def test_what_the_rules_refuse(client: Clients, hub: LocalHub) -> None:
    found = received(hub)
    command = {"command": {"kind": "close", "enquiry_id": found.enquiry_id}}
    assert problem(await client("ada").post("/v1/commands", json=command), 403, "wrong_state")["family"] == "refused"
    assert problem(await client("read").post("/v1/commands", json=command), 403, "out_of_scope")["family"] == "refused"


async def test_a_token_is_not_taken_for_somebody_elses(client: Clients, hub: LocalHub) -> None:
    found, before = received(hub), hub.info().seq + 1
    for who, said in (("ada", "lex"), ("wall", "ada"), ("ada", "%00%C3"), ("ada", "")):
        headers, command = {"hubconsole-member": said}, {"command": {"kind": "claim", "enquiry_id": found.enquiry_id}}
        if not said:
            command["command"] = {"kind": "add_note", "enquiry_id": found.enquiry_id, "text": "nobody was named"}
            assert (await client(who).post("/v1/commands", json=command, headers=headers)).status_code == 200
            continue
        for answer in (
            await client(who).get("/v1/snapshot", headers=headers),
            await client(who).get("/v1/changes?after=0", headers=headers | {"accept": "text/event-stream"}),
            await client(who).post("/v1/commands", json=command, headers=headers),
        ):
            refused = problem(answer, 403, "other_member")
            assert f"{'sue' if who == 'wall' else who}'s" in refused["detail"]
    assert hub.info().seq == before


async def test_a_token_says_whose_it_is(client: Clients) -> None:
    for who, member, scope in (("ada", "ada", "member"), ("wall", "sue", "wall"), ("worker", "sue", "worker")):
        told = (await client(who).get("/v1/token", headers={"hubconsole-member": member})).json()
        assert (told["member"], told["scope"], told["revoked_at"]) == (member, scope, 0)
        assert "digest" not in told and "secret" not in told


async def test_nobody_is_let_in_without_a_token(client: Clients) -> None:
    for headers, code in (
        ({}, "no_token"),
        ({"authorization": "Bearer hct_wrong"}, "bad_token"),
        ({"authorization": "Basic YWRhOng="}, "bad_token"),
        ({"authorization": "Bearer " + "x" * 5000}, "bad_token"),
        ({"authorization": "Bearer"}, "bad_token"),
    ):
        answer = await client("").get("/v1/hub", headers=headers)
        problem(answer, 401, code)
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_store_that_cannot_be_used_is_503_with_a_time_to_come_back(
    client: Clients, hub: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(requests: object) -> None:
        raise StoreProblem("disk_full", "The disk is full.", "Free some space.")

    monkeypatch.setattr(hub, "execute_many", full)
    answer = await client("ada").post("/v1/enquiries", json={"channel": "x", "text": "hello", "customer": "Tom"})
    said = problem(answer, 503, "disk_full")
    assert said["family"] == "unreachable" and answer.headers["retry-after"] == "1"


SECRET_PLACES = ("hub_db_host", "kim", "5432", "/srv/secret", "hub.db")
"""What nobody outside is told of where the store is."""


@pytest.mark.parametrize(
    "error",
    [
        StoreProblem(
            "store_unreachable",
            "postgresql://kim@hub_db_host:5432/hub cannot be reached: connection to server on socket /srv/secret failed",
            "Look at hub_db_host.",
        ),
        StoreProblem("no_database", "The server of kim@hub_db_host has no database 'hub.db'.", "createdb hub.db"),
        StoreProblem("store_failed", "/srv/secret/hub.db cannot be used: near 'Maria'.", "Nothing was written."),
        SchemaTooNew("schema_too_new", "/srv/secret/hub.db was written by a newer hubconsole.", "Upgrade."),
    ],
    ids=lambda error: error.code,
)
async def test_where_the_store_is_stands_in_the_log_and_in_no_answer(
    hub: LocalHub, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch, error: HubError
) -> None:
    written = io.StringIO()
    app = create_app(hub, QUIET, logs.to(written))

    async def broken(*args: object, **kwargs: object) -> None:
        raise error

    service: Service = app.state.service
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        transport = httpx.ASGITransport(app)
        ada = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://hub", headers=bearer(tokens["ada"])))
        assert (await ada.get("/v1/hub")).status_code == 200  # from now on the token is known
        monkeypatch.setattr(hub, "execute_many", lambda requests: [error] * len(requests))
        batch = await ada.post("/v1/commands/batch", json={"commands": [{"command": {"kind": "claim", "enquiry_id": "E-1"}}]})
        command = await ada.post("/v1/commands", json={"command": {"kind": "claim", "enquiry_id": "E-1"}})
        monkeypatch.setattr(service.reads, "quick", broken)
        monkeypatch.setattr(service.reads, "slow", broken)
        monkeypatch.setattr(service.watch, "ask", broken)
        answers = [await ada.get(path) for path in ("/readyz", "/v1/auth", "/v1/counts", "/v1/enquiries")]
        monkeypatch.undo()
    for answer in (command, *answers):
        said = problem(answer, 503, error.code)
        assert said["hint"] and answer.headers["retry-after"] == "1"
    assert batch.json()["answers"][0]["code"] == error.code
    for answer in (batch, command, *answers):
        assert not [place for place in SECRET_PLACES if place in answer.text], answer.text
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    told = [line for line in lines if line["status"] == 503]
    assert len(told) == 5 and {line["problem"] for line in told} == {error.code}
    # A driver's words about a statement may quote a customer; where the store is never does.
    assert {line.get("said") for line in told} == {None if error.code == "store_failed" else error.message}


async def test_a_defect_is_answered_calmly_and_says_nothing_of_itself(
    client: Clients, hub: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise RuntimeError("Maria's number is 0151 2345678")

    monkeypatch.setattr(hub, "members", broken)
    answer = await client("ada").get("/v1/members")
    problem(answer, 500, "defect")
    assert "Maria" not in answer.text and "Runtime" not in answer.text


async def test_every_answer_carries_the_id_of_its_request(client: Clients) -> None:
    given = [(await client("ada").get(path)).headers["x-request-id"] for path in ("/v1/nothing", "/v1/hub", "/v1/enquiries/E-1")]
    assert all(is_id(one) for one in given) and len(set(given)) == 3 and given == sorted(given)
    mine = "01a2019c-4546-7e73-b77c-a4d4dbb41ce6"
    assert (await client("ada").get("/v1/hub", headers={"x-request-id": mine})).headers["x-request-id"] == mine
    assert (await client("ada").get("/v1/hub", headers={"x-request-id": "my words"})).headers["x-request-id"] != "my words"
