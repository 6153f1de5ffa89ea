"""Short ways through the legal pane for its tests: wait for a reply, for a question, and say yes to it."""

from __future__ import annotations

from hubconsole.tui.screens.confirm import Confirm
from hubconsole.tui.screens.legal import ReviewScreen
from hubconsole.tui.screens.reasons import ConditionBar, ReasonBar
from tests.driver import Driver

BOTH = """\
name = "both"

[gates]
brand = "marketing"
legal = "legal"

[[rule]]
id = "G-01"
gate = "legal"

[[rule]]
id = "G-02"
gate = "brand"
"""
"""A policy under which every reply waits for two gates."""


async def reading(d: Driver, key: str) -> ReviewScreen:
    """The pane, once it shows this reply."""
    screen = d.screen
    assert isinstance(screen, ReviewScreen)
    await d.until(lambda: screen.shown is not None and screen.shown.view.row.key == key, f"{key} on the screen")
    await d.until(lambda: screen.policy is not None)
    await d.settle()
    return screen


async def asked(d: Driver, kind: type[Confirm] | type[ReasonBar] | type[ConditionBar]) -> None:
    """Wait for a question."""
    await d.until(lambda: isinstance(d.app.screen, kind), kind.__name__)
    await d.settle()


async def confirm(d: Driver) -> None:
    """Wait until the question takes an answer, then say yes."""
    await asked(d, Confirm)
    question = d.app.screen
    assert isinstance(question, Confirm)
    await d.until(lambda: question.armed, "the guard to lift")
    await d.keys("y")
