"""Names of channels: one spelling each, so that a rule about a channel cannot be passed by writing it another way; and who reads along."""

import re
import unicodedata
from functools import lru_cache

from hubconsole.domain.terms import Visibility
from hubconsole.errors import UsageProblem

_PRIVATE = frozenset(("email", "web", "chat", "dm", "phone", "paper", "walk_in"))

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_OTHER = re.compile(r"[^a-z0-9_-]+")


@lru_cache(1024)
def folded(name: str) -> str:
    """A channel's name in the spelling that the hub keeps: small plain letters, no space around it."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


def channel_name(name: str) -> str:
    """The name as the hub keeps it. Raises UsageProblem ``no_channel`` or ``bad_channel``."""
    kept = folded(name)
    if not kept:
        raise UsageProblem("no_channel", "An enquiry needs the channel it came by.", "Give a channel, for example phone.")
    if not _NAME.fullmatch(kept):
        raise UsageProblem(
            "bad_channel",
            f"{name[:40]!r} cannot be a channel's name.",
            "Use up to 32 of a to z, 0 to 9, - and _, for example walk_in.",
        )
    return kept


def usual_visibility(channel: str) -> Visibility:
    """Private for mail, forms, chats and what is taken in by hand; public for everything else, to be careful.

    ``channel`` is a name as the hub keeps it.
    """
    return Visibility.PRIVATE if channel in _PRIVATE else Visibility.PUBLIC


def channel_of_cell(cell: str) -> str:
    """A channel's name made of what a table says, ``Live Chat`` becoming ``live_chat``; empty for an empty cell.

    Raises ValueError with the reason when nothing that could name a channel is left.
    """
    kept = folded(cell)
    if kept and not _NAME.fullmatch(kept):
        bare = unicodedata.normalize("NFKD", kept).encode("ascii", "ignore").decode()
        kept = _OTHER.sub("_", bare).strip("_-")[:32]
        if not kept:
            raise ValueError(f"{cell[:40]!r} cannot be a channel's name")
    return kept
