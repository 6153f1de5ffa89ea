"""Changing the hub through the API: commands, batches, and resources."""

from __future__ import annotations

import pytest

from hubconsole.hub.local import LocalHub
from hubconsole.ids import new_id
from tests.api.acting import in_review, received
from tests.api.conftest import Clients


async def test_a_command_is_carried_out_as_the_member_of_the_token_and_gives_the_row(client: Clients, hub: LocalHub) -> None:
    found = received(hub)
    answer = await client("ben").post("/v1/commands", json={"command": {"kind": "claim", "enquiry_id": found.enquiry_id}, "via": "tui"})
    assert answer.status_code == 200
    assert answer.json()["row"]["on_it"] == "ben" and answer.json()["events"][0] == "enquiry.claimed"
    assert [entry.via for entry in hub.journal(found.seq) if entry.kind == "enquiry.claimed"] == ["tui"]


async def test_a_command_repeated_under_its_id_is_carried_out_once(client: Clients, hub: LocalHub) -> None:
    found = received(hub)
    body = {"command": {"kind": "add_note", "enquiry_id": found.enquiry_id, "text": "call back"}, "command_id": new_id()}
    first = (await client("ada").post("/v1/commands", json=body)).json()
    again = (await client("ada").post("/v1/commands", json=body)).json()
    assert (first["repeated"], again["repeated"]) == (False, True) and first["seq"] == again["seq"] == hub.info().seq
    other = await client("ben").post("/v1/commands", json=body)
    assert other.status_code == 409 and other.json()["code"] == "command_id_reused" and other.json()["winner"] == "ada"


async def test_a_conflict_says_who_won_and_what_stands_now(client: Clients, hub: LocalHub) -> None:
    found = received(hub)
    claim = {"kind": "claim", "enquiry_id": found.enquiry_id}
    await client("ada").post("/v1/commands", json={"command": claim})
    late = await client("ben").post("/v1/commands", json={"command": claim, "seen": found.version})
    assert late.status_code == 409 and late.headers["content-type"] == "application/problem+json"
    said = late.json()
    assert (said["code"], said["winner"], said["family"]) == ("changed", "ada", "conflict")
    assert said["version"] == said["current"]["version"] and said["current"]["on_it"] == "ada"


async def test_a_batch_answers_each_command_by_itself(client: Clients, hub: LocalHub) -> None:
    found = received(hub)
    orders = [
        {"command": {"kind": "claim", "enquiry_id": found.enquiry_id}, "command_id": new_id()},
        {"command": {"kind": "close", "enquiry_id": found.enquiry_id}},
        {"command": {"kind": "claim", "enquiry_id": new_id()}},
        {"command": {"kind": "release", "enquiry_id": found.enquiry_id}},
        {"command": {"kind": "release", "enquiry_id": found.enquiry_id}, "via": "worker"},
    ]
    answer = await client("ada").post("/v1/commands/batch", json={"commands": orders})
    assert answer.status_code == 200
    told = [one.get("code", "done") for one in answer.json()["answers"]]
    assert told == ["done", "wrong_state", "unknown_enquiry", "done", "out_of_scope"]
    again = (await client("ada").post("/v1/commands/batch", json={"commands": orders[:1]})).json()["answers"]
    assert again[0]["repeated"]


async def test_an_integrator_takes_an_enquiry_from_its_message_to_its_decision(client: Clients, hub: LocalHub) -> None:
    ada, lex = client("ada"), client("lex")
    key = {"idempotency-key": new_id()}
    new = await ada.post("/v1/enquiries", json={"channel": "email", "text": "Where is it?", "customer": "Tom"}, headers=key)
    assert new.status_code == 201
    assert (await ada.post("/v1/enquiries", json={"channel": "email", "text": "Where is it?", "customer": "Tom"}, headers=key)).json()[
        "repeated"
    ]
    at = new.headers["location"]
    assert at == f"/v1/enquiries/{new.json()['key']}"
    assert (await ada.post(f"{at}/notes", json={"text": "a regular"})).status_code == 201
    assert (await ada.post(f"{at}/messages", json={"direction": "in", "text": "Hello?", "author": "Tom"})).status_code == 201
    triage = {"kind": "triage", "enquiry_id": new.json()["enquiry_id"], "disposition": "engage"}
    await ada.post("/v1/commands", json={"command": triage})
    assert (await ada.post(f"{at}/drafts", json={"text": "On its way.", "base": 0})).status_code == 201
    assert (await ada.post(f"{at}/submissions", json={"version": 1})).json()["state"] == "in_review"
    digest = (await lex.get(f"{at}/drafts")).json()["drafts"][0]["digest"]
    opened = {"kind": "open_review", "enquiry_id": new.json()["enquiry_id"], "gate": "legal", "digest": digest}
    await lex.post("/v1/commands", json={"command": opened})
    decided = await lex.post(f"{at}/decisions", json={"gate": "legal", "verdict": "approve", "digest": digest})
    assert decided.status_code == 201, decided.text
    assert [one["verdict"] for one in (await ada.get(f"{at}/decisions")).json()["reviews"]] == ["approve"]
    assert (await ada.post(f"{at}/sends", json={"via": "outbox", "digest": digest})).status_code == 201
    assert [one["state"] for one in (await ada.get(f"{at}/sends")).json()["sends"]] == ["queued"]
    whole = (await ada.get(at)).json()
    assert [len(whole[part]) for part in ("messages", "drafts", "sends")] == [3, 1, 1]
    kinds = [entry["kind"] for entry in (await ada.get(f"{at}/journal")).json()["entries"]]
    assert kinds[0] == "enquiry.received" and kinds[-1] == "send.queued"
    assert hub.verify().ok


async def test_only_the_live_digest_is_decided(client: Clients, hub: LocalHub) -> None:
    found, digest = in_review(hub)
    wrong = "0" * len(digest)
    answer = await client("lex").post(f"/v1/enquiries/{found.key}/decisions", json={"gate": "legal", "verdict": "approve", "digest": wrong})
    assert answer.status_code in (403, 409) and hub.enquiry(found.key).row.state == "in_review"


async def test_somebody_without_legal_cannot_approve(client: Clients, hub: LocalHub) -> None:
    found, digest = in_review(hub)
    for who in ("ada", "ben", "sue"):
        answer = await client(who).post(
            f"/v1/enquiries/{found.key}/decisions", json={"gate": "legal", "verdict": "approve", "digest": digest}
        )
        assert answer.status_code == 403, who
    assert hub.enquiry(found.key).row.state == "in_review"


async def test_known_messages_are_told(client: Clients) -> None:
    body = {"channel": "email", "text": "Hi", "customer": "Tom", "external_id": "<1@mail>"}
    taken = await client("intake").post("/v1/enquiries", json=body)
    assert taken.status_code == 201 and taken.json()["row"] is None
    known = await client("intake").post("/v1/known", json={"channel": "email", "external_ids": ["<1@mail>", "<2@mail>"]})
    assert known.json() == {"known": {"<1@mail>": taken.json()["enquiry_id"]}}
    again = await client("intake").post("/v1/enquiries", json=body)
    assert (again.status_code, again.json()["code"], again.json()["current"]) == (409, "taken_in", None)


async def test_settings_and_shift_go_through_commands(client: Clients) -> None:
    save = {"kind": "save_setting", "setting": "view", "name": "mine", "value": '"state:new"', "owner": "ada"}
    assert (await client("ada").post("/v1/commands", json={"command": save})).json()["row"] is None
    assert (await client("ada").get("/v1/settings/view", params={"owner": "ada"})).json() == {"settings": {"mine": '"state:new"'}}
    await client("sue").post("/v1/commands", json={"command": {"kind": "start_shift", "name": "B", "lead": "ada"}})
    assert (await client("ada").get("/v1/hub")).json()["shift"] == "B"


@pytest.mark.parametrize("kind", ["create_hub", "issue_token"])
async def test_tokens_and_hubs_are_not_made_by_plain_commands(client: Clients, kind: str) -> None:
    answer = await client("sue").post("/v1/commands", json={"command": {"kind": kind}})
    assert answer.status_code == 422 and answer.json()["code"] == "malformed"


async def test_who_looks_at_what_is_told(client: Clients, hub: LocalHub) -> None:
    found = received(hub)
    told = await client("ada").put("/v1/viewers/desk", json={"enquiry_id": found.enquiry_id, "doing": "typing"})
    assert (told.status_code, told.content) == (204, b"")
    (viewer,) = (await client("ben").get("/v1/viewers")).json()["viewers"]
    assert (viewer["member"], viewer["enquiry_id"], viewer["doing"]) == ("ada", found.enquiry_id, "typing")
    # Nobody speaks for another's console, even under its name.
    await client("ben").put("/v1/viewers/desk", json={"enquiry_id": ""})
    assert [one["member"] for one in (await client("ben").get("/v1/viewers")).json()["viewers"]] == ["ada"]
