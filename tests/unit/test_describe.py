"""Every event has words, and none of them are the customer's."""

import json
from dataclasses import fields
from typing import Any

import pytest

from hubconsole.domain import events as e
from hubconsole.domain.describe import describe, tells
from hubconsole.store.journal import decode

SECRET = "\x1b[31mthe customer's own words"


def body(cls: type[e.Event]) -> dict[str, Any]:
    """A body with every field filled, private texts in place."""
    made: dict[str, Any] = {}
    for field in fields(cls):
        made[field.name] = SECRET if field.name in cls.PRIVATE else {
            "direction": "in", "verdict": "approve", "outcome": "delivered", "conditions": ["dm_only"], "functions": ["legal"],
            "version": 3, "priority": 1, "before": 2, "number": 1, "until": 5, "four_eyes": True, "acceptance": "", "after": False,
        }.get(field.name, f"some_{field.name}")  # fmt: skip
    return made


@pytest.mark.parametrize("cls", e.EVENTS.values(), ids=e.EVENTS)
def test_every_kind_of_event_has_words_with_and_without_its_details(cls: type[e.Event]) -> None:
    assert tells(cls.kind)
    for details in ({}, body(cls)):
        said = describe(cls.kind, details)
        assert said and cls.kind not in said and "customer's own words" not in said


def test_an_event_of_a_later_version_is_named_as_it_is() -> None:
    assert not tells("ask.answered") and describe("ask.answered", {}) == "ask answered"


@pytest.mark.parametrize(
    ("kind", "details", "said"),
    [
        ("review.decided", {"verdict": "amend", "version": 2, "gate": "legal"}, "amended and approved version 2 (legal)"),
        (
            "review.decided",
            {"verdict": "amend", "version": 2, "gate": "legal", "acceptance": "ada"},
            "amended version 2; ada is to accept it",
        ),
        (
            "review.decided",
            {"verdict": "approve", "version": 1, "gate": "legal", "four_eyes": False},
            "approved version 1 (legal) (own words; tiny team)",
        ),
        (
            "review.decided",
            {"verdict": "approve_with_conditions", "version": 1, "gate": "legal", "conditions": ["dm_only"]},
            "approved with conditions version 1 (legal), only by DM",
        ),
        (
            "review.decided",
            {"verdict": "return", "version": 1, "gate": "legal", "reason": "personal_data"},
            "returned version 1 (legal): personal data",
        ),
        ("enquiry.claimed", {"from_whom": "ada"}, "took it over from ada"),
        ("enquiry.snoozed", {"until": 0}, "ended the snooze"),
        ("send.finished", {"outcome": "in_doubt", "reason": "timeout"}, "does not know whether it went out: timeout"),
        ("member.added", {"name": "lou", "functions": ["legal", "sales"]}, "made lou a member: legal, sales"),
        ("message.recorded", {"direction": "out"}, "recorded a reply that left by another door"),
    ],
)
def test_what_is_said(kind: str, details: dict[str, Any], said: str) -> None:
    assert describe(kind, details) == said


def test_a_stored_event_can_be_described_from_its_body() -> None:
    event = decode("send.queued", json.dumps(body(e.SendQueued)), {})
    assert isinstance(event, e.SendQueued) and describe(event.kind, body(e.SendQueued)) == "queued it to go out by some via"
