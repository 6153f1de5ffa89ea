"""Words that want to be commands, on a real terminal: every screen, every command, nothing but words comes out."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
import tomllib
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from hubconsole.domain import commands as c
from hubconsole.domain.terms import Direction
from hubconsole.hub.local import LocalHub
from hubconsole.text import one_line
from tests.corpora import needed
from tests.real import tour
from tests.real.hostile import Planted, collected, harmless, ours, plant, said
from tests.real.terminal import REPOSITORY, Terminal, console, environment
from tests.real.wire import plain, spoken

SIZES = ((160, 45), (80, 24))
_ROW = re.compile(r"│ (. [a-z ]{10}) (E-\d+) +(\S?) *[+–]?[\d: d]+ (P\d) ")


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """A hub with every string of ours in every field."""
    return plant(tmp_path_factory.mktemp("hostile") / "hub.db", ours(), group=18)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """The same hub with words that nobody minds."""
    return plant(tmp_path_factory.mktemp("calm") / "hub.db", harmless(24), group=12)


@pytest.fixture(scope="module")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """A hub with the strings of the public collections."""
    needed("hostile")
    return plant(tmp_path_factory.mktemp("strangers") / "hub.db", collected(needed()), group=36)


def theme_colours() -> set[str]:
    """The dark theme's colours, as the terminal gets them."""
    words = re.findall(r"#([0-9a-fA-F]{6})\b", (REPOSITORY / "themes/dark.toml").read_text("utf-8"))
    assert tomllib.loads((REPOSITORY / "themes/dark.toml").read_text("utf-8"))
    return {";".join(str(int(word[n : n + 2], 16)) for n in (0, 2, 4)) for word in words}


def compare(calm_walk: tour.Walk, walk: tour.Walk) -> None:
    """The hostile walk says nothing to the terminal that the calm one does not, and keeps its panes in place."""
    assert calm_walk.said.faults == ()
    assert walk.said.faults == ()
    assert walk.said.modes == calm_walk.said.modes
    assert walk.said.colours - calm_walk.said.colours <= theme_colours()
    assert (calm_walk.code, walk.code) == (0, 0)
    standard = tour.frames(calm_walk)
    assert any(standard.values()), "the calm walk shows no panes at all"
    assert tour.broken(walk, standard) == []


def columns_of(walk: tour.Walk, place: str) -> dict[str, tuple[str, str]]:
    """By key, state and priority of the rows in a list, read from where these columns are."""
    found: dict[str, tuple[str, str]] = {}
    for sight in walk.sights:
        for line in sight.cells if sight.place == place else ():
            match = _ROW.match("".join(cell or " " for cell in line))
            if match:
                found[match[2]] = (match[1][2:].strip(), match[4])
    return found


def kept_their_places(walk: tour.Walk, planted: Planted, *, at_least: int) -> None:
    """Every row of the service pane shows the state and the priority that the hub has for it, whatever its customer wrote."""
    listed = columns_of(walk, "service")
    assert len(listed) >= at_least
    with closing(LocalHub.open(planted.path)) as hub:
        true = {key: (row.state.replace("_", " "), f"P{row.priority}") for key in listed for row in (hub.enquiry(key).row,)}
    assert listed == true


def walked_by_reviewers(calm: Planted, planted: Planted, env: Mapping[str, str], size: tuple[int, int]) -> None:
    """The walks of lawyer and marketing over every reply of theirs change nothing but that each was opened, if it was not before."""
    assert calm.branded and planted.branded
    for walk, gate, keys in ((tour.legal, "legal", planted.reviewed), (tour.marketing, "brand", planted.branded)):
        before, unopened = tour.newest(planted.path), len(keys) - len(tour.opened(planted.path, gate))
        compare(walk(calm, env, size), walk(planted, env, size))
        assert tour.kinds_after(planted.path, before) == ["review.opened"] * unopened, "looking at a reply decided something"
        assert tour.opened(planted.path, gate) == set(keys)


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_no_string_of_ours_leaves_a_screen_as_anything_but_words(
    calm: Planted, planted: Planted, home: Path, size: tuple[int, int]
) -> None:
    env = environment(home)
    before = tour.newest(planted.path)
    compare(
        tour.board(calm, env, size, steps=2, visits=2),
        walk := tour.board(planted, env, size, steps=10, visits=99),
    )
    assert tour.kinds_after(planted.path, before) == [], "showing the words did something"
    if size[0] < 160:
        kept_their_places(walk, planted, at_least=100)
    walked_by_reviewers(calm, planted, env, size)


@pytest.mark.slow
def test_no_string_of_the_public_collections_leaves_a_screen_as_anything_but_words(calm: Planted, strangers: Planted, home: Path) -> None:
    env, size = environment(home), (80, 24)
    before = tour.newest(strangers.path)
    compare(tour.board(calm, env, size, steps=2, visits=2), walk := tour.board(strangers, env, size, steps=3, visits=99))
    assert tour.kinds_after(strangers.path, before) == []
    kept_their_places(walk, strangers, at_least=200)
    walked_by_reviewers(calm, strangers, env, size)


def test_the_worst_strings_on_the_board_stay_words_and_the_rows_stay_in_place(tmp_path: Path, home: Path) -> None:
    worst = [text for text in ours() if text.name in _WORST]
    assert len(worst) == len(_WORST)
    planted = plant(tmp_path / "hub.db", worst)
    before = tour.newest(planted.path)
    with console("board", "--as", "agent1", "--store", str(planted.path), env=environment(home), size=(120, 36)) as terminal:
        terminal.shows("╭─ E-1 ")
        terminal.still()
        lines = terminal.lines()
        for key in planted.reviewed:
            assert any(re.match(rf"│ ◔ in review  {key} ", line) for line in lines), terminal.text()
        assert terminal.leave() == 0
        assert spoken(bytes(terminal.raw)).faults == ()
    assert tour.newest(planted.path) == before


_WORST = ("clear_screen", "leave_alternate_screen", "clipboard_write", "unterminated_title", "csi_in_eight_bits", "override_right_to_left",
          "tower_of_marks", "lone_high_surrogate", "family_and_flags", "click_action", "every_c0")  # fmt: skip


@pytest.mark.slow
def test_pasted_and_quoted_strings_do_nothing_and_say_nothing_odd(planted: Planted, home: Path) -> None:
    before = tour.newest(planted.path)
    with console("board", "--as", "agent1", "--store", str(planted.path), env=environment(home), size=(120, 36)) as terminal:
        terminal.shows("╭─ ")
        terminal.still()
        for text in ours()[::3]:
            # A terminal takes the end of a paste out of what is pasted; lone surrogates cannot be pasted at all.
            words = text.text.replace("\x1b[201~", "").encode("utf-8", "ignore").decode()[:300]
            terminal.keys("/")
            terminal.shows("card blocked")
            terminal.paste(words)
            terminal.still(0.05)
            terminal.keys("enter")
            terminal.still(0.05)
            _leave_lines(terminal)
            terminal.keys(":")
            terminal.shows("claim   release")
            terminal.paste(f"as {words}")
            terminal.still(0.05)
            terminal.keys("enter")
            terminal.until(lambda text: any(words in text for words in _ANSWERS), f"what is said to nobody's name, {text.name}: {words!r}")
            _leave_lines(terminal)
        assert terminal.alive
        assert terminal.leave() == 0
        assert spoken(bytes(terminal.raw)).faults == ()
    assert tour.kinds_after(planted.path, before) == []


_ANSWERS = ("Nobody here is called", "Who is here?")
"""What the console says to a name that is nobody's, and to none."""


def _leave_lines(terminal: Terminal) -> None:
    """Escape, as often as it takes, until the board stands there without a line and without a filter."""

    def back(text: str) -> bool:  # a notice may lie over the border
        if any(words in text for words in (*_ANSWERS, "card blocked")):
            return False
        return "? all keys" in text and "╭─ " in text and "[" not in re.split("[╮▌]", text.split("╭─ ")[1])[0]

    for limit in (1.0, 2.0, 4.0, 8.0):
        terminal.keys("escape")
        with contextlib.suppress(AssertionError):
            terminal.until(back, limit=limit)
            return
    raise AssertionError(f"the board did not come back\n{terminal.text()}")


@pytest.mark.slow
def test_hostile_messages_that_arrive_live_do_not_move_the_selection(tmp_path: Path, home: Path) -> None:
    calm = plant(tmp_path / "hub.db", harmless(12))
    with console("board", "--as", "agent1", "--store", str(calm.path), env=environment(home), size=(120, 36)) as terminal:
        terminal.shows("╭─ E-1 ")
        terminal.keys("j", "j", "j")
        key = _selected(terminal)
        hub = LocalHub.open(calm.path)
        row = hub.enquiry(key).row
        for text in ours()[:60]:
            hub.execute(c.RecordMessage(enquiry_id=row.id, direction=Direction.IN, text=said(text), author=said(text)), actor="agent1")
        last = one_line(said(ours()[59]), 12).rstrip("…")
        hub.close()
        terminal.until(lambda text: last in text, f"the newest words, {last!r}")
        terminal.still()
        assert _selected(terminal) == key
        assert terminal.leave() == 0
        assert spoken(bytes(terminal.raw)).faults == ()


def _selected(terminal: Terminal) -> str:
    terminal.until(lambda text: re.search(r"╭─ (E-\d+) ", text), "a peek")
    terminal.still(0.3)
    match = re.search(r"╭─ (E-\d+) ", terminal.text())
    assert match is not None
    return match[1]


# --- the same words by the command line ---------------------------------------------------------------


def run(env: Mapping[str, str], *arguments: str, size: tuple[int, int] = (160, 45)) -> tuple[int, bytes]:
    """A command at a terminal: its exit code, and every byte it wrote."""
    with console(*arguments, env=env, size=size) as terminal:
        code = terminal.ended()
        return code, bytes(terminal.raw)


@pytest.mark.slow
def test_what_commands_print_for_people_holds_no_control(planted: Planted, home: Path) -> None:
    env = environment(home, HUBCONSOLE_STORE=str(planted.path), HUBCONSOLE_AS="lex")
    for arguments in (
        ("list", "--limit", "0"),
        ("search", "approved"),
        ("search", "\x1b]0;title\x07"),
        ("export", "--csv"),
        ("export", "--jsonl"),
    ):
        code, raw = run(env, *arguments)
        assert code in (0, 2), (arguments, raw[:300])
        assert plain(raw, selectors="--jsonl" in arguments) == (), arguments
    for key in (*planted.reviewed, "E-20", "E-22", "E-40"):
        code, raw = run(env, "show", key)
        assert code == 0
        assert plain(raw) == (), key


@pytest.mark.slow
def test_what_commands_say_of_their_mistakes_holds_no_control(planted: Planted, home: Path) -> None:
    env = environment(home, HUBCONSOLE_STORE=str(planted.path), HUBCONSOLE_AS="agent1")
    for text in ("\x1b[2J\x1b]52;c;AAAA\x07", "a\u202eb\u2066", "\x9b31m"):
        mistakes = (
            ("show", text),
            ("claim", text),
            ("list", "--query", f"state:{text}"),
            ("show", "E-1", "--as", text),
            ("assign", "E-1", text),
            (text,),
            ("list", f"--{text}"),
            ("triage", "E-1", text),
            ("import", f"/nowhere/{text}", "--channel", "x", "--yes"),
            ("members", "add", f"{text}:service"),
        )
        for arguments in mistakes:
            code, raw = run(env, *arguments)
            assert plain(raw) == (), (arguments, raw)
            assert code != 1, (arguments, raw)


@pytest.mark.slow
def test_json_gives_every_string_back_exactly(planted: Planted, home: Path) -> None:
    env = environment(home, HUBCONSOLE_STORE=str(planted.path), HUBCONSOLE_AS="lex")
    # Lone surrogates, which UTF-8 cannot hold, are kept as U+FFFD; every other string as it is.
    wanted = {said(text).encode("utf-16", "surrogatepass").decode("utf-16", "replace") for text in ours()}
    messages: set[str] = set()
    for key in planted.reviewed:
        code, raw = run(env, "show", key, "--json")
        assert code == 0
        assert plain(raw, selectors=True) == ()
        messages |= {message["text"] for message in json.loads(raw)["messages"]}
    assert wanted <= messages


@pytest.mark.slow
def test_exported_cells_are_no_formulas(planted: Planted, home: Path, tmp_path: Path) -> None:
    env = environment(home, HUBCONSOLE_STORE=str(planted.path), HUBCONSOLE_AS="lex")
    out = tmp_path / "out.csv"
    code, raw = run(env, "export", "--csv", "--output", str(out))
    assert code == 0, raw
    rows = list(csv.reader(io.StringIO(out.read_text("utf-8"), newline="")))
    assert len(rows) > 300
    wrong = [cell for row in rows[1:] for cell in row if cell.lstrip()[:1] in ("=", "+", "-", "@") and cell]
    assert wrong == []
    texts = {text.name: text.text for text in ours()}
    assert any(cell == "'" + texts["formula_command"] for row in rows for cell in row)
