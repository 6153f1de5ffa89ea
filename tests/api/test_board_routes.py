"""Reading the board through the API."""

from __future__ import annotations

import httpx

from hubconsole.clock import FrozenClock
from hubconsole.hub.local import LocalHub
from tests.api.acting import received
from tests.api.conftest import Clients


async def test_a_page_holds_the_rows_in_queue_order_and_its_edge_leads_on(client: Clients, hub: LocalHub, clock: FrozenClock) -> None:
    for n in range(5):
        received(hub, f"Customer {n}")
        clock.advance(1_000)
    ada = client("ada")
    first = (await ada.get("/v1/enquiries", params={"limit": 3})).json()
    assert [row["key"] for row in first["rows"]] == ["E-1", "E-2", "E-3"] and first["more"]
    edge = f"{first['rows'][-1]['rank']}.{first['rows'][-1]['number']}"
    rest = (await ada.get("/v1/enquiries", params={"limit": 3, "after": edge})).json()
    assert [row["key"] for row in rest["rows"]] == ["E-4", "E-5"] and not rest["more"]
    assert [row["key"] for row in (await ada.get("/v1/enquiries?last=1&limit=2")).json()["rows"]] == ["E-4", "E-5"]
    assert [row["key"] for row in (await ada.get("/v1/enquiries?offset=3&limit=9")).json()["rows"]] == ["E-4", "E-5"]
    assert (await ada.get("/v1/enquiries/position", params={"at": edge})).json() == {"n": 2}
    assert (await ada.get("/v1/enquiries/total", params={"query": "state:new"})).json() == {"n": 5}


async def test_a_row_says_whose_move_it_is_and_changes_with_its_version(client: Clients, hub: LocalHub) -> None:
    found = received(hub, "Maria")
    ada = client("ada")
    before = (await ada.get("/v1/enquiries")).json()["rows"][0]
    assert (before["function"], before["open"], before["owner"]) == ("service", True, "")
    await ada.post("/v1/commands", json={"command": {"kind": "claim", "enquiry_id": found.enquiry_id}})
    after = (await ada.get("/v1/enquiries")).json()["rows"][0]
    assert after["on_it"] == "ada" and after["version"] > before["version"]


async def test_rows_seen_before_and_rows_that_are_new_or_moved_stand_in_one_order(
    client: Clients, hub: LocalHub, clock: FrozenClock
) -> None:
    ids = []
    for n in range(6):
        ids.append(received(hub, f"Customer {n}").enquiry_id)
        clock.advance(1_000)
    ada, wall = client("ada"), client("wall")
    for who in (ada, wall):
        assert len((await who.get("/v1/enquiries?limit=2&offset=2")).json()["rows"]) == 2
    moved = await ada.post("/v1/commands", json={"command": {"kind": "claim", "enquiry_id": ids[3]}})
    for query in ("", "state:new|working"):
        for way in ("", "&last=1"):
            answer = await ada.get(f"/v1/enquiries?query={query}{way}")
            assert answer.status_code == 200, answer.text
            mine = answer.json()["rows"]
            theirs = (await wall.get(f"/v1/enquiries?query={query}{way}")).json()["rows"]
            assert [row["id"] for row in mine] == [row["id"] for row in theirs] == ids
            assert mine == (await ada.post("/v1/enquiries/lookup", json={"ids": ids})).json()["rows"]
            assert mine[3] == moved.json()["row"] and mine[3]["on_it"] == "ada"
            assert [row["customer"] for row in theirs] == [""] * 6


async def test_me_is_the_member_of_the_token(client: Clients, hub: LocalHub) -> None:
    found = received(hub, "Maria")
    received(hub, "Tom")
    await client("ada").post("/v1/commands", json={"command": {"kind": "claim", "enquiry_id": found.enquiry_id}})
    mine = {"query": "on:me"}
    assert [row["key"] for row in (await client("ada").get("/v1/enquiries", params=mine)).json()["rows"]] == [found.key]
    assert (await client("ben").get("/v1/enquiries", params=mine)).json()["rows"] == []


async def test_search_and_look_up_find_rows(client: Clients, hub: LocalHub) -> None:
    found = received(hub, "Maria", "my card is blocked")
    ada = client("ada")
    assert [row["id"] for row in (await ada.get("/v1/search", params={"q": "blocked"})).json()["rows"]] == [found.enquiry_id]
    looked = await ada.post("/v1/enquiries/lookup", json={"ids": ["nobody", found.enquiry_id, found.enquiry_id]})
    assert [row["id"] for row in looked.json()["rows"]] == [found.enquiry_id]


async def test_the_snapshot_is_one_state_of_everything_open(client: Clients, hub: LocalHub) -> None:
    kept, put_away = received(hub, "Maria"), received(hub, "Tom")
    ada = client("ada")
    triage = {"kind": "triage", "enquiry_id": put_away.enquiry_id, "disposition": "spam"}
    assert (await ada.post("/v1/commands", json={"command": triage})).status_code == 200
    found = (await ada.get("/v1/snapshot")).json()
    assert [row["key"] for row in found["rows"]] == [kept.key] and found["whole"]
    assert found["seq"] == hub.info().seq == found["info"]["seq"]
    assert {member["name"] for member in found["members"]} == {"ada", "ben", "lex", "sue"}
    assert {(one["state"], one["n"]) for one in found["counts"]} == {("new", 1), ("closed", 1)}


async def test_what_moved_is_told_with_the_rows_as_they_are(client: Clients, hub: LocalHub) -> None:
    before = hub.info().seq
    found = received(hub, "Maria")
    moved = (await client("ada").get("/v1/changes", params={"after": before})).json()
    assert moved["enquiry_ids"] == moved["new_ids"] == [found.enquiry_id]
    assert [row["customer"] for row in moved["rows"]] == ["Maria"] and moved["seq"] == before + 1


async def test_a_wait_for_changes_ends_when_something_moves(client: Clients, hub: LocalHub) -> None:
    import asyncio

    ada = client("ada")
    waiting = asyncio.create_task(ada.get("/v1/changes", params={"after": hub.info().seq, "wait": 20}))
    await asyncio.sleep(0)
    new = await ada.post("/v1/enquiries", json={"channel": "x", "text": "hello", "customer": "Maria"})
    assert (await waiting).json()["enquiry_ids"] == [new.json()["enquiry_id"]]


async def test_a_wall_sees_no_names_no_words_and_cannot_ask_after_them(client: Clients, hub: LocalHub) -> None:
    found = received(hub, "Maria Kowalska", "my number is 0151 2345678")
    wall = client("wall")
    answers: list[httpx.Response] = [
        await wall.get("/v1/enquiries"),
        await wall.get("/v1/enquiries?offset=0"),
        await wall.get("/v1/snapshot"),
        await wall.get("/v1/changes?after=0"),
        await wall.post("/v1/enquiries/lookup", json={"ids": [found.enquiry_id]}),
    ]
    for answer in answers:
        assert answer.status_code == 200 and found.key in answer.text
        assert "Maria" not in answer.text and "2345678" not in answer.text, answer.url
    # Nor after a person who may see them had the same row encoded.
    assert "Maria" in (await client("ada").get("/v1/enquiries")).text
    assert "Maria" not in (await wall.get("/v1/enquiries")).text
    for query in ("maria", '"my number"', "customer:maria", "-customer:tom"):
        for path in ("/v1/enquiries", "/v1/enquiries/total"):
            assert (await wall.get(path, params={"query": query})).status_code == 403, query
    assert (await wall.get(f"/v1/enquiries/{found.key}")).status_code == 403
