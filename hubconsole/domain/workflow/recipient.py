"""Where a reply can go: an enquiry by e-mail needs an address before anything but a person's hands can deliver it."""

import re

BY_HAND = "manual"
"""The way out by which a named person publishes; only there may the hub not know where to."""

LONGEST = 320
"""Characters that an address may have at most."""

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


def is_address(text: str) -> bool:
    """Whether ``text`` is one plain mail address (RFC 5321 without quoted local parts)."""
    return _ADDRESS.fullmatch(text) is not None and ".." not in text and not text.startswith(".") and ".@" not in text


def no_address(channel: str, recipient: str) -> bool:
    """Whether a reply on ``channel`` to ``recipient`` has nowhere to go but through somebody's hands."""
    return channel.lower() == "email" and not is_address(recipient)
