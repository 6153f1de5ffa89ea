"""Letters that pass for others: what a text, or a name, looks like to somebody who only glances at it.

The table holds Cyrillic, Greek and odd Latin letters that are drawn like plain Latin ones. It is small on purpose:
it is there for words that somebody means to slip past a reader, not for every letter of every script.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from hubconsole.text import is_hidden

_CYRILLIC = {
    "а": "a", "в": "b", "е": "e", "ё": "e", "з": "3", "и": "u", "к": "k", "м": "m", "н": "h", "о": "o", "п": "n", "р": "p", "с": "c",
    "т": "t", "у": "y", "х": "x", "ь": "b", "г": "r", "ѕ": "s", "і": "i", "ї": "i", "ј": "j", "ԁ": "d", "ԛ": "q", "ԝ": "w", "һ": "h",
    "ӏ": "l", "ѵ": "v", "ғ": "f", "ү": "y", "ә": "e", "ӕ": "ae", "ґ": "r", "ԍ": "g", "ѡ": "w", "ц": "u", "ԏ": "t", "ӊ": "h", "қ": "k",
}  # fmt: skip
_GREEK = {
    "α": "a", "β": "b", "γ": "y", "ε": "e", "η": "n", "ι": "i", "κ": "k", "ν": "v", "ο": "o", "ρ": "p", "σ": "o", "τ": "t", "υ": "u",
    "χ": "x", "ω": "w", "ζ": "z", "μ": "u", "ϲ": "c", "ϳ": "j", "ς": "c", "λ": "l",
}  # fmt: skip
_CAPITALS = {
    "В": "b", "Н": "h", "М": "m", "Т": "t", "К": "k", "І": "i", "Ӏ": "i", "У": "y", "Р": "p", "С": "c",
    "Η": "h", "Ν": "n", "Ρ": "p", "Υ": "y", "Χ": "x", "Ζ": "z", "Μ": "m", "Ι": "i",
}  # fmt: skip
"""Capitals that resemble another letter than their small ones do."""
_LATIN = {
    "ı": "i", "ɩ": "i", "ɪ": "i", "ɡ": "g", "ɢ": "g", "ɑ": "a", "ᴀ": "a", "ʙ": "b", "ᴄ": "c", "ᴅ": "d", "ᴇ": "e", "ғ": "f", "ʜ": "h",
    "ᴊ": "j", "ᴋ": "k", "ʟ": "l", "ᴍ": "m", "ɴ": "n", "ᴏ": "o", "ᴘ": "p", "ʀ": "r", "ꜱ": "s", "ᴛ": "t", "ᴜ": "u", "ᴠ": "v", "ᴡ": "w",
    "ʏ": "y", "ᴢ": "z", "ɛ": "e", "ƅ": "b", "ɵ": "o", "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ƒ": "f", "ʋ": "v", "ɾ": "r",
    "օ": "o", "ս": "u", "հ": "h", "ո": "n", "ց": "g", "զ": "q", "յ": "j", "ɇ": "e", "ȼ": "c", "ⅼ": "l", "ⅰ": "i",
}  # fmt: skip
_LETTERS = {**_CYRILLIC, **_GREEK, **_LATIN}
_IN_NAMES = str.maketrans({"1": "l", "0": "o", "|": "l", "I": "l"})
_ALIKE_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "COPTIC", "CHEROKEE", "LISU")


class Plain(NamedTuple):
    """A text as it looks, and where in the real one each of its characters stands."""

    text: str
    places: tuple[int, ...]
    """For each character of ``text`` the index of the one it comes from."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the real text that a (not empty) span of the plain one comes from."""
        return self.places[start], self.places[end - 1] + 1


def plain(text: str) -> Plain:
    """``text`` as it looks: look-alike letters as the plain small ones, without accents and invisible characters, each
    run of spaces as one, and a line that was only broken put together again."""
    shown: list[str] = []
    places: list[int] = []
    for index, char in enumerate(text):
        for one in _looks(char):
            if one == " " and shown and shown[-1] == " ":
                continue
            shown.append(" " if one == "\n" and _broken(text, index) else one)
            places.append(index)
    return Plain("".join(shown), tuple(places))


def _broken(text: str, index: int) -> bool:
    """Whether the line break at ``index`` stands between two words of one sentence."""
    before, after = text[:index][-1:], text[index + 1 : index + 2]
    return (before.isalnum() or before in (",", ";")) and after.isalnum()


@lru_cache(8192)
def _looks(char: str) -> str:
    """The plain characters that ``char`` looks like; none when it is not drawn."""
    if char == "\n" or (char.isascii() and char.isprintable()):
        return char
    if char == "\t":
        return " "
    if char in _CAPITALS:
        return _CAPITALS[char]
    if is_hidden(char):
        return ""
    small = unicodedata.normalize("NFKC", char).casefold()
    bare = (one for one in unicodedata.normalize("NFKD", small) if not unicodedata.combining(one) and not is_hidden(one))
    return "".join(_LETTERS.get(one, one) for one in bare)


def name_keys(name: str) -> frozenset[str]:
    """What names have in common that people could mistake for each other: two names sharing a key are too much alike.

    One key leaves letter case and forms of characters aside; the other one is what the name looks like, with digits
    for the letters they resemble.
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    return frozenset((folded, _name_looks(name)))


def _name_looks(name: str) -> str:
    shown: list[str] = []
    for char in unicodedata.normalize("NFC", name).translate(_IN_NAMES):
        if unicodedata.combining(char) and "\u0300" <= char <= "\u036f":
            continue  # a mark on a letter that has no form of its own with it
        letter = unicodedata.normalize("NFKC", char).casefold()
        accented = char.isalpha() and "LATIN" in unicodedata.name(char, "") and " WITH " in unicodedata.name(char, "")
        shown.append(letter if accented else _looks(char).casefold())
    return "".join(shown).replace("rn", "m").replace("vv", "w")


@lru_cache(8192)
def _script(char: str) -> str:
    """The script of a letter that has look-alikes in other scripts; empty for everything else."""
    word = unicodedata.name(char, "").partition(" ")[0] if char.isalpha() else ""
    return word if word in _ALIKE_SCRIPTS else ""


def mixed_words(text: str) -> Iterator[tuple[int, int]]:
    """The spans of words whose letters come from more than one of the scripts that resemble each other."""
    if text.isascii():
        return
    start: int | None = None
    scripts: set[str] = set()
    for index, char in enumerate(f"{text} "):
        if char.isalnum() or (is_hidden(char) and char not in "\n\r\t") or unicodedata.combining(char):
            start = index if start is None else start
            if script := _script(char):
                scripts.add(script)
            continue
        if start is not None and len(scripts) > 1:
            yield start, index
        start, scripts = None, set()
