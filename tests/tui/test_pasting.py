"""Words that are pasted are never keys, however the terminal hands them over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.drivers.linux_driver import LinuxDriver

from hubconsole.tui.pasting import BEGIN, END, PasteParser, Pastes, guard

HOSTILE = ("\x1bA", "\x1b\r", "\x1b[31mhelp\x1b[0m me", "a\x1b\x1b", "\x1b[<0;10;10M", "\x1bOP", "\x1b[2", "\x1b" + "y" * 60, "\x1b[200~y")


def told(*pieces: str) -> list[tuple[str, str]]:
    """What the program is told for what it reads, piece by piece."""
    parser = PasteParser()
    said = [event for piece in pieces for event in parser.feed(piece)]
    return [
        ("paste", one.text) if isinstance(one, events.Paste) else ("key", one.key)
        for one in said
        if isinstance(one, events.Paste | events.Key)
    ]


@pytest.mark.parametrize("words", HOSTILE)
def test_an_escape_in_a_paste_is_a_space(words: str) -> None:
    assert told(f"{BEGIN}{words}{END}j") == [("paste", words.replace("\x1b", " ")), ("key", "j")]


@pytest.mark.parametrize("words", HOSTILE)
def test_wherever_what_is_read_was_cut(words: str) -> None:
    whole = f"k{BEGIN}{words}{END}\x1b[A{BEGIN}more{END}"
    for cut in range(1, len(whole)):
        assert told(whole[:cut], whole[cut:]) == [("key", "k"), ("paste", words.replace("\x1b", " ")), ("key", "up"), ("paste", "more")]


@given(st.lists(st.text(alphabet="\x1b[]0127~OAaqy\r;<M", max_size=12), max_size=6))
def test_no_words_and_no_cuts_make_a_key(pieces: list[str]) -> None:
    inside = "".join(pieces)
    if END in inside or END in f"{inside}{END}"[:-1]:
        return
    pastes = Pastes()
    said = pastes.tame(BEGIN) + "".join(pastes.tame(piece) for piece in pieces) + pastes.tame(END)
    assert said == BEGIN + inside.replace("\x1b", " ") + END


def test_keys_are_passed_on_as_they_come() -> None:
    pastes = Pastes()
    typed = ["\x1b", "[A", "\x1b[20~", "q", "\x1b[<0;10;10M"]
    assert [pastes.tame(piece) for piece in typed] == typed


def test_the_driver_parses_with_it() -> None:
    guard(LinuxDriver)
    assert LinuxDriver.run_input_thread.__globals__["XTermParser"] is PasteParser
