"""How one enquiry looks in a queue: the row grammar, the same everywhere.

Glyph, key, what the hub knows (clock in a fixed column, channel, owner, gates, flags), and the customer's
own words last, so that nothing that matters stands to the right of text from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from hubconsole.clock import age
from hubconsole.store.rows import BoardRow
from hubconsole.text import cell_width
from hubconsole.tui.colours import Palette
from hubconsole.tui.glyphs import Glyphs

STATE_WORDS = {
    "new": "new",
    "working": "working",
    "in_review": "in review",
    "ready": "ready",
    "sent": "sent",
    "waiting_customer": "waiting",
    "resolved": "resolved",
    "closed": "closed",
}
"""The states as people read them."""

CHANNEL_SIGNS = {
    "x": "x",
    "facebook": "fb",
    "instagram": "ig",
    "email": "em",
    "web": "wb",
    "chat": "ch",
    "dm": "dm",
    "phone": "ph",
    "paper": "pa",
    "walk_in": "wi",
}
"""Two cells for a channel on a card."""

DASH = "–"
"""What stands for a clock that does not run."""

CLOCK_WIDTH = 7
"""Cells of the clock column: an alarm sign, a space and ``+0:06`` or ``12 d``."""

Span = tuple[str, Style]
"""A piece of a row: text that is already inert, and its style."""


class Look(NamedTuple):
    """What a row's look depends on besides the row."""

    width: int
    """Cells of a row."""
    now: int
    """Milliseconds since the epoch."""
    selected: bool
    """Under the cursor of the focused list."""
    marked: bool
    """Marked for an act on several."""
    gone: bool
    """It has left the query since the list was read."""
    palette: Palette
    glyphs: Glyphs
    mark: str = ""
    """What this person does with it and the hub has not answered yet; mostly empty."""


def mark_span(look: Look) -> Span:
    """An act under way: a sign and a word, never colour alone."""
    return f"{look.glyphs.pending} {look.mark}", look.palette.accent


def clock_of(row: BoardRow, now: int) -> tuple[str, str]:
    """The clock's text and its level: ``calm``, ``amber`` (half of the time is used), ``red`` (overdue) or ``none``."""
    if row.snoozed_until > now:
        return "z " + age(row.snoozed_until - now), "none"
    if row.due_at is None:
        return DASH, "none"
    left = row.due_at - now
    if left < 0:
        return "+" + age(-left), "red"
    begun = row.waiting_since if row.waiting_since is not None else row.received_at
    whole = row.due_at - begun
    return age(left), "amber" if whole > 0 and (now - begun) * 2 >= whole else "calm"


def clock_span(row: BoardRow, look: Look) -> Span:
    """The clock, right-aligned in ``CLOCK_WIDTH`` cells; alarms carry their sign as well as their colour."""
    text, level = clock_of(row, look.now)
    if level in ("amber", "red"):
        text = f"{look.glyphs.alarm} {text}"
    text, palette = look.glyphs.dash if text == DASH else text, look.palette
    style = {"calm": palette.label, "none": palette.text_dim, "amber": palette.amber, "red": palette.red}[level]
    return text.rjust(CLOCK_WIDTH), style


def review_style(stands: str, palette: Palette) -> Style:
    """The style of a gate word; its sign says the same."""
    if stands in ("approve", "approve_with_conditions", "not_required"):
        return palette.green
    return palette.accent if stands in ("requested", "opened", "decided") else palette.amber


def state_style(state: str, palette: Palette) -> Style:
    """The style of a state's sign and word; quiet, because the word says it."""
    if state == "ready":
        return palette.green
    return palette.text_dim if state in ("sent", "resolved", "closed", "waiting_customer") else palette.label


def gate_spans(row: BoardRow, look: Look) -> list[Span]:
    """One word per gate with the sign of where its review stands; the version when nothing was submitted."""
    spans: list[Span] = []
    for word in row.gates.split():
        gate, _, stands = word.partition(":")
        text = look.glyphs.review(stands) + look.glyphs.one_line(gate, 12)
        spans += (
            [(" ", look.palette.value), (text, review_style(stands, look.palette))]
            if spans
            else [(text, review_style(stands, look.palette))]
        )
    if not spans and row.draft:
        spans.append((f"v{row.draft}", look.palette.accent))
    return spans


def short_gate_spans(row: BoardRow, look: Look) -> list[Span]:
    """A sign and a letter per gate, for where words have no room; of more than two the first, and how many more there are."""
    words = [word.partition(":") for word in row.gates.split()]
    shown = words if len(words) <= 2 else words[:1]
    found = [
        (look.glyphs.review(stands) + look.glyphs.one_line(gate, 12)[:1], review_style(stands, look.palette)) for gate, _, stands in shown
    ]
    if len(words) > len(shown):
        found.append((f"+{len(words) - 1}", look.palette.text_dim))
    return found or gate_spans(row, look)


def cells(spans: Sequence[Span]) -> int:
    """How wide a piece of a row is."""
    return sum(cell_width(text) for text, _ in spans)


def fitting_gate_spans(row: BoardRow, look: Look, room: int) -> list[Span]:
    """Words where all of them fit into ``room`` cells, else signs and letters: a gate is never cut."""
    spans = gate_spans(row, look)
    return spans if cells(spans) <= room else short_gate_spans(row, look)


def flag_span(row: BoardRow, look: Look) -> Span:
    """How many flags the draft has, and whether one of them blocks."""
    words = row.flags.split()
    worst = [word for word in words if word.endswith((":warn", ":block"))]
    if not worst:
        return "", look.palette.value
    style = look.palette.red if any(word.endswith(":block") for word in worst) else look.palette.amber
    return f"{look.glyphs.alarm}{len(worst)}", style


def owner_span(row: BoardRow, look: Look, width: int = 13) -> Span:
    """Who is on it now, else who owns it, else that nobody does, in at most ``width`` cells."""
    if row.on_it and row.on_it_until > look.now:
        return look.glyphs.on_it + look.glyphs.one_line(row.on_it, width - 1), look.palette.accent
    if row.owner:
        return look.glyphs.one_line(row.owner, min(width, 12)), look.palette.label
    return "nobody yet" if width > len("nobody") + 1 else "nobody", look.palette.text_dim


def lead_span(row: BoardRow, look: Look) -> Span:
    """The first cell: the mark, or the state's glyph."""
    if look.marked:
        return look.glyphs.mark, look.palette.accent
    return look.glyphs.state(row.state), state_style(row.state, look.palette)


def fit(spans: Sequence[Span], width: int, fill: Style, cut: str = "…") -> list[Segment]:
    """Segments of exactly ``width`` cells: cut with ``cut`` at the end, or filled up."""
    out: list[Segment] = []
    left = width
    for text, style in spans:
        size = cell_width(text)
        if size > left:
            if left > 0:
                out.append(Segment(set_cell_size(text, left - 1).rstrip() + cut, style))
                left -= cell_width(out[-1].text)
            break
        out.append(Segment(text, style))
        left -= size
    if left > 0:
        out.append(Segment(" " * left, fill))
    return out


def words_spans(row: BoardRow, look: Look, room: int) -> list[Span]:
    """The customer and the first words, made inert, in ``room`` cells."""
    who = look.glyphs.one_line(row.customer, max(8, min(22, room * 3 // 5 if room >= 24 else room // 2)))
    left = room - cell_width(who) - 2
    return [
        (who, look.palette.strong),
        ("  ", look.palette.value),
        (look.glyphs.one_line(row.words, left), look.palette.value if look.selected else look.palette.label),
    ]


def _strip(segments: list[Segment], look: Look) -> Strip:
    ground = look.palette.selected if look.selected else look.palette.ground
    dim = look.palette.text_dim
    return Strip(
        [Segment(text, ground + (dim if look.gone and style is not look.palette.amber else style or dim)) for text, style, _ in segments],
        look.width,
    )


def paint_card(row: BoardRow, look: Look) -> tuple[Strip, ...]:
    """Three lines and a blank one, for the columns of the wide board. The column's title is the state's word."""
    palette, width = look.palette, look.width
    first = fit(
        [lead_span(row, look), (" ", palette.value), (row.key, palette.strong), *_urgent(row, look)],
        width - CLOCK_WIDTH,
        palette.value,
        look.glyphs.cut,
    )
    first.append(Segment(*clock_span(row, look)))
    known: list[Span] = [
        ("  ", palette.value),
        (CHANNEL_SIGNS.get(row.channel, look.glyphs.one_line(row.channel, 2)).ljust(3), palette.text_dim),
    ]
    if look.gone:
        word = "asleep" if row.snoozed_until > look.now else STATE_WORDS.get(row.state, row.state)
        known.append((f"now {word}", palette.amber))
    else:
        flags, owner = flag_span(row, look), mark_span(look) if look.mark else owner_span(row, look)
        room = width - cells([*known, owner, flags]) - (4 if flags[0] else 2)
        for spans in ([owner], fitting_gate_spans(row, look, room), [flags] if flags[0] else []):
            known += [*spans, ("  ", palette.value)] if spans else []
    lines = [
        first,
        fit(known, width, palette.value, look.glyphs.cut),
        fit([("  ", palette.value), *words_spans(row, look, width - 2)], width, palette.value, look.glyphs.cut),
    ]
    return (*(_strip(line, look) for line in lines), Strip([Segment(" " * width, palette.ground)], width))


def _urgent(row: BoardRow, look: Look) -> list[Span]:
    return [("  ", look.palette.value), (f"P{row.priority}", look.palette.strong)] if row.priority <= 2 else []


class Column(NamedTuple):
    """One column of the one-line layout."""

    width: int
    """Cells, without the gap that follows."""
    spans: Callable[[BoardRow, Look], list[Span]]
    """What it shows."""


def _state_spans(row: BoardRow, look: Look) -> list[Span]:
    style = look.palette.amber if look.gone else state_style(row.state, look.palette)
    return [lead_span(row, look), (" " + STATE_WORDS.get(row.state, row.state), style)]


def _priority_spans(row: BoardRow, look: Look) -> list[Span]:
    return [(f"P{row.priority}", look.palette.strong if row.priority <= 2 else look.palette.text_dim)]


COLUMNS: dict[str, Column] = {
    "state": Column(12, _state_spans),
    "key": Column(7, lambda row, look: [(row.key, look.palette.strong)]),
    "clock": Column(CLOCK_WIDTH, lambda row, look: [clock_span(row, look)]),
    "priority": Column(2, _priority_spans),
    "channel": Column(2, lambda row, look: [(CHANNEL_SIGNS.get(row.channel, look.glyphs.one_line(row.channel, 2)), look.palette.text_dim)]),
    "owner": Column(10, lambda row, look: [owner_span(row, look)]),
    "owner_short": Column(7, lambda row, look: [owner_span(row, look, 7)]),
    "gates": Column(19, lambda row, look: fitting_gate_spans(row, look, 19)),
    "gates_middling": Column(13, lambda row, look: fitting_gate_spans(row, look, 13)),
    "gates_short": Column(4, short_gate_spans),
    "flags": Column(2, lambda row, look: [flag_span(row, look)]),
}
"""The columns that a pane may name; ``words`` always follows them and takes the rest."""

NARROWER = {"gates": ("gates", "gates_middling", "gates_short"), "owner": ("owner", "owner_short")}
"""Columns with more than one width, widest first; a pane names the first of them."""

MARKED = ("state", "owner", "gates", "gates_middling", "owner_short", "clock")
"""The column in which an act under way is said: the first of these that a list has."""

DROP_ORDER = ("flags", "channel", "priority", "owner_short", "gates_short")
"""What leaves first when the customer's words would get less than a quarter of the row."""


def columns_for(names: Sequence[str], width: int) -> tuple[str, ...]:
    """The columns that fit into ``width`` cells beside the customer's words."""
    kept = [name for name in names if name in COLUMNS]

    def fits(columns: list[str], share: int) -> bool:
        return sum(COLUMNS[name].width + 1 for name in columns) + max(16, width // share) <= width

    for name, forms in NARROWER.items():
        if name in kept:
            at = kept.index(name)
            kept[at] = next((form for form in forms if fits([*kept[:at], form, *kept[at + 1 :]], 3 if form == name else 4)), forms[-1])
    for victim in DROP_ORDER:
        if fits(kept, 4):
            break
        kept = [name for name in kept if name != victim]
    return tuple(kept)


def paint_line(row: BoardRow, look: Look, names: Sequence[str]) -> tuple[Strip, ...]:
    """One line, for lists; the state stands in it as a word."""
    segments: list[Segment] = []
    used = 0
    marked = next((name for name in MARKED if name in names), "") if look.mark else ""
    for name in names:
        column = COLUMNS[name]
        spans = [mark_span(look)] if name == marked else column.spans(row, look)
        segments += fit(spans, column.width, look.palette.value, look.glyphs.cut)
        segments.append(Segment(" ", look.palette.value))
        used += column.width + 1
    room = max(0, look.width - used)
    segments += fit([(" ", look.palette.value), *words_spans(row, look, room - 1)], room, look.palette.value, look.glyphs.cut)
    return (_strip(segments, look),)
