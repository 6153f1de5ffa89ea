"""Telling the others what is being read here, and the hub that a review was opened: mixed into the reviewer's pane."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from textual.screen import ModalScreen

from hubconsole.errors import HubError
from hubconsole.tui.screens.decisions import Decisions
from hubconsole.tui.widgets.review_pane import ReviewPane

if TYPE_CHECKING:
    from textual import events
    from textual.timer import Timer

    from hubconsole.store.rows import EnquiryView, ReviewRow

READ = 0.4
"""Seconds for which a reply must be on the screen before the hub is told that it was opened."""

GLANCE = 15.0
"""Seconds after which the others are told again that this reply is being looked at."""


_ASKING = frozenset(["return", "reject", "condition"])
"""Keys whose question a digit answers."""

ANSWERED = 2.5
"""Seconds for which a digit after such a key counts as its answer, although nothing was asked."""


class Looking(Decisions):
    """See the module's text."""

    _read: Timer | None = None
    _again: tuple[str, str] = ("", "")
    _unasked: tuple[str, float] = ("", 0.0)
    """Why the last key that asks for a digit did not ask, and until when a digit means that."""

    def do(self, key_id: str) -> None:
        """As everywhere; but a digit that was meant for a question which was never asked leads nowhere else."""
        why, until = self._unasked
        self._unasked = ("", 0.0)
        if why and key_id.startswith("go_") and time.monotonic() < until:
            self.toast(f"That answered nothing, so you are still here. {why}", "warning")
            return
        if key_id in _ASKING and (reason := self.blocked(key_id)):
            self._unasked = (reason, time.monotonic() + ANSWERED)
        super().do(key_id)

    def not_at_hand(self, key: str) -> str:
        """That a reply cannot be read without the hub, as a sentence."""
        from hubconsole.tui.widgets.queue_rows import QueueRows

        rows = [row for queue in self.query(QueueRows) for row in queue.pages.rows() if key in (row.id, row.key)]
        said = f"{rows[0].key} is not at hand" if rows else "This reply is not at hand"
        return f"{said}: not connected, and it was not read here before. It is read when the hub is back."

    def _repaint(self) -> None:
        raise NotImplementedError

    def put_again(self, key: str, why: str) -> None:
        """Show the reply that a queued decision was about, and what has moved since: it is read again before it is decided.

        ``why`` is empty where nothing has.
        """
        self._again = (key, why)
        self.add_class("-reading")
        self.show(key)
        if why:
            self.toast(why, "warning")

    def looks_again(self, key: str) -> None:
        """The reply with this key comes onto the screen: where it was put before the person again, what has moved is said."""
        if self._again[0] == key:
            self.changed, self._again = self._again[1] or self.changed, ("", "")
            if self.has_class("-narrow"):
                self.query_one(ReviewPane).focus()

    @property
    def in_sight(self) -> bool:
        """Whether the words of a reply are on the screen: in front, and not hidden behind the queue as on a narrow one."""
        return self.in_front and (not self.has_class("-narrow") or self.has_class("-reading"))

    def open_reply(self) -> None:
        """Go from the queue to the reply: the only one of the two that a narrow screen shows."""
        self.add_class("-reading")
        self.query_one(ReviewPane).focus()
        self.begin_reading()

    def act_amend(self) -> None:
        """Words that are being rewritten are read."""
        super().act_amend()
        self.begin_reading()

    def on_resize(self, event: events.Resize) -> None:
        """More room may have brought the reply into sight."""
        self.begin_reading()

    def on_screen_resume(self) -> None:
        """Back on this screen, the reply on it is looked at again."""
        self.begin_reading()

    def marked_anew(self, enquiry_id: str) -> None:
        """What is under way for the reply shown stands in the frame, and says why a key waits."""
        if self.shown is not None and self.shown.view.row.id == enquiry_id:
            self._repaint()

    def begin_reading(self) -> None:
        """A reply came onto the screen: it counts as read once its words have stayed in sight for :data:`READ` seconds.

        On a picture nobody has read it.
        """
        if not self.console_app.opening.live:
            return
        if self._read is not None:
            self._read.stop()
        self._read = self.set_timer(READ, self._was_read)

    def _was_read(self) -> None:
        self.glance()
        review = self.pending if self.in_sight else None
        if review is not None and review.state == "requested" and self.shown is not None and self.shown.newest and not self.not_mine():
            self.start(self._tell_opened(self.shown.view, review), "opened")

    async def _tell_opened(self, view: EnquiryView, review: ReviewRow) -> None:
        from hubconsole.domain.commands import OpenReview

        try:
            await self.session.execute(OpenReview(enquiry_id=view.row.id, gate=self.GATE, digest=review.digest))
        except HubError:
            return  # it has moved on meanwhile; the change itself is on its way to this screen

    def glance(self) -> None:
        """Tell the others what is on this screen, so that nobody seems to look at what has been left."""
        if self.in_front and self.session.member:
            self.start(self._tell_looking(self.shown.view.row.id if self.shown else ""), "looking")

    async def _tell_looking(self, enquiry_id: str) -> None:
        with contextlib.suppress(HubError):
            await self.session.call(
                self.session.hub.look, self.session.member, self.session.id, enquiry_id, "typing" if self.amending else "viewing"
            )

    def on_screen_suspend(self) -> None:
        """Going elsewhere keeps what is being typed; nobody looks at this reply any more."""
        self.keep_typing()
        if self.session.member and not isinstance(self.app.screen, ModalScreen):
            self.start(self._tell_looking(""), "looking")
