"""What breaks a line, in words for people: libraries speak of chunks, errno and alerts."""

from __future__ import annotations

import re
from typing import NamedTuple

_ERRNO = re.compile(r"\[(?:Errno|SSL)[^\]]*\] ?|\(_ssl\.c:\d+\)")
_MOST = 160


class Words(NamedTuple):
    """Why, as it follows ``cannot be reached:`` or ``was lost:``, and what to do; an empty hint where there is nothing better to say."""

    why: str
    hint: str = ""


_PLAIN = "Write the address with http:// if it is this machine; elsewhere have the hub served with TLS."
_SECURE = "Write the address with https://."
_NETWORK = "Check the network."
_TOLD: tuple[tuple[str, Words], ...] = (
    ("wrong_version_number|record layer failure|unknown protocol", Words("it does not speak TLS there", _PLAIN)),
    ("http_request", Words("it does not speak TLS there", _PLAIN)),
    ("without sending a response", Words("it hung up without a word")),
    ("peer closed connection|incomplete (chunked )?read|incomplete message", Words("it hung up in the middle of its answer")),
    ("unexpected[_ ]eof|eof occurred", Words("it hung up in the middle of saying who it is")),
    ("connection refused|connect call failed", Words("nothing listens there", "Check the address and the port; is the hub running?")),
    ("connection reset|connection aborted|broken pipe", Words("the connection was cut")),
    ("name or service not known|nodename nor servname|temporary failure in name|no address associated|getaddrinfo",
     Words("nobody knows a machine of that name", "Check the address and the network.")),
    ("network is unreachable|no route to host|host is down|host is unreachable", Words("there is no way to it from here", _NETWORK)),
    ("illegal status line|malformed|invalid http|bad status|expected http", Words("what is there does not speak HTTP", _SECURE)),
    ("handshake|alert|no shared cipher|unsupported protocol", Words("the two could not agree on how to encrypt")),
)  # fmt: skip
_CERTIFICATES: tuple[tuple[str, str], ...] = (
    ("hostname mismatch|ip address mismatch|doesn't match|is not valid for", "its certificate is for another address"),
    ("has expired", "its certificate has run out"),
    ("not yet valid", "its certificate is not valid yet; perhaps this machine's clock is wrong"),
    ("self[- ]signed|unable to get (local )?issuer|unable to verify", "nobody whom this machine trusts vouches for its certificate"),
    ("revoked", "its certificate was called back"),
)  # fmt: skip


def lost(error: Exception) -> Words:
    """What an error of the network means."""
    said = str(error) or type(error).__name__
    for pattern, words in _TOLD:
        if re.search(pattern, said, re.IGNORECASE):
            return words
    return Words(short(said))


def distrusted(error: Exception) -> str:
    """Why a certificate proves nothing; empty for an error that speaks of none."""
    said = str(error)
    if "CERTIFICATE" not in said.upper():
        return ""
    return next((words for pattern, words in _CERTIFICATES if re.search(pattern, said, re.IGNORECASE)), short(said))


def short(text: str) -> str:
    """Words of a library where there are none of our own: on one line, without numbers for programmers."""
    return _ERRNO.sub("", " ".join(text.split()))[:_MOST].strip().rstrip(".")
