"""Which keys an enquiry offers to whom, and what its reader should know first: mixed into the enquiry screen."""

from __future__ import annotations

from textual.content import Content

from hubconsole.clock import age
from hubconsole.store.rows import EnquiryView, MessageRow, SendRow
from hubconsole.text import one_line
from hubconsole.tui.bindings import BY_ID, WORKERS
from hubconsole.tui.line import as_of
from hubconsole.tui.screens.decisions import sentence
from hubconsole.tui.screens.replies import Replies
from hubconsole.tui.widgets.gates_view import PENDING, review_at
from hubconsole.tui.widgets.lines import CARE, GOOD, STRONG, stamp
from hubconsole.tui.widgets.signs import ALERT, DISC, WAITS

WAYS = {"manual": "by hand", "outbox": "through the outbox"}
"""Ways out as people say them."""

_UNDERWAY = {
    "delivering": "is on its way",
    "in_doubt": "may have gone out: look, then M says that it was sent, B that it was not",
    "failed": "",
    "blocked": "",
}
"""What is said of a send that has not come to its end; the send's own reason where it says nothing."""

_NEXT = ("accept", "still_right", "send", "withdraw", "mark_sent", "not_sent")
"""Keys that stand first in the footer where they work."""


_OVER = ("sent", "waiting_customer", "resolved", "closed")
"""States in which the customer, or nobody, has the next move."""

_ENDS = ("resolve", "await_customer", "close", "reopen")
"""What is done about an enquiry in these states."""


class Steering(Replies):
    """See the module's text."""

    def shown_keys(self) -> tuple[str, ...]:
        """While writing, the keys that write; else what comes next in this state, then all that works in it."""
        if self.editing:
            return ("save", "submit", "visibility", "back")
        over = self.view is not None and self.view.row.state in _OVER
        always = () if self.awaits_publishing or over else ("draft", "submit", "send") if self.view and self.view.drafts else ("draft",)
        usual = [
            key for key in super().shown_keys()
            if key != "save" and (not self.blocked(key) or (key in always and self.session.may(BY_ID[key].who)))
        ]  # fmt: skip
        first = [key for key in _NEXT if not self.blocked(key)]
        if self.queued is not None:
            first, usual = ["undo", *(key for key in first if key != "send")], [key for key in usual if key not in ("submit", "send")]
        elif self.awaits_publishing:
            first, usual = ["mark_sent", "not_sent"], [key for key in usual if key not in ("draft", "submit", "send")]
        elif "withdraw" in first:
            usual = [key for key in usual if key not in ("submit", "send")]
        if over:
            usual = [*(key for key in _ENDS if not self.blocked(key)), *usual]
        if self.reviewer:
            usual = ["approve", *(key for key in usual if key != "claim")]
        return tuple(dict.fromkeys([*usual[:1], *first, *usual[1:]] if self.reviewer else [*first, *usual]))

    # --- deciding ---------------------------------------------------------------------------------

    @property
    def awaits_publishing(self) -> bool:
        """Whether the reply is with a person who publishes it by hand, or nobody knows whether it went out."""
        sent = self.view.sends[-1] if self.view and self.view.sends else None
        return sent is not None and sent.state in ("handed_over", "in_doubt")

    @property
    def reviewer(self) -> bool:
        """Whether the key that takes an enquiry opens the decision here: for members who only decide, and for others whose gate waits."""
        functions = self.session.functions
        if self.policy is None or not functions or not any(f in {d.value for _, d in self.policy.gates} for f in functions):
            return False
        if not any(function in WORKERS for function in functions):
            return True
        return bool(self.gate_of_mine()) and not any(function in ("service", "sales", "supervisor") for function in functions)

    def gate_of_mine(self) -> str:
        """A gate that waits for a decision of this member; empty when none does."""
        view, policy = self.view, self.policy
        if view is None or policy is None:
            return ""
        for gate, function in policy.gates:
            review = review_at(view, gate)
            if function.value in self.session.functions and review is not None and review.state in PENDING:
                return gate
        return ""

    def blocked(self, key_id: str) -> str:
        """For a reviewer the key that takes it decides instead; what was sent is said only of what was handed over."""
        if key_id not in ("claim", "approve") or not self.reviewer:
            reason = super().blocked(key_id)
            if not reason and key_id in ("mark_sent", "not_sent") and self.view is not None and not self.awaits_publishing:
                return f"No reply of {self.view.row.key} is with anybody to be published; S hands an approved one over."
            return reason
        if not self.view or self.gate_of_mine():
            return ""
        return f"Nothing on {self.view.row.key} waits for your decision now; whoever answers the customer takes it."

    async def act_claim(self) -> None:
        """Take it, or go where it is decided."""
        if not self.reviewer:
            await super().act_claim()
            return
        self.act_approve()

    def act_approve(self) -> None:
        """Go to the pane in which the waiting gate is decided, with this reply on it."""
        from hubconsole.tui.screens.legal import gate_of

        gate, view = self.gate_of_mine(), self.view
        pane = next((pane for pane in self.console_app.opening.panes if pane.layout == "review" and gate == gate_of(pane)), None)
        if view is None or not gate:
            return
        if pane is None:
            self.toast(f'No pane decides the gate {gate}: add one with layout = "review" to your panes.toml.', "warning")
            return
        self.console_app.go(pane.id).show(view.row.key)

    def tell_verdict(self, before: EnquiryView, view: EnquiryView) -> None:
        """Whoever has the reply on the screen is told what became of it, not only shown another word."""
        was, now, key = before.row.state, view.row.state, view.row.key
        deciders = {review.decided_by for review in view.reviews if review.decided_by}
        if was != "in_review" or self.session.member in deciders or not self.session.may(WORKERS):
            return
        if now == "ready":
            self.toast(f"{key} is approved: {self.console_app.keys.sign('send')} sends it.")
        elif now == "working" and any(review.state == "decided" and review.verdict in ("return", "reject") for review in view.reviews):
            self.toast(f"{key} came back: read why, then {self.console_app.keys.sign('draft')} changes it.", "warning")

    def notices(self) -> list[tuple[Content, Content]]:
        """What the writer should know before anything else: unsaved words, a suspended review, a send under way."""
        view, now = self.view, self.session.now()
        if view is None:
            return []
        said: list[tuple[str, str, str]] = []
        line = self.session.line
        if line is not None and line.state != "live":
            said.append((ALERT, CARE, f"{as_of(line, self.session.clock())}: what others did since is not shown"))
        sent = view.sends[-1] if view.sends else None
        if sent is not None and sent.state == "handed_over":
            words = f"HANDED OVER by {sent.queued_by}: publish v{sent.version}, then M marks it sent (B: it was not published)."
            said.append((ALERT, f"{CARE} bold", f"{words} {self.where_handed(sent)}".rstrip()))
        if self.editing and self.held:
            said.append((ALERT, CARE, self.held))
        if self.clash is not None:
            theirs = f"{self.clash.author} saved v{self.clash.version} meanwhile"
            words = f"{theirs}. ^s saves yours on top of it; Esc keeps yours on this computer. Neither is lost."
            said.append((ALERT, CARE, words))
        mark = self.session.doing.unsettled(view.row.id)
        if mark is not None and not (self.editing and mark.short == "kept here"):
            said.append((self.console_app.glyphs.pending, STRONG, mark.long))
        if self.kept is not None and not self.editing and self.saves_later() is None:
            words = f"{len(self.kept.text)} characters typed {stamp(self.kept.at, now)} were not saved: d restores or drops them."
            said.append((ALERT, CARE, words))
        queued = self.queued
        if queued is not None:
            said.append((WAITS, STRONG, f"v{queued.version} {self._leaving(queued, now)}"))
        for review in view.reviews:
            if review.state == "suspended" and review.version == view.row.draft:
                mine = self.session.may(BY_ID["still_right"].who)
                then = "u says the reply is still right; d changes it." if mine else "Its author says whether the reply is still right."
                said.append((ALERT, CARE, f"{review.gate} is suspended: {sentence(review.because)}. {then}"))
        if sent is not None and sent.state in _UNDERWAY and sent.version == view.row.draft:
            said.append((ALERT, CARE, f"v{sent.version} {_UNDERWAY[sent.state] or f'{sent.state}: {sent.reason}'}"))
        gate = self.gate_of_mine() if not self.editing else ""
        if gate:
            said.append((WAITS, CARE, f"{gate} waits for your decision" + (": a goes there" if self.reviewer else "")))
        answer = newest_in(view)
        if answer is not None and view.row.waiting_since is not None and not view.drafts:
            said.append((DISC, GOOD, f"the customer has waited {age(now - view.row.waiting_since)}"))
        return [(Content.styled(f"{sign} ", style), Content.styled(one_line(words, 400), style)) for sign, style, words in said]

    def _leaving(self, queued: SendRow, now: int) -> str:
        """How a queued send stands. Without the hub that is known as of the last word from it only, however late it is by now."""
        way, line = WAYS.get(queued.via, f"by {queued.via}"), self.session.line
        if line is not None and line.state != "live":
            return f"was queued to leave {way}, {as_of(line, self.session.clock())}; whether it left is not known"
        if not self.session.connected:
            return f"was queued to leave {way}; whether it left is not known"
        left = max(0, -(-(queued.not_before - now) // 1000))
        return f"leaves {way} in {left} s, z takes it back" if left else f"is leaving {way}"


def newest_in(view: EnquiryView) -> MessageRow | None:
    """The customer's newest message."""
    return next((message for message in reversed(view.messages) if message.direction == "in"), None)
