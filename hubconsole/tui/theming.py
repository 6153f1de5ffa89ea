"""Themes: ``themes/*.toml``, the person's own beside their settings, and Textual's built-in ones.

Every style sheet may use the variables of :data:`hubconsole.tui.colours.COLOURS` (``$ground``, ``$line-focus``, ...) and, for each of
them that is a text colour, its weight (``$red-style``). Widgets that draw lines themselves take :func:`styles`.
A theme file that is wrong costs a message and falls back, colour by colour; it never stops the console.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from textual.theme import BUILTIN_THEMES, Theme

from hubconsole import resources
from hubconsole.tui.colours import COLOURS, EMPHASIS, WORDS, contrast
from hubconsole.tui.colours import Palette as Palette
from hubconsole.tui.colours import styles as styles
from hubconsole.tui.colours import variable_defaults as variable_defaults

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

DEFAULT = "dark"
MONO = "mono"
_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
_READABLE = 3.0


class Chosen(NamedTuple):
    """The theme to start with."""

    theme: Theme
    """Ready for ``App.register_theme``; built-in themes may be registered again without harm."""
    problems: tuple[str, ...]
    """What to tell the person, one sentence each."""


class Loaded(NamedTuple):
    """All themes that can be offered."""

    themes: tuple[Theme, ...]
    """The shipped ones in order of name, then the person's own."""
    problems: tuple[str, ...]
    """What is wrong with the person's own files, one sentence each."""


def shipped() -> tuple[str, ...]:
    """Names of the themes that come with hubconsole, in order."""
    return tuple(sorted(file.name[:-5] for file in resources.themes().iterdir() if file.name.endswith(".toml")))


def choose(wanted: str, own: Path | None = None, environ: Mapping[str, str] | None = None) -> Chosen:
    """The theme to start with: the wanted one, ``mono`` under NO_COLOR, or ``dark`` with a message when there is no such theme.

    ``own`` is the folder of the person's own themes. Only one file is read.
    """
    if (os.environ if environ is None else environ).get("NO_COLOR"):
        return Chosen(_shipped_theme(MONO), ())
    if wanted in BUILTIN_THEMES:
        return Chosen(BUILTIN_THEMES[wanted], ())
    if _NAME.fullmatch(wanted):
        if resources.themes().joinpath(f"{wanted}.toml").is_file():
            return Chosen(_shipped_theme(wanted), ())
        file = own / f"{wanted}.toml" if own else None
        if file is not None and file.is_file():
            problems: list[str] = []
            theme = _own_theme(file, problems)
            return Chosen(theme or _shipped_theme(DEFAULT), tuple(problems))
    return Chosen(
        _shipped_theme(DEFAULT), (f"There is no theme {wanted!r}; {DEFAULT} is used. Choose from {', '.join(shipped())} in the settings.",)
    )


def load_all(own: Path | None = None) -> Loaded:
    """Every shipped theme and every one of the person's own that can be read."""
    names = shipped()
    themes = [_shipped_theme(name) for name in names]
    problems: list[str] = []
    try:
        files = sorted(file for file in own.iterdir() if file.suffix == ".toml") if own and own.is_dir() else []
    except OSError as error:
        problems.append(f"The themes in {own} cannot be read: {error.strerror}.")
        files = []
    for file in files:
        if file.stem in names or file.stem in BUILTIN_THEMES:
            problems.append(f"{file}: the name {file.stem} is taken by a theme that comes with the program; rename the file.")
        else:
            theme = _own_theme(file, problems)
            if theme is not None:
                themes.append(theme)
    return Loaded(tuple(themes), tuple(problems))


def theme_of(name: str, colours: Mapping[str, str], emphasis: Mapping[str, str], dark: bool) -> Theme:
    """A Textual theme from a complete set of our colours and any weights that differ from the usual ones."""
    weights = {**EMPHASIS, **emphasis}
    return Theme(
        name=name,
        dark=dark,
        primary=colours["accent"],
        secondary=colours["label"],
        accent=colours["accent"],
        warning=colours["amber"],
        error=colours["red"],
        success=colours["green"],
        foreground=colours["value"],
        background=colours["ground"],
        surface=colours["ground"],
        panel=colours["bar"],
        boost=colours["bar"],
        variables={
            **colours,
            **{f"{key}-style": weight for key, weight in weights.items()},
            "border": colours["line-focus"],
            "border-blurred": colours["line"],
            "block-cursor-background": colours["selected"],
            "block-cursor-foreground": colours["strong"],
            "block-cursor-blurred-background": colours["selected"],
            "block-cursor-blurred-foreground": colours["value"],
            "block-hover-background": colours["bar"],
            "footer-background": colours["bar"],
            "footer-key-foreground": colours["key"],
            "footer-description-foreground": colours["label"],
            "input-cursor-background": colours["strong"],
            "input-cursor-foreground": colours["ground"],
            "input-selection-background": colours["selected"],
            "input-selection-foreground": colours["strong"],
            "link-color": colours["accent"],
            "scrollbar": colours["line"],
            "scrollbar-hover": colours["text-dim"],
            "scrollbar-active": colours["line-focus"],
            "scrollbar-background": colours["ground"],
            "scrollbar-background-hover": colours["ground"],
            "scrollbar-background-active": colours["ground"],
            "scrollbar-corner-color": colours["ground"],
        },
    )


@lru_cache(maxsize=32)
def _shipped_theme(name: str) -> Theme:
    return _parse(name, resources.themes().joinpath(f"{name}.toml"), [])


def _own_theme(file: Path, problems: list[str]) -> Theme | None:
    if not _NAME.fullmatch(file.stem):
        problems.append(f"{str(file)!r}: a theme's file name may hold small letters, digits and hyphens only; it is left out.")
        return None
    try:
        return _parse(file.stem, file, problems)
    except OSError as error:
        problems.append(f"{file} cannot be read ({error.strerror}); it is left out.")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{file} is not valid TOML ({error}); it is left out.")
    return None


def _parse(name: str, file: Traversable, problems: list[str]) -> Theme:
    raw = tomllib.loads(file.read_text(encoding="utf-8"))
    for key in raw.keys() - {"dark", "colours", "emphasis"}:
        problems.append(f"{name}: a theme has no entry {key!r}; it is ignored.")
    dark = raw.get("dark", True)
    if not isinstance(dark, bool):
        problems.append(f"{name}: dark is {dark!r}, but must be true or false; true is used.")
        dark = True
    colours = _colours(name, raw.get("colours"), dark, problems)
    emphasis = _emphasis(name, raw.get("emphasis", {}), problems)
    for text in ("value", "strong", "label"):
        for ground in ("ground", "selected"):
            if contrast(colours[text], colours[ground]) < _READABLE:
                problems.append(f"{name}: {text} on {ground} is hard to read (contrast under {_READABLE:g}:1).")
    return theme_of(name, colours, emphasis, dark)


def _colours(name: str, given: object, dark: bool, problems: list[str]) -> dict[str, str]:
    table = given if isinstance(given, dict) else {}
    for key in table.keys() - COLOURS.keys():
        problems.append(f"{name}: there is no colour {key!r}; it is ignored.")
    good: dict[str, str] = {}
    for key in COLOURS:
        value = table.get(key)
        if isinstance(value, str) and _HEX.fullmatch(value):
            good[key] = value.lower() if len(value) == 7 else "#" + "".join(digit * 2 for digit in value[1:].lower())
            continue
        substitute = DEFAULT if dark else "light"
        said = "is missing" if key not in table else f"is {value!r}, not a colour such as '#8fb8de'"
        problems.append(f"{name}: {key} {said}; the one of {substitute} is used.")
        good[key] = _shipped_theme(substitute).variables[key]
    return good


def _emphasis(name: str, given: object, problems: list[str]) -> dict[str, str]:
    if not isinstance(given, dict):
        problems.append(f"{name}: emphasis must be a table; it is ignored.")
        return {}
    good: dict[str, str] = {}
    for key, value in given.items():
        if key in EMPHASIS and isinstance(value, str) and value and set(value.split()) <= WORDS:
            good[key] = value
        else:
            problems.append(f"{name}: the emphasis {key!r} = {value!r} is not known; it is ignored.")
    return good
