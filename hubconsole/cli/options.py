"""The options of the screen commands: one table, read by the fast lane and by Typer alike.

Imports nothing but the standard library, because it stands before everything else at start-up.
"""

import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

SCREENS: dict[str, str] = {
    "board": "Open the triage board.",
    "legal": "Open the legal pane: what waits for a lawyer, longest wait first.",
    "enquiry": "Open one enquiry, for example: hubconsole enquiry E-12.",
    "marketing": "Open the marketing pane.",
    "service": "Open the service pane.",
    "demo": "Open a scratch hub of an invented bank, with colleagues at work.",
}
"""Screen commands and their one line of help."""


class ScreenOption(NamedTuple):
    """One option of the screen commands."""

    name: str
    """Field of :class:`ScreenRequest`."""
    flag: str
    metavar: str
    """What the value is; empty for a switch."""
    help: str
    only: tuple[str, ...] = ()
    """The screens that take it; empty for all."""


OPTIONS: tuple[ScreenOption, ...] = (
    ScreenOption("store", "--store", "PATH", "The hub's file (default: HUBCONSOLE_STORE, then your data folder)."),
    ScreenOption("as_", "--as", "MEMBER", "Who you are (default: HUBCONSOLE_AS); for the demo also a function."),
    ScreenOption("theme", "--theme", "NAME", "Colours for this session, for example light or mono."),
    ScreenOption("screenshot", "--screenshot", "OUT.svg", "Write a picture of the screen to a file and exit; needs no terminal."),
    ScreenOption("size", "--size", "WxH", "Size of the picture in cells, for example 160x45."),
    ScreenOption("still", "--still", "", "Nothing arrives and nobody acts by itself.", ("demo",)),
    ScreenOption("reset", "--reset", "", "Throw the scratch hub away and build it anew.", ("demo",)),
)


class ScreenRequest(NamedTuple):
    """A screen to be opened, and how; None or False where nothing was said."""

    screen: str
    key: str | None = None
    """The enquiry to open on, ``E-12``."""
    store: str | None = None
    as_: str | None = None
    theme: str | None = None
    screenshot: str | None = None
    size: str | None = None
    """As typed, ``160x45``; checked when the screen is opened."""
    still: bool = False
    reset: bool = False


def options_of(screen: str) -> dict[str, ScreenOption]:
    """The options that ``screen`` takes, by flag."""
    return {option.flag: option for option in OPTIONS if not option.only or screen in option.only}


def fast_lane(arguments: Sequence[str]) -> ScreenRequest | None:
    """The request in a plain screen command; None for whatever needs the full parser (help, mistakes, other verbs).

    No arguments at all open the board, when there is a terminal to show it on.
    """
    if not arguments:
        return ScreenRequest("board") if sys.stdin.isatty() and sys.stdout.isatty() and _has_store() else None
    screen = arguments[0]
    if screen not in SCREENS:
        return None
    options = options_of(screen)
    values: dict[str, str] = {}
    switches: set[str] = set()
    key: str | None = None
    rest = iter(arguments[1:])
    for word in rest:
        if not word.startswith("-"):
            if key is not None or not word:
                return None
            key = word
            continue
        flag, equals, value = word.partition("=")
        option = options.get(flag)
        if option is None:
            return None
        if not option.metavar:
            if equals:
                return None
            switches.add(option.name)
            continue
        if not equals:
            value = next(rest, "")
        if not value or value.startswith("-"):
            return None
        values[option.name] = value
    return ScreenRequest(
        screen,
        key,
        values.get("store"),
        values.get("as_"),
        values.get("theme"),
        values.get("screenshot"),
        values.get("size"),
        "still" in switches,
        "reset" in switches,
    )


def _has_store() -> bool:
    from hubconsole.cli.where import store_path

    return os.path.exists(store_path())
