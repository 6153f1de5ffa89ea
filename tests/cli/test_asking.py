"""At a terminal the program asks, explains, and asks again; anywhere else it never does."""

import base64
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubconsole.cli import opening
from hubconsole.cli.options import ScreenRequest
from hubconsole.cli.session import Session
from tests.cli.conftest import Run


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a person at a terminal types, line by line; nothing more is the end of input."""
    lines: list[str] = []
    given: Iterator[str] | None = None

    def answer(question: str = "") -> str:
        nonlocal given
        given = given or iter(lines)
        print(question)
        try:
            return next(given)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr(Session, "interactive", property(lambda session: not session.json))
    monkeypatch.setattr("builtins.input", answer)
    return lines


def test_start_asks_three_questions_explains_mistakes_and_opens_the_board(
    run: Run, store: Path, typed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[ScreenRequest] = []

    def remember(request: ScreenRequest) -> int:
        opened.append(request)
        return 0

    monkeypatch.setattr(opening, "open_screen", remember)
    typed += ["My bank", "ana:wizard", "ana:service, lee:legal", "99", "public-legal", ""]
    made = run("start", "--store", str(store))
    assert made.code == 0
    assert "'wizard' in 'ana:wizard' is no function" in made.out
    assert "no policy preset '99'" in made.out
    assert opened == [ScreenRequest("board", store=str(store), as_="ana")]
    assert run("policy", "show", "--store", str(store), "--json").json["name"] == "public-legal"
    assert [member["name"] for member in run("members", "list", "--store", str(store), "--json").json] == ["ana", "lee"]


def test_enter_takes_every_default(run: Run, store: Path, typed: list[str]) -> None:
    typed += ["", "", "", "n"]
    assert run("start", "--store", str(store)).code == 0
    assert run("policy", "show", "--store", str(store), "--json").json["name"] == "all-legal"


def test_the_end_of_input_leaves_no_hub_behind(run: Run, store: Path, typed: list[str]) -> None:
    typed += ["Half a hub"]
    assert run("start", "--store", str(store)).code == 130
    assert not store.exists()


def test_what_cannot_work_is_told_at_the_start(run: Run, store: Path) -> None:
    made = run("start", "--yes", "--member", "solo:service", "--store", str(store), "--json")
    assert any("legal" in sentence for sentence in made.json["advice"])
    assert run("start", "--yes", "--member", "x:none", "--store", str(store) + "2").code == 2
    assert run("start", "--yes", "--member", "a:service", "--member", "A:legal", "--store", str(store) + "2").code == 2


def test_an_existing_hub_is_refused_before_anything_is_asked(bank: Run, store: Path, typed: list[str]) -> None:
    refused = bank("start", "--store", str(store))
    assert (refused.code, refused.out) == (3, "")
    assert "nothing was changed" in refused.err


def test_start_breaks_no_word_at_80_columns(run: Run, store: Path, typed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    typed += ["", "", "", "n"]
    made = run("start", "--store", str(store))
    assert made.code == 0 and "Shown on every screen." in " ".join(made.out.split())
    refused = run("start", "--store", str(store))
    assert refused.code == 3 and "nothing was changed" in " ".join(refused.err.split())
    for line in (made.out + refused.err).splitlines():
        assert len(line) <= 80 or str(store) in line


def test_add_asks_for_what_is_missing_in_two_lines(bank: Run, typed: list[str]) -> None:
    typed += ["Zoe", "Where is my card?"]
    assert bank("add", "--as", "agent1").code == 0
    (row,) = bank("list", "--json").json
    assert (row["customer"], row["channel"]) == ("Zoe", "phone")
    assert bank("add", "--as", "agent1", "--json").code == 2


def test_an_import_is_shown_before_it_happens_and_can_be_declined(bank: Run, tmp_path: Path, typed: list[str]) -> None:
    file = tmp_path / "calls.csv"
    file.write_text("customer,text\nMaria,My card is \x1b[31mblocked\n", "utf-8")
    typed += ["n", "y"]
    declined = bank("import", str(file), "--as", "agent1")
    assert "Nothing was taken in" in declined.out and "\x1b" not in declined.out
    assert bank("list", "--json").json == []
    assert "1 new enquiry, 0 with" in bank("import", str(file), "--as", "agent1").out
    assert len(bank("list", "--json").json) == 1


def test_the_preview_says_one_thing_about_the_channel(bank: Run, tmp_path: Path, typed: list[str]) -> None:
    file = tmp_path / "calls.csv"
    file.write_text("Kunde,Text,Kanal\nMaria,Hallo?,chat\n", "utf-8")
    typed += ["n", "n"]
    shown = bank("import", str(file), "--as", "agent1").out
    assert "channel      from column Kanal, or web where that is empty" in shown and "channel web" not in shown
    shown = bank("import", str(file), "--as", "agent1", "--channel", "phone").out
    assert "channel phone" in shown and "from column Kanal" not in shown


def test_at_a_terminal_the_text_to_publish_goes_to_the_clipboard_too(bank: Run, typed: list[str]) -> None:
    bank("policy", "adopt", "none", "--as", "lead1")
    bank("add", "--as", "agent1", "--customer", "M", "--text", "Hello")
    bank("draft", "E-1", "--as", "agent1", "--text", "Good day.")
    bank("submit", "E-1", "--as", "agent1")
    assert f"\x1b]52;c;{base64.b64encode(b'Good day.').decode()}\x07" in bank("send", "E-1", "--as", "agent1", "--now").out
