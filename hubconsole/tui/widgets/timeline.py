"""Touch and wait by function, drawn to scale: where the time of an enquiry went.

Touch is what the trail can show: the stretch between two acts of one person that lie at most :data:`IDLE` apart, and the act
itself. Wait is the rest of the time for which the enquiry was with a function.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

from textual.content import Content

from hubconsole.clock import MINUTE, age
from hubconsole.store.rows import EnquiryView
from hubconsole.text import one_line
from hubconsole.tui.widgets.lines import DIM, KEY, Lines, columns, fit
from hubconsole.tui.widgets.signs import FULL, SHADE

IDLE = 5 * MINUTE
"""Two acts of one person further apart than this are two touches."""

_AT_REST = ("send.finished", "customer.awaited", "enquiry.resolved", "enquiry.closed")
_UP_AGAIN = ("message.recorded", "enquiry.reopened")

Span = tuple[int, int]
"""From and to, milliseconds since the epoch."""


class Lane(NamedTuple):
    """One function's part of an enquiry."""

    name: str
    touch: tuple[Span, ...]
    held: tuple[Span, ...]
    """When the enquiry was with this function; touch lies inside or beside it."""

    def touched(self) -> int:
        """Milliseconds of touch."""
        return sum(end - start for start, end in self.touch)

    def waited(self) -> int:
        """Milliseconds for which it was with this function and nobody of it acted."""
        return max(0, sum(end - start for start, end in self.held) - self.touched())


def lanes(view: EnquiryView, functions: Mapping[str, str], now: int) -> tuple[Lane, ...]:
    """One lane for each function that acted or was waited for; ``functions`` gives each member's first function."""
    reviews = _union([(review.requested_at, review.decided_at or now) for review in view.reviews if _counts(view, review.version)])
    held: dict[str, list[Span]] = {}
    for review in view.reviews:
        if _counts(view, review.version):
            held.setdefault(review.gate, []).append((review.requested_at, review.decided_at or now))
    working = _without(_open_spans(view, now), reviews)
    acts: dict[str, list[int]] = {}
    for row in view.trail:
        name = functions.get(row.actor)
        if name is not None and row.kind != "enquiry.received":
            acts.setdefault(_lane_of(row.kind, name, held), []).append(row.at)
    first = next((name for name in acts if name not in held), "service")
    held.setdefault(first, []).extend(working)
    names = dict.fromkeys((first, *held, *acts))
    return tuple(Lane(name, _touches(acts.get(name, [])), _union(held.get(name, []))) for name in names)


def handoffs(view: EnquiryView, functions: Mapping[str, str]) -> int:
    """How often another function took up what one had acted on; the hub's own clock and worker hold nothing."""
    held = [name for row in view.trail if (name := functions.get(row.actor)) is not None and row.kind != "enquiry.received"]
    return sum(1 for before, after in pairwise(held) if before != after)


def bar(lane: Lane, start: int, end: int, width: int) -> str:
    """The lane to scale in ``width`` cells: ``■`` touch, ``░`` wait, blank elsewhere."""
    step = max(1, end - start) / width
    cells = []
    for n in range(width):
        low, high = start + n * step, start + (n + 1) * step
        if any(a < high and b >= low for a, b in lane.touch):
            cells.append(FULL)
        else:
            cells.append(SHADE if any(a < high and b > low for a, b in lane.held) else " ")
    return "".join(cells)


class Timeline(Lines):
    """The lanes of one enquiry, and what they add up to."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view: EnquiryView | None = None
        self._functions: Mapping[str, str] = {}
        self._now = 0

    def show(self, view: EnquiryView | None, functions: Mapping[str, str], now: int) -> None:
        """Show this enquiry's lanes as of ``now`` (hub time, ms)."""
        self._view, self._functions, self._now = view, functions, now
        self.renew()

    def lines(self, width: int) -> list[Content]:
        """A bar for each function and one line of sums."""
        view = self._view
        if view is None:
            return []
        found = lanes(view, self._functions, self._now)
        start = min((row.at for row in view.trail), default=view.row.received_at)
        end = max((b for lane in found for _, b in (*lane.held, *lane.touch)), default=self._now)
        room = max(8, width - 20)
        rows = [
            Content.assemble(
                (f"{one_line(lane.name, 9):<10}", DIM),
                (bar(lane, start, end, room), KEY),
                (f"  {age(lane.waited() + lane.touched()):>6}", ""),
            )
            for lane in found
        ]
        touch = sum(lane.touched() for lane in found)
        turns = handoffs(view, self._functions)
        waited = age(max(0, end - start - touch))
        handed = f"{turns} hand-over{'' if turns == 1 else 's'}"
        sums = (f"{FULL} touch {age(touch)}", f"{SHADE} wait {waited}", f"in all {age(end - start)}", handed)
        rows += columns([Content.styled(words, DIM) for words in sums], width)
        return [fit(row, width) for row in rows]


def _counts(view: EnquiryView, version: int) -> bool:
    return any(review.version == version and not review.after for review in view.reviews)


def _lane_of(kind: str, function: str, held: Mapping[str, object]) -> str:
    if kind.startswith("review.") and function in ("legal", "marketing"):
        return "brand" if function == "marketing" and "brand" in held else function
    return function


def _open_spans(view: EnquiryView, now: int) -> list[Span]:
    """When the hub, not the customer, had the next move."""
    spans: list[Span] = []
    since: int | None = view.trail[0].at if view.trail else view.row.received_at  # an import's own times are the channel's
    for row in view.trail:
        if row.kind in _AT_REST and since is not None:
            spans.append((since, row.at))
            since = None
        elif row.kind in _UP_AGAIN and since is None:
            since = row.at
    if since is not None:
        spans.append((since, max(since, now)))
    return spans


def _touches(acts: list[int]) -> tuple[Span, ...]:
    spans: list[Span] = []
    for at in sorted(acts):
        if spans and at - spans[-1][1] <= IDLE:
            spans[-1] = (spans[-1][0], at)
        else:
            spans.append((at, at))
    return tuple(spans)


def _union(spans: list[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _without(spans: list[Span], cuts: tuple[Span, ...]) -> list[Span]:
    for low, high in cuts:
        spans = [piece for a, b in spans for piece in ((a, min(b, low)), (max(a, high), b)) if piece[0] < piece[1]]
    return spans
