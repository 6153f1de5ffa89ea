"""The trail: who did what, when, in one line each."""

from textual.content import Content

from hubconsole.store.rows import EnquiryView, TrailRow
from hubconsole.text import one_line
from hubconsole.tui.widgets.lines import DIM, Lines, hang, newest, stamp
from hubconsole.tui.wording import what_was_done

_VOID = "made the review void"

_YOURS = {"is on it": "are on it", "is delivering it": "are delivering it", "waits for the customer": "wait for the customer"}
"""What is said otherwise of the person at this console."""


def _several(words: str, times: int) -> str:
    """What happened more than once in one act, once: ``made 2 reviews void: ...``."""
    if times == 1:
        return words
    if words.startswith(_VOID):
        return f"made {times} reviews void{words.removeprefix(_VOID)}"
    return f"{words} ({times} times)"


class Trail(Lines):
    """The newest lines of an enquiry's history, oldest first."""

    def __init__(self, most: int = 8, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.most = most
        self._rows: tuple[TrailRow, ...] = ()
        self._known = False
        self._now = 0
        self._me = ""

    def show(self, view: EnquiryView | None, now: int, me: str = "") -> None:
        """Show this enquiry's trail; ``me`` is said as "you"."""
        self._rows, self._known = (view.trail, True) if view else ((), False)
        self._now, self._me = now, me
        self.renew()

    def lines(self, width: int) -> list[Content]:
        """One line for each event."""
        shown, before = newest(self._together(), self.most)
        rows = [Content.styled(f"{before} earlier", DIM)] if before else []
        column = max((len(at) for at, _, _ in shown), default=5)
        for at, who, words in shown:
            rows += hang(Content.styled(f"{at:<{column}}  ", DIM), Content(f"{who} {words}"), width)
        return rows or ([Content.styled("nothing happened yet", DIM)] if self._known else [])

    def _together(self) -> list[tuple[str, str, str]]:
        """When, who, what; what one person did within a minute is one line."""
        found: list[tuple[str, str, str]] = []
        last, times = "", 1
        for row in self._rows:
            at = stamp(row.at, self._now)
            who = "you" if row.actor == self._me else one_line(row.actor, 20)
            words = what_was_done(row.actor, one_line(row.summary, 160))
            if self._me and words == f"gave it to {self._me}":
                words = "gave it to you"
            if who == "you":
                words = _YOURS.get(words, words)
            same = bool(found) and found[-1][:2] == (at, who)
            head, _, because = words.partition(": ")
            if same and because.startswith(f"{row.actor} "):  # it says again what stands just before it
                if head == _VOID:
                    continue
                words = head
            if same and words == last:
                times += 1
                said = found[-1][2].removesuffix(_several(last, times - 1))
                found[-1] = (at, who, said + _several(words, times))
                continue
            last, times = words, 1
            if same:
                found[-1] = (at, who, f"{found[-1][2]}, {words}")
            else:
                found.append((at, who, words))
        return found
