"""The fast lane and the full parser read a screen command alike, and the fast lane takes what it can."""

import shlex
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubconsole.cli import app, listing, opening
from hubconsole.cli.options import OPTIONS, READS, SCREENS, ReadRequest, ScreenRequest, fast_lane
from hubconsole.cli.session import Session
from hubconsole.errors import UsageProblem


def through_typer(arguments: list[str]) -> ScreenRequest | ReadRequest | None:
    """What the full parser makes of the arguments; None when it refuses them."""
    seen: list[ScreenRequest | ReadRequest] = []

    def screen(request: ScreenRequest) -> int:
        seen.append(request)
        return 0

    def shared(session: Session) -> tuple[str | None, str | None, bool]:
        return session.shared.store, session.shared.as_, session.shared.json

    def listed(session: Session, query: str, limit: int | None) -> None:
        seen.append(ReadRequest("list", None, *shared(session), query, limit))

    def shown(session: Session, key: str) -> None:
        seen.append(ReadRequest("show", key, *shared(session)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "open_screen", screen)
        patch.setattr(listing, "list_enquiries", listed)
        patch.setattr(listing, "show_enquiry", shown)
        try:
            app.run(arguments)
        except UsageProblem:
            return None
    return seen[0]


FULL = "--store /tmp/a.db --as lawyer1 --theme=light --screenshot out.svg --size 160x45"


@pytest.mark.parametrize("screen", SCREENS)
def test_both_lanes_read_every_option_of_every_screen(screen: str) -> None:
    switches = " ".join(one.flags[0] for one in OPTIONS if not one.metavar and screen in one.commands)
    arguments = [screen, "E-12", *shlex.split(f"{FULL} {switches}")]
    request = fast_lane(arguments)
    assert request == ScreenRequest(
        screen, "E-12", "/tmp/a.db", "lawyer1", "light", "out.svg", "160x45", screen == "demo", screen == "demo"
    )
    assert through_typer(arguments) == request


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("list", ReadRequest("list")),
        ("list --json -n 5 -q=x --store a.db --as m", None),
        ("list --json -n 5 -q x --store a.db --as m", ReadRequest("list", None, "a.db", "m", True, "x", 5)),
        ("list --query=-owner:me --limit 0", ReadRequest("list", None, None, None, False, "-owner:me", 0)),
        ("list --query 'state:new channel:x'", ReadRequest("list", query="state:new channel:x")),
        ("show E-1 --json", ReadRequest("show", "E-1", json=True)),
        ("show --as m E-1", ReadRequest("show", "E-1", as_="m")),
    ],
)
def test_plain_list_and_show_need_no_parser(line: str, expected: ReadRequest | None) -> None:
    arguments = shlex.split(line)
    assert fast_lane(arguments) == expected
    if expected is not None:
        assert through_typer(arguments) == expected


word = st.sampled_from(
    [
        "E-1",
        "x",
        "",
        "-",
        "--",
        "-h",
        "a b",
        "=",
        "--as",
        "--store",
        "--theme",
        "--still",
        "--reset",
        "--as=m",
        "--store=",
        "--size=1x1",
        "--no",
    ]
)


@given(st.sampled_from([*SCREENS, *READS]), st.lists(word, max_size=6))
def test_the_fast_lane_never_reads_anything_differently(screen: str, rest: list[str]) -> None:
    request = fast_lane([screen, *rest])
    if request is not None:
        assert through_typer([screen, *rest]) == request


@pytest.mark.parametrize(
    "line",
    [
        "board --help",
        "board --nonsense",
        "board E-1 E-2",
        "board --as",
        "board --still",
        "list --limit x",
        "list E-1",
        "show",
        "export",
        "nonsense",
    ],
)
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
