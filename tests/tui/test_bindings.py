"""The key table, the page made from it, and a person's own keys."""

from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path

import pytest

from hubconsole.tui import command_line, keydoc, keymap, panes
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
    for verb in command_line.VERBS:
        assert f"| `:{verb.name}` |" in page
        assert verb.key_id == "" or ENQUIRY in BY_ID[verb.key_id].where
