"""The gates of the present reply, where each stands, and why it is there."""

from textual.content import Content

from hubconsole.clock import age
from hubconsole.store.rows import EnquiryView, ReviewRow
from hubconsole.text import one_line, visible
from hubconsole.tui.moved import wrote_again
from hubconsole.tui.widgets.lines import CARE, DIM, GOOD, STRONG, Lines, fit, hang, label, stamp
from hubconsole.tui.widgets.signs import ALERT, RING, TICK, WAITS
from hubconsole.tui.wording import sentence

CONDITION_WORDS = {
    "dm_only": "by DM",
    "add_link": "with the link",
    "valid_until": "until",
    "this_reply_only": "for this reply",
    "reuse": "may be reused",
}
"""Conditions of an approval as people say them."""

PENDING = ("requested", "opened")
"""States in which a review waits for its reviewer."""

_FIRST = "must approve it first"
"""How a reason speaks of a gate before it has decided."""

_DID = {
    "approve": "approved it",
    "approve_with_conditions": "approved it under conditions",
    "amend": "approved it as amended",
    "not_required": "said that it is not required",
    "return": "returned it",
    "reject": "rejected it",
}
"""How a reason speaks of a gate that has decided, by verdict."""

_PASSED = ("approve", "approve_with_conditions", "amend", "not_required")


def current_reviews(view: EnquiryView) -> tuple[ReviewRow, ...]:
    """The newest review of each gate, in the order in which the policy names the gates; samples after sending are left out."""
    newest: dict[str, ReviewRow] = {}
    for review in view.reviews:
        known = newest.get(review.gate)
        if not review.after and (known is None or (review.version, review.requested_at) >= (known.version, known.requested_at)):
            newest[review.gate] = review
    order = [word.partition(":")[0] for word in view.row.gates.split()]
    return tuple(sorted(newest.values(), key=lambda review: (order.index(review.gate) if review.gate in order else 99, review.gate)))


def review_at(view: EnquiryView, gate: str) -> ReviewRow | None:
    """The newest review of one gate, or None. A sample after sending counts while it waits and nothing else of the gate does."""
    current = next((review for review in current_reviews(view) if review.gate == gate), None)
    if current is not None and current.state in (*PENDING, "suspended"):
        return current
    sample = next((review for review in reversed(view.reviews) if review.after and review.gate == gate and review.state in PENDING), None)
    return sample or current


def words_for(reason: str, now: int = 0) -> str:
    """A reason or a condition with its value as people say it: ``personal data``, ``until 22 Nov 03:14``."""
    word, colon, value = reason.partition(":")
    if word not in CONDITION_WORDS:
        return reason.replace("_", " ") if not colon and " " not in reason else reason
    if word == "valid_until" and value.isdecimal():
        value = stamp(int(value), now)
    return f"{CONDITION_WORDS[word]} {value}".strip()


def condition_sentence(condition: str, now: int) -> str:
    """What a condition of an approval comes to: ``Only until 22 Nov 03:14.``"""
    said = words_for(condition, now)
    return f"{said[0].upper()}{said[1:]}." if condition == "reuse" else f"Only {said}."


def standing(review: ReviewRow, now: int) -> tuple[str, str, str]:
    """Glyph, style and words for where a review stands."""
    if review.state == "requested":
        return WAITS, CARE, f"waits {age(now - review.requested_at)}, asked by {review.requested_by}"
    if review.state == "opened":
        return WAITS, CARE, f"open with {review.opened_by} since {stamp(review.opened_at, now)}"
    if review.state != "decided":
        because = f": {review.because}" if review.because else ""
        return ALERT, CARE, f"{review.state}{because}"
    who = f"{review.decided_by} {stamp(review.decided_at, now)}"
    if review.verdict not in _PASSED:
        said = {"return": "returned", "reject": "rejected"}.get(review.verdict, review.verdict)
        return ALERT, CARE, f"{said} by {who}: {words_for(review.reason, now)}"
    said = {"amend": "approved as amended", "not_required": "not required, says"}.get(review.verdict, "approved by")
    only = ", ".join(words_for(word, now) for word in review.conditions.split() if not word.startswith("valid_until"))
    until = f", until {stamp(review.expires_at, now)}" if review.expires_at else ""
    return TICK, GOOD, f"{said} {who}{f', only {only}' if only else ''}{until}"


def what_changed(before: EnquiryView, after: EnquiryView, gate: str, me: str) -> str:
    """What others changed about the reply under review, as a sentence; empty when a decision may go on."""
    old = review_at(before, gate)
    if old is not None and old.after:  # it has gone out: nothing that is said or written later changes what is looked at
        found = next((review for review in after.reviews if review.id == old.id), old)
        return f"{found.decided_by} looked at it already." if found.state == "decided" and found.decided_by != me else ""
    if len(after.drafts) != len(before.drafts):
        newest = after.drafts[-1]
        return f"{newest.author} saved version {newest.version}." if newest.author != me else ""
    wrote = [message for message in after.messages if message.direction == "in"]
    if len(wrote) > sum(message.direction == "in" for message in before.messages):
        return sentence(wrote_again(wrote[-1], max(wrote[-1].at, after.row.updated_at)))
    new = review_at(after, gate)
    if new is None or old is None:
        return "" if old is new else "The reply was taken back."
    if new.state == "decided" and old.state != "decided":
        return "" if new.decided_by == me else f"{new.decided_by} decided it: {new.verdict.replace('_', ' ')}."
    if new.state not in (*PENDING, old.state):
        return f"The review is {new.state}{': ' + new.because if new.because else ''}."
    return "The reply under review is another one now." if new.digest != old.digest else ""


def reason_as_it_stands(view: EnquiryView, sentence: str) -> str:
    """Why a gate is asked, in the past once it has decided about the newest words."""
    for review in current_reviews(view):
        asked = f"{review.gate} {_FIRST}"
        if sentence.startswith(asked) and review.state == "decided" and review.version == view.row.draft:
            return f"{review.gate} {_DID.get(review.verdict, 'decided about it')}{sentence.removeprefix(asked)}"
    return sentence


class GatesView(Lines):
    """One line for each gate, then the rules that ask for it."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view: EnquiryView | None = None
        self._now = 0

    def show(self, view: EnquiryView | None, now: int) -> None:
        """Show the gates of this enquiry as of ``now`` (hub time, ms)."""
        self._view, self._now = view, now
        self.renew()

    def lines(self, width: int) -> list[Content]:
        """Gates, then reasons."""
        view = self._view
        if view is None:
            return []
        rows: list[Content] = []
        reviews = current_reviews(view)
        for review in reviews:
            glyph, style, words = standing(review, self._now)
            head = Content.assemble((f"{glyph} ", style), (f"{one_line(review.gate, 12)}", STRONG), (f" v{review.version}  ", DIM))
            rows += hang(head, visible(words), width)
        for review in view.reviews:
            if review.after:
                glyph, style, words = standing(review, self._now)
                name = (one_line(review.gate, 12), STRONG)
                head = Content.assemble((f"{glyph} ", style), name, (f" v{review.version} afterwards  ", DIM))
                rows += hang(head, visible(words), width)
        if not rows:
            rows.append(fit(Content.styled(f"{RING} nothing submitted yet", DIM), width))
        if view.why:
            for n, sentence in enumerate(view.why):
                rows += hang(label("WHY" if n == 0 else "", 5), visible(reason_as_it_stands(view, sentence)).stylize(DIM), width)
        return rows
