"""From a screen request to the screen: the store, the member, the terminal."""

import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hubconsole.cli import output
from hubconsole.cli.background import Beside, Runner, collector_at_rest, holder, worker
from hubconsole.cli.options import ScreenRequest
from hubconsole.clock import system_clock
from hubconsole.errors import Refused, Unreachable, UsageProblem

if TYPE_CHECKING:
    from hubconsole.hub.port import Hub

_CONNECTED = 3.0
"""Seconds that a picture waits for a hub that is elsewhere."""

_SIZE = re.compile(r"([1-9][0-9]{1,3})[xX]([1-9][0-9]{0,3})")


def size_of(text: str) -> tuple[int, int]:
    """Columns and rows from ``160x45``. Raises UsageProblem ``size``."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise UsageProblem("size", f"{text!r} is no size.", "Write columns x rows, for example --size 160x45.")
    return int(match[1]), int(match[2])


def open_screen(request: ScreenRequest) -> int:
    """Show the screen until it is left (or write its picture); the exit code is returned."""
    size = size_of(request.size) if request.size else None
    if request.screenshot is None:
        _needs_terminal(request.screen)
    if request.theme:
        _known_theme(request.theme)
    if request.screen == "demo":
        return _open_demo(request, size)
    if request.screen == "enquiry" and request.key is None:
        raise UsageProblem("key", "Which enquiry?", "Name it: hubconsole enquiry E-12.")
    from hubconsole.cli.session import open_hub
    from hubconsole.cli.where import hub_address, store_place

    if far := hub_address(request.hub, request.store):
        return _open_far(far, request, size)
    hub = open_hub(store_place(request.store))
    try:
        member = _member(hub, request)
        if request.key:
            hub.enquiry(request.key)  # a key that does not exist is told before the screen opens

        def beside() -> list[Runner]:
            from hubconsole.cli.dispatching import channels_here

            return worker(hub, channels_here)

        return _launch(hub, member, request, request.screen, size, beside)
    finally:
        hub.close()


def _open_far(url: str, request: ScreenRequest, size: tuple[int, int] | None) -> int:
    """A hub that is elsewhere: the board as it was last seen stands at once, and the line is made behind it. Its worker is there."""
    from hubconsole.cli.far import ask_whose, given_token, member_at, open_console
    from hubconsole.cli.where import insisted
    from hubconsole.hub.port import ONLY

    member, scope = member_at(url, request.as_, request.ca or ""), ""
    if secret := given_token():
        # What login kept is kept by its member's name; a token from elsewhere may be anybody's, and for anything.
        with suppress(Unreachable):
            scope = ask_whose(url, secret, request.ca or "", insisted(request.as_)).scope
    hub = open_console(url, member, request.ca or "", scope)
    try:
        if hub.only == "wall" and request.screen not in ("board", "service"):
            raise Refused("out_of_scope", ONLY["wall"], f"Show the board: hubconsole board --hub {url}")
        if request.screenshot is not None:
            hub.connect(_CONNECTED)
        if request.key and not hub.at_hand(request.key):
            hub.enquiry(request.key, viewer=member)
        member = _member(hub, request._replace(as_=member))
        return _launch(hub, member, request, request.screen, size, list)
    finally:
        hub.close()


def _open_demo(request: ScreenRequest, size: tuple[int, int] | None) -> int:
    """The demonstration keeps its own file and its own ways out, and its colleagues come along."""
    from hubconsole.demo import run as demo

    if request.store and "://" in request.store:
        why = "The demonstration keeps a file of its own; it does not go into a database or behind an address."
        raise UsageProblem("demo_store", why, "Leave --store out, or name a file.")
    path = Path(request.store).expanduser() if request.store else demo.default_path()
    if request.reset or not path.exists():
        output.remark("Building the demonstration; this takes a few seconds.")
    hub = demo.prepare(path, reset=request.reset)
    try:
        members = hub.members()
        member = demo.member_for(members, request.as_ or "")
        if advice := demo.stale(hub, system_clock()):
            output.remark(advice)

        def beside() -> list[Runner]:
            from hubconsole.demo.colleagues import Colleagues, Pace
            from hubconsole.demo.content import load
            from hubconsole.demo.seats import Seats

            def room() -> Colleagues:
                seats = Seats(hub, member, holder("console"))
                return Colleagues(hub, load(), system_clock, seats=seats, channels=demo.channels(path))

            return [*worker(hub, lambda: demo.channels(path)), Pace(room, still=request.still)]

        screen = "enquiry" if request.key else demo.screen_for(members, member)
        return _launch(hub, member, request, screen, size, beside)
    finally:
        hub.close()


def _member(hub: "Hub", request: ScreenRequest) -> str:
    """Who sits here; empty when nobody said and several could: then the screen asks. Raises UsageProblem and Refused."""
    from hubconsole.cli.session import active_names, known_here, member_of
    from hubconsole.cli.where import insisted, member_name

    said = insisted(request.as_)
    names = active_names(hub)
    known_here(said, names)
    if not said and member_name() not in names and len(names) != 1 and request.screenshot is None:
        return ""
    return member_of(hub, said)


def _launch(
    hub: "Hub", member: str, request: ScreenRequest, screen: str, size: tuple[int, int] | None, beside: Callable[[], list[Runner]]
) -> int:
    with collector_at_rest():
        from hubconsole.tui.launch import run

        show = partial(run, screen, hub=hub, member=member, key=request.key, screenshot=request.screenshot, size=size, theme=request.theme)
        if request.screenshot is not None:
            return show()
        with Beside(beside):
            return show()


def _known_theme(name: str) -> None:
    """Raises UsageProblem ``theme`` with the themes there are."""
    from hubconsole.config import load
    from hubconsole.tui.theming import choose, load_all

    own = load().themes
    if choose(name, own, {}).theme.name != name:
        names = [theme.name for theme in load_all(own).themes]
        raise UsageProblem("theme", f"There is no theme {name!r}.", f"Use one of: {', '.join(names)}.")


def _needs_terminal(screen: str) -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageProblem(
            "terminal",
            f"The {screen} screen needs a terminal, and this is a pipe or a file.",
            "Use --screenshot OUT.svg for a picture, or hubconsole list and show for text.",
        )
    if os.environ.get("TERM", "") in ("", "dumb"):
        raise UsageProblem(
            "terminal",
            "This terminal cannot show a screen (TERM is dumb or not set).",
            "Use hubconsole list, show, approve and the other verbs instead.",
        )
