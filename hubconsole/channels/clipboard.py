"""Putting text on the person's clipboard through the terminal (OSC 52), also over SSH. Pure: the screen writes the sequence."""

import base64

MAX_ENCODED = 74_994
"""Longest base64 text that terminals with a 100,000 byte limit and xterm's own take in; longer text is not offered."""


def osc52(text: str, *, limit: int = MAX_ENCODED, tmux: bool = False) -> str | None:
    """The control sequence that sets the clipboard to ``text``; None when it is longer than ``limit`` base64 characters.

    Base64 keeps every byte of the text, so that no character of it can end the sequence early. With ``tmux``
    the sequence is wrapped so that tmux hands it on to the terminal outside.
    """
    encoded = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
    if len(encoded) > limit:
        return None
    sequence = f"\x1b]52;c;{encoded}\x07"
    return f"\x1bPtmux;\x1b{sequence}\x1b\\" if tmux else sequence
