"""What a person sees of text that somebody else wrote, and what files and spreadsheets get of it."""

import json
import subprocess
import sys
import timeit
import unicodedata
from pathlib import Path

import pytest
from textual._cells import cell_len

from hubconsole.text import (
    MAX_COMBINING,
    cell_width,
    csv_cell,
    is_hidden,
    one_line,
    visible,
    visible_text,
)

HOSTILE: list[dict[str, str]] = json.loads((Path(__file__).parents[2] / "fixtures" / "hostile.json").read_text("ascii"))
EACH_HOSTILE = pytest.mark.parametrize("text", [entry["text"] for entry in HOSTILE], ids=[entry["name"] for entry in HOSTILE])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words, Größe 漢字 €5", "plain words, Größe 漢字 €5"),
        ("a\x1b[2Jb\x00\x7f", "a␛[2Jb␀␡"),
        ("\x9b31m", "⟦U+009B⟧31m"),
        ("in\u202egpj", "in⟦U+202E⟧gpj"),
        ("a\u200bb\u2028c", "a⟦U+200B⟧b⟦U+2028⟧c"),
        ("\ud800", "⟦U+D800⟧"),
        ("\U000e0041", "⟦U+E0041⟧"),
        ("a\u00a0b\u3000c", "a⍽b⟦U+3000⟧c"),
        ("\u3164\u115f\u2800", "⟦U+3164⟧⟦U+115F⟧⟦U+2800⟧"),
        ("❤\ufe0f and a\ufe0f", "❤ᴱ and a⟦U+FE0F⟧"),
        ("👩\u200d👧", "👩⁀👧"),
        ("x\u200dy", "x⟦U+200D⟧y"),
        ("1\ufe0f\u20e3", "1ᴱᴷ"),
        ("👍🏽 🇩🇪", "👍⟦tone3⟧ ⟦DE⟧"),
        ("\u0301a\n\u0301", "⟦U+0301⟧a\n⟦U+0301⟧"),
    ],
)
def test_what_has_no_honest_glyph_is_shown_as_a_mark(text: str, shown: str) -> None:
    assert visible_text(text) == shown


def test_input_that_looks_like_a_mark_is_told_apart_from_the_mark() -> None:
    assert visible_text("⟦U+202E⟧") == "⟦U+27E6⟧U+202E⟦U+27E7⟧"
    assert visible_text("␛ ⁀ ᴱ ᵀ ᴷ ⍽") == "⟦U+241B⟧ ⟦U+2040⟧ ⟦U+1D31⟧ ⟦U+1D40⟧ ⟦U+1D37⟧ ⟦U+237D⟧"


def test_a_tower_of_combining_marks_is_cut_down_and_nothing_is_lost() -> None:
    shown = visible_text("e" + "\u0301" * 9)
    assert shown == "e" + "\u0301" * MAX_COMBINING + "⟦U+0301⟧" * (9 - MAX_COMBINING)


def test_line_breaks_are_kept_marked_or_made_spaces_as_asked() -> None:
    assert visible_text("a\r\nb") == "a␍\nb"
    assert visible_text("a\nb", newline="mark") == "a␊b"
    assert visible_text("a\r\n\tb", newline="space") == "a   b"


def test_content_carries_the_marks_in_their_style_and_reads_no_markup() -> None:
    content = visible("[b]a\x1b\x00b[/b]", style="reverse")
    assert content.plain == "[b]a␛␀b[/b]"
    assert [(span.start, span.end, span.style) for span in content.spans] == [(4, 6, "reverse")]


def test_every_single_character_is_inert_and_as_wide_as_the_screen_takes_it() -> None:
    wrong = []
    for code in [*range(0x20000), *range(0x20000, sys.maxunicode + 1, 61), *range(0xE0000, 0xE0200)]:
        shown = visible_text("a" + chr(code))
        if shown == "a\n":
            continue
        if any(is_hidden(char) for char in shown) or cell_width(shown) != cell_len(shown):
            wrong.append(hex(code))
    assert wrong == []


def test_plain_text_comes_back_as_the_same_object() -> None:
    for text in ("where is my card?\nhelp", "où est ma carte, Größe?", "我的卡被冻结了。"):
        assert visible_text(text) is text


def test_plain_text_costs_little_against_building_a_copy_of_it() -> None:
    text = "my card payment was declined in Zürich " * 10
    ours = min(timeit.repeat(lambda: visible_text(text), number=2_000, repeat=5))
    walk = min(timeit.repeat(lambda: "".join(char for char in text), number=2_000, repeat=5))
    assert ours < walk


@EACH_HOSTILE
def test_hostile_text_is_inert(text: str) -> None:
    assert not [char for char in visible_text(text) if char != "\n" and is_hidden(char)]
    assert not [char for char in one_line(text, 40) if is_hidden(char)]
    visible_text(text).encode()


@pytest.mark.parametrize(("name", "key"), [("blns.json", ""), ("terminal_payloads.json", "s")])
def test_public_lists_of_hostile_strings_are_inert_too(corpora: Path, name: str, key: str) -> None:
    if not (corpora / "hostile" / name).exists():
        pytest.skip(f"{name} is not among the corpora")
    entries = json.loads((corpora / "hostile" / name).read_text("utf-8"))
    texts = [entry[key] if key else entry for entry in entries]
    assert len(texts) > 20
    for text in texts:
        assert not [char for char in visible_text(text) if char != "\n" and is_hidden(char)]
        assert cell_width(visible_text(text, newline="mark")) == cell_len(visible_text(text, newline="mark"))


@EACH_HOSTILE
@pytest.mark.parametrize("width", [0, 1, 2, 7, 40])
def test_one_line_never_takes_more_cells_than_it_was_given(text: str, width: int) -> None:
    assert cell_len(one_line(text, width)) <= width


def test_one_line_cuts_between_characters_and_never_inside_a_mark() -> None:
    assert one_line("  two\n\nlines ", 20) == "two lines"
    assert one_line("abcdef", 4) == "abc…"
    assert one_line("漢字漢字", 4) == "漢…"
    assert one_line("ab\x9bcdef", 8) == "ab…"
    assert one_line("e\u0301" * 5, 3) == "e\u0301e\u0301…"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "  =1", "\u200b=1", "＝1"])
def test_cells_that_could_be_formulas_are_neutralised(cell: str) -> None:
    assert csv_cell(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["", "a=b", " hello", "12", "'=1"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert csv_cell(cell) == cell


def test_the_hostile_list_names_each_entry_once_and_covers_the_classes() -> None:
    assert len({entry["name"] for entry in HOSTILE}) == len(HOSTILE) >= 80
    assert {"csi", "osc", "dcs", "apc", "pm", "c1", "c0", "bidi", "zero_width", "tags", "markup"} <= {entry["class"] for entry in HOSTILE}
    assert any(unicodedata.category(char) == "Cs" for entry in HOSTILE for char in entry["text"])


def test_importing_it_does_not_import_the_screen() -> None:
    code = "import sys, hubconsole.text; sys.exit('textual' in sys.modules or 'rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
