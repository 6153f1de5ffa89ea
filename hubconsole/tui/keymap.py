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


def clashes(own: dict[str, str]) -> list[str]:
    """One sentence for each key that would mean two things in one place."""
    found: dict[str, None] = {}
    for place in PLACES:
        taken: dict[str, str] = {}
        for key in KEYS:
            if not any(context in place for context in key.where):
                continue
            for name in named(own.get(key.id, key.keys)):
                other = taken.setdefault(name, key.id)
                if other != key.id:
                    found[f"{shown(name)} is both {other} and {key.id}; {other} keeps it."] = None
    return list(found)


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
    before = set(clashes({}))
    problems += [sentence for sentence in clashes(own) if sentence not in before]
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
