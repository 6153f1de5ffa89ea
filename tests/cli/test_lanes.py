"""The fast lane and the full parser read a screen command alike, and the fast lane takes what it can."""

import shlex
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubconsole.cli import app, opening
from hubconsole.cli.options import OPTIONS, SCREENS, ScreenRequest, fast_lane, options_of
from hubconsole.errors import UsageProblem


def through_typer(arguments: list[str]) -> ScreenRequest | None:
    """What the full parser makes of the arguments; None when it refuses them."""
    seen: list[ScreenRequest] = []

    def remember(request: ScreenRequest) -> int:
        seen.append(request)
        return 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "open_screen", remember)
        try:
            app.run(arguments)
        except UsageProblem:
            return None
    return seen[0]


FULL = "--store /tmp/a.db --as lawyer1 --theme=light --screenshot out.svg --size 160x45"


@pytest.mark.parametrize("screen", SCREENS)
def test_both_lanes_read_every_option_of_every_screen(screen: str) -> None:
    switches = " ".join(option.flag for option in OPTIONS if not option.metavar and option.flag in options_of(screen))
    arguments = [screen, "E-12", *shlex.split(f"{FULL} {switches}")]
    request = fast_lane(arguments)
    assert request == ScreenRequest(
        screen, "E-12", "/tmp/a.db", "lawyer1", "light", "out.svg", "160x45", screen == "demo", screen == "demo"
    )
    assert through_typer(arguments) == request


word = st.sampled_from(
    ["E-1", "x", "", "-", "--", "-h", "a b", "=", "--as", "--store", "--theme", "--still", "--reset", "--as=m", "--store=", "--size=1x1", "--no"]
)


@given(st.sampled_from(list(SCREENS)), st.lists(word, max_size=6))
def test_the_fast_lane_never_reads_anything_differently(screen: str, rest: list[str]) -> None:
    request = fast_lane([screen, *rest])
    if request is not None:
        assert through_typer([screen, *rest]) == request


@pytest.mark.parametrize("line", ["board --help", "board --nonsense", "board E-1 E-2", "board --as", "board --still", "list", "nonsense"])
def test_everything_but_plain_screen_commands_is_left_to_the_full_parser(line: str) -> None:
    assert fast_lane(line.split()) is None


def test_the_fast_lane_imports_no_command_line_library() -> None:
    code = (
        "import sys; from hubconsole.__main__ import main; code = main(['board', '--size', 'x']);"
        "heavy = {'typer', 'rich', 'textual', 'sqlalchemy', 'pydantic'} & set(sys.modules); print(code, sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "2 []\n"
    assert "no size" in done.stderr
