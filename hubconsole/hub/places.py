"""Places that hubs move between: what is written down of one, whether two name the same, and what is told of one to those outside."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from hubconsole.errors import Conflict, Refused
from hubconsole.store.opening import is_database

if TYPE_CHECKING:
    from hubconsole.hub.port import JournalEntry

ELSEWHERE = "elsewhere; ask whoever keeps it"
"""What is told over the API in place of a file or a database: a journal names the store to its keeper alone."""

_PORT = ":5432"
_LEFT_FOR, _THERE = "after it had left for ", "; replies may have left there"
"""What stands before and behind the place in the reason of a hub that was taken back (:mod:`hubconsole.hub.restoring`)."""
_SAID = {"hub.moved": "to", "hub.arrived": "place", "outbox.shut": "reason", "outbox.opened": "reason"}
"""Where events hold a place, or words in which one may stand."""


def lasting(place: str) -> str:
    """A place as it is still understood tomorrow and from another folder: a file's whole path, an address as it is."""
    return place if "://" in place else os.path.abspath(place)


def same_place(one: str, other: str) -> bool:
    """Whether two places, as they are shown, are one. In doubt they are not: a hub that arrives in two lives twice."""
    if is_database(one) and is_database(other):
        return _database(one) == _database(other)
    if "://" in one or "://" in other:
        return one.rstrip("/") == other.rstrip("/")
    return os.path.realpath(one) == os.path.realpath(other)


def only_there(gone: str, source: str, target: str) -> None:
    """Raise Conflict ``moved_elsewhere`` when a hub that has left ``source`` for ``gone`` is to arrive in another place."""
    if gone and not same_place(gone, target):
        raise Conflict(
            "moved_elsewhere",
            f"The hub in {source} has left for {gone}; were it to arrive in {target} as well, there would be two of it.",
            "If it arrived there, move it on from there. If that broke off, ask for the same move again, or take it back where it was: "
            "hubconsole restore.",
        )


def wrong_code() -> Refused:
    """What is said to whoever pushes a hub to a server that waits for one, without the code that it printed."""
    why = "The code is wrong or missing; serve --await-push prints it."
    return Refused("bad_code", why, "Give it: hubconsole push URL --code CODE.")


def told(place: str) -> str:
    """A place as anybody may know it: the address of a server; empty for a file, a database, and whatever else names a machine's inside."""
    return place if place.startswith("https://") and "@" not in place else ""


def untold(reason: str) -> str:
    """Why an outbox is shut, for those outside: without the place for which the hub had left before it was taken back."""
    *parts, last = reason.split(_THERE)
    # A reason that grew too long lost its beginning or its end: what stands before the second mark without the first may be a place.
    known = [_without(part) or f"{_LEFT_FOR}elsewhere" for part in parts]
    return _THERE.join((*known, _without(last) or last))


def _without(part: str) -> str:
    """The part with no place behind the words that announce one; empty without these words."""
    before, mark, place = part.partition(_LEFT_FOR)
    return f"{before}{mark}{told(place) or 'elsewhere'}" if mark else ""


def open_to_all(entry: JournalEntry) -> JournalEntry:
    """The event as it is listed over the API. The chain is not checked by this list, and what moves with a hub is not made from it."""
    name = _SAID.get(entry.kind, "")
    if not name:
        return entry
    words = str(entry.body.get(name, ""))
    return entry._replace(body=entry.body | {name: untold(words) if name == "reason" else told(words) or ELSEWHERE})


def _database(url: str) -> tuple[str, str]:
    """Host with port, and name of a database, whoever asks for it and whichever hub in it is meant."""
    parts = urlsplit(url)
    said = dict(parse_qsl(parts.query))
    user, _, host = parts.netloc.rpartition("@")
    host = host or said.get("host", "") + (f":{said['port']}" if "port" in said else "")
    return host.lower().removesuffix(_PORT), parts.path.strip("/") or said.get("dbname", "") or user.partition(":")[0]
