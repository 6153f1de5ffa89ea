"""What the API can do, as one list: each operation with its path, what it takes, what it gives, and what can go wrong.

Routes and OpenAPI are both made from it, so that what is described is what happens. An endpoint is a coroutine
that takes a :class:`~hubconsole.server.endpoint.Call` and gives the bytes of its JSON, or an :class:`Answer`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from hubconsole.server.problems import Headers

if TYPE_CHECKING:
    from pydantic import BaseModel

    from hubconsole.server.endpoint import Call


class Answer(NamedTuple):
    """A response that is not simply 200 and JSON."""

    status: int
    body: bytes
    headers: Headers = ()
    """Beside ``content-length``; a ``content-type`` here takes the place of JSON's."""


Stream = Callable[[Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Coroutine[Any, Any, None]]
"""A response that goes on: it is given ASGI's receive and send."""

Handler = Callable[["Call"], Awaitable["bytes | Answer | Stream"]]


class Param(NamedTuple):
    """One query or header parameter."""

    name: str
    kind: Literal["text", "number", "seconds", "flag", "cursor"]
    about: str
    default: str | int | float | bool | None = None
    least: int = 0
    most: int = 2**53 - 1
    """The largest number, or the longest text."""
    pattern: str = ""
    place: Literal["query", "header"] = "query"
    needed: bool = False


MIN_SEQ = Param(
    "min_seq", "number",
    "A place in the journal (`seq` of a receipt, an answer or the feed): what is answered is not older. A server that is not there "
    "yet waits up to two seconds, then answers 503 `behind`.",
)  # fmt: skip
"""What every operation that reads the hub takes."""


class Gives(NamedTuple):
    """One way in which an operation ends well."""

    status: int
    about: str
    model: type | None = None
    """The named tuple of its JSON; None for what is not JSON."""
    media: str = "application/json"


class Operation(NamedTuple):
    """One method on one path."""

    id: str
    method: str
    path: str
    about: str
    """One sentence, then more."""
    tag: str
    gives: tuple[Gives, ...]
    handler: Handler
    params: tuple[Param, ...] = ()
    asks: type[BaseModel] | None = None
    """The model of the body; None when there is none."""
    problems: frozenset[int] = frozenset()
    """Statuses beside those that every operation of its sort has."""
    missing: frozenset[str] = frozenset()
    """Codes of errors that mean that what the path names is not there: 404 instead of 422."""
    streams: bool = False
    takes: str = ""
    """Media type of a body that the operation reads by itself as it comes; empty for JSON, or none."""
    primary: bool = False
    """Whether only a server that may write the hub does it: everything that changes something, and what must not be decided on a copy."""


OPERATIONS: dict[str, Operation] = {}
"""Every operation by its id, once :func:`hubconsole.server.routes.load` has run."""


def operation(
    id: str,
    method: str,
    path: str,
    tag: str,
    gives: Gives | tuple[Gives, ...],
    *,
    params: tuple[Param, ...] = (),
    asks: type[BaseModel] | None = None,
    problems: tuple[int, ...] = (),
    missing: tuple[str, ...] = (),
    streams: bool = False,
    takes: str = "",
    reads: bool | None = None,
    primary: bool | None = None,
) -> Callable[[Handler], Handler]:
    """Register an endpoint; its docstring is the description.

    ``reads`` (it reads the hub and takes :data:`MIN_SEQ`) is true of every GET where nothing else is said; ``primary`` of all others.
    """
    takes_place = method == "GET" if reads is None else reads
    only_there = method != "GET" and not takes_place if primary is None else primary

    def register(handler: Handler) -> Handler:
        several = gives if isinstance(gives[0], tuple) else (gives,)
        about = (handler.__doc__ or "").strip()
        OPERATIONS[id] = Operation(
            id, method, path, about, tag, several, handler, (*params, MIN_SEQ) if takes_place else params, asks, frozenset(problems),
            frozenset(missing), streams, takes, only_there,
        )  # fmt: skip
        return handler

    return register
