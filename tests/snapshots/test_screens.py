"""One picture a screen and state. Everything else about screens is asserted in words, in tests/tui."""

from __future__ import annotations

import pytest

from hubconsole.tui.screens.confirm import Confirm
from tests.driver import Driver
from tests.snapshots.conftest import Camera

WALL, DESK, SMALL = (160, 45), (120, 36), (80, 24)


@pytest.mark.parametrize("size", [WALL, DESK, SMALL], ids=["160x45", "120x36", "80x24"])
def test_board(take: Camera, size: tuple[int, int]) -> None:
    assert take("board", "nadia", size)


@pytest.mark.parametrize("size", [WALL, DESK, SMALL], ids=["160x45", "120x36", "80x24"])
def test_legal_pane(take: Camera, size: tuple[int, int]) -> None:
    assert take("legal", "verne", size)


@pytest.mark.parametrize("size", [WALL, DESK, SMALL], ids=["160x45", "120x36", "80x24"])
def test_enquiry(take: Camera, size: tuple[int, int]) -> None:
    assert take("enquiry", "nadia", size, key="E-47")


@pytest.mark.parametrize("theme", ["light", "mono", "high-contrast", "deuteranopia"])
def test_board_in_other_themes(take: Camera, theme: str) -> None:
    assert take("board", "nadia", WALL, theme=theme)


def test_marketing_pane(take: Camera) -> None:
    assert take("marketing", "kim", WALL)


def test_the_last_look_before_a_decision(take: Camera) -> None:
    async def ask(driver: Driver) -> None:
        await driver.do("approve")
        await driver.until(lambda: isinstance(driver.app.screen, Confirm) and driver.app.screen.armed, "the guard to lift")

    assert take("legal", "verne", WALL, ask)


def test_a_review_that_the_customer_interrupted(take: Camera) -> None:
    async def go(driver: Driver) -> None:
        await driver.do("down", "down")

    assert take("legal", "verne", WALL, go)


def test_help(take: Camera) -> None:
    async def ask(driver: Driver) -> None:
        await driver.do("help")

    assert take("board", "nadia", DESK, ask)


def test_a_filter_that_matches_nothing(take: Camera) -> None:
    async def ask(driver: Driver) -> None:
        await driver.do("filter")
        await driver.type("customer:nobody-at-all")
        await driver.keys("enter")

    assert take("board", "nadia", DESK, ask)


def test_who_are_you(take: Camera) -> None:
    assert take("board", "", DESK)


def test_a_terminal_that_is_too_small(take: Camera) -> None:
    assert take("board", "nadia", (50, 12))
