"""The slices of the board: its columns, and what the list layouts begin with."""

from __future__ import annotations

from typing import NamedTuple


class Part(NamedTuple):
    """One slice of the board before the person's filter."""

    id: str
    title: str
    filter: str
    empty: str


PARTS = (
    Part("new", "NEW", "state:new", "Nothing new.\nn takes one in by hand."),
    Part("working", "WORKING", "state:working", "Nobody is writing.\na takes one from NEW."),
    Part("in_review", "IN REVIEW", "state:in_review", "Nothing waits for\na decision."),
    Part("ready", "READY", "state:ready", "Nothing is approved\nand unsent."),
    Part("done", "WAITING · DONE", "state:waiting_customer|sent|resolved|closed", "Nothing waits for\na customer yet."),
)
"""The columns of the wide board."""

OPEN = Part("open", "OPEN", "state:open", "Nothing is open. n takes an enquiry in by hand.")
"""The first slice of the list layouts; left and right go through this one and the columns."""
