"""A hub behind an address, from the command line: who acts there, with which token, and the hub itself."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from hubconsole.errors import Unreachable, UsageProblem

if TYPE_CHECKING:
    from hubconsole.hub.port import Hub
    from hubconsole.hub.remote.client import RemoteHub, Tokens
    from hubconsole.hub.remote.live import LiveHub
    from hubconsole.hub.remote.transport import Line
    from hubconsole.store.access import TokenRow

_KEPT = 10.0
"""Seconds for which a token is not looked up again; a new login reaches an open console after that."""


def tokens_at(url: str) -> Tokens:
    """The tokens for the hub at ``url``: HUBCONSOLE_TOKEN when that is set, else what ``hubconsole login`` kept."""
    held: dict[str, tuple[float, str | None]] = {}

    def token(name: str) -> str | None:
        from hubconsole import credentials

        if given := given_token():
            return given
        at, found = held.get(name, (0.0, None))
        if found is None or time.monotonic() - at > _KEPT:
            found = credentials.secret(url, name)
            held[name] = (time.monotonic(), found)
        return found

    return token


def given_token() -> str:
    """The secret in HUBCONSOLE_TOKEN; empty when it holds none."""
    from hubconsole import credentials

    return os.environ.get(credentials.TOKEN_VARIABLE, "")


def ca_at(url: str, said: str | None = "") -> str:
    """The file of certificates to trust at ``url``: said, from HUBCONSOLE_CA, named at the login there, or from the settings file."""
    from hubconsole import credentials
    from hubconsole.config import load

    if named := said or os.environ.get("HUBCONSOLE_CA", "") or credentials.ca(url):
        return named
    return str(load().ca or "")


def member_at(url: str, said: str | None, ca: str = "") -> str:
    """Who acts at the hub there: said, from HUBCONSOLE_AS, whose the token in HUBCONSOLE_TOKEN is by the hub's word (by the settings
    file while the hub cannot be asked), from the settings file when logged in there, or the only one who is.

    Whoever is named by mistake is found out by the hub, which is told with every request. Raises UsageProblem ``who``, Refused.
    """
    from hubconsole import credentials
    from hubconsole.cli.where import insisted, member_name

    if name := insisted(said):
        return name
    kept = member_name()
    if secret := given_token():
        try:
            return kept_as(ask_whose(url, secret, ca, hurry=bool(kept)))
        except Unreachable:
            if kept:
                return kept
            raise
    names = [login.member for login in credentials.logins(url)]
    if kept in names:
        return kept
    if len(names) == 1:
        return names[0]
    if names:
        raise UsageProblem("who", "It is not clear who acts.", f"Add --as MEMBER; logged in at {url} are: {', '.join(names)}.")
    raise nobody(url)


def nobody(url: str) -> UsageProblem:
    """There is no login for the hub at ``url`` here, whoever is meant."""
    return UsageProblem("who", f"Nobody is logged in at {url} on this machine.", f"Log in: hubconsole login {url}")


_HURRY = 2.5
"""Seconds that somebody waits who can do without the answer."""


def ask_whose(url: str, secret: str, ca: str = "", member: str = "", *, hurry: bool = False) -> TokenRow:
    """The token with this secret, as its hub knows it; ``hurry``: once, and not for long, as whoever can do without an answer asks.

    Raises Refused ``bad_token``, ``other_member`` (it is not ``member``'s).
    """
    from hubconsole.hub.remote.transport import Line

    line = Line(url, ca=ca_at(url, ca))
    try:
        return whose(line, secret, member, hurry=hurry)
    finally:
        line.close()


def whose(line: Line, secret: str, member: str = "", *, hurry: bool = False) -> TokenRow:
    """The same over a line that is there."""
    from hubconsole.hub.remote.answers import read
    from hubconsole.hub.remote.transport import Pass, Question, whole
    from hubconsole.store.access import TokenRow

    question = Question("GET", "/v1/token", Pass(whole(secret), member))
    return read(TokenRow, line.ask(question._replace(read=_HURRY, tries=1) if hurry else question))


def kept_as(token: TokenRow) -> str:
    """The name under which a token is looked up on this machine: its member's, or the worker's own."""
    from hubconsole.domain.enquiry import SYSTEM

    return SYSTEM.name if token.scope == "worker" else token.member


def time_at(hub: Hub) -> int:
    """The time (ms) by the clock of a hub behind an address."""
    from hubconsole.hub.remote.client import RemoteHub

    assert isinstance(hub, RemoteHub)
    return hub.now().time


def open_far(url: str, member: str, ca: str) -> RemoteHub:
    """The hub for one command."""
    from hubconsole.hub.remote.client import RemoteHub

    return RemoteHub(url, tokens_at(url), member=member, ca=ca_at(url, ca))


def open_console(url: str, member: str, ca: str, scope: str = "") -> LiveHub:
    """The hub for a console with screens; it stands on what this person last saw of it. ``scope`` is the token's, where the hub said it.

    Raises Unreachable when there is nothing yet.
    """
    from hubconsole import credentials
    from hubconsole.domain.terms import Scope
    from hubconsole.hub.remote.live import LiveHub
    from hubconsole.hub.remote.place import mirror_path

    if secret := given_token():
        # Whose it is and what it may see is not known here while the hub is away, so its copy is its own.
        from hashlib import sha256

        sort = sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
    else:
        scope = scope or credentials.scope(url, member)
        sort = Scope.WALL.value if scope == Scope.WALL else ""
    return LiveHub(url, tokens_at(url), member=member, mirror=mirror_path(url, member, sort), ca=ca_at(url, ca), scope=scope)
