"""Whether what a person is shown of a reply is what its digest stands for.

A decision names a digest, but people read words. The tables that they read them from can be changed by whoever has the
file; so wherever a reply is shown to be decided about, its digest is computed again from what is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hubconsole.domain.digest import Envelope, approval_digest

if TYPE_CHECKING:
    from hubconsole.domain.policy import Policy
    from hubconsole.store.rows import EnquiryView

NO_AGREEMENT = "What is shown here is not what this digest stands for: the tables do not agree with the journal."
"""What to tell somebody who is about to decide."""
NO_AGREEMENT_HINT = "Decide nothing; keep a copy of the hub, see hubconsole audit verify, then hubconsole rebuild."
"""And what to do then."""


def shown_digest(view: EnquiryView, text: str, visibility: str, policy: Policy) -> str:
    """The digest of these words with what surrounds them in the view."""
    row = view.row
    envelope = Envelope(
        row.id, row.channel, view.account, view.recipient, visibility, view.in_reply_to, policy.version, view.subject, view.attachments
    )
    return approval_digest(text, envelope)


def agrees(view: EnquiryView, policy: Policy) -> bool | None:
    """Whether the newest draft's words, as shown, give its digest and that of every review that waits for a decision on it.

    None when nothing waits for a decision: the digest may then be that of an earlier policy.
    """
    if view.row.state != "in_review" or not view.drafts:
        return None
    draft = view.drafts[-1]
    computed = shown_digest(view, draft.text, draft.visibility or view.row.visibility, policy)
    waiting = [review.digest for review in view.reviews if review.state in ("requested", "opened") and not review.after]
    return {draft.digest, *waiting} == {computed}
