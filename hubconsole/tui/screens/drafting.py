"""Writing a reply: versions in the hub, typing in the recovery file, clashes shown whole. Mixed into the enquiry screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hubconsole.domain.terms import Visibility
from hubconsole.errors import Conflict, HubError
from hubconsole.store.rows import DraftRow, EnquiryView, SendRow
from hubconsole.tui.messages import ActDone
from hubconsole.tui.recovery import Kept
from hubconsole.tui.screens.acts import Acts
from hubconsole.tui.screens.dialogs import Choice
from hubconsole.tui.screens.keeping import Keeping
from hubconsole.tui.widgets.draft_editor import DraftEditor
from hubconsole.tui.widgets.exact_text import draft_visibility
from hubconsole.tui.widgets.flags_view import Looked
from hubconsole.tui.widgets.lines import stamp

if TYPE_CHECKING:
    from hubconsole.domain.policy import Policy
    from hubconsole.hub.port import Viewer

_WHEN = {
    "draft": ("new", "working", "in_review", "ready", "sent", "waiting_customer"),
    "visibility": ("new", "working", "in_review", "ready"),
    "submit": ("working", "in_review", "ready"),
    "withdraw": ("in_review", "ready"),
    "accept": ("in_review",),
    "still_right": ("in_review",),
    "send": ("ready",),
    "await_customer": ("working", "sent"),
    "resolve": ("new", "working", "sent", "waiting_customer"),
    "close": ("resolved", "sent", "waiting_customer"),
    "reopen": ("resolved", "closed"),
}
"""In which states a key makes sense; the hub has the last word."""


class Drafting(Acts, Keeping):
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
    kept: Kept | None = None
    """Words found in the recovery file that the hub does not have."""
    others: tuple[Viewer, ...] = ()
    """Other members who have this enquiry open."""
    looked: Looked = Looked(0, None, ())
    """What the rules found in the version being read."""
    _then: str = ""

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

    def overtaken(self, view: EnquiryView) -> bool:
        """Whether the screen shows another enquiry by now, or this one as it was later."""
        return self.view is None or self.view.row.id != view.row.id or self.view.row.version > view.row.version

    async def opened(self) -> None:
        """The enquiry has been read: press the key that was asked for with it."""
        then, self._then = self._then, ""
        if then:
            self.do(then)

    def do(self, key_id: str) -> None:
        """Keys that come before the enquiry has been read wait for it."""
        if (
            self.wanted
            and (self.view is None or self.wanted not in (self.view.row.key, self.view.row.id))
            and key_id in _WHEN | {"mark_sent": ()}
        ):
            self._then = key_id
        else:
            super().do(key_id)

    def blocked(self, key_id: str) -> str:
        """Why a key does not work in this state."""
        reason = super().blocked(key_id)
        view = self.view
        if reason or view is None or key_id not in _WHEN:
            return reason
        if key_id == "submit" and self.editing:
            return ""
        row = view.row
        if row.state not in _WHEN[key_id]:
            when = " or ".join(state.replace("_", " ") for state in _WHEN[key_id])
            return f"{row.key} is {row.state.replace('_', ' ')}; this works while it is {when}."
        if key_id == "submit" and not view.drafts:
            return f"{row.key} has no reply yet; d writes one."
        if key_id == "still_right" and not any(review.state == "suspended" for review in view.reviews):
            return "No review of it is suspended."
        if key_id == "accept" and not any(review.verdict == "amend" and review.version == row.draft for review in view.reviews):
            return "No amendment waits for you."
        return ""

    # --- recovery -----------------------------------------------------------------------------------

    def on_draft_editor_typed(self, message: DraftEditor.Typed) -> None:
        """Keep every change."""
        if not self.editing or self.view is None:
            return
        if self.editor.dirty:
            self.keep(self.view.row.id, message.text, self.editor.base)
        self.paint_clash()
        if self.writer.problem:
            self.editor.complain(self.writer.problem)

    # --- writing ------------------------------------------------------------------------------------

    def act_draft(self) -> None:
        """Open the editor; unsaved words of before are offered first."""
        view, kept = self.view, self.kept
        if view is None or self.editing:
            return
        if kept is not None and (not view.drafts or kept.text != view.drafts[-1].text):
            asked = f"{len(kept.text)} characters typed {stamp(kept.at, self.session.now())} were not saved"
            self.choose(asked, [Choice("r", "restore them", "restore"), Choice("d", "drop them", "drop")], self._begin)
        else:
            self._begin("")

    def _begin(self, kept: str) -> None:
        view = self.view
        if view is None:
            return
        newest = view.drafts[-1] if view.drafts else None
        self.editing, self.at, self.clash = True, -1, None
        editor = self.editor
        editor.policy = self.policy
        editor.load(
            newest.text if newest else "", newest.version if newest else 0, view.row.channel, draft_visibility(view, newest, self.policy)
        )
        if kept == "restore" and self.kept is not None:
            editor.restore(self.kept.text)
            if newest is not None and self.kept.base != newest.version:
                self.toast(f"Restored on top of v{newest.version}, which {newest.author} saved later.", "warning")
        elif kept == "drop":
            self.writer.forget(view.row.id)
        self.kept = None
        self.paint_reply()
        self.refresh_frame()
        self.call_after_refresh(editor.focus_words)

    async def act_save(self) -> None:
        """Save the words as a new version."""
        if self.editing and await self.save():
            self.toast(f"Saved as v{self.editor.base}. F2 submits it.")

    async def save(self) -> bool:
        """Save what is in the editor; False when it could not be, with the reason told and the words kept."""
        from hubconsole.domain.commands import SaveDraft

        view, editor = self.view, self.editor
        if view is None:
            return False
        words, visibility = editor.text, editor.visibility
        turned = visibility != draft_visibility(view, view.drafts[-1] if view.drafts else None, self.policy)
        if not editor.dirty and not turned:
            self.writer.forget(view.row.id)
            return True
        self.writer.flush()
        try:
            receipt = await self.session.execute(
                SaveDraft(enquiry_id=view.row.id, text=words, base=editor.base, visibility=Visibility(visibility))
            )
        except Conflict as conflict:
            await self._clashed(conflict)
            return False
        except HubError as error:
            self.report(error)
            return False
        self.clash = None
        editor.saved(words, editor.base + ("draft.saved" in receipt.events))
        if editor.text == words:
            self.writer.forget(view.row.id)
        self.take(await self.session.call(self.session.hub.enquiry, view.row.id))
        self.post_message(ActDone(view.row.id, "saved a draft"))
        return True

    async def _clashed(self, conflict: Conflict) -> None:
        """Somebody saved another version: show it beside these words, and let the next save go on top of it."""
        view = self.view
        if view is None:
            return
        if conflict.code != "stale_draft":
            self.report(conflict)
            return
        self.take(await self.session.call(self.session.hub.enquiry, view.row.id))
        newest = self.view.drafts[-1] if self.view and self.view.drafts else None
        if newest is None:
            return
        self.clash = newest
        self.editor.base = newest.version
        self.toast(f"{newest.author} saved v{newest.version} first. Both texts are shown; nothing is lost.", "warning")
        self.paint()

    async def leave_editor(self) -> None:
        """Save and go back to reading. Words that clash, or that are blank, are not saved."""
        view = self.view
        if view is None:
            return
        if not self.editor.text.strip():
            self.writer.forget(view.row.id)
        elif self.clash is not None:
            self.keep_typing()
            self.kept = self.recovery.find(view.row.id)
            self.toast("Your words are in the recovery file; d offers them again.")
        elif not await self.save():
            return
        self.editing, self.clash, self.at = False, None, -1
        self.paint()
        self.query_one("#talk").focus()

    def act_visibility(self) -> None:
        """Switch this reply between public and private."""
        if not self.editing:
            self.act_draft()
        if self.editing:
            self.editor.turn("public" if self.editor.visibility == "private" else "private")
            self.paint_reply()

    def act_older_version(self) -> None:
        """The version before."""
        self._walk(-1)

    def act_newer_version(self) -> None:
        """The version after."""
        self._walk(1)

    def _walk(self, by: int) -> None:
        if self.view is None or self.editing or not self.view.drafts:
            return
        to = self.index + by
        if not 0 <= to < len(self.view.drafts):
            self.toast("That is the newest version." if by > 0 else "That is the first version.")
            return
        self.at = -1 if to == len(self.view.drafts) - 1 else to
        self.paint_reply()
