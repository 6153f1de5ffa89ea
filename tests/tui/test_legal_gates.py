"""One pane for every gate, and replies that wait for two."""

from __future__ import annotations

from pathlib import Path

from hubconsole.domain.commands import Decide
from hubconsole.domain.terms import Verdict
from hubconsole.tui.panes import Pane
from hubconsole.tui.screens.confirm import Confirm
from hubconsole.tui.screens.legal import LegalScreen, ReviewScreen
from tests.driver import console
from tests.tui.desk import SECOND, Desk
from tests.tui.reviewing import BOTH, asked, confirm, reading


async def test_the_same_pane_serves_another_gate(tmp_path: Path) -> None:
    desk = Desk(tmp_path, BOTH)
    enquiry_id = desk.submitted(SECOND)
    async with console(desk.hub, member="kim", clock=desk.clock) as d:
        d.app.push_screen(LegalScreen(Pane(id="brand", title="Brand", filter="gate:brand state:review", layout="review")))
        await d.settle()
        await reading(d, "E-1")
        await d.do("approve")
        await confirm(d)
        reviews = {review.gate: review for review in desk.view(enquiry_id).reviews}
        assert reviews["brand"].decided_by == "kim" and reviews["legal"].state == "requested"
        assert d.said("It waits for the others.")


async def test_marketing_starts_where_the_brand_gate_is_decided(tmp_path: Path) -> None:
    desk = Desk(tmp_path, BOTH)
    enquiry_id = desk.submitted(SECOND)
    async with console(desk.hub, screen="marketing", member="kim", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("approve")
        await confirm(d)
        assert {review.gate: review.decided_by for review in desk.view(enquiry_id).reviews}["brand"] == "kim"


async def test_the_key_of_approval_goes_from_the_enquiry_to_the_gate_of_marketing(tmp_path: Path) -> None:
    desk = Desk(tmp_path, BOTH)
    enquiry_id = desk.submitted(SECOND)
    async with console(desk.hub, screen="enquiry", key="E-1", member="kim", clock=desk.clock) as d:
        await d.until(lambda: "brand waits for your decision" in d.text())
        await d.do("claim")
        await d.until(lambda: isinstance(d.screen, ReviewScreen))
        screen = await reading(d, "E-1")
        assert screen.GATE == "brand" and desk.view(enquiry_id).row.on_it != "kim"


async def test_a_gate_is_decided_only_by_its_function(tmp_path: Path) -> None:
    desk = Desk(tmp_path, BOTH)
    desk.submitted(SECOND)
    async with console(desk.hub, screen="legal", member="kim", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("approve")
        await d.until(lambda: d.said("Only legal decides the legal gate; you are marketing."))


async def test_what_the_other_gate_decides_is_seen_here_before_and_after(tmp_path: Path) -> None:
    desk = Desk(tmp_path, BOTH)
    enquiry_id = desk.submitted(SECOND)
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("approve")
        await asked(d, Confirm)
        assert "It may leave once brand has approved it too." in d.text()
        await d.keys("escape")
        digest = desk.view(enquiry_id).drafts[-1].digest
        desk.tell("kim", Decide(enquiry_id=enquiry_id, gate="brand", verdict=Verdict.APPROVE, digest=digest))
        await d.until(lambda: "kim approved version 1 (brand)" in d.text())
        await d.do("approve")
        await asked(d, Confirm)
        assert "It may leave as soon as somebody sends it." in d.text()


async def test_a_return_by_the_other_gate_takes_the_question_away_and_leaves_nothing_to_decide(tmp_path: Path) -> None:
    desk = Desk(tmp_path, BOTH)
    enquiry_id = desk.submitted(SECOND)
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("approve")
        await asked(d, Confirm)
        digest = desk.view(enquiry_id).drafts[-1].digest
        desk.tell("kim", Decide(enquiry_id=enquiry_id, gate="brand", verdict=Verdict.RETURN, digest=digest, reason="tone"))
        await d.until(lambda: not isinstance(d.app.screen, Confirm), "the question to close")
        await d.settle()
        assert d.said("Nothing was decided; read it again.")
        await d.do("approve", "approve")
        assert not isinstance(d.app.screen, Confirm) and desk.view(enquiry_id).row.state == "working"
        assert d.said("Nothing to decide: "), d.toasts


async def test_a_suspended_reply_offers_its_author_the_two_ways_on(tmp_path: Path) -> None:
    desk = Desk(tmp_path, BOTH)
    enquiry_id = desk.submitted(SECOND)
    desk.customer_writes(enquiry_id, "It came back today.")
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await d.until(lambda: "u says the reply is still" in d.text())
        assert "u still right" in d.text().split("\n")[-1]
        await d.do("still_right")
        assert {review.state for review in desk.view(enquiry_id).reviews if review.version == 1 and review.state != "suspended"} >= {
            "requested"
        }
    async with console(desk.hub, screen="legal", member="reyes", clock=desk.clock) as d:
        await reading(d, "E-1")
        await d.do("approve")
        await asked(d, Confirm)


async def test_what_one_gate_said_of_a_version_is_not_taken_for_both(tmp_path: Path) -> None:
    desk = Desk(tmp_path, BOTH)
    enquiry_id = desk.submitted(SECOND)
    digest = desk.view(enquiry_id).drafts[-1].digest
    desk.tell("kim", Decide(enquiry_id=enquiry_id, gate="brand", verdict=Verdict.APPROVE, digest=digest))
    async with console(desk.hub, screen="enquiry", key="E-1", member="agent3", clock=desk.clock) as d:
        await d.until(lambda: "agent3  brand approved" in d.text(), "the version's line")
