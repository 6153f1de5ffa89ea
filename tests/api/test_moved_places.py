"""Where a hub has moved to: its keeper sees it on the store, others hear no more of it than the address of a server."""

from __future__ import annotations

import pytest

from hubconsole.domain import commands as c
from hubconsole.domain.standing import LONGEST
from hubconsole.errors import Refused
from hubconsole.hub.local import LocalHub
from hubconsole.hub.places import ELSEWHERE, untold
from hubconsole.hub.restoring import was_put_back
from hubconsole.hub.transfer import HubSide
from hubconsole.ids import new_id
from tests.api.conftest import Clients

PLACES = (
    "postgresql://kim@localhost/hub?host=%2Ftmp%2Fsocket",
    "postgres://kim@db_host:5432/hub",
    "/srv/secret/hub.db",
    r"C:\secret\hub.db",
    "http://127.0.0.1:8750",
    "https://kim:secret@hub.example.org",
)
ADDRESS = "https://hub.example.org/bank"
OURS = {"channel": "x", "text": "hello", "customer": "Tom"}


async def said(client: Clients) -> list[str]:
    """Everything by which a member, a gateway and a screen hear of the move."""
    claim = {"command": {"kind": "claim", "enquiry_id": new_id()}}
    refused = [
        await client("ada").post("/v1/enquiries", json=OURS),
        await client("intake").post("/v1/enquiries", json=OURS),
        await client("ada").post("/v1/commands", json=claim),
    ]
    assert {(one.status_code, one.json()["code"]) for one in refused} == {(403, "moved")}
    batch = await client("ada").post("/v1/commands/batch", json={"commands": [claim]})
    assert batch.json()["answers"][0]["code"] == "moved"
    read = [await client("read").get(path) for path in ("/v1/journal?limit=500", "/v1/journal?stream=hub", "/v1/settings/standing")]
    assert {one.status_code for one in read} == {200}
    return [one.text for one in (*refused, batch, *read)]


@pytest.mark.parametrize("place", PLACES)
async def test_a_file_or_a_database_is_told_to_nobody_over_the_api(client: Clients, hub: LocalHub, place: str) -> None:
    hub.execute(c.MoveHub(to=place), actor="sue")
    answers = await said(client)
    for answer in answers:
        assert not [word for word in ("kim", "secret", "localhost", "db_host", "127.0.0.1", "hub.db") if word in answer], answer
    assert all("This hub has moved elsewhere; here it can only be read." in one and "Ask whoever keeps it" in one for one in answers[:4])
    (moved,) = [one for one in (await client("read").get("/v1/journal?limit=500")).json()["entries"] if one["kind"] == "hub.moved"]
    assert moved["body"] == {"to": ELSEWHERE}


async def test_the_address_of_a_server_is_told(client: Clients, hub: LocalHub) -> None:
    hub.execute(c.MoveHub(to=ADDRESS), actor="sue")
    assert all(ADDRESS in answer for answer in await said(client))


async def test_the_keeper_sees_the_place_on_the_store_and_the_journal_is_as_it_was_written(client: Clients, hub: LocalHub) -> None:
    place = PLACES[0]
    hub.execute(c.MoveHub(to=place), actor="sue")
    await said(client)
    with pytest.raises(Refused, match="localhost"):
        hub.execute(c.EndShift(), actor="sue")
    assert [entry.body["to"] for entry in hub.journal() if entry.kind == "hub.moved"] == [place]
    lines = (await client("sue").get("/v1/transfer/journal")).text
    assert place in lines, "what travels is whole, or its chain would not hold"
    assert next(copied.row.body for copied in HubSide(hub).rows(hub.hub_id, hub.info().seq - 1)) in lines.replace('\\"', '"')
    assert (await client("read").get("/v1/audit/verification")).json()["problems"] == []


async def test_a_hub_that_was_taken_back_does_not_tell_it_in_the_reason_of_its_outbox(client: Clients, hub: LocalHub) -> None:
    hub.execute(c.MoveHub(to="/srv/secret/hub.db"), actor="sue")
    was_put_back(hub, "sue")
    assert "/srv/secret/hub.db" in hub.saved("standing")["shut"]
    told = (await client("read").get("/v1/settings/standing")).json()["settings"]["shut"]
    assert "after it had left for elsewhere; replies may have left there" in told
    journal = (await client("read").get("/v1/journal?limit=500")).json()["entries"]
    assert [one["body"] for one in journal if one["kind"] == "hub.arrived"] == [{"place": ELSEWHERE}]
    assert "hub.db" not in str(journal) and told in [one["body"].get("reason") for one in journal]


def test_a_reason_that_lost_an_end_does_not_tell_a_place_either() -> None:
    left = "taken back at noon, after it had left for {}; replies may have left there"
    assert untold("we look first") == "we look first"
    assert untold(left.format(ADDRESS)) == left.format(ADDRESS)
    twice = f"{left.format('/srv/one.db')}; {left.format('/srv/two.db')}"
    assert untold(f"{twice}; and so on").count("elsewhere") == 2
    for cut in range(len(twice)):
        for part in (twice[cut:], twice[:cut]):
            assert "/srv/" not in untold(part), part
    long = left.format("/srv/secret/" + "x" * LONGEST)
    assert "srv" not in untold(long[:LONGEST]) and "xx" not in untold(long[-LONGEST:])
