"""The secrets that consoles on this machine log in with: in the system's keyring or, where there is none, in a file for its owner alone.

One secret for each hub (its address) and member. The keyring's library is imported only when a secret is asked for.
"""

from __future__ import annotations

import json
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from hubconsole.errors import Unreachable

if TYPE_CHECKING:
    from types import ModuleType

Where = Literal["keyring", "file"]
"""Where a secret is kept."""

VARIABLE = "HUBCONSOLE_CREDENTIALS"
"""The environment variable that says ``file`` where the keyring must not be asked (a server without a desktop)."""

TOKEN_VARIABLE = "HUBCONSOLE_TOKEN"
"""The environment variable that holds a secret itself, for programs that are given one and keep none."""

_SERVICE = "hubconsole"
_INDEX = "hubs"
"""Keyrings cannot be listed, so the names of what is kept stand in the file; the secrets do not."""


class Login(NamedTuple):
    """A secret that is kept here."""

    url: str
    """The hub's address, in one spelling (:func:`hubconsole.hub.remote.place.hub_url`)."""
    member: str
    where: Where


def path() -> Path:
    """The file: in the person's data folder."""
    from platformdirs import user_data_path

    return user_data_path("hubconsole", appauthor=False) / "credentials.json"


def keep(url: str, member: str, secret: str, token_id: str = "", scope: str = "", ca: str = "") -> Where:
    """Keep a secret in place of an older one for the same hub and member; where it is now.

    ``token_id`` is the token's id at the hub, by which it is revoked on logout, ``scope`` what it is for, and
    ``ca`` the file of certificates by which the hub was believed, where it needed one.
    Raises Unreachable ``credentials``.
    """
    where: Where = "file"
    ring = _ring()
    if ring is not None:
        # Keyrings fail in many ways of their own (locked, cancelled, no desktop): then the file takes it.
        with suppress(Exception):
            ring.set_password(_SERVICE, _name(url, member), secret)
            where = "keyring"
    held = _read()
    held[_name(url, member)] = {"url": url, "member": member, "token": token_id, "scope": scope, "ca": ca, "where": where} | (
        {"secret": secret} if where == "file" else {}
    )
    _write(held)
    return where


def secret(url: str, member: str) -> str | None:
    """The secret for a member of a hub; None when none is kept. Raises Unreachable ``credentials``."""
    entry = _read().get(_name(url, member))
    if entry is None:
        return None
    if entry.get("where") == "file":
        return entry.get("secret") or None
    ring = _ring()
    found = None
    if ring is not None:
        with suppress(Exception):  # a locked keyring holds nothing for us
            found = ring.get_password(_SERVICE, _name(url, member))
    return found or None


def token_id(url: str, member: str) -> str:
    """The id at the hub of the token that is kept; empty when none is."""
    entry = _read().get(_name(url, member))
    return entry.get("token", "") if entry else ""


def scope(url: str, member: str) -> str:
    """The scope of the token that is kept; empty when none is, or it is not known."""
    entry = _read().get(_name(url, member))
    return entry.get("scope", "") if entry else ""


def ca(url: str) -> str:
    """The file of certificates that a login to this hub named; empty when none did. Raises Unreachable ``credentials``."""
    return next((one["ca"] for one in _read().values() if one["url"] == url and one.get("ca")), "")


def forget(url: str, member: str) -> bool:
    """Throw a secret away; False when none was kept. Raises Unreachable ``credentials``."""
    held = _read()
    entry = held.pop(_name(url, member), None)
    if entry is None:
        return False
    if entry.get("where") == "keyring":
        ring = _ring()
        if ring is not None:
            with suppress(Exception):  # what is gone already need not be removed
                ring.delete_password(_SERVICE, _name(url, member))
    _write(held)
    return True


def logins(url: str = "") -> tuple[Login, ...]:
    """What is kept here, of one hub or of all; without the secrets. Raises Unreachable ``credentials``."""
    found = (Login(one["url"], one["member"], "file" if one.get("where") == "file" else "keyring") for one in _read().values())
    return tuple(sorted(login for login in found if not url or login.url == url))


def _name(url: str, member: str) -> str:
    return f"{member} {url}"


def _ring() -> ModuleType | None:
    """The keyring, where this machine has one that keeps secrets safely; None otherwise."""
    if os.environ.get(VARIABLE) == "file":
        return None
    try:
        import keyring
        from keyring.backends.fail import Keyring as Nothing
    except ImportError:
        return None
    try:
        backend = keyring.get_keyring()
    except Exception:  # noqa: BLE001  a broken back end is no back end
        return None
    # Some add-ons keep secrets in plain files under looser rules than ours.
    plain = type(backend).__module__.split(".")[0] == "keyrings" or getattr(backend, "priority", 0) <= 0
    return None if isinstance(backend, Nothing) or plain else keyring


def _read() -> dict[str, dict[str, str]]:
    file = path()
    try:
        with file.open("rb") as opened:
            _private(file, os.fstat(opened.fileno()))
            raw = opened.read()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise Unreachable("credentials", f"{file} cannot be read: {error.strerror}.", "Check its permissions.") from error
    try:
        held = json.loads(raw)[_INDEX]
        if not all(isinstance(part, str) for one in held.values() for part in (one["url"], one["member"], *one.values())):
            raise ValueError("not text")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreachable("credentials", f"{file} is damaged.", "Remove it and log in again.") from error
    return dict(held)


def _private(file: Path, found: os.stat_result) -> None:
    """Refuse a file that others could have read or written."""
    if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        why = f"{file} is open to others: somebody may have read what is in it."
        raise Unreachable(
            "credentials", why, f"Remove it, revoke its tokens, and log in again (or, when you know better: chmod 600 {file})."
        )


def _write(held: dict[str, dict[str, str]]) -> None:
    """Put the file in place whole, 0600 from its first byte on."""
    from hubconsole.config import private_folder
    from hubconsole.private_files import write_private

    file = path()
    private_folder(file.parent)
    try:
        write_private(file, json.dumps({_INDEX: held}, indent=1, sort_keys=True).encode())
    except OSError as error:
        raise Unreachable("credentials", f"{file} cannot be written: {error.strerror}.", "Check its folder and the disk.") from error
