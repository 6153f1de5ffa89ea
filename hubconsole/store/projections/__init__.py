"""Every table that screens read, derived from events in the transaction that writes them."""

from hubconsole.store.projections.children import project_children
from hubconsole.store.projections.enquiry import project_enquiry, stored_row, tally
from hubconsole.store.projections.hub import project_hub

__all__ = ["project_children", "project_enquiry", "project_hub", "stored_row", "tally"]

PROJECTIONS = ("enquiry", "message", "intake", "thread", "draft", "review", "send", "member", "setting", "token", "tally", "search")
"""Tables that can be dropped and made again from the journal."""
