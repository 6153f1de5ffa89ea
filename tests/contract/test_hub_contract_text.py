"""Text comes back byte for byte, whatever is in it, wherever the hub is."""

import pytest

from hubconsole.clock import EARLIEST, LATEST, iso
from hubconsole.domain import commands as c
from hubconsole.domain.query import parse
from hubconsole.errors import UsageProblem
from hubconsole.ids import new_id
from tests.contract import acts
from tests.contract.hubs import WorkedHub, hub, place

__all__ = ["hub", "place"]

HARD = [
    "a\0b",
    "\0",
    "\x10",
    "\x10\x11\x10\x12\0p0",
    "\x1b[31mred\x07",
    "e\u0301 \u202e\u200b\ufeff",
    "😀\U000e0041",
    "%s %(x)s :name ? '\" \\x00",
]


@pytest.mark.parametrize("text", HARD)
def test_exact_text_comes_back(hub: WorkedHub, text: str) -> None:
    eid, words = new_id(), f"x{text}y"
    who = {"customer": words, "account": "bank", "subject": words}
    hub.execute(c.Receive(enquiry_id=eid, channel="x", text=words, external_id=words, **who), actor="ada")  # type: ignore[arg-type]
    hub.execute(c.AddNote(enquiry_id=eid, text=words), actor="ada")
    acts.draft(hub, eid, words)
    view = hub.enquiry(eid)
    assert {message.text for message in view.messages} == {words} and view.drafts[-1].text == words
    assert (view.row.customer, view.subject) == (words, words)
    assert hub.known("x", [words, "other"]) == {words: eid}
    assert hub.verify().ok


@pytest.mark.parametrize("posted", [253_402_300_800_000, -62_135_596_800_001, 2**53 - 1, -(2**53) + 1, 32_503_680_000_001])
def test_a_time_that_no_calendar_shows_is_not_taken_in(hub: WorkedHub, posted: int) -> None:
    eid = new_id()
    with pytest.raises(UsageProblem):
        hub.execute(c.Receive(enquiry_id=eid, channel="x", text="hello", customer="Maria", posted_at=posted), actor="ada")
    assert hub.page(parse("state:open|done")).rows == ()


@pytest.mark.parametrize("posted", [EARLIEST, LATEST])
def test_the_first_and_the_last_time_are_shown(hub: WorkedHub, posted: int) -> None:
    eid = new_id()
    hub.execute(c.Receive(enquiry_id=eid, channel="x", text="hello", customer="Maria", posted_at=posted), actor="ada")
    assert iso(hub.enquiry(eid).messages[0].at) in ("1900-01-01T00:00:00.000Z", "3000-01-01T00:00:00.000Z")
