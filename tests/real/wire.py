"""What a screen may write to a terminal, as a strict machine: everything that is not allowed by name is a fault."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import NamedTuple

_TOKEN = re.compile(
    "\x1b\\[(?P<csi>[0-?]*[ -/]*[@-~])"
    "|\x1b](?P<osc>[^\x07\x1b]*)(?:\x07|\x1b\\\\)"
    "|\x1b(?P<esc>.)"
    "|(?P<newline>\r\n(?=\x1b|\r|$))"
    "|(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    "|(?P<other>.)",
    re.DOTALL,
)
_SGR = re.compile(r"(?:(?:0|1|2|3|4|7|9|(?:38|48);2;\d{1,3};\d{1,3};\d{1,3});?)*m")
_PLACE = re.compile(r"[1-9]\d{0,2};[1-9]\d{0,2}H")
_MODES = frozenset(
    [f"?{mode}{end}" for mode in (7, 25, 1000, 1003, 1004, 1006, 1015, 1016, 1049, 2004, 2026, 2048) for end in "hl"]
    + ["?2026$p", "?2048$p", ">25u", "<u"]
)
_POINTERS = frozenset(["22;default", "22;pointer", "22;text"])
_OFTEN = frozenset(["?25h", "?25l", "?2026h", "?2026l"])


class Spoken(NamedTuple):
    """What was found in the output of a screen."""

    faults: tuple[str, ...]
    """Everything that is not allowed, with what stands before it."""
    colours: frozenset[str]
    """Colour triples that were used."""
    modes: Counter[str]
    """Mode switches and queries, counted, without those that come with every frame."""


def spoken(raw: bytes) -> Spoken:
    """Read the whole output of a screen. Text must be UTF-8, printable, and free of format characters."""
    faults: list[str] = []
    colours: set[str] = set()
    modes: Counter[str] = Counter()
    try:
        said = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return Spoken((f"not UTF-8: {error}",), frozenset(), modes)
    begin = max(0, said.find("\x1b[?1049h"))
    for token in _TOKEN.finditer(said, begin):
        kind, value = token.lastgroup or "", token[0]
        fault = ""
        if kind == "text":
            fault = (
                next((f"U+{ord(char):04X} in text" for char in value if _foreign(char)), "")
                if not value.isprintable() or not value.isascii()
                else ""
            )
        elif kind == "csi":
            body = token["csi"]
            if body.endswith("m") and _SGR.fullmatch(body):
                colours.update(re.findall(r"[34]8;2;(\d+;\d+;\d+)", body))
            elif body in _MODES:
                if body not in _OFTEN:
                    modes[body] += 1
            elif not _PLACE.fullmatch(body):
                fault = f"CSI {body}"
        elif kind == "osc":
            fault = "" if token["osc"] in _POINTERS else f"OSC {token['osc'][:60]!r}"
        elif kind != "newline":
            fault = f"{value!r}"
        if fault:
            faults.append(f"{fault} after {said[max(0, token.start() - 60) : token.start()]!r}")
    return Spoken(tuple(faults), frozenset(colours), modes)


def plain(raw: bytes, *, selectors: bool = False) -> tuple[str, ...]:
    """Faults in what a command without a screen wrote: anything but printable text and line ends.

    ``selectors`` lets variation selectors by: JSON is exact and for programs, and they steer no terminal.
    """
    try:
        said = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return (f"not UTF-8: {error}",)
    bare = said.replace("\r\r\n", "\n").replace("\r\n", "\n")  # a terminal adds a return of its own to a record's end
    odd = [n for n, char in enumerate(bare) if char != "\n" and _foreign(char) and not (selectors and _selects(char))]
    return tuple(f"U+{ord(bare[n]):04X} after {bare[max(0, n - 60) : n]!r}" for n in odd)


def _selects(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def _foreign(char: str) -> bool:
    return _selects(char) or unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp", "Cn", "Co"}
