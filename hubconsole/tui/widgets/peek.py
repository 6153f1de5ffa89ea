"""The enquiry beside the list: who wrote what, what the hub knows about it, and the customer's other enquiries."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from textual import events
from textual.content import Content
from textual.widgets import Static

from hubconsole.clock import age, local
from hubconsole.store.rows import BoardRow, EnquiryView
from hubconsole.text import one_line, visible
from hubconsole.tui.glyphs import Glyphs
from hubconsole.tui.widgets.kept import Kept
from hubconsole.tui.widgets.lines import stamp
from hubconsole.tui.widgets.row_paint import STATE_WORDS, clock_of
from hubconsole.tui.wording import what_was_done

if TYPE_CHECKING:
    from hubconsole.hub.port import Viewer

CHANNEL_NAMES = {
    "x": "X",
    "facebook": "Facebook",
    "instagram": "Instagram",
    "email": "E-mail",
    "web": "Web form",
    "chat": "Chat",
    "dm": "DM",
    "phone": "Telephone",
    "paper": "Paper",
    "walk_in": "Walk-in",
}
"""Channels as people say them."""

_WELCOME = Content.assemble(
    ("This board shows every customer's enquiry: who has it, how long it has waited, and whether its reply may go out.\n\n", "$value"),
    ("n", "$key bold"), ("  takes an enquiry in by hand: telephone, paper, walk-in\n", "$label"),
    ("?", "$key bold"), ("  lists every key of the place you are in, and runs it\n", "$label"),
    ("Q", "$key bold"), ("  leaves; everything is saved as you go\n\n", "$label"),
    ("To bring in what you have:  ", "$text-dim"), ("hubconsole import FILE --channel email", "$value"),
    ("\nTo look around first:       ", "$text-dim"), ("hubconsole demo", "$value"),
)  # fmt: skip
"""What an empty hub says."""

Part = Content | tuple[str, str] | str


def channel_name(channel: str) -> str:
    """The channel in words, whatever it is."""
    return CHANNEL_NAMES.get(channel) or one_line(channel, 12)


def title_of(row: BoardRow, now: int, glyphs: Glyphs) -> str:
    """``E-12 · X public · written 13:58 · working``."""
    came = stamp(row.received_at, now)
    parts = row.key, f"{channel_name(row.channel)} {row.visibility}", f"came {came}", STATE_WORDS.get(row.state, row.state)
    return f" {glyphs.dot} ".join(parts)


def label(word: str, *parts: Part) -> list[Part]:
    """One line: a small dim label in a fixed column, then values."""
    return [(word.ljust(8), "$text-dim"), *parts, "\n"]


class Fitted(Kept, Static):
    """A text that is laid out for the size it has, and laid out again when that changes."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id)
        self.again: Callable[[], None] | None = None
        """Lays out what was shown last."""

    def on_resize(self, _: events.Resize) -> None:
        """Another size, another layout."""
        if self.again is not None:
            self.again()


class Peek(Fitted):
    """What is under the cursor. Shown at once from the row, completed when the hub has answered."""

    def show(self, row: BoardRow | None, view: EnquiryView | None, now: int, glyphs: Glyphs, first_run: bool = False) -> None:
        """Paint ``row``; ``view`` is everything else that is known, None while it is on its way. ``first_run``: the hub is empty."""
        self.again = partial(self.show, row, view, now, glyphs, first_run)
        if row is None:
            self.border_title = Content("Nothing here yet" if first_run else "Nothing selected")
            self.update(_WELCOME if first_run else Content.styled("Move to an enquiry to read it here.", "$text-dim"))
            return
        title = title_of(row, now, glyphs)
        # Textual's own cut is a sign that plain terminals lack.
        self.border_title = Content(glyphs.one_line(title, self.size.width - 2) if glyphs.ascii_only and self.size.width > 2 else title)
        facts = self._facts(row, view, now, glyphs)
        width, height = max(20, self.size.width), max(8, self.size.height)
        words = next((m.text for m in reversed(view.messages) if m.direction == "in"), row.words) if view else row.words
        room = max(3, height - facts.plain.count("\n") - 4) * width
        shown = visible(words[: room * 2])
        if len(shown) > room:
            shown = Content.assemble(shown[: room - 24], (glyphs.more + "  Enter shows all of it", "$text-dim"))
        self.update(Content.assemble(self._head(row, view, glyphs), "\n\n", shown.stylize("$value"), "\n\n", facts))

    def _head(self, row: BoardRow, view: EnquiryView | None, glyphs: Glyphs) -> Content:
        parts: list[Part] = [(glyphs.one_line(row.customer, 40), "$strong bold")]
        if view is not None:
            before = len(view.others)
            count = sum(message.direction == "in" for message in view.messages)
            parts.append((f"   {count} message{'s' if count != 1 else ''}", "$text-dim"))
            parts.append((f"   {before} other{'s' if before != 1 else ''}" if before else "   first contact", "$text-dim"))
        return Content.assemble(*parts)

    def _facts(self, row: BoardRow, view: EnquiryView | None, now: int, glyphs: Glyphs) -> Content:
        parts: list[Part] = []
        text, level = clock_of(row, now)
        said = {"red": f"{glyphs.alarm} over its target by {text[1:]}", "amber": f"{glyphs.alarm} {text} left to its target"}.get(
            level, f"{text} left to its target"
        )
        style = {"red": "$red bold", "amber": "$amber"}.get(level, "$value")
        parts += label(
            "TARGET",
            (said if level != "none" else ("asleep" if text.startswith("z") else "no clock runs"), style),
            (f"   P{row.priority}", "$label"),
        )
        if row.disposition:
            parts += label("TRIAGE", (row.disposition.replace("_", " "), "$value"), ("   was reopened" if row.reopened else "", "$amber"))
        owner = glyphs.one_line(row.owner, 20) or "nobody yet"
        on_it = f"   {glyphs.on_it}{glyphs.one_line(row.on_it, 20)} is on it" if row.on_it and row.on_it_until > now else ""
        parts += label("OWNER", (owner, "$value" if row.owner else "$text-dim"), (on_it, "$accent"))
        if row.gates:
            words = [
                f"{glyphs.review(stands)} {glyphs.one_line(gate, 12)} {stands.replace('_', ' ')}"
                for gate, _, stands in (w.partition(":") for w in row.gates.split())
            ]
            parts += label("GATE", ("   ".join(words), "$accent"))
        if view is not None:
            parts += self._more(row, view, now, glyphs)
        if row.flags:
            parts += label(
                "FLAGS",
                (glyphs.alarm + " " + "   ".join(glyphs.one_line(word.replace(":", " "), 30) for word in row.flags.split()[:4]), "$amber"),
            )
        return Content.assemble(*parts)

    def _more(self, row: BoardRow, view: EnquiryView, now: int, glyphs: Glyphs) -> list[Part]:
        parts: list[Part] = []
        room = max(20, self.size.width - 12)
        if view.why and row.gates:
            parts += label("WHY", (glyphs.one_line(view.why[0], room), "$label"))
        if view.drafts:
            last = view.drafts[-1]
            parts += label(
                "DRAFT",
                (f"v{last.version} by {glyphs.one_line(last.author, 12)} {stamp(last.at, now)}  ", "$accent"),
                (glyphs.one_line(last.text, room - 24), "$label"),
            )
        notes = [message for message in view.messages if message.direction == "internal"]
        if notes:
            parts += label(
                "NOTE",
                (f"{glyphs.one_line(notes[-1].author, 12)} {stamp(notes[-1].at, now)}  ", "$label"),
                (glyphs.one_line(notes[-1].text, room - 20), "$value"),
            )
        return parts


class CustomerBox(Fitted):
    """The customer, as far as this hub knows: other enquiries, what happened last, who else is here."""

    def show(self, row: BoardRow | None, view: EnquiryView | None, now: int, glyphs: Glyphs, viewers: tuple[Viewer, ...], me: str) -> None:
        """Paint it; blank while the view is on its way."""
        self.again = partial(self.show, row, view, now, glyphs, viewers, me)
        self.border_title = Content(f"Customer {glyphs.dot} what this hub knows")
        if row is None or view is None:
            self.update(Content(""))
            return
        room = max(16, self.size.width - 9)
        parts: list[Part] = []
        first = min([row.received_at, *(other.received_at for other in view.others)])
        parts += label("SINCE", (local(first).strftime("%d %b %Y"), "$value"))
        if view.recipient and view.recipient != row.customer:
            parts += label("REACHED", (glyphs.one_line(view.recipient, room), "$value"))
        for number, other in enumerate(view.others[:4]):
            sign = glyphs.state(other.state)
            head = f"{sign} {other.key} {STATE_WORDS.get(other.state, other.state)}  "
            parts += label("BEFORE" if number == 0 else "", (head, "$label"), (glyphs.one_line(other.words, room - len(head)), "$text-dim"))
        for number, line in enumerate(reversed(view.trail[-4:])):
            parts += label(
                "LATELY" if number == 0 else "",
                (f"{age(now - line.at).rjust(5)}  ", "$text-dim"),
                (glyphs.one_line(f"{line.actor} {what_was_done(line.actor, line.summary)}", room - 7), "$label"),
            )
        here = [viewer for viewer in viewers if viewer.enquiry_id == row.id and viewer.member != me]
        said = "   ".join(
            f"{glyphs.here} {glyphs.one_line(v.member, 14)} is {'typing' if v.doing == 'typing' else 'reading'}" for v in here
        )
        parts += label("HERE", (said or "nobody else is on this enquiry", "$accent" if here else "$text-dim"))
        self.update(Content.assemble(*parts))
