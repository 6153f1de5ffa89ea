"""The trail: who did what, when, in one line each."""

from textual.content import Content

from hubconsole.store.rows import EnquiryView, TrailRow
from hubconsole.text import one_line
from hubconsole.tui.widgets.lines import DIM, Lines, fit, newest, stamp


class Trail(Lines):
    """The newest lines of an enquiry's history, oldest first."""

    def __init__(self, most: int = 8, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.most = most
        self._rows: tuple[TrailRow, ...] = ()
        self._now = 0
        self._me = ""

    def show(self, view: EnquiryView | None, now: int, me: str = "") -> None:
        """Show this enquiry's trail; ``me`` is said as "you"."""
        self._rows, self._now, self._me = (view.trail if view else ()), now, me
        self.renew()

    def lines(self, width: int) -> list[Content]:
        """One line for each event."""
        shown, before = newest(self._rows, self.most)
        rows = [Content.styled(f"{before} earlier", DIM)] if before else []
        stamps = [stamp(row.at, self._now) for row in shown]
        column = max(map(len, stamps), default=5)
        for at, row in zip(stamps, shown, strict=True):
            who = "you" if row.actor == self._me else one_line(row.actor, 20)
            words = one_line(row.summary, 160)
            if words.startswith(f"{row.actor} "):
                words = words[len(row.actor) + 1 :]
            rows.append(fit(Content.assemble((f"{at:<{column}}  ", DIM), (f"{who} ", ""), words), width))
        return rows or [Content.styled("nothing happened yet", DIM)]
