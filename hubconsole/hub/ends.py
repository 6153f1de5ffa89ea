"""Where a journal ends: by that two copies of a hub are compared."""

from typing import NamedTuple


class End(NamedTuple):
    """Which hub it is, and where its journal ends."""

    hub_id: str
    name: str
    created_at: int
    """When it was made (ms)."""
    seq: int
    """Place of the newest event."""
    hash: str
    """Its hash (hex)."""
