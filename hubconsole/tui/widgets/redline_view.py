"""The redline: what a version takes away and what it adds, word by word, in the order in which it reads."""

from textual.content import Content

from hubconsole.text import visible
from hubconsole.tui.widgets.exact_text import exact_words
from hubconsole.tui.widgets.lines import DIM, PLAIN, Lines, label, spread, wrap

ADDED = "$added bold underline"
REMOVED = "$removed strike"
FLAGGED = "$amber reverse"


def redlined(before: str, after: str, flagged: tuple[int, int] | None = None) -> Content:
    """Both texts in one: removed words struck through, added ones underlined and bold; ``flagged`` is a span of ``after``.

    A plain space keeps what was removed from what was put in its place.
    """
    from hubconsole.domain.redline import redline

    parts: list[Content] = []
    place = 0
    last = ""
    for piece in redline(before, after):
        if piece.op == "add" and last and not last[-1].isspace() and not piece.text[:1].isspace():
            parts.append(Content(" "))
        last = piece.text if piece.op == "remove" else ""
        style = {"keep": PLAIN, "add": ADDED, "remove": REMOVED}[piece.op]
        if piece.op == "remove":
            parts.append(visible(piece.text).stylize_before(style))
            continue
        for text, inside in _split(piece.text, place, flagged):
            parts.append(visible(text).stylize_before(FLAGGED if inside else style))
        place += len(piece.text)
    return Content("").join(parts)


class RedlineView(Lines):
    """One version against an earlier one, or the words as they are when there is nothing to compare."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title = ""
        self._hint = ""
        self._before: str | None = None
        self._after = ""
        self._flagged: tuple[int, int] | None = None

    def show(self, title: str, before: str | None, after: str, *, hint: str = "", flagged: tuple[int, int] | None = None) -> None:
        """Compare ``after`` with ``before`` (None: nothing to compare with)."""
        self._title, self._before, self._after, self._hint, self._flagged = title, before, after, hint, flagged
        self.renew()

    def lines(self, width: int) -> list[Content]:
        """Title line, then the words."""
        rows = [spread(label(self._title), Content.styled(self._hint, DIM), width)]
        if self._before is None or self._before == self._after:
            words = exact_words(self._after) if self._flagged is None else redlined(self._after, self._after, self._flagged)
        else:
            words = redlined(self._before, self._after, self._flagged)
        return rows + wrap(words, width)


def _split(text: str, place: int, flagged: tuple[int, int] | None) -> list[tuple[str, bool]]:
    """The text cut where the flag's span begins and ends."""
    if flagged is None:
        return [(text, False)]
    low, high = (min(len(text), max(0, edge - place)) for edge in flagged)
    pieces = [(text[:low], False), (text[low:high], True), (text[high:], False)]
    return [piece for piece in pieces if piece[0]]
