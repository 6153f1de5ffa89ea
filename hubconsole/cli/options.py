"""The options of the screen commands and of ``list`` and ``show``: one table, read by the fast lane and by Typer alike.

Imports nothing but the standard library, because it stands before everything else at start-up. Parsing
by Typer costs more than these commands themselves, so their plain forms do without.
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

READS = ("list", "show")
"""Reading commands that have a fast lane too."""


_FAR = (*(name for name in SCREENS if name != "demo"), *READS)


class CommandOption(NamedTuple):
    """One option."""

    name: str
    """Field of :class:`ScreenRequest` or :class:`ReadRequest`."""
    flags: tuple[str, ...]
    metavar: str
    """What the value is; empty for a switch."""
    help: str
    commands: tuple[str, ...] = tuple(SCREENS)
    """The commands that take it."""


OPTIONS: tuple[CommandOption, ...] = (
    CommandOption("store", ("--store",), "PATH", "The hub's file (default: HUBCONSOLE_STORE, then your data folder).", (*SCREENS, *READS)),
    CommandOption("hub", ("--hub",), "URL", "The hub behind an address instead (default: HUBCONSOLE_HUB).", _FAR),
    CommandOption(
        "ca", ("--ca",), "FILE", "Certificates to trust beside the machine's, for --hub (default: HUBCONSOLE_CA, then the login's).", _FAR
    ),
    CommandOption("as_", ("--as",), "MEMBER", "Who you are (default: HUBCONSOLE_AS); for the demo also a function.", (*SCREENS, *READS)),
    CommandOption("theme", ("--theme",), "NAME", "Colours for this session, for example light or mono."),
    CommandOption("screenshot", ("--screenshot",), "OUT.svg", "Write a picture of the screen to a file and exit; needs no terminal."),
    CommandOption("size", ("--size",), "WxH", "Size of the picture in cells, for example 160x45."),
    CommandOption("still", ("--still",), "", "Nothing arrives and nobody acts by itself.", ("demo",)),
    CommandOption("reset", ("--reset",), "", "Throw the scratch hub away and build it anew.", ("demo",)),
    CommandOption("json", ("--json",), "", "Answer in JSON, errors too.", READS),
    CommandOption("query", ("--query", "-q"), "FILTER", "Filter language of the board: 'state:review age>10m -owner:me words'.", ("list",)),
    CommandOption("limit", ("--limit", "-n"), "N", "At most so many; 0 means all.", ("list",)),
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
    hub: str | None = None
    """Address of a hub that is elsewhere."""
    ca: str | None = None
    """File of certificates to trust there."""


class ReadRequest(NamedTuple):
    """A plain ``list`` or ``show``."""

    command: str
    key: str | None = None
    """The enquiry to show; None for ``list``."""
    store: str | None = None
    as_: str | None = None
    json: bool = False
    query: str = ""
    limit: int | None = None
    hub: str | None = None
    ca: str | None = None


def option(name: str) -> CommandOption:
    """The option of that name."""
    return next(one for one in OPTIONS if one.name == name)


def options_of(command: str) -> dict[str, CommandOption]:
    """The options that a command takes, by flag."""
    return {flag: one for one in OPTIONS if command in one.commands for flag in one.flags}


def fast_lane(arguments: Sequence[str]) -> ScreenRequest | ReadRequest | None:
    """The request in a plain command; None for whatever needs the full parser (help, mistakes, other verbs).

    No arguments at all open the board, when there is a terminal to show it on.
    """
    if not arguments:
        return ScreenRequest("board") if sys.stdin.isatty() and sys.stdout.isatty() and _has_store() else None
    command = arguments[0]
    if command not in SCREENS and command not in READS:
        return None
    read = _read(arguments[1:], options_of(command))
    if read is None:
        return None
    key, values, switches = read
    store, member, far = values.get("store"), values.get("as_"), (values.get("hub"), values.get("ca"))
    if command in SCREENS:
        looks = (values.get("theme"), values.get("screenshot"), values.get("size"))
        return ScreenRequest(command, key, store, member, *looks, "still" in switches, "reset" in switches, *far)
    limit = values.get("limit")
    if (key is None) != (command == "list") or (limit is not None and not (limit.isascii() and limit.isdecimal() and len(limit) < 16)):
        return None
    most = None if limit is None else int(limit)
    return ReadRequest(command, key, store, member, "json" in switches, values.get("query", ""), most, *far)


def _read(words: Sequence[str], options: dict[str, CommandOption]) -> tuple[str | None, dict[str, str], set[str]] | None:
    """The key, values and switches among the words; None for anything that is not perfectly plain."""
    values: dict[str, str] = {}
    switches: set[str] = set()
    key: str | None = None
    rest = iter(words)
    for word in rest:
        if not word.startswith("-"):
            if key is not None or not word:
                return None
            key = word
            continue
        flag, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
        found = options.get(flag)
        if found is None or (equals and not found.metavar):
            return None
        if not found.metavar:
            switches.add(found.name)
            continue
        if not equals:
            value = next(rest, "")
        if not value or (value.startswith("-") and not equals):
            return None
        values[found.name] = value
    return key, values, switches


def _has_store() -> bool:
    if os.environ.get("HUBCONSOLE_HUB"):
        return True
    from hubconsole.cli.where import store_place

    place = store_place()
    return "://" in place or os.path.exists(place)
