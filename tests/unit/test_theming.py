"""Themes: complete, readable, and never a reason to crash."""

import colorsys
import re
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme
from textual.widgets import Static

from hubconsole import resources
from hubconsole.tui import theming
from hubconsole.tui.colours import BACKGROUNDS, COLOURS, EMPHASIS, contrast

NAMES = ("dark", "deuteranopia", "high-contrast", "light", "mono", "tritanopia", "wall")
DOCUMENT = Path(__file__).parents[2] / "docs" / "themes.md"


def _shipped(name: str) -> Theme:
    return theming.choose(name, environ={}).theme


def _own(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def test_the_shipped_themes_are_the_documented_ones_and_without_fault() -> None:
    loaded = theming.load_all()
    assert tuple(theme.name for theme in loaded.themes) == theming.shipped() == NAMES
    assert loaded.problems == ()
    document = DOCUMENT.read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in document for name in NAMES)
    assert all(f"| `${name}` |" in document for name in COLOURS)


@pytest.mark.parametrize("name", NAMES)
def test_every_file_says_every_colour_itself(name: str) -> None:
    problems: list[str] = []
    theming._parse(name, resources.themes().joinpath(f"{name}.toml"), problems)
    assert problems == []


@pytest.mark.parametrize("name", NAMES)
def test_every_text_is_readable_on_every_ground(name: str) -> None:
    variables = theming.variable_defaults(_shipped(name))
    least = 7.0 if name == "high-contrast" else 4.5
    poor = {
        (text, ground): round(ratio, 2)
        for text in EMPHASIS
        for ground in BACKGROUNDS
        if (ratio := contrast(variables[text], variables[ground])) < (3.0 if text == "text-dim" and least < 7 else least)
    }
    assert poor == {}


@pytest.mark.parametrize("name", NAMES)
def test_the_three_levels_and_the_focused_border_can_be_told_apart(name: str) -> None:
    variables = theming.variable_defaults(_shipped(name))
    assert len({variables[ground] for ground in BACKGROUNDS}) == 3
    assert contrast(variables["line-focus"], variables["ground"]) >= 3.0
    assert contrast(variables["line-focus"], variables["line"]) >= 2.0


def test_contrast_is_the_published_formula() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#123456", "#123456") == 1.0


def test_mono_has_no_hue_at_all() -> None:
    theme = _shipped("mono")
    colours = {**theming.variable_defaults(theme), **theme.to_color_system().generate()}
    tinted = {}
    for name, value in colours.items():
        if re.fullmatch(r"#[0-9A-Fa-f]{6,8}", value):
            _, saturation, _ = colorsys.rgb_to_hsv(*Color.parse(value).normalized)
            if saturation:
                tinted[name] = value
    assert tinted == {}


def test_mono_tells_alarms_apart_by_weight() -> None:
    palette = theming.styles(_shipped("mono"))
    assert palette.red.reverse
    assert palette.amber.bold
    assert not palette.amber.reverse
    assert palette.added.underline
    assert palette.removed.strike


@pytest.mark.parametrize("setting", ["dark", "nord", "no-such-theme"])
def test_no_color_selects_mono_whatever_is_set(setting: str) -> None:
    assert theming.choose(setting, environ={"NO_COLOR": "1"}) == (_shipped("mono"), ())
    assert theming.choose("dark", environ={"NO_COLOR": ""}).theme.name == "dark"


@pytest.mark.parametrize("name", ["no-such-theme", "../../etc/passwd", "", "Dark", "a\x1b[2J"])
def test_an_unknown_theme_falls_back_with_a_message(name: str, tmp_path: Path) -> None:
    chosen = theming.choose(name, tmp_path, environ={})
    assert chosen.theme.name == "dark"
    assert "There is no theme" in chosen.problems[0]
    assert chosen.problems[0].isprintable()


def test_an_own_theme_takes_what_it_leaves_out_from_a_shipped_one(tmp_path: Path) -> None:
    own = _own(
        tmp_path / "themes",
        "harbour",
        'dark = false\n[colours]\naccent = "#07A"\nground = "red"\nsky = "#fff"\n[emphasis]\namber = "bold"\nred = "blink"\n',
    )
    theme, problems = theming.choose("harbour", own, environ={})
    assert theme.variables["accent"] == "#0077aa"
    assert theme.variables["ground"] == _shipped("light").variables["ground"]
    assert (theme.variables["amber-style"], theme.variables["red-style"]) == ("bold", "bold")
    assert any("ground is 'red'" in problem for problem in problems)
    assert any("'sky'" in problem for problem in problems)
    assert any("'blink'" in problem for problem in problems)
    assert len(problems) == len(COLOURS) - 1 + 2


def test_an_own_theme_that_cannot_be_read_is_said_to_be_so(tmp_path: Path) -> None:
    colours = {**theming.variable_defaults(_shipped("dark")), "value": "#101010"}
    own = _own(tmp_path / "themes", "night", "[colours]\n" + "\n".join(f'{name} = "{colours[name]}"' for name in COLOURS))
    _, problems = theming.choose("night", own, environ={})
    assert [problem.split(" is hard")[0] for problem in problems] == ["night: value on ground", "night: value on selected"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("broken", "[colours"),
        ("broken", "colours = 3"),
        ("broken", "[colours]\nground = [1]\n"),
        ("broken", "dark = 'yes'"),
        ("broken", "emphasis = 1"),
        ("dark", ""),
        ("nord", ""),
        ("Bad Name", ""),
    ],
)
def test_a_broken_file_is_a_message_and_the_others_still_load(name: str, text: str, tmp_path: Path) -> None:
    own = _own(tmp_path / "themes", name, text)
    _own(own, "fine", (resources.themes() / "dark.toml").read_text(encoding="utf-8"))
    loaded = theming.load_all(own)
    assert "fine" in [theme.name for theme in loaded.themes]
    assert loaded.problems
    assert all(name in problem for problem in loaded.problems)


def test_a_file_that_is_not_text_is_left_out(tmp_path: Path) -> None:
    own = _own(tmp_path / "themes", "bytes", "")
    (own / "bytes.toml").write_bytes(b"\xff\x00")
    (own / "folder.toml").mkdir()
    loaded = theming.load_all(own)
    assert len(loaded.themes) == len(NAMES)
    assert len(loaded.problems) == 2
    assert theming.choose("bytes", own, environ={}).theme.name == "dark"


@pytest.mark.parametrize("theme", [*BUILTIN_THEMES.values(), *(_shipped(name) for name in NAMES)], ids=lambda theme: theme.name)
def test_every_theme_defines_every_variable_and_every_style(theme: Theme) -> None:
    variables = theming.variable_defaults(theme)
    assert set(variables) == {*COLOURS, *(f"{name}-style" for name in EMPHASIS)}
    palette = theming.styles(theme)
    assert palette.strong.bold
    assert (palette.label + palette.selected).bgcolor == palette.selected.bgcolor
    assert palette.label.bgcolor is None


@pytest.mark.parametrize("theme", [theme for theme in BUILTIN_THEMES.values() if not theme.ansi], ids=lambda theme: theme.name)
def test_what_is_worked_out_for_other_themes_is_readable(theme: Theme) -> None:
    variables = theming.variable_defaults(theme)
    for name in EMPHASIS:
        if name != "accent":
            least = 3.0 if name == "text-dim" else 4.5
            assert contrast(variables[name], variables["ground"]) >= least
            assert contrast(variables[name], variables["selected"]) >= least


class _EveryVariable(App[None]):
    CSS = "\n".join(
        [f".{name} {{ {'background' if name in BACKGROUNDS else 'color'}: ${name}; }}" for name in COLOURS]
        + [f".{name} {{ text-style: ${name}-style; }}" for name in EMPHASIS]
    )

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theming.variable_defaults(self.current_theme)

    def compose(self) -> ComposeResult:
        for name in COLOURS:
            yield Static(name, classes=name, markup=False)


async def test_style_sheets_with_every_variable_survive_every_change_of_theme() -> None:
    app = _EveryVariable()
    for theme in theming.load_all().themes:
        app.register_theme(theme)
    async with app.run_test() as pilot:
        for name in (*NAMES, *BUILTIN_THEMES, "dark"):
            app.theme = name
            await pilot.pause()
        assert app.query_one(".amber", Static).styles.color == Color.parse(_shipped("dark").variables["amber"])
        assert app.query_one(".removed", Static).styles.text_style.strike
        assert app.screen.styles.background == Color.parse(_shipped("dark").variables["ground"])
