"""What a reviewer does with a reply: each decision asks for what it needs, shows the exact text, and is then carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from hubconsole.domain.terms import Verdict
from hubconsole.hub.agreement import NO_AGREEMENT, NO_AGREEMENT_HINT
from hubconsole.text import one_line
from hubconsole.tui.bindings import named
from hubconsole.tui.bindings import shown as shown_key
from hubconsole.tui.screens.confirm import Confirm, Proposal, blocking
from hubconsole.tui.screens.deciding import Deciding
from hubconsole.tui.screens.dialogs import Field
from hubconsole.tui.screens.queueing import Asked
from hubconsole.tui.screens.reasons import ConditionBar, Reason, ReasonBar
from hubconsole.tui.waiting import ELSE, FOLLOWS
from hubconsole.tui.widgets.decision_bar import Choice
from hubconsole.tui.widgets.draft_editor import DraftEditor
from hubconsole.tui.widgets.exact_text import draft_visibility, outgoing_of
from hubconsole.tui.widgets.flags_view import Looked, look_over, measured_words
from hubconsole.tui.widgets.gates_view import PENDING, condition_sentence, review_at, standing, words_for
from hubconsole.tui.widgets.lines import DIM, plain_signs, stamp
from hubconsole.tui.widgets.review_pane import ReviewPane
from hubconsole.tui.widgets.signs import ALERT, drawn
from hubconsole.tui.wording import within

if TYPE_CHECKING:
    from hubconsole.domain.policy import Policy
    from hubconsole.store.rows import DraftRow, EnquiryView, ReviewRow

OFFERED = (
    ("approve", "approve"), ("amend", "amend"), ("condition", "condition"), ("return", "return"), ("reject", "reject"),
    ("ask_author", "ask the author"), ("not_required", "not needed"),
)  # fmt: skip
"""Keys of the decision bar, in order, with their words."""

_TITLES = {Verdict.APPROVE_WITH_CONDITIONS: "Approve {} under conditions", Verdict.NOT_REQUIRED: "Say that {} needs no such review"}
"""Titles of the last look that are not the verb and what it is about."""


def amended_by(view: EnquiryView, draft: DraftRow, member: str) -> bool:
    """Whether the member made this version by amending, which is one act: version and decision have the same time.

    Where amended words count at once she may approve them anew, should that have run out or been taken back.
    """
    decided = ((row.actor, row.at) for row in view.trail if row.kind == "review.decided")
    return draft.author == member and (member, draft.at) in decided


class Decisions(Deciding):
    """Mixed into a screen that shows one reply (``shown``) of one gate (``GATE``) and can go on to the next."""

    policy: Policy | None
    changed: str
    unread: str = ""  # why the reply under the cursor is not on the screen, as a sentence

    @property
    def sampling(self) -> bool:
        """Whether what is shown has gone out and is looked at afterwards."""
        review = self.shown.review if self.shown else None
        return review is not None and review.after

    def choices(self) -> tuple[Choice, ...]:
        """The decision bar as it is now: the keys in force, and why one does not work."""
        keys = self.console_app.keys
        return tuple(Choice(shown_key(named(keys.keys_of(one))[0]), words, self.blocked(one)) for one, words in OFFERED)

    def drop_questions(self, because: str) -> None:
        """Close whatever was being asked about the reply: it is another one now."""
        for screen in (Confirm, ReasonBar, ConditionBar):
            for above in [above for above in self.app.screen_stack if isinstance(above, screen)]:
                above.dismiss(None)
        self.toast(f"It changed while you looked at it: {because} Nothing was decided; read it again.", "warning")

    def looked_again(self) -> bool:
        """Whether the reply may be decided; the first key after a change by others only says that it changed."""
        if not self.changed:
            return True
        self.toast(f"{self.changed} Read it as it stands now, then press the key again.", "warning")
        self.changed = ""
        return False

    # --- who may decide what ------------------------------------------------------------------------

    @property
    def pending(self) -> ReviewRow | None:
        """This gate's review of the shown reply, when it waits for a decision."""
        review = review_at(self.shown.view, self.GATE) if self.shown else None
        return review if review is not None and review.state in PENDING else None

    def not_mine(self) -> str:
        """Why this member does not decide this gate; empty when they do."""
        function = self.policy.decides(self.GATE) if self.policy else None
        if self.policy and function is None:
            return f"The policy has no gate {self.GATE}; its replies need no such review."
        if function and function not in self.session.functions:
            return f"Only {function} decides the {self.GATE} gate; you are {', '.join(self.session.functions) or 'nobody yet'}."
        return ""

    def blocked(self, key_id: str) -> str:
        """Why a decision key does not work now."""
        reason = super().blocked(key_id)
        if key_id == "undo" and not reason:
            return self.why_not_back()
        if key_id == "amended" and not self.amending:
            return "There are no words of yours here yet; e opens them."
        if reason or key_id not in ("approve", "amend", "condition", "return", "reject", "not_required", "ask_author"):
            return reason
        if self.shown is None:
            return self.unread or f"Nothing is waiting for {self.GATE}."
        if key_id != "ask_author" and (way := self.on_its_way(self.shown.view.row.id)):
            return way
        if mine := self.not_mine():
            return mine
        review = review_at(self.shown.view, self.GATE)
        if review is None:
            return f"{self.shown.view.row.key} was not submitted to {self.GATE}."
        if review.state == "suspended":
            return "The customer wrote again: the author says first whether the reply is still right."
        if review.after and key_id not in ("approve", "return"):
            return "It has gone out: it can only be found right (a) or wanting (r)."
        if review.state not in PENDING:
            return f"Nothing to decide: {standing(review, self.session.now())[2]}."
        if not self.shown.newest:
            return f"You are looking at v{self.shown.draft.version}; ] goes to the one under review."
        draft, member = self.shown.draft, self.session.member
        again = self.policy is not None and self.policy.amend == "at_once" and amended_by(self.shown.view, draft, member)
        own = member in {draft.author, *draft.contributors} and not (again and key_id in ("approve", "condition"))
        if own and key_id in ("approve", "condition", "not_required", "amend") and not self.session.info.tiny_team:
            if again:
                return f"v{draft.version} is your own amendment: a approves it as it stands, r gives it back to be changed."
            return f"You wrote words of v{draft.version}; somebody else must approve it."
        return ""

    def shown_keys(self) -> tuple[str, ...]:
        """While one's own words are written, the way on and the way back."""
        return ("amended", "back") if self.amending else super().shown_keys()

    # --- one method a key ---------------------------------------------------------------------------

    def act_approve(self) -> None:
        """Approve the exact words."""
        self._propose(Verdict.APPROVE, "approve", ())

    def act_condition(self) -> None:
        """Approve under conditions."""
        if self.shown is None or not self.looked_again():
            return
        title = f"Approve {self.shown.view.row.key} v{self.shown.draft.version} only if"
        self.app.push_screen(ConditionBar(title, self.session.now()), self._conditions_given)

    def _conditions_given(self, conditions: tuple[str, ...] | None) -> None:
        link = next((word.partition(":")[2] for word in conditions or () if word.startswith("add_link:")), "")
        if link and self.shown is not None and link not in self.shown.draft.text:
            self.toast(f"v{self.shown.draft.version} does not hold the link {link}: amend it in with e, or return it.", "warning")
        elif conditions:
            said = tuple(condition_sentence(word, self.session.now()) for word in conditions)
            self._propose(Verdict.APPROVE_WITH_CONDITIONS, "approve under conditions", said, conditions=conditions)

    def act_return(self) -> None:
        """Return it with a reason."""
        self._ask_reason(Verdict.RETURN, "Return")

    def act_reject(self) -> None:
        """Reject it with a reason."""
        self._ask_reason(Verdict.REJECT, "Reject")

    def act_not_required(self) -> None:
        """Say that this gate is not needed."""
        self._propose(Verdict.NOT_REQUIRED, "not needed", (f"You say that {self.GATE} need not look at this reply.",))

    def act_ask_author(self) -> None:
        """Ask the author; the review stays."""
        if self.shown is not None:
            title = f" Ask {self.shown.draft.author} about {self.shown.view.row.key} v{self.shown.draft.version} "
            self.ask(title, [Field("question", placeholder="never sent to the customer; the review stays yours")], self._ask_author)

    def act_amend(self) -> None:
        """Write one's own words in place of the author's."""
        if self.shown is None or not self.looked_again():
            return
        self.amending = True
        self.console_app.hold_keys()
        self.add_class("-reading")
        self.query_one(ReviewPane).add_class("-amending")
        editor = self.query_one("#amend", DraftEditor)
        editor.policy = self.policy
        editor.unsaved = "^s goes on to the last look"
        draft = self.shown.draft
        editor.load(draft.text, draft.version, self.shown.view.row.channel, draft_visibility(self.shown.view, draft, self.policy))
        kept = self.recovery.find(self.amendment())
        if kept is not None and kept.base == draft.version and kept.text != draft.text:
            editor.restore(kept.text)
            self.toast(f"Your words of {stamp(kept.at, self.session.now())} are here again; Esc leaves them kept.")
        editor.focus_words()
        self.query_one(ReviewPane).show_redline(self.shown, editor.text)
        self.call_after_refresh(editor.scroll_visible, animate=False)
        self.refresh_frame()

    def being_written(self) -> tuple[str, str, int] | None:
        """The reviewer's own words, once they differ from the author's."""
        if not self.amending or self.shown is None:
            return None
        draft, words = self.shown.draft, self.query_one("#amend", DraftEditor).text
        return (self.amendment(), words, draft.version) if words != draft.text else None

    def on_draft_editor_typed(self, message: DraftEditor.Typed) -> None:
        """The redline follows the typing."""
        if self.amending and self.shown is not None:
            self.query_one(ReviewPane).show_redline(self.shown, message.text)
            self.note_typing()

    def on_draft_editor_looked_over(self, message: DraftEditor.LookedOver) -> None:
        """Length and flags of the words being written stand in the frame, wherever the pane is scrolled to."""
        if self.amending:
            pane = self.query_one(ReviewPane)
            said = Content.assemble(measured_words(message.looked), ("   ^s or F2 goes on, Esc leaves ", DIM))
            pane.border_subtitle = drawn(said, plain_signs(pane))

    def leave_amending(self) -> None:
        """Back to the words as they were submitted."""
        self.amending = False
        pane = self.query_one(ReviewPane)
        pane.remove_class("-amending")
        pane.border_subtitle = ""
        if self.shown is not None:
            pane.show(self.shown)
        pane.focus()
        self.refresh_frame()

    def put_down(self) -> None:
        """The words of one reviewer are not the next one's."""
        if self.amending:
            self.leave_amending()

    def propose_amendment(self, editor: DraftEditor) -> None:
        """On to the confirmation of one's own words."""
        if self.shown is None:
            return
        if editor.text == self.shown.draft.text:
            self.toast("These are the author's words still. Change them, or leave with Esc and approve.", "warning")
        elif not editor.text.strip():
            self.toast("There are no words left. Write some, or leave with Esc and return it.", "warning")
        else:
            self._propose(Verdict.AMEND, "amend", (f"You become an author of v{self.shown.draft.version + 1}.",), text=editor.text)

    # --- from a key to a decision -------------------------------------------------------------------

    def _ask_reason(self, verdict: Verdict, verb: str) -> None:
        if self.shown is None or not self.looked_again():
            return

        def given(reason: Reason | None) -> None:
            if reason is not None and self.shown is not None:
                view, author = self.shown.view, self.shown.draft.author
                back = view.row.owner if author == self.session.member and view.row.owner else author
                whom = "Found wanting" if self.sampling else f"Back to {back}"
                said = f"{whom}: {'. '.join(sentence(words) for words in (words_for(reason.word), reason.note) if words)}."
                self._propose(verdict, verb.lower(), (one_line(said, 300),), reason=reason.word, note=reason.note)

        self.app.push_screen(ReasonBar(f"{verb} {self.shown.view.row.key} v{self.shown.draft.version} because of"), given)

    def _propose(
        self, verdict: Verdict, act: str, consequence: tuple[str, ...], *, conditions: tuple[str, ...] = (), reason: str = "",
        note: str = "", text: str = "",
    ) -> None:  # fmt: skip
        """Show exactly what is being decided about, and carry it out after the confirming key."""
        from hubconsole.domain.commands import Decide

        shown = self.shown
        review = shown.review if shown else None
        if shown is None or review is None or not self.looked_again():
            return
        view, draft = shown.view, shown.draft
        if draft.digest != review.digest and not review.after:
            self.toast("The review is about another text than the one shown. Read it anew with R.", "warning")
            return
        positive = verdict not in (Verdict.RETURN, Verdict.REJECT) and not review.after
        exact = outgoing_of(view, draft, self.policy, text=text or None, conditions=conditions)
        if review.after:
            exact = exact._replace(digest=review.digest, checked=exact.checked and draft.digest == review.digest)
        if positive and exact.differs:
            self.toast(f"{NO_AGREEMENT} {NO_AGREEMENT_HINT}", "error")
            return
        looked = look_over(self.policy, exact.text, exact.channel, exact.visibility) if text else shown.looked
        flags = blocking(looked.flags) if positive else ()
        follows = (*consequence, *self._follows(verdict, looked))
        title = _TITLES.get(verdict, f"{act[0].upper()}{act[1:]} {{}} for {self.GATE}").format(f"{view.row.key} reply v{exact.version}")
        label, away = within(title), self.session.away
        if away:
            title, act, follows = f"Queue: {label}, as it stands", "queue it", (FOLLOWS, ELSE, *consequence)

        def answered(confirmed: tuple[str, ...] | None) -> None:
            if confirmed is not None:
                decide = Decide(
                    enquiry_id=view.row.id, gate=self.GATE, verdict=verdict, digest=review.digest, reason=reason, note=note,
                    conditions=conditions, text=text, confirm=confirmed,
                )  # fmt: skip
                asked = Asked(decide, view.row.key, label, view.row.version)
                self.start(self.put_decision_aside(asked, shown) if away else self.decide(decide, shown, asked), "decide")

        self.app.push_screen(Confirm(Proposal(title, exact, follows, act, flags, positive), self.session.now()), answered)

    def _follows(self, verdict: Verdict, looked: Looked) -> tuple[str, ...]:
        if self.sampling:
            return ("It has gone out already: what you find is recorded, and nothing moves.",)
        others = [word for word in (self.shown.view.row.gates.split() if self.shown else ()) if not word.startswith(f"{self.GATE}:")]
        waiting = [word.partition(":")[0] for word in others if word.endswith((":requested", ":opened"))]
        if verdict in (Verdict.RETURN, Verdict.REJECT):
            return ("These words are turned down; nothing goes out.",)
        said = [f"It may leave once {', '.join(waiting)} has approved it too." if waiting else "It may leave as soon as somebody sends it."]
        if looked.limit is not None and looked.length > looked.limit:
            said.insert(0, f"{ALERT} It is too long for its channel.")
        if verdict is Verdict.AMEND and self.policy is not None and self.policy.amend != "at_once":
            said = [
                "The author accepts your words first."
                if self.policy.amend == "author_accepts"
                else "A second reviewer looks at your words."
            ]
        return tuple(said)

    async def _ask_author(self, said: tuple[str, ...]) -> None:
        from hubconsole.domain.commands import AskAuthor

        if self.shown is not None and said[0].strip():
            author = self.shown.draft.author
            await self.tell(
                f"Asked {author}; the review stays with you", AskAuthor(enquiry_id=self.shown.view.row.id, gate=self.GATE, text=said[0])
            )


def sentence(words: str) -> str:
    """Words as the beginning of a sentence, without the stop that whoever joins them puts there."""
    said = words.strip().rstrip(".")
    return said[:1].upper() + said[1:]
