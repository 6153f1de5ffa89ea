"""Where the hub is and who asks: what was typed wins over the environment and the settings file (hubconsole.config)."""

from pathlib import Path


def store_path(said: str | None = None) -> Path:
    """The hub's file."""
    if said:
        return Path(said).expanduser()
    from hubconsole.config import load

    return load().store


def member_name(said: str | None = None) -> str:
    """The member's name; empty when nothing says it."""
    if said:
        return said
    from hubconsole.config import load

    return load().member
