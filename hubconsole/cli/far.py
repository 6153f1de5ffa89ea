"""A hub behind an address, from the command line: who acts there, with which token, and the hub itself."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from hubconsole.errors import UsageProblem

if TYPE_CHECKING:
    from hubconsole.hub.remote.client import RemoteHub, Tokens
    from hubconsole.hub.remote.live import LiveHub

_KEPT = 10.0
"""Seconds for which a token is not looked up again; a new login reaches an open console after that."""


def tokens_at(url: str) -> Tokens:
    """The tokens for the hub at ``url``: HUBCONSOLE_TOKEN when that is set, else what ``hubconsole login`` kept."""
    held: dict[str, tuple[float, str | None]] = {}

    def token(name: str) -> str | None:
        from hubconsole import credentials

        if given := os.environ.get(credentials.TOKEN_VARIABLE, ""):
            return given
        at, found = held.get(name, (0.0, None))
        if found is None or time.monotonic() - at > _KEPT:
            found = credentials.secret(url, name)
            held[name] = (time.monotonic(), found)
        return found

    return token


def member_at(url: str, said: str | None) -> str:
    """Who acts at the hub there: said, from HUBCONSOLE_AS, from the settings file when logged in there, or the only one who is.

    Raises UsageProblem ``who``.
    """
    from hubconsole import credentials
    from hubconsole.cli.where import insisted, member_name

    if name := insisted(said):
        return name
    names = [login.member for login in credentials.logins(url)]
    kept = member_name()
    if kept and (kept in names or os.environ.get(credentials.TOKEN_VARIABLE)):
        return kept
    if len(names) == 1:
        return names[0]
    if names:
        raise UsageProblem("who", "It is not clear who acts.", f"Add --as MEMBER; logged in at {url} are: {', '.join(names)}.")
    raise UsageProblem("who", f"Nobody is logged in at {url} on this machine.", f"Log in: hubconsole login {url}")


def open_far(url: str, member: str, ca: str) -> RemoteHub:
    """The hub for one command."""
    from hubconsole.hub.remote.client import RemoteHub

    return RemoteHub(url, tokens_at(url), member=member, ca=ca)


def open_console(url: str, member: str, ca: str) -> LiveHub:
    """The hub for a console with screens; it stands on what this person last saw of it. Raises Unreachable when there is nothing yet."""
    from hubconsole.hub.remote.live import LiveHub
    from hubconsole.hub.remote.place import mirror_path

    return LiveHub(url, tokens_at(url), member=member, mirror=mirror_path(url, member), ca=ca)
