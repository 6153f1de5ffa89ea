"""Where the hub is and who asks: what was typed wins over the environment and the settings file (hubconsole.config)."""

import os
from pathlib import Path

from hubconsole.errors import UsageProblem


def store_place(said: str | None = None) -> str:
    """The hub's store: a file's path, or the URL of a database as it was given. Raises UsageProblem ``store_address``."""
    if said is not None and not said.strip():
        raise UsageProblem("store", "--store names no store: it is empty.", "Name a file, or leave it out for the usual one.")
    if said:
        place = said if "://" in said else str(Path(said).expanduser())
    else:
        from hubconsole.config import load

        place = load().store
    if "://" not in place:
        return place
    from hubconsole.store.opening import is_database

    if not is_database(place):  # it may hold a password, and is not repeated
        other = "A hub behind an address is named by --hub." if place.startswith("http") else "Write it as postgresql://USER@HOST/DATABASE."
        raise UsageProblem("store_address", "A hub's store is a file or a PostgreSQL database; that address is neither.", other)
    return place


def hub_address(hub: str | None, store: str | None) -> str:
    """The checked address of the hub, from ``--hub`` or, unless a store is named, HUBCONSOLE_HUB; empty for a store.

    Raises UsageProblem ``hub_or_store``, ``hub_url``.
    """
    if hub is not None and not hub.strip():  # as of a variable that is not set: what is meant for a hub must not land elsewhere
        raise UsageProblem("hub_url", "--hub names no hub: it is empty.", "Give its address, https://hub.example.org, or leave it out.")
    if hub and store:
        raise UsageProblem("hub_or_store", "A hub is in a store or behind an address, not both.", "Leave out --store or --hub.")
    said = hub or ("" if store else os.environ.get("HUBCONSOLE_HUB", ""))
    if not said:
        return ""
    from hubconsole.hub.remote.place import hub_url

    return hub_url(said)


def insisted(said: str | None = None) -> str:
    """The member named for this command, by ``--as`` or HUBCONSOLE_AS; empty when neither says anything."""
    return said or os.environ.get("HUBCONSOLE_AS", "")


def member_name(said: str | None = None) -> str:
    """The member's name; empty when nothing says it."""
    if said:
        return said
    from hubconsole.config import load

    return load().member
