"""What is taken from machines that nobody here runs: which certificates, which addresses, and how much they may answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hubconsole.hub.remote.place import is_loopback

if TYPE_CHECKING:
    import ssl

    import httpx

MOST = 1 << 20
"""Bytes that a small answer has at most, unpacked."""

SECONDS = 10.0
"""Without a byte for so long, the line counts as dead."""

_LONGEST = 2 * SECONDS


def certificates(ca: str) -> ssl.SSLContext:
    """What the machine trusts and, when one is named, the certificates in the file ``ca``. Raises OSError (ssl.SSLError is one)."""
    import ssl

    context = ssl.create_default_context()
    if ca:
        context.load_verify_locations(cafile=ca)
    return context


def is_safe(scheme: str, host: str) -> bool:
    """Whether what is said to an address with these parts is encrypted or stays on this machine."""
    return scheme == "https" or (scheme == "http" and is_loopback(host))


def small_object(response: httpx.Response) -> dict[str, Any]:
    """The JSON object that a streamed response holds. Raises ValueError for anything else, and for one that is long or drips in."""
    import json
    import time

    begun = time.monotonic()
    size = 0
    parts: list[bytes] = []
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > MOST or time.monotonic() - begun > _LONGEST:
            raise ValueError("its answer is too long")
        parts.append(chunk)
    found = json.loads(b"".join(parts))
    if not isinstance(found, dict):
        raise ValueError("its answer is no object")
    return found
