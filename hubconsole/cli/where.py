"""Where the hub is and who asks: what was typed wins over the environment and the settings file (hubconsole.config)."""

import os
from pathlib import Path


def store_path(said: str | None = None) -> Path:
    """The hub's file."""
    if said:
        return Path(said).expanduser()
    from hubconsole.config import load

    return load().store


def insisted(said: str | None = None) -> str:
    """The member named for this command, by ``--as`` or HUBCONSOLE_AS; empty when neither says anything."""
    return said or os.environ.get("HUBCONSOLE_AS", "")


def member_name(said: str | None = None) -> str:
    """The member's name; empty when nothing says it."""
    if said:
        return said
    from hubconsole.config import load

    return load().member
