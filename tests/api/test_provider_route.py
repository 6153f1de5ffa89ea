"""Logging in over the API by what a provider signed: a token for the right member, once, and an even answer to everything else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from hubconsole.clock import FrozenClock
from hubconsole.domain.commands import RemoveMember
from hubconsole.hub.local import LocalHub
from hubconsole.server.oidc import Provider
from hubconsole.server.settings import Settings
from tests.api.conftest import Clients
from tests.api.serving import QUIET, bearer
from tests.unit.test_oidc import ISSUER, SETTINGS, STRANGER, Fake, signed

pytestmark = pytest.mark.slow

WAY = "/v1/oidc/token"


@pytest.fixture
def settings() -> Settings:
    return replace(QUIET, oidc=SETTINGS)


@pytest.fixture
def fake(client: Clients, clock: FrozenClock) -> Fake:
    """The provider, in the network's place."""
    made = Fake()
    service = client.app.state.service  # type: ignore[attr-defined]
    service.provider = Provider(SETTINGS, clock, transport=httpx.MockTransport(made))
    return made


async def ask(client: Clients, id_token: str) -> httpx.Response:
    return await client("").post(WAY, json={"id_token": id_token, "label": "console at the desk"})


async def test_where_to_log_in_is_told_to_everybody(client: Clients) -> None:
    ways = (await client("").get("/v1/auth")).json()
    assert ways["methods"] == ["device", "oidc"]
    assert (ways["issuer"], ways["client_id"]) == (ISSUER, "hubconsole")
    assert "quill" not in str(ways).lower(), "who is mapped to whom is nobody else's business"


async def test_what_the_provider_signed_opens_the_hub_as_that_member(client: Clients, fake: Fake, clock: FrozenClock) -> None:
    answer = await ask(client, signed(clock))
    assert answer.status_code == 201
    issued = answer.json()
    assert (issued["token"]["member"], issued["token"]["scope"], issued["token"]["label"]) == ("lex", "member", "console at the desk")
    mine = await client("").get("/v1/tokens", headers=bearer(issued["secret"]))
    assert issued["token"]["id"] in [one["id"] for one in mine.json()["tokens"]]
    note = {"kind": "receive", "enquiry_id": "019aa9a0-0000-7000-8000-000000000001", "channel": "x", "text": "hi", "customer": "Tom"}
    done = await client("").post("/v1/commands", json={"command": note}, headers=bearer(issued["secret"]))
    assert done.status_code == 200
    trail = (await client("lex").get("/v1/journal?after=0")).json()["entries"]
    assert trail[-1]["actor"] == "lex" and issued["secret"] not in str(trail)


async def test_it_opens_once(client: Clients, fake: Fake, clock: FrozenClock) -> None:
    token = signed(clock)
    assert (await ask(client, token)).status_code == 201
    again = await ask(client, token)
    assert (again.status_code, again.json()["code"]) == (403, "used_id_token")


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"iss": "https://other.example.org"}, "bad_id_token"),
        ({"aud": "another"}, "bad_id_token"),
        ({"exp": 1}, "old_id_token"),
        ({"email_verified": False}, "unverified"),
        ({"email": "mallory@elsewhere.example"}, "not_mapped"),
    ],
)
async def test_what_says_something_else_opens_nothing(
    client: Clients, fake: Fake, hub: LocalHub, clock: FrozenClock, facts: dict[str, Any], code: str
) -> None:
    before = hub.info().seq
    answer = await ask(client, signed(clock, **facts))
    assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert "mallory" not in answer.text and hub.info().seq == before


async def test_what_somebody_else_signed_opens_nothing(client: Clients, fake: Fake, clock: FrozenClock) -> None:
    answer = await ask(client, signed(clock, STRANGER))
    assert (answer.status_code, answer.json()["code"]) == (403, "bad_id_token")


async def test_who_is_no_member_any_more_stays_out(client: Clients, fake: Fake, hub: LocalHub, clock: FrozenClock) -> None:
    hub.execute(RemoveMember(name="lex"), actor="sue")
    answer = await ask(client, signed(clock))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_mapped")


async def test_a_provider_that_is_away_is_no_defect(client: Clients, fake: Fake, clock: FrozenClock) -> None:
    fake.down = True
    answer = await ask(client, signed(clock))
    assert (answer.status_code, answer.json()["code"]) == (503, "no_provider")
    assert (await client("ada").get("/v1/hub")).status_code == 200, "everything else goes on"


async def test_guesses_are_counted(client: Clients, fake: Fake, clock: FrozenClock) -> None:
    service = client.app.state.service  # type: ignore[attr-defined]
    service.limits._addresses.rate, service.limits._addresses.burst = 0.001, 3
    statuses = [(await ask(client, "x.y.z")).status_code for _ in range(5)]
    assert statuses == [403, 403, 403, 429, 429]
