"""Our own signs inside composed text, and how they are drawn: as usual, or in plain ASCII.

While text is being composed a sign is a private-use character. Text from outside never holds one (``text.visible`` marks
them), so drawing can change every sign of ours without touching a word of anybody else's.
"""

from textual.content import Content

_DRAWN = "✓▲◔●○■░·›┃“”"
_PLAIN = '+!?*o#.->|""'
_SIGNS = "".join(chr(0xE000 + n) for n in range(len(_DRAWN)))
_USUAL = str.maketrans(_SIGNS, _DRAWN)
_ASCII = str.maketrans(_SIGNS, _PLAIN)

TICK, ALERT, WAITS, DISC, RING, FULL, SHADE, DOT, POINT, RULE, OPENS, CLOSES = tuple(_SIGNS)
"""In order, approval; alarm; a review that waits; presence; nothing yet; touch; wait; a divider; a pointer; the rule beside
exact words; quotation marks."""


def drawn(content: Content, ascii_only: bool = False) -> Content:
    """The content with its signs as they are to be seen. Lengths, and with them all styles, stay as they are."""
    plain = content.plain.translate(_ASCII if ascii_only else _USUAL)
    return content if plain == content.plain else Content(plain, spans=list(content.spans))
