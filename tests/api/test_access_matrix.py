"""Every operation with every kind of token, made from the description itself: nobody gets further than the table says."""

from __future__ import annotations

from typing import Any

import pytest

from hubconsole.domain.terms import Scope
from hubconsole.hub.local import LocalHub
from hubconsole.ids import new_id
from hubconsole.server.openapi import describe
from hubconsole.server.routes import load
from hubconsole.server.scopes import OPEN, SCOPES
from tests.api.acting import ready
from tests.api.conftest import Clients

WHO = {
    "": None,
    "ada": Scope.MEMBER,
    "lex": Scope.MEMBER,
    "sue": Scope.MEMBER,
    "read": Scope.READ,
    "wall": Scope.WALL,
    "intake": Scope.INTAKE,
    "worker": Scope.WORKER,
}
"""Whoever asks, and the scope of their token."""

OPERATIONS = [
    (operation["operationId"], method, path, operation)
    for path, methods in describe()["paths"].items()
    for method, operation in methods.items()
]

EXPECTED = {
    "ways_in": "open", "health": "open", "readiness": "open", "start_device_login": "open", "poll_device_login": "open",
    "login_by_provider": "open", "metrics": "M R W I K", "hub": "M R W I K", "members": "M R W K", "policy": "M R K", "counts": "M R W",
    "list_enquiries": "M R W", "count_enquiries": "M R W", "place_in_queue": "M R W", "look_up_enquiries": "M R W",
    "receive_enquiry": "M I", "get_enquiry": "M R", "list_messages": "M R", "record_message": "M I", "add_note": "M",
    "list_drafts": "M R", "save_draft": "M", "submit_draft": "M", "list_reviews": "M R", "list_decisions": "M R", "decide": "M",
    "list_sends": "M R", "send": "M", "enquiry_journal": "M R", "command": "M I K", "command_batch": "M I K", "search": "M R",
    "journal": "M R", "known_messages": "M R I", "list_settings": "M R", "viewers": "M R", "look": "M", "snapshot": "M R W",
    "changes": "M R W", "verify_journal": "M R", "verify_journal_with_head": "M R", "signed_head": "M R", "due_sends": "K",
    "outgoing_send": "K", "overtaken_send": "K", "expiring_enquiries": "K", "take_lease": "K", "list_tokens": "M R", "issue_token": "M",
    "own_token": "M R W I K",
    "revoke_token": "M R W I K", "rotate_token": "M R W I K", "device_login": "M", "answer_device_login": "M",
    "journal_end": "M", "journal_lines": "M",
}  # fmt: skip
"""Written down a second time on purpose: Member, Read, Wall, Intake, worKer."""
LETTERS = {"M": Scope.MEMBER, "R": Scope.READ, "W": Scope.WALL, "I": Scope.INTAKE, "K": Scope.WORKER}


def test_the_table_names_every_operation_and_is_what_was_agreed() -> None:
    described = {id for id, *_ in OPERATIONS}
    assert described == set(load()) == set(EXPECTED) == set(SCOPES) | OPEN
    for id, who in EXPECTED.items():
        assert id in OPEN if who == "open" else SCOPES[id] == {LETTERS[letter] for letter in who.split()}, id


def test_the_description_says_which_operations_need_a_token() -> None:
    for id, _, _, operation in OPERATIONS:
        assert bool(operation["security"]) is (id not in OPEN), id
        assert ("401" in operation["responses"]) is (id not in OPEN), id


BODIES: dict[str, Any] = {
    "look_up_enquiries": {"ids": []},
    "receive_enquiry": {"channel": "x", "text": "hello", "customer": "Tom"},
    "record_message": {"direction": "in", "text": "hello", "author": "Tom"},
    "add_note": {"text": "a note"},
    "save_draft": {"text": "words", "base": 1},
    "submit_draft": {},
    "decide": {"gate": "legal", "verdict": "approve", "digest": "0"},
    "send": {"via": "outbox"},
    "command": {"command": {"kind": "expire", "enquiry_id": "{id}"}},
    "command_batch": {"commands": []},
    "known_messages": {"channel": "x", "external_ids": []},
    "look": {"enquiry_id": ""},
    "verify_journal_with_head": {"head": "x"},
    "take_lease": {"holder": "me", "ttl": 0},
    "issue_token": {"scope": "read", "label": "x"},
    "rotate_token": {},
    "start_device_login": {"client": "x"},
    "poll_device_login": {"device_code": "x"},
    "answer_device_login": {"approve": False},
    "login_by_provider": {"id_token": "x", "label": "x"},
}
QUERIES = {"place_in_queue": "?at=1.1", "search": "?q=x", "changes": "?after=0"}


@pytest.mark.parametrize("who", WHO)
async def test_each_token_gets_as_far_as_its_scope(who: str, client: Clients, hub: LocalHub) -> None:
    found, _ = ready(hub)
    scope, wrong = WHO[who], []
    for id, method, path, operation in OPERATIONS:
        place = path.format(
            key=found.key, kind="view", session="s", send_id="s", name="l", id=new_id(), user_code="BCDF-GHJK"
        ) + QUERIES.get(id, "")
        body = BODIES.get(id)
        assert (body is None) is ("requestBody" not in operation), f"{id} needs an example here"
        if id == "command":
            kind = "receive" if scope is Scope.INTAKE else "expire" if scope is Scope.WORKER else "claim"
            more = {"channel": "x", "text": "x", "customer": "x"} if kind == "receive" else {}
            body = {"command": {"kind": kind, "enquiry_id": new_id() if kind == "receive" else found.enquiry_id, **more}}
        answer = await client(who).request(method, place, json=body) if body is not None else await client(who).request(method, place)
        spoken = answer.headers.get("content-type", "") in ("application/json", "application/problem+json")
        said = answer.json().get("code", "") if spoken else ""
        allowed = id in OPEN or (scope is not None and scope in SCOPES[id])
        if allowed and (answer.status_code in (401, 500) or said == "out_of_scope"):
            wrong.append(f"{id} was refused to {who}: {answer.status_code} {said}")
        if not allowed and (answer.status_code, said) != ((403, "out_of_scope") if scope else (401, "no_token")):
            wrong.append(f"{id} was open to {who or 'nobody'}: {answer.status_code} {said}")
        if str(answer.status_code) not in operation["responses"]:
            wrong.append(f"{id} answered {answer.status_code}, which is not described")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("who", ["read", "wall", "intake", "worker"])
async def test_no_scope_but_member_brings_a_command_of_its_member(who: str, client: Clients, hub: LocalHub) -> None:
    found, digest = ready(hub)
    orders = [
        {"kind": "claim", "enquiry_id": found.enquiry_id},
        {"kind": "decide", "enquiry_id": found.enquiry_id, "gate": "legal", "verdict": "approve", "digest": digest},
        {"kind": "send", "enquiry_id": found.enquiry_id, "via": "outbox"},
        {"kind": "mark_sent", "enquiry_id": found.enquiry_id},
        {"kind": "add_member", "name": "eve", "functions": ["legal"]},
        {"kind": "adopt_policy", "policy": "name = 'x'"},
        {"kind": "revoke_token", "token_id": new_id()},
    ]
    before = hub.info().seq
    for order in orders:
        assert (await client(who).post("/v1/commands", json={"command": order})).status_code == 403, order
        batch = await client(who).post("/v1/commands/batch", json={"commands": [{"command": order}]})
        if batch.status_code == 200:
            assert batch.json()["answers"][0]["code"] == "out_of_scope", order
    assert hub.info().seq == before
