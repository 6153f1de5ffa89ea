"""The enquiry that is written to and the words being written: what is at hand, and words that are saved once the hub is back.

The base of :mod:`.drafting`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hubconsole.errors import HubError
from hubconsole.store.rows import DraftRow, EnquiryView, SendRow
from hubconsole.tui.recovery import Kept
from hubconsole.tui.screens.acts import Acts
from hubconsole.tui.screens.keeping import Keeping
from hubconsole.tui.widgets.draft_editor import DraftEditor
from hubconsole.tui.widgets.flags_view import Looked

if TYPE_CHECKING:
    from hubconsole.domain.policy import Policy
    from hubconsole.hub.port import Viewer
    from hubconsole.tui.intents import Intent
    from hubconsole.tui.waiting import Outcome

KEPT_HERE = "Not connected: your words are kept on this computer, and are saved by themselves when the hub is back."
"""What is said of words that the hub could not be given."""


class Writing(Acts, Keeping):
    """See the module's text."""

    view: EnquiryView | None = None
    """The enquiry on the screen, as of the last reading."""
    policy: Policy | None = None
    editing: bool = False
    """Whether the editor is open."""
    at: int = -1
    """Index of the version being read; -1 follows the newest."""
    wanted: str = ""
    """Key or id of the enquiry that is to be shown."""
    clash: DraftRow | None = None
    """What somebody else saved while these words were being written."""
    held: str = ""
    """Why the hub does not take the words being written now, as a sentence; empty when it does, as far as is known."""
    took: bool = False
    """Whether opening the editor took a claim that nothing has been saved under yet."""
    kept: Kept | None = None
    """Words found in the recovery file that the hub does not have."""
    others: tuple[Viewer, ...] = ()
    """Other members who have this enquiry open."""
    looked: Looked = Looked(0, None, ())
    """What the rules found in the version being read."""
    _then: str = ""
    _told: str = ""

    # --- what is on the screen ----------------------------------------------------------------------

    @property
    def index(self) -> int:
        """Index of the version being read."""
        count = len(self.view.drafts) if self.view else 0
        return count - 1 if self.at < 0 else min(self.at, count - 1)

    @property
    def draft(self) -> DraftRow | None:
        """The version being read."""
        return self.view.drafts[self.index] if self.view and self.view.drafts else None

    @property
    def queued(self) -> SendRow | None:
        """The send that can still be taken back."""
        sends = self.view.sends if self.view else ()
        return sends[-1] if sends and sends[-1].state == "queued" else None

    @property
    def editor(self) -> DraftEditor:
        """Where words are written."""
        return self.query_one(DraftEditor)

    def paint(self) -> None:
        """Draw everything anew."""

    def paint_reply(self) -> None:
        """Draw the reply anew."""

    def paint_clash(self) -> None:
        """Draw what somebody else saved against the words being written."""

    def take(self, view: EnquiryView) -> None:
        """This is the enquiry now."""
        self.view = view

    def meets(self, view: EnquiryView) -> bool:
        """Whether somebody saved a version since these words were begun: from now on it is shown beside them."""
        newest = view.drafts[-1] if view.drafts else None
        if not self.editing or newest is None or newest.version <= self.editor.base:
            return False
        self.clash = newest
        self.editor.base = newest.version
        return True

    def overtaken(self, view: EnquiryView) -> bool:
        """Whether the screen shows another enquiry by now, or this one as it was later."""
        return self.view is None or self.view.row.id != view.row.id or self.view.row.version > view.row.version

    # --- words that the hub does not have -----------------------------------------------------------

    def _not_saved(self, error: HubError) -> None:
        """The hub does not take the words: they are kept here."""
        self.held = f"{error.message} Your words are kept on this computer; Esc leaves them there."
        self.paint_reply()
        self.report(error)

    def saves_later(self) -> Intent | None:
        """The words on this enquiry that are saved once the hub is back; None when none are."""
        waiting = self.session.waiting
        found = waiting.about(self.view.row.id, "save_draft") if waiting is not None and self.view is not None else None
        return found if found is not None and not found.moved else None

    async def saved_later(self, outcome: Outcome) -> None:
        """Words that were kept here have met the hub: they are a version now, or somebody else saved one meanwhile."""
        view, intent = self.view, outcome.intent
        if view is None or view.row.id != intent.enquiry_id:
            return
        words = str(getattr(intent.command, "text", ""))
        fresh = await self.session.call(self.session.hub.enquiry, view.row.id)
        self.take(fresh)
        self.held, self.took = "", False
        if self.editing:
            self.editor.kept(None)
            if outcome.receipt is not None:
                mine = [draft.version for draft in fresh.drafts if draft.author == self.session.member and draft.text == words]
                self.editor.saved(words, max(mine, default=self.editor.base))
                if self.editor.text == words:
                    self.writer.forget(view.row.id)
            self.meets(fresh)
            self.held = f"Not saved: {outcome.why}" if outcome.receipt is None and self.clash is None else ""
        self.kept = None if self.editing else await self.session.call(self.recovery.find, view.row.id)
        self.paint()
