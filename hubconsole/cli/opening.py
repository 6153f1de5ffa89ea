"""From a screen request to the screen: the store, the member, the terminal."""

import os
import re
import sys
from typing import TYPE_CHECKING

from hubconsole.cli.options import ScreenRequest
from hubconsole.errors import UsageProblem

if TYPE_CHECKING:
    from hubconsole.hub.local import LocalHub

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
    if request.screen == "demo":
        return _open_demo(request, size)
    if request.screen == "enquiry" and request.key is None:
        raise UsageProblem("key", "Which enquiry?", "Name it: hubconsole enquiry E-12.")
    from hubconsole.cli.session import member_of, open_hub
    from hubconsole.cli.where import store_path

    hub = open_hub(str(store_path(request.store)))
    try:
        return _launch(hub, member_of(hub, request.as_), request, size)
    finally:
        hub.close()


def _open_demo(request: ScreenRequest, size: tuple[int, int] | None) -> int:
    raise NotImplementedError


def _launch(hub: "LocalHub", member: str, request: ScreenRequest, size: tuple[int, int] | None) -> int:
    from hubconsole.tui.launch import run

    result = run(
        request.screen,
        hub=hub,
        member=member,
        key=request.key,
        screenshot=request.screenshot,
        size=size,
        theme=request.theme,
    )
    return result if isinstance(result, int) else 0


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
