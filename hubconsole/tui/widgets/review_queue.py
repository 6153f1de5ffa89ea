"""The reviewer's queue: per reply its key, priority, clock and wait, under it what the rules flagged, channel and customer."""

from textual.strip import Strip

from hubconsole.clock import age
from hubconsole.store.rows import BoardRow
from hubconsole.text import one_line
from hubconsole.tui.widgets.flags_view import rule_words
from hubconsole.tui.widgets.queue_list import QueueList
from hubconsole.tui.widgets.row_paint import Look, Span, clock_of, fit, mark_span

_ROOMY = 37
"""Cells from which on the wait stands beside the clock."""


class ReviewQueue(QueueList):
    """Three lines for each reply: what is due, what is flagged, and where it would go to whom."""

    @property
    def row_height(self) -> int:
        """Lines of a row."""
        return 3

    def paint(self, row: BoardRow, look: Look) -> tuple[Strip, ...]:
        """The three lines of one reply."""
        return paint_review(row, look)


def flag_words(flags: str, dot: str) -> str:
    """The flags of a row as words: ``promise · personal data``."""
    names = dict.fromkeys(rule_words(word.rpartition(":")[0]) for word in flags.split() if not word.endswith(":info"))
    return f" {dot} ".join(names)


def paint_review(row: BoardRow, look: Look) -> tuple[Strip, ...]:
    """The three lines of one reply."""
    palette = look.palette
    ground = palette.selected if look.selected else palette.ground
    left, level = clock_of(row, look.now)
    calm = {"amber": palette.amber, "red": palette.red}.get(level, palette.label)
    sign = look.glyphs.alarm if level in ("amber", "red") else look.glyphs.state(row.state)
    waits = f"waits {age(look.now - row.waiting_since)}" if row.waiting_since is not None else ""
    if look.gone:
        first: list[Span] = [
            (f"{sign} ", palette.text_dim), (f"{row.key:<8}", palette.text_dim), (f"now {row.state.replace('_', ' ')}", palette.text_dim),
        ]  # fmt: skip
    else:
        over = "over" if left.startswith("+") else "left" if row.due_at is not None else ""
        first = [
            (f"{sign} ", calm), (f"{row.key:<8}", palette.strong), (f"P{row.priority}  ", palette.text_dim),
            (f"{left.lstrip('+'):>5} {over}".ljust(11), calm),
        ]  # fmt: skip
    suspended = ":suspended" in row.gates
    words = flag_words(row.flags, look.glyphs.dot)
    sample = row.state != "in_review" and not look.gone
    note = "gone out: a look afterwards" if sample else "customer wrote again" if suspended else words or "no flags"
    second: list[Span] = [("  ", palette.value), (note, palette.amber if (words or suspended) and not sample else palette.text_dim)]
    if look.mark:
        second[1] = mark_span(look)
    if look.width >= _ROOMY:
        first.append((f" {waits}", palette.text_dim))
    else:
        second.insert(1, (f"{waits}  ".ljust(12) if waits else "", palette.text_dim))
    where = "DM" if row.visibility == "private" and row.channel != "dm" else ""
    third: list[Span] = [
        ("  ", palette.value), (f"{row.channel.upper().replace('_', ' ')} {where}".strip() + "  ", palette.label),
        (one_line(row.customer, max(4, look.width - 10)), palette.text_dim),
    ]  # fmt: skip
    rows = ([(text, style + ground) for text, style in spans] for spans in (first, second, third))
    return tuple(Strip([*fit(row, look.width, palette.value + ground)], look.width) for row in rows)
