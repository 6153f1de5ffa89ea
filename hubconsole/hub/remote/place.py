"""Where a hub far away is: its address, checked, and the file in which a console keeps what it last saw of it."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from hubconsole.domain.terms import Scope
from hubconsole.errors import Refused, UsageProblem

_HINT = "Write it as https://hub.example.org; http:// is for this machine alone (http://127.0.0.1:8750)."
_PLAIN = re.compile(r"[^A-Za-z0-9.-]+")


def hub_url(text: str) -> str:
    """The address of a hub in one spelling, without a slash at its end. Raises UsageProblem ``hub_url``.

    ``http://`` is taken for loopback only, for a token must never travel in the clear.
    """
    said = text.strip()
    try:
        parts = urlsplit(said)
        port = parts.port
    except ValueError as error:
        raise UsageProblem("hub_url", f"{said!r} is no address of a hub: {error}.", _HINT) from error
    host = (parts.hostname or "").lower()
    if parts.scheme.lower() not in ("http", "https") or not host or not said.isascii() or not said.isprintable() or " " in said:
        raise UsageProblem("hub_url", f"{said!r} is no address of a hub.", _HINT)
    if parts.username is not None or parts.password is not None:
        raise UsageProblem("hub_url", "The address of a hub holds no name and no password.", "Use hubconsole login; it keeps a token.")
    if parts.query or parts.fragment:
        raise UsageProblem("hub_url", f"{said!r} has more than an address in it.", _HINT)
    scheme = parts.scheme.lower()
    if scheme == "http" and not is_loopback(host):
        raise UsageProblem("hub_url", f"{said!r} is not encrypted: everybody on the way could read the token.", _HINT)
    usual = {"http": 80, "https": 443}[scheme]
    shown = f"[{host}]" if ":" in host else host
    place = shown if port is None or port == usual else f"{shown}:{port}"
    return f"{scheme}://{place}{parts.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine itself, by its spelling alone: no name service is asked."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(url: str) -> str:
    """The host (and port) that people call a hub by: ``hub.example.org``."""
    return urlsplit(url).netloc or url


def no_token(url: str, name: str = "") -> Refused:
    """Nobody on this machine can act as ``name`` (empty: as anybody) at the hub at ``url``."""
    login = f"hubconsole login {url}" + (f" --member {name}" if name else "")
    return Refused("no_token", f"There is no token for {name or 'anybody'} at {host_of(url)} on this machine.", f"Log in: {login}")


def mirror_path(url: str, member: str, sort: str = "") -> Path:
    """The file that keeps what ``member`` last saw of the hub at ``url``, in the person's cache folder.

    ``sort`` keeps apart what may not be seen with every token of that member; empty for the member's own.
    """
    from platformdirs import user_cache_path

    whose = f"{url}\0{member}" + (f"\0{sort}" if sort else "")
    mark = hashlib.sha256(whose.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return user_cache_path("hubconsole", appauthor=False) / "hubs" / f"{_PLAIN.sub('-', host_of(url))[:60]}-{mark}.db"


def drop_mirrors(url: str, member: str) -> None:
    """Throw away what ``member`` last saw there, for whoever is not logged in any more keeps no copy of the hub."""
    for sort in ("", Scope.WALL):
        file = mirror_path(url, member, sort)
        for end in ("", "-wal", "-shm", ".lock"):
            with suppress(OSError):
                Path(f"{file}{end}").unlink(missing_ok=True)
