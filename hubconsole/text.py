"""Text from outside, made safe to show and to put into a spreadsheet.

``visible_text`` is the one door to the screen for every string that somebody else wrote. It is

- injective: nothing is dropped or normalised, so what is shown determines the input. Whatever has no honest
  glyph of its own becomes a mark, and input that looks like a mark is itself shown as marks;
- inert: no control or format character, no lone surrogate, no line separator, no invisible filler and no pile
  of combining marks gets through, and the cell width of the whole is the sum of its characters' widths.

The marks:

    ␀ ... ␛ ␡         C0 controls and DEL, as their control pictures
    ⟦U+202E⟧          anything else invisible, ambiguous or unassigned, by its code point
    ⍽                 no-break space
    👨⁀👩  ❤ᴱ  ☎ᵀ  1ᴱᴷ   inside emoji: zero-width joiner, emoji style, text style, keycap. Terminals disagree about
                      the width of these sequences, so they are spelled out rather than drawn
    👍⟦tone4⟧ ⟦DE⟧    skin tone, and regional letters (flags), for the same reason

Two spellings that Unicode calls equivalent, and letters of different scripts that look alike, stay themselves;
hosts written with such letters are found by the flags.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from textual.content import Content

Newline = Literal["keep", "mark", "space"]
"""What becomes of line breaks: kept; shown as ``␊``; or, for previews only, shown as a space together with tabs
and carriage returns (the one mode that cannot tell these from a space)."""

MAX_COMBINING = 4
"""Combining marks drawn on one base character; further ones are shown by code point."""

_PLAIN = (
    " -~\u00a1-\u00ac\u00ae-\u02ff\u0391-\u03a1\u03a3-\u0482\u048a-\u052f\u05d0-\u05ea\u0620-\u064a\u1e00-\u1eff"
    "\u2010-\u2015\u2018-\u2027\u2030-\u203f\u20a0-\u20bf\u2100-\u218b\u2190-\u237c\u237e-\u23ff\u2460-\u262f\u2638-\u2689\u2690-\u27e5\u27e8-\u27ff"
    "\u2801-\u28ff\u2900-\u2b73\u3001-\u3029\u3030-\u303e\u3041-\u3096\u309b-\u30ff\u3105-\u312f\u3131-\u3163\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\uff01-\uff9d\U0001f300-\U0001f3fa\U0001f400-\U0001f64f\U0001f680-\U0001f6d7\U0001f900-\U0001fa53"
    "\U0001fa70-\U0001fa74\U0001fa78-\U0001fa7c\U0001fa80-\U0001fa86\U0001fa90-\U0001faac"
)
_RESERVED = frozenset("⟦⟧⁀ᴱᵀᴷ⍽")
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f\u2800\u3164\uffa0\ufffc")
_UNSURE_WIDTH = ((0x2630, 0x2637), (0x268A, 0x268F), (0x4DC0, 0x4DFF), (0x1D300, 0x1D37F))
"""Symbols that became two cells wide with Unicode 16: terminals differ about them."""
_COMBINES = "combines"
_ITSELF = ""
_FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")


def is_variation_selector(char: str) -> bool:
    """Whether ``char`` only asks for another form of the character before it."""
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def is_hidden(char: str) -> bool:
    """Whether ``char`` is drawn as nothing, or steers what is drawn: controls (line breaks and tabs too), format
    and bidirectional characters, lone surrogates, separators, fillers, variation selectors and tags."""
    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} or char in _FILLERS or is_variation_selector(char)


def is_emoji_like(char: str) -> bool:
    """Whether ``char`` can carry an emoji presentation: pictographs, symbols, and the bases of keycaps."""
    code = ord(char)
    return 0x1F000 <= code <= 0x1FAFF or 0x2190 <= code <= 0x2BFF or char in "0123456789#*©®‼⁉™ℹ〰〽㊗㊙"


def in_emoji(text: str, index: int) -> bool:
    """Whether the joiner, variation selector, keycap or tag at ``index`` does its proper work inside an emoji."""
    char = text[index]
    before = text[index - 1] if index else ""
    if not before:
        return False
    if char in "\ufe0e\ufe0f":
        return is_emoji_like(before)
    if char == "\u20e3":
        return before in "0123456789#*" or (before == "\ufe0f" and index > 1 and text[index - 2] in "0123456789#*")
    if char == "\u200d":
        after = text[index + 1 : index + 2]
        return bool(after) and is_emoji_like(after) and (is_emoji_like(before) or before == "\ufe0f")
    return False


@cache
def _special(but_newline: bool) -> re.Pattern[str]:
    """Finds what needs a closer look. Compiled on first need: it takes longer than opening a store."""
    newline = "\n" if but_newline else ""
    return re.compile(f"[^{_PLAIN}{newline}]+")


def _mark(char: str) -> str:
    return f"⟦U+{ord(char):04X}⟧"


@lru_cache(8192)
def _shape(char: str) -> str:
    """How to show ``char`` where context does not matter: as itself, as a combining mark, or as this mark."""
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if code == 0xA0:
        return "⍽"
    if 0x1F3FB <= code <= 0x1F3FF:
        return f"⟦tone{code - 0x1F3FA}⟧"
    category = unicodedata.category(char)
    if 0x2400 <= code <= 0x243F or char in _RESERVED or is_hidden(char) or category in {"Co", "Cn", "Zs"}:
        return _ITSELF if char == " " else _mark(char)
    if any(low <= code <= high for low, high in _UNSURE_WIDTH):
        return _mark(char)
    if category in {"Mn", "Me", "Mc"} or 0x1160 <= code <= 0x11FF or 0xD7B0 <= code <= 0xD7FF:
        return _COMBINES
    return _ITSELF


_IN_EMOJI = {"\u200d": "⁀", "\ufe0f": "ᴱ", "\ufe0e": "ᵀ", "\u20e3": "ᴷ"}


def _show(text: str, newline: Newline) -> tuple[str, list[tuple[int, int]]]:
    """The visible form of ``text`` and where its marks stand in it."""
    if text.isascii() and text.isprintable():
        return text, []
    pattern = _special(newline == "keep")
    found = pattern.search(text)
    if found is None:
        return text, []
    out: list[str] = []
    spans: list[tuple[int, int]] = []
    length = done = 0
    while found is not None:
        start, end = found.span()
        out.append(text[done:start])
        length += start - done
        base = start > 0 and text[start - 1] != "\n"
        marks = 0
        index = start
        while index < end:
            char = text[index]
            index += 1
            if newline == "space" and char in "\n\t\r":
                out.append(" ")
                length += 1
                base, marks = True, 0
                continue
            if char in _IN_EMOJI and in_emoji(text, index - 1):
                shown = _IN_EMOJI[char]
            elif "\U0001f1e6" <= char <= "\U0001f1ff":
                letters = [chr(ord(char) - 0x1F1E6 + 65)]
                while index < end and "\U0001f1e6" <= text[index] <= "\U0001f1ff":
                    letters.append(chr(ord(text[index]) - 0x1F1E6 + 65))
                    index += 1
                shown = f"⟦{''.join(letters)}⟧"
            else:
                shown = _shape(char)
                if shown == _COMBINES:
                    shown = char if base and marks < MAX_COMBINING else _mark(char)
                    marks += 1
                    if shown == char:
                        out.append(char)
                        length += 1
                        continue
                elif shown == _ITSELF:
                    out.append(char)
                    length += 1
                    base, marks = True, 0
                    continue
            base = False
            out.append(shown)
            if spans and spans[-1][1] == length:
                spans[-1] = (spans[-1][0], length + len(shown))
            else:
                spans.append((length, length + len(shown)))
            length += len(shown)
        done = end
        found = pattern.search(text, end)
    out.append(text[done:])
    return "".join(out), spans


def visible_text(text: str, *, newline: Newline = "keep") -> str:
    """``text`` as it may be shown to a person; see the module's text for the marks."""
    return _show(text, newline)[0]


def visible(text: str, *, newline: Newline = "keep", style: str = "reverse dim") -> Content:
    """``text`` as Textual content, its marks in ``style``. No markup is read from it."""
    from textual.content import Content, Span

    shown, spans = _show(text, newline)
    return Content(shown, spans=[Span(start, end, style) for start, end in spans])


@lru_cache(8192)
def _char_width(char: str) -> int:
    if _shape(char) == _COMBINES:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cell_width(shown: str) -> int:
    """Terminal cells that ``shown``, a result of ``visible_text`` without line breaks, takes."""
    return len(shown) if shown.isascii() else sum(map(_char_width, shown))


def one_line(text: str, width: int) -> str:
    """``text`` visible on one line of at most ``width`` cells; white space collapsed, a cut shown by ``…``."""
    if width <= 0:
        return ""
    reach = 24 * width + 240
    cut = len(text) > reach
    shown = visible_text(" ".join(text[:reach].split()), newline="space")
    if not cut and cell_width(shown) <= width:
        return shown
    used = 0
    for index, char in enumerate(shown):  # noqa: B007
        used += _char_width(char)
        if used > width - 1:
            break
    else:
        index = len(shown)
    kept = shown[:index]
    opened = kept.rfind("⟦")
    if opened > kept.rfind("⟧"):
        kept = kept[:opened]
    return kept + "…"


def csv_cell(text: str) -> str:
    """``text`` with a leading apostrophe where a spreadsheet could take it for a formula."""
    if not text:
        return text
    first = text[0]
    if first not in _FORMULA_STARTS and (first.isspace() or is_hidden(first)):
        first = next((char for char in text if not char.isspace() and not is_hidden(char)), first)
    return "'" + text if first in _FORMULA_STARTS else text
