"""What PostgreSQL's errors mean for people, and which of them are worth another try."""

from __future__ import annotations

import re
import shlex

import psycopg

from hubconsole.errors import HubError, StoreProblem

_AGAIN = frozenset({"40001", "40P01"})
"""Serialization failure and deadlock: the database broke one off so that another could go on."""

_NOTHING = "Nothing was written; try again in a moment."
_MEANINGS = {
    "28": ("no_permission", "does not let you in", "Check the user and the password in the URL."),
    "3D": ("no_store", "is no database on that server", "Make the database first, or name another."),
    "42501": ("no_permission", "may not be used by you", "Ask for permission on the database and its tables."),
    "25006": ("store_read_only", "is read-only", "Nothing was written; open the primary server, not a replica."),
    "40001": ("store_busy", "broke off what was being read, for a change came in that it stood in the way of", "Try again in a moment."),
    "53100": ("disk_full", "cannot grow: the disk is full", "Nothing was written; free some space and try again."),
    "53300": ("store_busy", "has no connection left", _NOTHING),
    "53": ("store_busy", "has not enough left to work with", _NOTHING),
    "55P03": ("store_locked", "is locked by another program", _NOTHING),
    "25P03": ("store_locked", "broke off a write that took too long", _NOTHING),
    "57014": ("store_locked", "took too long", _NOTHING),
    "XX001": ("store_damaged", "is damaged", "Stop using it, keep a copy, and restore a backup."),
    "XX002": ("store_damaged", "is damaged", "Stop using it, keep a copy, and restore a backup."),
}


_NO_DATABASE = re.compile(r'database "(.*)" does not exist')
_URL = "postgresql://USER:PASSWORD@HOST/DATABASE"
_TURNED_AWAY = (
    (
        re.compile(r'role "(.*)" (?:does not exist|is not permitted to log in)'),
        "knows no user {} who may log in",
        "Check the user in the URL.",
    ),
    (
        re.compile(r'password authentication failed for user "(.*)"'),
        "does not take the password of {}",
        f"Check the password, in the URL ({_URL}), PGPASSWORD or ~/.pgpass.",
    ),
    (re.compile(r"no password supplied()"), "asks for a password", f"Give it in the URL ({_URL}), PGPASSWORD or ~/.pgpass."),
    (
        re.compile(r'(?:Peer|Ident|GSSAPI|LDAP|PAM|RADIUS|certificate) authentication failed for user "(.*)"'),
        "does not take this machine's word for {}",
        f"Log in by password ({_URL}), or have the server's pg_hba.conf say who may.",
    ),
    (
        re.compile(r'no pg_hba\.conf entry for host ".*?", user "(.*?)"'),
        "lets nobody in as {} from this machine",
        "Have the server's pg_hba.conf allow it; where it asks for TLS, add ?sslmode=require.",
    ),
    (re.compile(r'permission denied for database "(.*)"'), "does not let you use {}", "Ask for the right to connect to it."),
)
"""How a server says, before there is a session, that it does not let somebody in. Such errors come without a code of their own."""
_FULL = re.compile(r"too many clients|too many connections|connection slots are reserved")


class TryAgain(Exception):
    """The transaction was broken off for another's sake; done again it may well go through."""

    def __init__(self, problem: HubError) -> None:
        super().__init__(problem)
        self.problem = problem


class Lost(Exception):
    """The line to the server broke in mid-transaction; whether it was committed is not known."""

    def __init__(self, problem: HubError) -> None:
        super().__init__(problem)
        self.problem = problem


def turned_away(error: psycopg.Error, place: str) -> StoreProblem | None:
    """What to tell people when the server is there and does not let them in; None for any other error."""
    if error.sqlstate or not isinstance(error, psycopg.OperationalError):
        return None
    said = str(error)
    if found := _NO_DATABASE.search(said):
        name = found[1]
        sql = name.replace('"', '""')
        hint = (
            f"Make it on that server: createdb --encoding=UTF8 --template=template0 {shlex.quote(name)} (in psql: CREATE DATABASE "
            f"\"{sql}\" ENCODING 'UTF8' TEMPLATE template0;), then the hub in it: hubconsole start."
        )
        return StoreProblem("no_database", f"The server of {place} has no database {name!r}.", hint)
    if _FULL.search(said):
        return StoreProblem("store_busy", f"{place} has no connection left.", _NOTHING)
    for pattern, what, hint in _TURNED_AWAY:
        if found := pattern.search(said):
            return StoreProblem("no_permission", f"The server of {place} {what.format(repr(found[1]))}.", hint)
    return None


def problem(error: psycopg.Error, place: str) -> HubError:
    """What to tell people of an error."""
    state = error.sqlstate or ""
    if away := turned_away(error, place):
        return away
    if is_lost(error):
        what = str(error).strip().partition("\n")[0]
        return StoreProblem("store_unreachable", f"{place} cannot be reached: {what}", "Check that the server runs; try again then.")
    for prefix, (code, what, hint) in _MEANINGS.items():
        if state.startswith(prefix):
            return StoreProblem(code, f"{place} {what}.", hint)
    what = str(error).strip().partition("\n")[0]
    return StoreProblem("store_failed", f"{place} cannot be used: {what}.", "Nothing was written.")


def meaning(error: psycopg.Error, place: str) -> Exception:
    """What an error in a write transaction is to be raised as: itself when it is a mistake of ours."""
    if error.sqlstate in _AGAIN:
        return TryAgain(StoreProblem("store_locked", f"{place} is busy with too many writes at once.", _NOTHING))
    if is_lost(error):
        return Lost(problem(error, place))
    if isinstance(error, psycopg.IntegrityError | psycopg.ProgrammingError | psycopg.InterfaceError):
        return error
    return problem(error, place)


def is_lost(error: psycopg.Error) -> bool:
    """Whether there is no line to the server any more: it broke, the server stopped, or none was there."""
    state = error.sqlstate or ""
    if state.startswith("08") or state in ("57P01", "57P02", "57P03", "57P05", "25P03"):
        return True
    return isinstance(error, psycopg.OperationalError) and not state and turned_away(error, "") is None
