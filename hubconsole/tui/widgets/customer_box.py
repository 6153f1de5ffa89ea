"""What the hub itself knows about the customer: how often they wrote, since when, where, and what about."""

from textual.content import Content

from hubconsole.clock import age
from hubconsole.store.rows import BoardRow, EnquiryView
from hubconsole.text import one_line
from hubconsole.tui.widgets.lines import DIM, LABEL, STRONG, Lines, fit, hang, label, stamp
from hubconsole.tui.widgets.row_paint import STATE_WORDS

_ORDINALS = {1: "st", 2: "nd", 3: "rd"}
_MOST = 20
"""How many other enquiries a view carries at most."""

_LISTED = 3
"""How many other enquiries are listed; gates and trail stand under them."""

_NOBODY = frozenset({"", "unknown", "anonymous", "anonym", "unbekannt", "n/a", "none", "no name", "-", "?"})
"""Names that say only that nobody knows who wrote."""


def nameless(view: EnquiryView) -> bool:
    """Whether nobody knows who this customer is, so that others of the same name are other people."""
    said = {view.row.customer.strip().casefold(), view.recipient.strip().casefold()}
    return said <= _NOBODY


def ordinal(n: int) -> str:
    """``1st``, ``2nd``, ``11th``."""
    return f"{n}{'th' if n % 100 in (11, 12, 13) else _ORDINALS.get(n % 10, 'th')}"


def facts(view: EnquiryView, now: int) -> tuple[tuple[str, str], ...]:
    """Label and words of each thing the hub knows, plainest first."""
    others = () if nameless(view) else view.others
    everything = (view.row, *others)
    channels = dict.fromkeys(row.channel for row in everything)
    still_open = sum(row.state not in ("resolved", "closed", "sent") for row in others)
    contact = f"{ordinal(len(everything))} enquiry" if len(others) < _MOST else f"more than {_MOST} enquiries"
    first = stamp(min(row.received_at for row in everything), now)
    known = [("KNOWN", f"not by name; this came {first}" if nameless(view) else f"{contact}, first seen {first}")]
    known.append(("VIA", ", ".join(channels)))
    if view.account:
        known.append(("TO", f"our account {view.account}"))
    if others:
        known.append(("OPEN", f"{still_open} other still open" if still_open else "no other is open"))
    customer = [message.at for message in view.messages if message.direction == "in"]
    if len(customer) > 1:
        known.append(("WROTE", f"{len(customer)} times here, last {stamp(max(customer), now)}"))
    answered = [send for send in view.sends if send.state == "delivered"]
    if answered:
        known.append(("REPLIES", f"{len(answered)} sent, last {stamp(answered[-1].finished_at, now)}"))
    return tuple(known)


class CustomerBox(Lines):
    """Who is asking. ``compact`` leaves out the name and the other enquiries."""

    def __init__(self, *, compact: bool = False, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.compact = compact
        self._view: EnquiryView | None = None
        self._now = 0

    def show(self, view: EnquiryView | None, now: int) -> None:
        """Show this enquiry's customer as of ``now`` (hub time, ms)."""
        self._view, self._now = view, now
        self.renew()

    def lines(self, width: int) -> list[Content]:
        """Name, facts, and one line for each other enquiry."""
        view = self._view
        if view is None:
            return []
        known = facts(view, self._now)
        if self.compact:
            return _beside(known, width)
        rows = [Content.styled(one_line(view.row.customer, width), STRONG)]
        if view.recipient and view.recipient != view.row.customer:
            rows.append(fit(Content.styled(one_line(view.recipient, width), DIM), width))
        rows.append(Content(""))
        for name, words in known:
            rows += hang(label(name, 9), Content(one_line(words, 200)), width)
        if view.others and not nameless(view):
            more = len(view.others) - _LISTED
            rows += [Content(""), Content.assemble(label("OTHER ENQUIRIES"), (f"  {more} more" if more > 0 else "", DIM))]
            rows += [self._other(row, width) for row in view.others[:_LISTED]]
        return rows

    def _other(self, row: BoardRow, width: int) -> Content:
        state = STATE_WORDS.get(row.state, row.state)
        waited = age(self._now - row.received_at)
        head = Content.assemble((f"{row.key:<8}", STRONG), (f"{state:<10}{waited:>6}  ", DIM))
        return fit(Content.assemble(head, one_line(row.words, max(8, width - head.cell_length))), width)


def _beside(known: tuple[tuple[str, str], ...], width: int) -> list[Content]:
    """Two columns where there is room, one below."""
    cells = [Content.assemble((f"{name:<8}", LABEL), one_line(words, 120)) for name, words in known]
    half = max((cell.cell_length for cell in cells[::2]), default=0) + 4
    if half + max((cell.cell_length for cell in cells[1::2]), default=0) > width:
        return [fit(cell, width) for cell in cells]
    rows = []
    for n in range(0, len(cells), 2):
        right = cells[n + 1] if n + 1 < len(cells) else Content("")
        rows.append(Content.assemble(cells[n], " " * (half - cells[n].cell_length), right))
    return rows
