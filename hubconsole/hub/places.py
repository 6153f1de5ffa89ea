"""Places that hubs move between: what is written down of one, and whether two name the same."""

from __future__ import annotations

import os
from urllib.parse import parse_qsl, urlsplit

from hubconsole.errors import Conflict
from hubconsole.store.opening import is_database

_PORT = ":5432"


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


def _database(url: str) -> tuple[str, str]:
    """Host with port, and name of a database, whoever asks for it and whichever hub in it is meant."""
    parts = urlsplit(url)
    said = dict(parse_qsl(parts.query))
    user, _, host = parts.netloc.rpartition("@")
    host = host or said.get("host", "") + (f":{said['port']}" if "port" in said else "")
    return host.lower().removesuffix(_PORT), parts.path.strip("/") or said.get("dbname", "") or user.partition(":")[0]
