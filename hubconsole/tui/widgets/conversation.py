"""The conversation with the customer, and apart from it what is said in the room only."""

from textual.content import Content

from hubconsole.store.rows import EnquiryView, MessageRow
from hubconsole.text import one_line, visible
from hubconsole.tui.widgets.lines import DIM, LABEL, STRONG, Lines, hang, newest, stamp
from hubconsole.tui.widgets.signs import RULE

_MOST = 60
"""How many messages are drawn; a thread of thousands stays one key away, in the export."""


class Conversation(Lines):
    """Messages in their order, then the internal notes, which are never sent."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view: EnquiryView | None = None
        self._words = ""
        self._now = 0

    def show(self, view: EnquiryView | None, now: int) -> None:
        """Show this enquiry's messages as of ``now`` (hub time, ms)."""
        self._view, self._now = view, now
        self.renew()

    def show_words(self, words: str) -> None:
        """Show the words of an enquiry whose messages are not at hand."""
        self._view, self._words = None, words
        self.renew()

    def lines(self, width: int) -> list[Content]:
        """One block for each message: when, who and where, then the words."""
        view = self._view
        if view is None:
            return hang(Content(" " * 7), visible(self._words), width) if self._words else []
        said, before = newest((message for message in view.messages if message.direction != "internal"), _MOST)
        notes, _ = newest((message for message in view.messages if message.direction == "internal"), _MOST)
        rows = [Content.styled(f"{before} earlier messages", DIM), Content("")] if before else []
        last = ""
        for message in said:
            where = f"{message.channel} {message.visibility}"
            rows += self._message(message, width, where if where != last else "")
            last = where
        if notes:
            rows.append(Content.assemble(("INTERNAL", STRONG), ("  never sent", LABEL)))
            for note in notes:
                rows += self._note(note, width)
        return rows

    def _message(self, message: MessageRow, width: int, where: str) -> list[Content]:
        ours = message.direction == "out"
        at = stamp(message.at, self._now)
        head = [(f"{at}  ", DIM), (one_line(message.author, 40), "$accent bold" if ours else STRONG)]
        if ours:
            head.append(("  ours", LABEL))
        if where:
            head.append((f"  {where}", LABEL))
        body = Content.styled("erased on request", DIM) if message.erased else visible(message.text)
        return [Content.assemble(*head), *hang(Content(" " * 7), body, width), Content("")]

    def _note(self, note: MessageRow, width: int) -> list[Content]:
        at = stamp(note.at, self._now)
        who = one_line(note.author, 40)
        body = Content.styled("erased on request", DIM) if note.erased else visible(note.text)
        lines = hang(Content.assemble((f"{at}  ", DIM), (f"{who}  ", STRONG)), body, max(1, width - 2))
        return [Content.assemble((f"{RULE} ", DIM), line) for line in lines]
