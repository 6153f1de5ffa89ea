"""The backstop: whatever a widget was given, no control, format or unassigned character leaves for the terminal.

Untrusted text is shown through :func:`hubconsole.text.visible`, which marks such characters. This filter sees
every line after it was laid out, so it must not change its width: a character of no width is taken out, one
with a width becomes ``�``, and a cluster that shrinks (an emoji that loses its selector) is filled up.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rich.cells import cell_len, set_cell_size, split_graphemes
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from hubconsole.text import is_variation_selector

_SELECTOR = re.compile("[\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_PLAIN_LINK = re.compile(r"(?:https?://|mailto:)[!-~]{1,2000}", re.IGNORECASE)


def _is_foreign(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"} or is_variation_selector(char)


@lru_cache(1024)
def clean_text(text: str) -> str:
    """``text`` without control, format, unassigned and private characters, as many cells wide as before."""
    if not any(_is_foreign(char) for char in text):
        return text
    out: list[str] = []
    for start, end, width in split_graphemes(text)[0]:
        cluster = text[start:end]
        if any(_is_foreign(char) for char in cluster):
            kept = "".join("�" if cell_len(char) and _is_foreign(char) else char for char in cluster if not _drops_out(char))
            cluster = set_cell_size(kept, width)
        out.append(cluster)
    return set_cell_size("".join(out), cell_len(text))


def _drops_out(char: str) -> bool:
    return _is_foreign(char) and not cell_len(char)


@lru_cache(1024)
def clean_style(style: Style) -> Style:
    """``style`` without a link that is anything but a plain ASCII web or mail address."""
    link = style.link
    if link is None or _PLAIN_LINK.fullmatch(link):
        return style
    return style.update_link(None)


class ForeignControls(LineFilter):
    """Takes terminal controls and odd links out of every rendered line. Goes first in ``App.get_line_filters``."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ForeignControls)

    def __hash__(self) -> int:
        # Textual keeps filtered lines by filter; an app may well make a new one for every call.
        return hash(ForeignControls)

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments with clean text and links; the very same list when there was nothing to clean."""
        for text, style, control in segments:
            if control is not None or not text.isprintable() or (not text.isascii() and _SELECTOR.search(text)):
                break
            if style is not None and style.link is not None:
                break
        else:
            return segments
        return [Segment(clean_text(text), None if style is None else clean_style(style), None) for text, style, control in segments]
