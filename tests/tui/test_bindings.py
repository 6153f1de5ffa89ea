"""The key table, the page made from it, and a person's own keys."""

from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path

import pytest

from hubconsole.tui import keydoc, keymap, panes, verbs
from hubconsole.tui.app import ConsoleApp
from hubconsole.tui.bindings import BOARD, BY_ID, ENQUIRY, EVERYWHERE, KEYS, LEGAL, LIST, named
from hubconsole.tui.screens.board import BoardScreen
from hubconsole.tui.widgets.queue_list import QueueList

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "keys.md"


def test_the_page_of_keys_is_what_the_table_says() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == keydoc.document()


def test_ids_are_unique_and_no_key_means_two_things_in_one_place() -> None:
    assert len(BY_ID) == len(KEYS)
    assert keymap.clashes({}) == []


def test_no_usual_key_is_one_that_terminals_cannot_send() -> None:
    for key in KEYS:
        for name in named(key.keys):
            if key.id != "unmark":
                assert keymap.canonical(name) == name


@pytest.mark.parametrize(
    ("context", "owners"),
    [(LIST, (QueueList,)), (BOARD, (BoardScreen,)), (EVERYWHERE, (ConsoleApp, BoardScreen))],
)
def test_every_key_of_a_place_is_answered_there(context: str, owners: tuple[type, ...]) -> None:
    for key in KEYS:
        if context in key.where:
            assert any(hasattr(owner, "act_" + key.id) for owner in owners), key.id


def test_every_key_of_the_other_screens_is_answered_there() -> None:
    from hubconsole.tui.screens.enquiry import EnquiryScreen
    from hubconsole.tui.screens.legal import LegalScreen

    for context, owner in ((ENQUIRY, EnquiryScreen), (LEGAL, LegalScreen)):
        missing = [key.id for key in KEYS if context in key.where and not hasattr(owner, "act_" + key.id)]
        assert missing == []


def test_every_act_is_in_the_table_and_documented() -> None:
    for owner in (BoardScreen, QueueList, ConsoleApp):
        for name, method in inspect.getmembers(owner, inspect.isfunction):
            if name.startswith("act_"):
                assert name[4:] in BY_ID, name
                assert method.__doc__, name


def _load(tmp_path: Path, text: str) -> keymap.Keymap:
    file = tmp_path / "keys.toml"
    file.write_text(text, encoding="utf-8")
    return keymap.load(file)


def test_own_keys_replace_the_usual_ones(tmp_path: Path) -> None:
    found = _load(tmp_path, '[keys]\nclaim = "f4"\nhelp = "?"\n')
    assert found.problems == ()
    assert (found.keys_of("claim"), found.keys_of("help"), found.keys_of("triage")) == ("f4", "question_mark", "t")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[keys]\nclame = "a"\n', "no key id 'clame'"),
        ('[keys]\nclaim = "ctrl+enter"\n', "send it as enter"),
        ('[keys]\nclaim = "ctrl+h"\n', "backspace"),
        ('[keys]\nclaim = "flurb"\n', "no such key"),
        ("[keys]\nclaim = 3\n", "not a list of keys"),
        ('[keys]\nclaim = "t"\n', "t is both claim and triage"),
        ('profile = "emacs"\n', "no profile 'emacs'"),
        ("colour = 1\n", "no entry of a keys file"),
        ("not toml [", "cannot be used"),
    ],
)
def test_a_mistake_in_the_keys_file_is_told_and_the_rest_holds(tmp_path: Path, text: str, words: str) -> None:
    found = _load(tmp_path, text)
    assert any(words in problem for problem in found.problems), found.problems


def test_a_clash_says_which_key_which_acts_who_has_it_and_what_to_do(tmp_path: Path) -> None:
    found = _load(tmp_path, '[keys]\nsnooze = "a"\nwake = "a"\nmark = "L,f6"\nsubmit = "t,f7"\n')
    assert list(found.problems) == [
        "a is both snooze and wake: snooze has it, being first in the list; wake has no key now, but the palette runs it."
        " Give one of them another key.",
        "a is both claim and snooze: snooze has it, as your file says; claim has no key now, but the palette runs it."
        " Give one of them another key.",
        "L is both mark and let_stand: mark has it, as your file says; let_stand has no key now, but the palette runs it."
        " Give one of them another key.",
        "t is both triage and submit: submit has it, as your file says; triage has no key now, but the palette runs it."
        " Give one of them another key.",
    ]
    assert [found.keys_of(key_id) for key_id in ("snooze", "wake", "claim", "mark", "let_stand")] == ["a", "", "", "L,f6", ""]


def test_a_key_may_mean_different_things_on_different_screens(tmp_path: Path) -> None:
    assert _load(tmp_path, '[keys]\nsubmit = "t"\n').problems != ()
    assert _load(tmp_path, '[keys]\nnext_flag = "t"\n').problems == ()


def test_the_plain_profile_leaves_the_letters_that_only_move_unbound(tmp_path: Path) -> None:
    found = _load(tmp_path, 'profile = "plain"\n')
    assert found.problems == ()
    assert found.keys_of("down") == "down"


def test_the_page_of_panes_names_every_field_and_column() -> None:
    page = DOCUMENT.with_name("panes.md").read_text(encoding="utf-8")
    for word in (*(field.name for field in dataclasses.fields(panes.Pane)), *panes.COLUMN_NAMES, *panes.LAYOUTS):
        assert f"`{word}`" in page, word


def test_the_page_of_keys_lists_every_command() -> None:
    page = DOCUMENT.read_text(encoding="utf-8")
    for verb in verbs.VERBS:
        assert f"| `:{verb.name}` |" in page


def test_every_act_has_an_area_and_a_name_and_every_word_means_one_act() -> None:
    assert len(verbs.BY_NAME) == len(verbs.VERBS)
    for verb in verbs.ACTS:
        area, _, label = verb.title.partition(": ")
        assert area == area.lower() != ""
        assert label[:1] == label[:1].upper() != ""
        assert verb.name == "" or (verb.name.isalpha() and verb.name.islower())


def test_every_act_of_the_table_that_does_something_has_a_word() -> None:
    named_keys = {verb.key_id for verb in verbs.VERBS}
    wordless = {key.id for key in KEYS if key.id not in named_keys}
    assert all(BY_ID[key_id].group in ("Move", "Go") or key_id in ("mark", "range", "command", "back") for key_id in wordless)
    assert {key.id for key in KEYS if key.group in ("Triage", "Reply", "Review", "Find")} <= named_keys
