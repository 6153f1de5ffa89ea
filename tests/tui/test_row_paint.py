"""What a row shows of its gates, however little room there is."""

from __future__ import annotations

import pytest

from hubconsole.clock import FrozenClock
from hubconsole.tui.colours import styles
from hubconsole.tui.glyphs import Glyphs
from hubconsole.tui.theming import load_all
from hubconsole.tui.widgets.row_paint import Look, columns_for, paint_card, paint_line
from tests.tui.hubs import Bank

COLUMNS = ("state", "key", "clock", "priority", "channel", "owner", "gates", "flags")


def look(width: int, clock: FrozenClock) -> Look:
    theme = next(theme for theme in load_all(None).themes if theme.name == "dark")
    return Look(width, clock(), False, False, False, styles(theme), Glyphs())


@pytest.mark.parametrize("width", [56, 70, 78, 90, 118, 156])
def test_two_gates_are_words_or_letters_but_never_cut(bank: Bank, width: int) -> None:
    row = bank.row("E-14")._replace(gates="legal:approve brand:requested", owner="annamaria", on_it="")
    line = paint_line(row, look(width, bank.clock), columns_for(COLUMNS, width))[0].text
    assert "✓legal ◔brand " in line or "✓l◔b " in line
    assert "◔ in review " in line


@pytest.mark.parametrize(("gates", "words"), [("legal:opened", "◑legal"), ("legal:approve brand:requested", "✓l◔b")])
def test_a_card_shows_its_gates_whole_beside_a_long_owner_and_flags(bank: Bank, gates: str, words: str) -> None:
    row = bank.row("E-14")._replace(gates=gates, owner="annamaria", on_it="", flags="promise:warn rate:block")
    line = paint_card(row, look(28, bank.clock))[1].text
    assert f"{words}  ▲2" in line


def test_more_gates_than_have_room_are_counted(bank: Bank) -> None:
    row = bank.row("E-14")._replace(gates="legal:requested brand:requested compliance:opened")
    line = paint_line(row, look(78, bank.clock), columns_for(COLUMNS, 78))[0].text
    assert "◔l+2 " in line
