"""The approval digest binds every fact, and only facts."""

import hashlib
import json
from dataclasses import fields, replace
from typing import Any

import pytest

from hubconsole.domain.digest import Envelope, approval_digest, canonical, text_hash

HERE = Envelope("e", "x", "@bank", "@maria", "public", "e/1", "p1", "Card", ("a" * 64,))


def test_it_can_be_computed_again_from_the_record() -> None:
    facts = {
        "v": 1, "text": hashlib.sha256(b"Hi").hexdigest(), "attachments": ["a" * 64], "enquiry": "e", "channel": "x", "account": "@bank",
        "recipient": "@maria", "visibility": "public", "in_reply_to": "e/1", "policy": "p1",
        "subject": "Card",
    }  # fmt: skip
    assert approval_digest("Hi", HERE) == hashlib.sha256(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@pytest.mark.parametrize("name", [f.name for f in fields(Envelope)])
def test_every_fact_of_the_envelope_counts(name: str) -> None:
    changed: dict[str, Any] = {name: ("b" * 64,) if name == "attachments" else "other"}
    other = replace(HERE, **changed)
    assert approval_digest("Hi", other) != approval_digest("Hi", HERE)


@pytest.mark.parametrize("text", ["hi", "Hi ", "Hi\n", "H\u0456", "Hi\u200b", "Hi\r", "", "\ufeffHi"])
def test_every_byte_of_the_text_counts(text: str) -> None:
    assert approval_digest(text, HERE) != approval_digest("Hi", HERE)


def test_composed_and_decomposed_letters_are_different_bytes() -> None:
    assert text_hash("\u00e9") != text_hash("e\u0301")


def test_a_lone_surrogate_is_not_its_replacement() -> None:
    assert len({text_hash("\ud800"), text_hash("\ufffd"), text_hash("?")}) == 3


def test_facts_do_not_run_into_one_another() -> None:
    assert approval_digest("", replace(HERE, account="ab", recipient="c")) != approval_digest(
        "", replace(HERE, account="a", recipient="bc")
    )


def test_files_are_not_confused_with_their_list() -> None:
    one = approval_digest("", replace(HERE, attachments=("a,b",)))
    assert one != approval_digest("", replace(HERE, attachments=("a", "b")))


def test_canonical_json_has_one_form() -> None:
    assert canonical({"b": 1, "a": "\u00e9"}) == canonical({"a": "\u00e9", "b": 1}) == '{"a":"\\u00e9","b":1}'
