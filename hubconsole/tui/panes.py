"""Role panes as configuration: ``panes.toml`` in the package, and the person's own beside their settings."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from hubconsole.tui.bindings import BY_ID
from hubconsole.tui.filters import problem

COLUMN_NAMES = ("state", "key", "clock", "priority", "channel", "owner", "gates", "flags")
"""What ``columns`` may hold."""

LAYOUTS = ("list", "review")
"""What ``layout`` may be."""

_FUNCTIONS = ("", "service", "legal", "marketing", "sales", "analytics", "supervisor")


@dataclass(frozen=True, slots=True)
class Pane:
    """One role pane."""

    id: str
    """Word for the command line and the palette."""
    title: str
    """The tab's word."""
    key: str = ""
    """Digit that opens it, 2 to 9; empty for none."""
    function: str = ""
    """Whose pane it is; a member of that function starts there. Empty for everybody's."""
    filter: str = "state:open"
    """What it lists."""
    columns: tuple[str, ...] = COLUMN_NAMES
    """Columns of its rows; the customer's words come last by themselves."""
    keys: tuple[str, ...] = ()
    """Ids that come first in its footer."""
    layout: str = "list"
    """``list``, or ``review`` for the pane in which decisions are made."""


def read(text: str, source: str) -> tuple[list[Pane], list[str]]:
    """The panes in a TOML text and what is wrong with the others, one sentence each."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [], [f"{source} is not valid TOML ({error}); its panes are left out."]
    entries = raw.get("pane", [])
    problems = [f"{source}: {name!r} is no entry; a pane is written [[pane]]." for name in raw.keys() - {"pane"}]
    panes: list[Pane] = []
    for number, entry in enumerate(entries if isinstance(entries, list) else [], 1):
        wrong = _wrong(entry)
        if wrong:
            problems.append(f"{source}, pane {number}: {wrong}")
        else:
            fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}
            panes.append(Pane(**fields))
    return panes, problems


def _wrong(entry: object) -> str:
    if not isinstance(entry, dict):
        return "it is not a table."
    lists = {"columns": COLUMN_NAMES, "keys": tuple(BY_ID)}
    texts = ("id", "title", "key", "function", "filter", "layout")
    for name, value in entry.items():
        if name in lists:
            unknown = value if not isinstance(value, list) else [word for word in value if word not in lists[name]]
            if unknown or not isinstance(value, list):
                return f"{name}: {unknown!r} is not among {', '.join(lists[name])}."
        elif name not in texts:
            return f"there is no field {name!r}; the fields are {', '.join((*texts, *lists))}."
        elif not isinstance(value, str):
            return f"{name} must be text, not {value!r}."
    for name in ("id", "title"):
        if not entry.get(name):
            return f"{name} is missing."
    if not str(entry["id"]).replace("_", "").isalnum() or entry["id"] in ("board", "enquiry"):
        return f"id {entry['id']!r} cannot be used; choose another word of letters and digits."
    if entry.get("key", "") not in ("", "2", "4", "5", "6", "7", "8", "9"):
        return f"key {entry['key']!r} must be one of 4 to 9."
    if entry.get("function", "") not in _FUNCTIONS:
        return f"there is no function {entry['function']!r}; there are {', '.join(_FUNCTIONS[1:])}."
    if entry.get("layout", "list") not in LAYOUTS:
        return f"layout {entry['layout']!r} must be list or review."
    if entry.get("layout") == "review" and "columns" in entry:
        return "columns are for the list layout; the review layout has its own lines, so leave columns out."
    wrong = problem(entry.get("filter", ""))
    return f"filter: {wrong}" if wrong else ""


def load(own: Path | None = None) -> tuple[tuple[Pane, ...], tuple[str, ...]]:
    """The package's panes with the person's own added (the same id replaces), and what is wrong with the latter."""
    panes, problems = read((files("hubconsole.tui") / "panes.toml").read_text(encoding="utf-8"), "panes.toml")
    if own is not None and own.is_file():
        try:
            more, wrong = read(own.read_text(encoding="utf-8"), str(own))
        except (OSError, UnicodeDecodeError) as error:
            more, wrong = [], [f"{own} cannot be read ({error}); its panes are left out."]
        problems += wrong
        for pane in more:
            panes = [other for other in panes if other.id != pane.id]
            taken = next((other for other in panes if pane.key and other.key == pane.key), None)
            if taken is not None:
                problems.append(f"{own}: the panes {taken.id} and {pane.id} both want the key {pane.key}; {taken.id} keeps it.")
                pane = Pane(pane.id, pane.title, "", pane.function, pane.filter, pane.columns, pane.keys, pane.layout)
            panes.append(pane)
    return tuple(panes), tuple(problems)
