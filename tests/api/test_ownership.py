"""What is one's own, and what is not: tokens, privileged notes, the worker's door."""

from __future__ import annotations

import pytest

from hubconsole.clock import DAY, MINUTE, FrozenClock
from hubconsole.domain.commands import AddNote, RemoveMember, Send
from hubconsole.domain.terms import Scope
from hubconsole.hub import access
from hubconsole.hub.local import LocalHub
from tests.api.acting import ready, received
from tests.api.conftest import Clients
from tests.api.serving import bearer


def own(hub: LocalHub, member: str, scope: str = "member") -> str:
    """The id of somebody's token."""
    return next(token.id for token in access.tokens(hub, "sue") if (token.member, token.scope) == (member, scope))


async def test_nobody_but_its_owner_and_a_supervisor_sees_or_ends_a_token(client: Clients, hub: LocalHub) -> None:
    ben = own(hub, "ben")
    assert {token["member"] for token in (await client("ada").get("/v1/tokens")).json()["tokens"]} == {"ada"}
    for what in (client("ada").delete(f"/v1/tokens/{ben}"), client("ada").post(f"/v1/tokens/{ben}/rotation", json={})):
        answer = await what
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_token")
    assert (await client("ben").get("/v1/hub")).status_code == 200
    assert (await client("sue").delete(f"/v1/tokens/{ben}")).status_code == 200
    assert (await client("ben").get("/v1/hub")).status_code == 401


async def test_a_narrow_token_reaches_itself_alone(client: Clients, hub: LocalHub) -> None:
    assert (await client("wall").delete(f"/v1/tokens/{own(hub, 'sue')}")).status_code == 404
    assert (await client("read").delete(f"/v1/tokens/{own(hub, 'ada')}")).status_code == 404
    assert (await client("read").post(f"/v1/tokens/{own(hub, 'ada')}/rotation", json={})).status_code == 404
    assert (await client("wall").delete(f"/v1/tokens/{own(hub, 'sue', 'wall')}")).status_code == 200
    assert (await client("wall").get("/v1/hub")).status_code == 401


async def test_nobody_issues_a_token_with_which_another_would_decide(client: Clients) -> None:
    for who, scope in (("sue", "member"), ("sue", "read"), ("ada", "member")):
        answer = await client(who).post("/v1/tokens", json={"scope": scope, "label": "x", "member": "lex"})
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted"), who
    for scope in ("wall", "intake", "worker"):
        assert (await client("ada").post("/v1/tokens", json={"scope": scope, "label": "x"})).status_code == 403
        assert (await client("sue").post("/v1/tokens", json={"scope": scope, "label": "x"})).status_code == 201


async def test_a_token_works_until_it_ends(client: Clients, clock: FrozenClock) -> None:
    made = (await client("ada").post("/v1/tokens", json={"scope": "read", "label": "tablet", "lasting": DAY})).json()
    headers = bearer(made["secret"])
    assert (await client("").get("/v1/hub", headers=headers)).status_code == 200
    clock.advance(DAY - 1)
    assert (await client("").get("/v1/hub", headers=headers)).status_code == 200
    clock.advance(1)
    assert (await client("").get("/v1/hub", headers=headers)).json()["code"] == "bad_token"


@pytest.mark.parametrize("lasting", [0, -1, 91 * DAY])
async def test_no_token_lasts_longer_than_ninety_days(client: Clients, lasting: int) -> None:
    answer = await client("ada").post("/v1/tokens", json={"scope": "read", "label": "x", "lasting": lasting})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_expiry")


async def test_a_rotated_token_goes_on_for_a_while(client: Clients, hub: LocalHub, clock: FrozenClock) -> None:
    new = (await client("ben").post(f"/v1/tokens/{own(hub, 'ben')}/rotation", json={"overlap": 5 * MINUTE})).json()
    assert (await client("ben").get("/v1/hub")).status_code == 200
    assert (await client("").get("/v1/hub", headers=bearer(new["secret"]))).status_code == 200
    clock.advance(5 * MINUTE)
    assert (await client("ben").get("/v1/hub")).status_code == 401
    assert (await client("").get("/v1/hub", headers=bearer(new["secret"]))).status_code == 200


async def test_who_leaves_the_hub_is_out_at_once(client: Clients, hub: LocalHub) -> None:
    assert (await client("ben").get("/v1/hub")).status_code == 200
    hub.execute(RemoveMember(name="ben"), actor="sue")
    service = client.app.state.service  # type: ignore[attr-defined]
    await service.feed.wait(hub.info().seq - 1, 5)
    assert (await client("ben").get("/v1/hub")).status_code == 401


async def test_privileged_notes_are_for_legal_and_supervisors_alone(client: Clients, hub: LocalHub) -> None:
    found = received(hub)
    hub.execute(AddNote(enquiry_id=found.enquiry_id, text="we were wrong", privileged=True), actor="lex")
    paths = (f"/v1/enquiries/{found.key}", f"/v1/enquiries/{found.key}/messages", f"/v1/enquiries/{found.key}/journal", "/v1/journal")
    for path in paths:
        for who in ("ada", "ben", "read"):
            assert "we were wrong" not in (await client(who).get(path)).text, (who, path)
        for who in ("lex", "sue"):
            assert "we were wrong" in (await client(who).get(path)).text, (who, path)
    for who in ("ada", "lex"):
        assert (await client(who).get("/v1/search", params={"q": "wrong"})).json()["rows"] == []


async def test_the_workers_door_is_for_the_worker(client: Clients, hub: LocalHub) -> None:
    found, _ = ready(hub)
    hub.execute(Send(enquiry_id=found.enquiry_id, via="outbox", now=True), actor="ada")
    (due,) = (await client("worker").get("/v1/worker/due")).json()["sends"]
    outgoing = (await client("worker").get(f"/v1/worker/outgoing/{due['send_id']}")).json()["outgoing"]
    claim = {"kind": "claim_send", "enquiry_id": found.enquiry_id, "send_id": due["send_id"], "wire_digest": outgoing["digest"]}
    for who in ("ada", "lex", "sue"):
        for via in ("api", "worker"):
            assert (await client(who).post("/v1/commands", json={"command": claim, "via": via})).status_code == 403, (who, via)
    lease = (await client("worker").put("/v1/worker/leases/dispatcher", json={"holder": "w1", "ttl": 30_000})).json()["token"]
    assert (await client("worker").put("/v1/worker/leases/dispatcher", json={"holder": "w2", "ttl": 30_000})).json() == {"token": None}
    stale = {"command": claim, "fence": ["dispatcher", lease - 1]}
    refused = await client("worker").post("/v1/commands", json=stale)
    assert (refused.status_code, refused.json()["code"]) == (409, "fenced")
    done = await client("worker").post("/v1/commands", json={"command": claim, "fence": ["dispatcher", lease]})
    assert done.status_code == 200, done.text
    assert (await client("worker").get(f"/v1/worker/overtaken/{due['send_id']}")).json() == {"why": ""}
    assert [entry.actor for entry in hub.journal(found.seq) if entry.kind == "send.claimed"] == ["system"]


async def test_a_device_is_let_in_as_who_confirms_it(client: Clients, hub: LocalHub, clock: FrozenClock) -> None:
    codes = (await client("").post("/v1/device/code", json={"client": "hubconsole on desk-7"})).json()
    poll = {"device_code": codes["device_code"]}
    assert (await client("").post("/v1/device/token", json=poll)).json()["outcome"] == "authorization_pending"
    assert (await client("").post("/v1/device/token", json=poll)).json()["outcome"] == "slow_down"
    shown = (await client("ben").get(f"/v1/device/{codes['user_code']}")).json()
    assert (shown["client"], shown["state"]) == ("hubconsole on desk-7", "waiting") and shown["place"]
    assert (await client("read").post(f"/v1/device/{codes['user_code']}/answer", json={"approve": True})).status_code == 403
    assert (await client("ben").post(f"/v1/device/{codes['user_code']}/answer", json={"approve": True})).json()["state"] == "approved"
    late = await client("lex").post(f"/v1/device/{codes['user_code']}/answer", json={"approve": False})
    assert (late.status_code, late.json()["winner"]) == (409, "ben")
    clock.advance(MINUTE)
    given = (await client("").post("/v1/device/token", json=poll)).json()
    assert given["issued"]["token"]["member"] == "ben" and given["issued"]["token"]["scope"] == Scope.MEMBER
    assert (await client("").get("/v1/hub", headers=bearer(given["issued"]["secret"]))).status_code == 200
    assert (await client("").post("/v1/device/token", json=poll)).json()["code"] == "unknown_code"
