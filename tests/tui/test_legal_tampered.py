"""A reply whose tables were changed behind the hub's back: the pane says so, and takes no approval of it."""

from __future__ import annotations

import sqlite3

import pytest

from hubconsole.tui.screens.confirm import Confirm
from tests.driver import console
from tests.tui.desk import Desk
from tests.tui.reviewing import asked, confirm, reading


@pytest.mark.parametrize("what", ["UPDATE draft SET text = 'Nice words.'", "UPDATE enquiry SET recipient = '@evil'"])
async def test_a_reply_that_is_not_what_its_digest_stands_for_is_not_approved(
    desk: Desk, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hubconsole.tui.screens.looking.READ", 3600.0)  # opening the review writes the row anew, from the journal
    enquiry_id = desk.submitted("We will pay.", customer="@lenny")
    with sqlite3.connect(desk.hub.path) as conn:
        assert conn.execute(what).rowcount
    conn.close()
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("approve")
        await d.until(lambda: d.said("What is shown here is not what this digest stands for"))
        assert not isinstance(d.app.screen, Confirm)
        assert desk.view(enquiry_id).row.state == "in_review"


async def test_a_tampered_reply_can_still_be_given_back_and_the_question_warns(desk: Desk) -> None:
    desk.submitted("We will pay.", customer="@lenny")
    with sqlite3.connect(desk.hub.path) as conn:
        conn.execute("UPDATE draft SET text = 'Nice words.'")
    conn.close()
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("return")
        await d.keys("1")
        await asked(d, Confirm)
        assert "does not give this digest" in d.text()
        await confirm(d)
