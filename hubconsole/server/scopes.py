"""Which scope may use which operation of the API: the one table, read by the server, the tests and ``docs/api.md``.

What the holder of a token may then do as its member is for the hub's rules to say; this table only ever takes away.
"""

from __future__ import annotations

from hubconsole.domain.terms import Scope

_ALL = frozenset(Scope)
_PEOPLE = frozenset({Scope.MEMBER, Scope.READ})
_BOARD = _PEOPLE | {Scope.WALL}
_ACTS = frozenset({Scope.MEMBER})
_TAKES_IN = frozenset({Scope.MEMBER, Scope.INTAKE})
_WORKS = frozenset({Scope.WORKER})
_CAN_COMMAND = frozenset({Scope.MEMBER, Scope.INTAKE, Scope.WORKER})

OPEN = frozenset({"health", "readiness", "ways_in", "start_device_login", "poll_device_login", "login_by_provider"})
"""Operations that need no token."""

COUNTED = frozenset({"ways_in", "start_device_login", "poll_device_login", "login_by_provider"})
"""Those of them that are limited by the address they come from."""

WATCHED = frozenset({"metrics"})
"""Those by which others see from outside how the server does: they are answered soon, also while the store does not answer."""

SCOPES: dict[str, frozenset[Scope]] = {
    "metrics": _ALL,
    "hub": _ALL,
    "members": _BOARD | {Scope.WORKER},
    "policy": _PEOPLE | {Scope.WORKER},
    "counts": _BOARD,
    "list_enquiries": _BOARD,
    "count_enquiries": _BOARD,
    "place_in_queue": _BOARD,
    "look_up_enquiries": _BOARD,
    "receive_enquiry": _TAKES_IN,
    "get_enquiry": _PEOPLE,
    "list_messages": _PEOPLE,
    "record_message": _TAKES_IN,
    "add_note": _ACTS,
    "list_drafts": _PEOPLE,
    "save_draft": _ACTS,
    "submit_draft": _ACTS,
    "list_reviews": _PEOPLE,
    "list_decisions": _PEOPLE,
    "decide": _ACTS,
    "list_sends": _PEOPLE,
    "send": _ACTS,
    "enquiry_journal": _PEOPLE,
    "command": _CAN_COMMAND,
    "command_batch": _CAN_COMMAND,
    "search": _PEOPLE,
    "journal": _PEOPLE,
    "known_messages": _PEOPLE | {Scope.INTAKE},
    "list_settings": _PEOPLE,
    "viewers": _PEOPLE,
    "look": _ACTS,
    "snapshot": _BOARD,
    "changes": _BOARD,
    "verify_journal": _PEOPLE,
    "verify_journal_with_head": _PEOPLE,
    "signed_head": _PEOPLE,
    "due_sends": _WORKS,
    "outgoing_send": _WORKS,
    "overtaken_send": _WORKS,
    "expiring_enquiries": _WORKS,
    "take_lease": _WORKS,
    "own_token": _ALL,
    "list_tokens": _PEOPLE,
    "issue_token": _ACTS,
    "revoke_token": _ALL,
    "rotate_token": _ALL,
    "device_login": _ACTS,
    "answer_device_login": _ACTS,
    "journal_end": _ACTS,
    "journal_lines": _ACTS,
}
"""Scopes that each operation takes. ``revoke_token`` and ``rotate_token`` with another scope than ``member``: that very token alone."""

MASKED = Scope.WALL
"""The scope that sees rows without names or words of customers."""


def may_read_rows(scope: Scope) -> bool:
    """Whether a command's answer may hold the row as it stands."""
    return scope in _PEOPLE
