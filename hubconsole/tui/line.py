"""How the line to a hub far away is said in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hubconsole.clock import HOUR, MINUTE, SECOND

if TYPE_CHECKING:
    from hubconsole.hub.port import Connection

SKEWED = 2 * SECOND
"""The hub's clock is spoken of when it differs from this machine's by more than this."""

PATIENCE = 5 * SECOND
"""For so long an act waits for a hub that is being connected to; afterwards it counts as away."""

MOVED = "moved, read only"
"""What is said in place of ``live`` when the hub has moved away."""

STANDS_STILL = "This hub has moved away: what is shown here is as it was then."
"""The same as a sentence."""

SIGN_IN = "hubconsole login"
"""The command that a hub's refusal of the token names."""


def is_away(line: Connection, now: int) -> bool:
    """Whether nothing can be asked of the hub now. While it is being connected to, it is worth a moment's wait."""
    if line.state == "connecting":
        return bool(line.error) or now - line.since >= PATIENCE
    return line.state == "offline"


def signed_out(line: Connection) -> bool:
    """Whether the hub answers, but does not take the token any more."""
    return line.state != "live" and SIGN_IN in line.error


def how_to_sign_in(line: Connection, location: str) -> str:
    """What to do about a token that is not taken any more, as a command; empty where the hub's own words say it whole."""
    return "" if f"{SIGN_IN} http" in line.error else f"{SIGN_IN} {location}"


def gone_for(ms: int) -> str:
    """How long a line has been lost: ``0:12`` in minutes and seconds, from an hour on ``1 h 05``."""
    if ms >= HOUR:
        return f"{ms // HOUR} h {ms % HOUR // MINUTE:02d}"
    return f"{max(0, ms) // MINUTE}:{max(0, ms) % MINUTE // SECOND:02d}"


def as_of(line: Connection, now: int) -> str:
    """``as of 14:02``, with the day where it is another one; ``nothing read yet`` where there is nothing."""
    from hubconsole.times import clock_words

    return f"as of {clock_words(line.as_of, now)}" if line.as_of else "nothing read yet"


def state_words(line: Connection, now: int) -> str:
    """``live``, ``connecting, as of 14:02``, ``not connected 0:12, as of 14:02``, ``signed out, as of 14:02``."""
    if line.state == "live":
        return "live"
    if signed_out(line):
        said = "signed out"
    else:
        said = "connecting" if line.state == "connecting" else f"not connected {gone_for(now - line.since)}"
    return f"{said}, {as_of(line, now)}"


def skew_words(line: Connection) -> str:
    """``hub's clock +14 s`` where it differs by more than :data:`SKEWED`; else empty."""
    if abs(line.skew_ms) <= SKEWED:
        return ""
    seconds = round(abs(line.skew_ms) / SECOND)
    size = f"{seconds} s" if seconds < 120 else f"{round(seconds / 60)} min" if seconds < 7200 else f"{round(seconds / 3600)} h"
    return f"hub's clock {'+' if line.skew_ms > 0 else '-'}{size}"


def place_of(location: str) -> str:
    """The host of a hub's address, for the header; empty for a file."""
    scheme, _, rest = location.partition("://")
    return rest.partition("/")[0].rpartition("@")[2] if scheme in ("http", "https") else ""
