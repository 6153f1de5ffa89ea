"""What PostgreSQL's errors mean for people, and which of them are worth another try."""

from __future__ import annotations

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
    "53100": ("disk_full", "cannot grow: the disk is full", "Nothing was written; free some space and try again."),
    "53300": ("store_busy", "has no connection left", _NOTHING),
    "53": ("store_busy", "has not enough left to work with", _NOTHING),
    "55P03": ("store_locked", "is locked by another program", _NOTHING),
    "25P03": ("store_locked", "broke off a write that took too long", _NOTHING),
    "57014": ("store_locked", "took too long", _NOTHING),
    "XX001": ("store_damaged", "is damaged", "Stop using it, keep a copy, and restore a backup."),
    "XX002": ("store_damaged", "is damaged", "Stop using it, keep a copy, and restore a backup."),
}


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


def problem(error: psycopg.Error, place: str) -> HubError:
    """What to tell people of an error."""
    state = error.sqlstate or ""
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
    return isinstance(error, psycopg.OperationalError) and not state
