"""A person's own keys: one TOML file over the table, checked before use. A mistake costs a message, never the console.

profile = "plain"          # or "vi", the default: plain leaves out the letters that move

[keys]
claim = "a,f4"
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from hubconsole.tui.bindings import BOARD, BY_ID, ENQUIRY, EVERYWHERE, KEYS, LEGAL, LIST, named, shown

PLACES = ((EVERYWHERE, LIST, BOARD), (EVERYWHERE, ENQUIRY), (EVERYWHERE, LIST, LEGAL))
"""Contexts that are in force together; within one place a key may mean one thing only."""

PROFILES: dict[str, dict[str, str]] = {
    "vi": {},
    "plain": {
        "down": "down",
        "up": "up",
        "left": "left",
        "right": "right",
        "first": "home",
        "last": "end",
        "page_down": "pagedown",
        "page_up": "pageup",
    },
}
"""Sets of keys to start from."""

NO_KEY = "unbound"
"""The name of no key."""

UNSENDABLE = {
    "ctrl+h": "terminals send it as backspace",
    "ctrl+i": "terminals send it as tab",
    "ctrl+m": "terminals send it as enter",
    "ctrl+left_square_bracket": "terminals send it as escape",
    "ctrl+enter": "most terminals send it as enter",
    "shift+enter": "most terminals send it as enter",
    "ctrl+space": "terminals send it as ctrl+@",
    "ctrl+c": "it is kept for copying",
    "ctrl+z": "the shell takes it",
}
"""Keys that do not arrive as themselves."""

_REPLACED = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
_SPECIAL = frozenset(
    ["up", "down", "left", "right", "home", "end", "pageup", "pagedown", "enter", "escape", "tab", "space", "backspace", "delete", "insert"]
) | {f"f{number}" for number in range(1, 25)}


@dataclass(frozen=True, slots=True)
class Keymap:
    """The keys in force."""

    profile: str = "vi"
    """Name of the profile underneath."""
    own: dict[str, str] = field(default_factory=dict)
    """Keys by id, where they differ from the table; in Textual's names."""
    problems: tuple[str, ...] = ()
    """What is wrong with the file, one sentence each."""

    def keys_of(self, key_id: str) -> str:
        """The keys of an id, separated by commas."""
        return self.own.get(key_id, BY_ID[key_id].keys)

    def sign(self, key_id: str) -> str:
        """The first key of an id, as people read it; empty where it has none."""
        return next((shown(name) for name in named(self.keys_of(key_id))), "")

    @property
    def bound(self) -> dict[str, str]:
        """What Textual is told; an act that lost all its keys gets one that nobody can press, or it would keep its usual ones."""
        return {key_id: keys or NO_KEY for key_id, keys in self.own.items()}


def canonical(key: str) -> str:
    """One key in Textual's name: ``?`` becomes ``question_mark``. Raises ValueError with the reason when there is no such key."""
    *modifiers, last = key.split("+") if key != "+" else [key]
    if len(last) == 1:
        if not last.isalnum():
            name = unicodedata.name(last, "").lower().replace("-", "_").replace(" ", "_")
            last = _REPLACED.get(name, name)
        if not last:
            raise ValueError("there is no such key")
    elif last not in _SPECIAL and not _is_character(last):
        raise ValueError("there is no such key")
    if any(modifier not in ("ctrl", "shift", "alt") for modifier in modifiers):
        raise ValueError("the modifiers are ctrl, shift and alt")
    whole = "+".join([*modifiers, last])
    if whole in UNSENDABLE:
        raise ValueError(UNSENDABLE[whole])
    if "ctrl" in modifiers and "shift" in modifiers:
        raise ValueError("most terminals cannot tell it from the key without shift")
    return whole


def _is_character(name: str) -> bool:
    back = {new: old for old, new in _REPLACED.items()}
    words = back.get(name, name).upper()
    for spelling in (words.replace("_", " "), words.replace("_", "-")):
        try:
            unicodedata.lookup(spelling)
        except KeyError:
            continue
        return True
    return name in ("minus", "question_mark", "full_stop")


@dataclass(frozen=True, slots=True)
class Clash:
    """One key that was to mean two things in one place."""

    key: str
    """The key, in Textual's name."""
    winner: str
    """Id of the act that has it."""
    loser: str
    """Id of the act that does not."""
    chosen: bool
    """Whether the winner has it because the person's file says so."""
    left: str
    """The keys that the loser still has, separated by commas; may be empty."""

    @property
    def sentence(self) -> str:
        """Which key, which acts, which of them has it, and what to do."""
        first, second = sorted((self.winner, self.loser), key=list(BY_ID).index)
        why = ", as your file says" if self.chosen else ", being first in the list"
        left = " ".join(shown(name) for name in named(self.left))
        other = f"{self.loser} keeps {left}" if left else f"{self.loser} has no key now, but the palette runs it"
        return f"{shown(self.key)} is both {first} and {second}: {self.winner} has it{why}; {other}. Give one of them another key."


def clashes(own: dict[str, str]) -> list[Clash]:
    """What is wrong between keys, a person's own included; ``own`` loses what it cannot have."""
    found: list[Clash] = []
    chosen = frozenset(own)
    for place in PLACES:
        taken: dict[str, str] = {}
        here = [key for key in KEYS if any(context in place for context in key.where)]
        for key in sorted(here, key=lambda key: key.id not in chosen):
            names = named(own.get(key.id, key.keys))
            kept = [name for name in names if taken.setdefault(name, key.id) == key.id]
            if len(kept) < len(names):
                own[key.id] = ",".join(kept)
            found += [
                Clash(name, taken[name], key.id, taken[name] in chosen and key.id not in chosen, ",".join(kept))
                for name in names
                if name not in kept
            ]
    return found


def load(path: Path) -> Keymap:
    """Read the file; one that does not exist gives the table itself. Never raises."""
    import tomllib

    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Keymap()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return Keymap(problems=(f"{path} cannot be used ({error}); the usual keys are in force.",))
    problems = [f"{name!r} is no entry of a keys file; it holds profile and [keys]." for name in raw.keys() - {"profile", "keys"}]
    profile = raw.get("profile", "vi")
    if profile not in PROFILES:
        problems.append(f"There is no profile {profile!r}; choose from {', '.join(PROFILES)}. vi is used.")
        profile = "vi"
    table = raw.get("keys", {})
    own = dict(PROFILES[profile])
    for key_id, value in table.items() if isinstance(table, dict) else ():
        good = _checked(key_id, value, problems)
        if good:
            own[key_id] = good
    problems += [clash.sentence for clash in clashes(own)]
    return Keymap(profile, own, tuple(problems))


def _checked(key_id: str, value: object, problems: list[str]) -> str:
    if key_id not in BY_ID:
        problems.append(f"There is no key id {key_id!r}; the list is in docs/keys.md.")
        return ""
    if not isinstance(value, str) or not named(value):
        problems.append(f"{key_id}: {value!r} is not a list of keys such as 'a,f4'.")
        return ""
    good: list[str] = []
    for name in named(value):
        try:
            good.append(canonical(name))
        except ValueError as error:
            problems.append(f"{key_id}: {name} cannot be used: {error}.")
    return ",".join(good)
