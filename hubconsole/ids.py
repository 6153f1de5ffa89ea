"""Identifiers made by the application, never by the database.

UUIDv7 (RFC 9562, section 5.7): 48 bits of Unix time in milliseconds, then random bits, so that
ids sort by the time they were made and need no sequence that two databases could disagree about.
"""

import os
import re
import time

_HEX_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_VARIANT = {digit: "89ab"[place % 4] for place, digit in enumerate("0123456789abcdef")}
"""The first digit after the version holds the variant: binary 10, then two random bits."""

_KEY = re.compile(r"(?:[Ee]-?)?([1-9][0-9]{0,17})")


def new_id(at_ms: int | None = None) -> str:
    """A new UUIDv7 in its canonical text form; ``at_ms`` is Unix time in milliseconds (default: now)."""
    ms = time.time_ns() // 1_000_000 if at_ms is None else at_ms
    moment, random = f"{ms & (1 << 48) - 1:012x}", os.urandom(10).hex()
    return f"{moment[:8]}-{moment[8:]}-7{random[:3]}-{_VARIANT[random[3]]}{random[4:7]}-{random[7:19]}"


def is_id(text: str) -> bool:
    """Whether ``text`` is a UUIDv7 in canonical form."""
    return _HEX_ID.fullmatch(text) is not None


def key_of(number: int) -> str:
    """The key people say and type for the enquiry with this running number: ``E-1042``."""
    return f"E-{number}"


def number_of(key: str) -> int | None:
    """The running number in a key (``E-12``, ``e12`` and ``12`` are all accepted), or None if it is no key."""
    match = _KEY.fullmatch(key.strip())
    return int(match[1]) if match else None
