"""What moved under an act that came too late, in words: the hub says what happened, the customer's first words are looked up here.

A refusal never carries a customer's words, for it reaches logs, scripts and tokens that may not read them. Whoever may read the
enquiry is told them all the same, short and inert.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hubconsole.domain.meanwhile import WROTE_AGAIN
from hubconsole.errors import HubError
from hubconsole.text import one_line
from hubconsole.tui.widgets.lines import stamp

if TYPE_CHECKING:
    from hubconsole.store.rows import MessageRow
    from hubconsole.tui.session import Session

FIRST_WORDS = 60
"""Cells of the customer's words that are shown."""


def wrote_again(message: MessageRow, now: int) -> str:
    """``the customer wrote again 08:44: “I have changed my mind”``; erased words are not shown."""
    words = one_line(message.text, FIRST_WORDS) if not message.erased else ""
    return f"{WROTE_AGAIN} {stamp(message.at, now)}" + (f": “{words}”" if words else "")


async def what_moved(session: Session, error: HubError, enquiry_id: str) -> str:
    """The refusal's sentence; where it tells of a new message of the customer, with when it was and how it begins."""
    if WROTE_AGAIN not in error.message:
        return error.message
    try:
        view = await session.call(session.hub.enquiry, enquiry_id)
    except HubError:
        return error.message
    newest = next((message for message in reversed(view.messages) if message.direction == "in"), None)
    return error.message.replace(WROTE_AGAIN, wrote_again(newest, session.now()), 1) if newest else error.message
