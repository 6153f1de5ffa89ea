"""Writing a reply: versions in the hub, typing in the recovery file, clashes shown whole. Mixed into the enquiry screen."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from textual.content import Content

from hubconsole.domain.terms import Visibility
from hubconsole.errors import Conflict, HubError, Unreachable
from hubconsole.text import one_line, visible
from hubconsole.tui.act_words import NEEDS_ONE
from hubconsole.tui.messages import ActDone
from hubconsole.tui.recovery import Kept
from hubconsole.tui.screens.dialogs import Choice
from hubconsole.tui.screens.writing import KEPT_HERE, Writing
from hubconsole.tui.widgets.draft_editor import DraftEditor
from hubconsole.tui.widgets.exact_text import draft_visibility
from hubconsole.tui.widgets.lines import CARE, stamp

if TYPE_CHECKING:
    pass

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

DROP = "ctrl+d"
"""The key that begins to drop recovered words: none that anybody types who takes the question for the editor."""


class Drafting(Writing):
    """See the module's text."""

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
            and (key_id in _WHEN or key_id in NEEDS_ONE or key_id == "mark_sent")
        ):
            self._then = key_id
            if key_id == "draft":
                self.console_app.hold_keys()
            return
        was = self.editing
        super().do(key_id)
        if key_id == "draft" and (was or not self.editing):
            self.console_app.release_keys(self.focused if was else None)

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

    def being_written(self) -> tuple[str, str, int] | None:
        """The words in the editor, while it is open and they differ from what the hub has."""
        if not self.editing or self.view is None or not self.editor.dirty:
            return None
        return self.view.row.id, self.editor.text, self.editor.base

    def on_draft_editor_typed(self, message: DraftEditor.Typed) -> None:
        """Keep every change."""
        if not self.editing or self.view is None:
            return
        self.note_typing()
        self.paint_clash()
        if self.writer.problem:
            self.editor.complain(self.writer.problem)

    def put_down(self) -> None:
        """The editor closes; what was kept is looked for anew when an enquiry is shown."""
        self.editing, self.clash, self.held, self.took, self.at, self.kept = False, None, "", False, -1, None

    # --- writing ------------------------------------------------------------------------------------

    def act_draft(self) -> None:
        """Open the editor; unsaved words of before are offered first."""
        view, kept = self.view, self.kept
        if view is None or self.editing:
            return
        if kept is not None and self.saves_later() is not None:
            self._begin("restore")
        elif kept is not None and (not view.drafts or kept.text != view.drafts[-1].text):
            asked = f"{len(kept.text)} characters typed {stamp(kept.at, self.session.now())} were not saved"
            self.choose(asked, [Choice("r", "restore them", "restore"), Choice(DROP, "drop them", "drop")], self._offered)
        else:
            self._begin("")

    def _offered(self, answer: str) -> None:
        """Restored words go into the editor; to drop them takes another key, with the words in view."""
        if answer == "drop" and self.kept is not None:
            told = Content.styled("Nothing else holds these words. Esc keeps them, and d offers them again.", CARE)
            self.confirm("Drop the words that were not saved?", [visible(self.kept.text), Content(""), told], self._drop, label="drop them")
        else:
            self._begin(answer)

    def _drop(self, _: bool) -> None:
        self._begin("drop")

    def _begin(self, kept: str) -> None:
        view = self.view
        if view is None:
            return
        newest = view.drafts[-1] if view.drafts else None
        self.editing, self.at, self.clash, self.held = True, -1, None, ""
        editor = self.editor
        editor.policy = self.policy
        editor.load(
            newest.text if newest else "", newest.version if newest else 0, view.row.channel, draft_visibility(view, newest, self.policy)
        )
        if kept == "restore" and self.kept is not None:
            editor.restore(self.kept.text)
            editor.kept(getattr(later.command, "text", None) if (later := self.saves_later()) is not None else None)
            if newest is not None and self.kept.base != newest.version:
                self.toast(f"Restored on top of v{newest.version}, which {newest.author} saved later.", "warning")
        elif kept == "drop":
            self.writer.forget(view.row.id)
        self.kept = None
        self.console_app.hold_keys()
        self.start(self._say_on_it(), "on-it")
        self.paint_reply()
        self.refresh_frame()
        self.call_after_refresh(editor.focus_words)

    async def _say_on_it(self) -> None:
        """Whoever writes is on it: take the claim where it is free, and say so; say who has it where it is not."""
        from hubconsole.domain.commands import Claim

        view, now = self.view, self.session.now()
        if view is None or self.session.away:
            return
        row = view.row
        if row.on_it and row.on_it_until > now:
            if row.on_it != self.session.member:
                self.hold_off(row.on_it, row.on_it_until)
            return
        try:
            await self.session.execute(Claim(enquiry_id=row.id))
        except Conflict as conflict:
            self.hold_off(conflict.winner or "somebody", conflict.at or 0)
        except HubError:
            return  # whoever may not claim it will be told when they save
        else:
            self.took = True
            self.toast(f"You are on {row.key} now, so that nobody else writes too.")
            self.post_message(ActDone(row.id, f"took {row.key}"))

    def hold_off(self, who: str, until: int) -> None:
        """Somebody else is on it: say that the words can be written here, and where they stay until they can be saved."""
        till = f" until {stamp(until, self.session.now())}" if until else ""
        self.held = f"{one_line(who, 20)} is on it{till}. What you write stays on this computer: ^s saves it once they are done."
        self.paint_reply()

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
        self.keep_typing()
        save = SaveDraft(enquiry_id=view.row.id, text=words, base=editor.base, visibility=Visibility(visibility))
        try:
            if self.session.away:
                raise Unreachable("offline", "Not connected.")
            receipt = await self.session.execute(save)
        except Conflict as conflict:
            await self._clashed(conflict)
            return False
        except Unreachable as gone:
            if self.session.far is None or not await self.save_later(save, view.row.key):
                self._not_saved(gone)
            else:
                self.keep(view.row.id, words, editor.base)
                self.keep_typing()
                editor.kept(words)
                self.held = f"{KEPT_HERE} F8 lists it."
                self.paint_reply()
            return False
        except HubError as error:
            self._not_saved(error)
            return False
        self.clash, self.held, self.took = None, "", False
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
        fresh = await self.session.call(self.session.hub.enquiry, view.row.id)
        self.take(fresh)
        met = self.meets(fresh)
        if conflict.code == "claimed":
            self.hold_off(conflict.winner or "somebody", conflict.at or 0)
        elif not met:
            self.report(conflict)
        if met and self.clash is not None:
            self.toast(f"{self.clash.author} saved v{self.clash.version} first. Both texts are shown; nothing is lost.", "warning")
        self.paint()

    async def leave_editor(self) -> None:
        """Save and go back to reading, whatever the hub says. Words that it does not take are kept and offered again."""
        view = self.view
        if view is None or not self.editing:
            return
        text = self.editor.text
        if not text.strip():
            self.writer.forget(view.row.id)
        elif self.clash is not None or not await self.save():
            waits = self.clash is None and (later := self.saves_later()) is not None and getattr(later.command, "text", "") == text
            if waits:
                self.kept = Kept(view.row.id, self.session.member, text, self.editor.base, self.session.now())
                self.toast(KEPT_HERE, "warning")
            elif not self.keep_here(view.row.id, text):
                return
        self.editing, self.clash, self.held, self.at = False, None, "", -1
        if self.took:
            self.took = False
            self.start(self._let_go(view.row.id), "on-it")
        self.paint()
        self.query_one("#talk").focus()

    def keep_here(self, enquiry_id: str, text: str) -> bool:
        """Keep words that the hub did not take; False, once, when the disk does not take them either."""
        self.keep(enquiry_id, text, self.editor.base)
        self.keep_typing()
        problem, known = self.writer.problem, self._told
        self._told = problem
        if problem and problem != known:
            self.toast(f"{problem} Esc once more leaves all the same; until you quit, d offers the words again.", "error")
            return False
        self.kept = Kept(enquiry_id, self.session.member, text, self.editor.base, self.session.now())
        self.toast("Your words are not saved; they are kept on this computer, and d offers them again.", "warning")
        return True

    async def _let_go(self, enquiry_id: str) -> None:
        """Nothing was saved under the claim that opening the editor took: give it back."""
        from hubconsole.domain.commands import Release

        with contextlib.suppress(HubError):
            await self.session.execute(Release(enquiry_id=enquiry_id))

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
