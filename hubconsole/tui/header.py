"""The two lines at the top: hub, member, time, counts, longest wait, connection; and the tabs."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, cast

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip

from hubconsole.clock import age
from hubconsole.text import cell_width
from hubconsole.tui.filters import chips as filter_chips
from hubconsole.tui.line import MOVED, STANDS_STILL, place_of, signed_out, skew_words, state_words
from hubconsole.tui.widgets.kept import Kept
from hubconsole.tui.wording import thousands

if TYPE_CHECKING:
    from hubconsole.tui.app import ConsoleApp
    from hubconsole.tui.colours import Palette
    from hubconsole.tui.glyphs import Glyphs

Span = tuple[str, Style]

LONG_WAIT = 30 * 60_000
"""A wait of this many milliseconds is an alarm in the header."""


def laid_out(left: list[list[Span]], right: list[Span], width: int, ground: Style) -> Strip:
    """Groups from the left and one flush right, on one line; a group that does not fit whole is left out, with all after it."""
    room = width - sum(cell_width(text) for text, _ in right) - 3
    out: list[Segment] = []
    used = 0
    for group in left:
        size = sum(cell_width(text) for text, _ in group)
        if used + size > room:
            break
        out += [Segment(text, style + ground) for text, style in group]
        used += size
    out.append(Segment(" " * max(0, room - used + 2), ground))
    out += [Segment(text, style + ground) for text, style in right]
    out.append(Segment(" ", ground))
    return Strip(out).adjust_cell_length(width, ground)


_ONLY = {"wall": "wall: looks on", "read": "reads only"}
"""What stands in place of somebody's functions at a console that is there to look at alone."""

COUNTED = (("new", ("new",)), ("working", ("working",)), ("in review", ("in_review",)), ("ready", ("ready",)))
"""What is counted, in the words of the roomy header, and the states of each."""

_BRIEF = {"working": "work", "in review": "review"}
"""The same words where there is little room."""

SHORTER = (
    "functions", "place", "weekday", "wait", "words", "product", "shift", "hub", "member", "time", "here", "no wait", "no hub",
    "signs", "no shift", "no member", "skew",
)  # fmt: skip
"""What is shortened or left out as the line gets narrower, in this order; the counts and the connection stay to the last."""


class Line(NamedTuple):
    """What is said at the right about the connection."""

    words: str
    """``live``, or since when it is not and as of when the board is."""
    level: str
    """``live``, ``faint`` (not yet), ``moved`` (the hub went elsewhere) or ``lost``."""
    skew: str
    """How far the hub's clock is off; empty where that does not matter."""
    waits: str
    """What waits for the hub or for the person: ``2 queued``; mostly empty."""
    again: bool
    """Whether something is to be looked at again."""


class Facts(NamedTuple):
    """What the first line says, before it is fitted; all texts are inert."""

    hub: str
    """Name of the hub."""
    member: str
    """Who is at the keyboard."""
    functions: str
    """Their functions."""
    shift: str
    """Name of the running shift and who leads it; empty where the hub has none."""
    when: datetime
    """Now, local."""
    counts: tuple[int, ...]
    """Enquiries, in the order of :data:`COUNTED`."""
    wait: int
    """The longest wait, in milliseconds; 0 when nobody waits."""
    here: int
    """People who have this hub open."""
    place: str
    """The host of a hub far away; empty for a file."""
    line: Line
    glyphs: Glyphs


def _worded(facts: Facts, shorter: frozenset[str], palette: Palette, width: int) -> tuple[int, list[list[Span]], list[Span]]:
    """The groups from the left and the one at the right with this much shortened, and how many cells they leave over."""
    dim, gap = palette.text_dim, (" " * (2 if "words" in shorter else 3), palette.label)
    left: list[list[Span]] = [[]] if "product" in shorter else [[(" hubconsole", palette.strong)]]
    if "no hub" not in shorter:
        left.append([(" " + facts.glyphs.one_line(facts.hub, 12 if "hub" in shorter else 24), palette.accent)])
        left.append([(f" at {facts.place}", dim)] if facts.place and "place" not in shorter else [])
    if "no member" not in shorter:
        left.append([gap, (facts.glyphs.one_line(facts.member, 8 if "member" in shorter else 16), palette.value)])
        left.append([] if "functions" in shorter or not facts.functions else [(" " + facts.functions, dim)])
    if facts.shift and "no shift" not in shorter:
        left.append(
            [
                gap,
                ("" if "shift" in shorter else "shift ", dim),
                (facts.glyphs.one_line(facts.shift, 10 if "shift" in shorter else 24), palette.value),
            ]
        )
    if "time" not in shorter:
        left.append([gap, (facts.when.strftime("%H:%M" if "weekday" in shorter else "%a %H:%M"), dim)])
    left.append([gap])
    for (word, states), count in zip(COUNTED, facts.counts, strict=True):
        said = _BRIEF.get(word, word) if "words" in shorter else word
        lead = facts.glyphs.state(states[0]) if "signs" in shorter else said + " "
        left.append([(lead, dim), (thousands(count), palette.strong), ("  " if word != "ready" else "", dim)])
    if facts.wait and "no wait" not in shorter:
        alarm = facts.wait >= LONG_WAIT
        sign = [(f" {facts.glyphs.alarm}", palette.amber)] if alarm else []
        words = "wait " if "wait" in shorter else "longest wait "
        left.append([gap, (words, dim), (age(facts.wait), palette.amber if alarm else palette.value), *sign])
    right = _right(facts, shorter, palette)
    used = sum(cell_width(text) for spans in (*left, right) for text, _ in spans)
    return width - used - 3, left, right


def _right(facts: Facts, shorter: frozenset[str], palette: Palette) -> list[Span]:
    """What waits, who is here, the hub's clock, and the connection: always a sign and words."""
    line, glyphs, dim = facts.line, facts.glyphs, palette.text_dim
    right: list[Span] = []
    if line.waits:
        right.append((f"{glyphs.alarm if line.again else glyphs.pending} {line.waits}  ", palette.amber if line.again else palette.value))
    if facts.here > 1 and line.level == "live" and "here" not in shorter:
        right.append((f"{facts.here} here ", dim))
    if line.skew and "skew" not in shorter:
        right.append((f"{glyphs.alarm} {line.skew}  ", palette.amber))
    signs = {"live": (glyphs.here, palette.green), "faint": (glyphs.faint, palette.amber), "moved": (glyphs.alarm, palette.amber)}
    sign, style = signs.get(line.level, (glyphs.alarm, palette.red))
    return [*right, (sign, style), (f" {line.words}", dim if line.level == "live" else style)]


class HeaderBar(Kept):
    """Two lines of text, painted directly: it is on every screen and must cost nothing."""

    DEFAULT_CSS = "HeaderBar { dock: top; height: 2; background: $bar; }"

    _tabs_at: list[tuple[int, int, str]] = []
    """From which cell to which a tab stands, and its id."""

    @property
    def console(self) -> ConsoleApp:
        """The application, typed."""
        return cast("ConsoleApp", self.app)

    def render_line(self, y: int) -> Strip:
        """Line 0 is the state of the hub, line 1 the tabs."""
        return self._state_line(self.size.width) if y == 0 else self._tab_line(self.size.width)

    def _state_line(self, width: int) -> Strip:
        app, session = self.console, self.console.session
        palette, glyphs = app.palette, app.glyphs
        if not session.connected and session.far is None:
            left: list[list[Span]] = [
                [(f" {glyphs.one_line(session.info.name, 24)}", palette.accent)],
                [("   ", palette.label), (glyphs.one_line(session.reason, max(10, width - 60)), palette.amber)],
            ]
            return laid_out(left, [(f"{glyphs.alarm} not connected", palette.red)], width, palette.bar)
        here = {viewer.member for viewer in app.viewers} | ({session.member} if session.member else set())
        facts = Facts(
            glyphs.one_line(session.info.name, 24), glyphs.one_line(session.member or "nobody yet", 16),
            _ONLY.get(session.only, " ".join(session.functions)), self._shift(),
            datetime.fromtimestamp(session.now() / 1000), tuple(session.count(*states) for _, states in COUNTED), session.longest_wait,
            len(here), glyphs.one_line(place_of(session.info.location), 32), self._line(), glyphs,
        )  # fmt: skip
        for brevity in range(len(SHORTER) + 1):
            spare, spans, right = _worded(facts, frozenset(SHORTER[:brevity]), palette, width)
            if spare >= 0 or brevity == len(SHORTER):
                return laid_out(spans, right, width, palette.bar)
        raise AssertionError("the shortest form is always taken")

    def _line(self) -> Line:
        session = self.console.session
        line, waiting = session.line, session.waiting
        moved = session.info.moved
        if line is None or waiting is None:
            return Line(MOVED if moved else "live", "moved" if moved else "live", "", "", again=False)
        now = session.clock()
        level = "live" if line.state == "live" else "faint" if line.state == "connecting" and not signed_out(line) else "lost"
        words, level = (MOVED, "moved") if moved and level == "live" else (state_words(line, now), level)
        again = [one for one in waiting.items if one.moved]
        waits = f"{len(again)} to look at again" if again else f"{len(waiting.items)} queued" if waiting.items else ""
        return Line(words, level, skew_words(line), waits, bool(again))

    def _shift(self) -> str:
        info, line = self.console.session.info, self.console.glyphs.one_line
        return f"{line(info.shift, 12)} {line(info.shift_lead, 12)}".strip() if info.shift else ""

    def _tab_line(self, width: int) -> Strip:
        app = self.console
        palette = app.palette
        lit = getattr(self.screen, "tab", "")
        left: list[list[Span]] = [[(" ", palette.label)]]
        used, self._tabs_at = 1, []
        for tab in app.tabs():
            style = palette.strong + Style(underline=True) if tab.id == lit else palette.label
            group = [(f" {tab.key} ", palette.text_dim), (tab.title, style)]
            group += [(f" {thousands(tab.waiting)}", palette.value if tab.id == lit else palette.text_dim)] if tab.waiting else []
            left.append([*group, ("   ", palette.label)])
            size = sum(cell_width(text) for text, _ in left[-1])
            if used + size <= width - 3:
                self._tabs_at.append((used, used + size - 3, tab.id))
            used += size
        room = width - used - 4
        return laid_out(left, self._filter(room) or self._why(room), width, palette.bar)

    def _why(self, room: int) -> list[Span]:
        """Why the hub far away does not answer, or that it has moved, where there is room for a sentence."""
        session, line = self.console.session, self.console.session.line
        live = line is None or line.state == "live"
        said = STANDS_STILL if live and session.info.moved else "" if live or line is None else line.error
        return [(self.console.glyphs.one_line(said, min(room, 90)), self.console.palette.amber)] if said and room >= 40 else []

    def _filter(self, room: int) -> list[Span]:
        """The filter in force, where the screen leaves it to the header; with less than a word's room nothing."""
        app = self.console
        text = app.session.filter
        if not text or room < 12 or not getattr(self.screen, "filter_above", False):
            return []
        whole = filter_chips(text, whole=True)
        shown = whole if cell_width(whole) <= room else filter_chips(text)
        return [(app.glyphs.one_line(shown, room), app.palette.accent)]

    def on_click(self, event: events.Click) -> None:
        """A click on a tab goes there."""
        event.stop()
        name = next((name for start, end, name in self._tabs_at if start <= event.x < end), "") if event.y == 1 else ""
        if name == "enquiry":
            self.console.act_go_enquiry()
        elif name:
            self.console.go(name)
