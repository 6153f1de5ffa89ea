"""Text blocks whose lines we break ourselves: hanging indents, exact white space, columns that stay where they are."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from rich.cells import cell_len
from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from hubconsole.clock import local
from hubconsole.tui.widgets.signs import drawn

DIM = "$text-dim"
LABEL = "$text-dim"
PLAIN = "$value"
STRONG = "$strong bold"
KEY = "$key bold"
ACCENT = "$accent"
ALARM = "$red bold"
CARE = "$amber"
GOOD = "$green"

Item = TypeVar("Item")


class Lines(Widget):
    """A block of text, laid out anew for each width. Subclasses give the lines; every line must fit the width."""

    DEFAULT_CSS = """
    Lines {
        width: 1fr;
        height: auto;
        text-wrap: nowrap;
        text-overflow: clip;
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._made: tuple[int, list[Content]] | None = None

    def lines(self, width: int) -> list[Content]:
        """The block's lines for a width in cells."""
        raise NotImplementedError

    def made(self, width: int) -> list[Content]:
        """The lines for a width, made once until :meth:`renew`."""
        if self._made is None or self._made[0] != width:
            ascii_only = plain_signs(self)
            self._made = (width, [drawn(row, ascii_only) for row in self.lines(max(1, width))])
        return self._made[1]

    def renew(self) -> None:
        """What is shown has changed."""
        before = self._made
        self._made = None
        if before is None or not self.is_mounted:
            self.refresh(layout=True)
            return
        self.refresh(layout=len(self.made(before[0])) != len(before[1]))

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """All the width there is."""
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One row for each line."""
        return len(self.made(width))

    def render(self) -> RenderResult:
        """The lines, one under another."""
        return Content("\n").join(self.made(self.size.width))


def plain_signs(widget: Widget) -> bool:
    """Whether the console draws its signs in ASCII."""
    return bool(getattr(getattr(widget.app, "glyphs", None), "ascii_only", False))


def label(words: str, width: int = 0) -> Content:
    """A small dim label, padded to a column."""
    return Content.styled(words.ljust(width), LABEL)


def hang(prefix: Content, body: Content, width: int) -> list[Content]:
    """``body`` wrapped beside ``prefix``, further lines indented to where it began."""
    indent = prefix.cell_length
    rows = wrap(body, max(1, width - indent)) or [Content("")]
    blank = Content(" " * indent)
    return [Content.assemble(prefix if n == 0 else blank, row) for n, row in enumerate(rows)]


def wrap(content: Content, width: int) -> list[Content]:
    """Break into lines of at most ``width`` cells without dropping or adding a character, at spaces where there are any.

    A line end in the text ends the line. White space that does not fit stands at the start of the next line, so it is seen.
    """
    lines: list[Content] = []
    for line in content.split("\n", allow_blank=True):
        cuts = _cuts(line.plain, max(1, width))
        lines.extend(line.divide(cuts) if cuts else [line])
    return lines


def _cuts(text: str, width: int) -> list[int]:
    cuts: list[int] = []
    start, cells, space = 0, 0, -1
    for n, character in enumerate(text):
        size = cell_len(character)
        if cells + size > width and n > start:
            cut = space if space > start else n
            cuts.append(cut)
            start = cut
            cells = cell_len(text[cut:n])
            space = -1
        cells += size
        if character == " ":
            space = n + 1
    return cuts


def columns(cells: Sequence[Content], width: int, gap: int = 3) -> list[Content]:
    """Short pieces set beside one another and wrapped as wholes, never inside one."""
    rows: list[list[Content]] = [[]]
    used = 0
    for cell in cells:
        size = cell.cell_length
        if rows[-1] and used + gap + size > width:
            rows.append([])
            used = 0
        used += size + (gap if rows[-1] else 0)
        rows[-1].append(cell)
    return [Content(" " * gap).join(row) for row in rows if row]


def fit(content: Content, width: int) -> Content:
    """At most ``width`` cells, cut with an ellipsis."""
    return content if content.cell_length <= width else content.truncate(width, ellipsis=True)


def spread(left: Content, right: Content, width: int) -> Content:
    """``left`` and ``right`` at the two ends of a line; ``left`` gives way."""
    room = max(0, width - right.cell_length - 1)
    left = fit(left, room)
    return Content.assemble(left, " " * max(1, width - left.cell_length - right.cell_length), right)


def newest(items: Iterable[Item], most: int) -> tuple[list[Item], int]:
    """The last ``most`` items and how many came before them."""
    everything = list(items)
    return everything[-most:], max(0, len(everything) - most)


def stamp(at: int, now: int) -> str:
    """When something happened, as a person at this desk says it: ``14:02`` today, ``17 Nov 14:02`` this year, ``31 Oct 2017 20:59``."""
    moment, today = local(at), local(now)
    if moment.date() == today.date():
        return moment.strftime("%H:%M")
    return f"{moment.day} {moment.strftime('%b %H:%M' if moment.year == today.year else '%b %Y %H:%M')}"
