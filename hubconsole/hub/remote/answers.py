"""Answers of a hub, read strictly: what is not what was agreed is said to be so, and nothing falls over."""

from __future__ import annotations

from typing import TypeVar

from hubconsole.errors import Unreachable
from hubconsole.hub.wire import WireProblem, revive

T = TypeVar("T")


def read(hint: type[T], answer: object) -> T:
    """``answer``, parsed from JSON, as a value of type ``hint``. Raises Unreachable ``bad_answer`` when it is none."""
    try:
        return revive(hint, answer)
    except WireProblem as problem:
        raise nonsense(problem.message) from problem


def nonsense(what: str) -> Unreachable:
    """The error for an answer that no hub gives."""
    why = f"The hub answered what cannot be understood: {what}"
    return Unreachable("bad_answer", why, "Is this console older than the hub? Upgrade it.")
