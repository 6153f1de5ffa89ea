"""Every error of the hub API as problem details (RFC 9457): one shape for all of them."""

from __future__ import annotations

import orjson

from hubconsole.domain.standing import Moved
from hubconsole.domain.terms import Scope
from hubconsole.errors import Conflict, HubError, Refused, SchemaTooNew, StoreProblem, Unreachable, UsageProblem
from hubconsole.hub.places import told, untold, wrong_code
from hubconsole.hub.wire import PROBLEM_TYPE, WireRow, plain, problem_out, status_of

Headers = tuple[tuple[bytes, bytes], ...]
"""Header names and values as ASGI takes them."""

_FOR: dict[str, str] = {
    Scope.READ: "for reading alone",
    Scope.WALL: "for a board on a wall, without names or words of customers",
    Scope.INTAKE: "for taking messages in",
    Scope.WORKER: "for the hub's own worker",
}
"""What a token of each scope is there for, beside the one with which its member acts."""


_STORE: dict[str, tuple[str, str]] = {
    "store_unreachable": ("The hub's server cannot reach its store.", "Try again in a moment; the server's log says why."),
    "store_busy": ("The hub's store has more to do than it can take on now.", "Nothing was written; try again in a moment."),
    "store_locked": ("The hub's store has more to do than it can take on now.", "Nothing was written; try again in a moment."),
    "store_read_only": ("The hub's store can only be read at this server.", "Nothing was written; ask a server of the primary."),
    "disk_full": ("The hub's store cannot grow: its disk is full.", "Nothing was written; tell whoever runs the server."),
    "store_damaged": ("The hub's store is damaged.", "Tell whoever runs the server; its log says more."),
    "schema_too_new": ("The hub's store was written by a newer hubconsole than its server.", "Whoever runs the server has to upgrade it."),
}
"""What is said of a store that cannot be used, by code: to those outside it is neither a host, a user, a database nor a path."""


class Problem(Exception):
    """An error with the status and headers that HTTP has for it, where these say more than the error's family."""

    def __init__(self, status: int, error: HubError, headers: Headers = ()) -> None:
        super().__init__(error.code)
        self.status = status
        self.error = error
        self.headers = headers


class Overtaken(Exception):
    """A conflict, with the enquiry's row as it is now."""

    def __init__(self, error: Conflict, current: WireRow | None) -> None:
        super().__init__(error.code)
        self.error = error
        self.current = current


def body_of(error: HubError, status: int | None = None, current: WireRow | None = None) -> bytes:
    """The error as JSON."""
    error = outside(error)
    out = problem_out(error, status)
    if isinstance(error, Conflict):
        out["current"] = plain(current)
    return orjson.dumps(out)


def outside(error: HubError) -> HubError:
    """The error as it may be told to whoever asked: where a store is, and what its driver says, is for the server's log and the keeper."""
    if isinstance(error, Moved):
        return Moved(told(error.place))
    if isinstance(error, Refused) and error.code == "outbox_shut":
        return Refused(error.code, untold(error.message), error.hint)
    if not isinstance(error, StoreProblem | SchemaTooNew):
        return error
    plain = ("The hub's server cannot use its store.", "Tell whoever runs the server; its log says why.")
    return type(error)(error.code, *_STORE.get(error.code, plain))


def inside(error: Exception) -> dict[str, str]:
    """What the log says of an answer that a store which cannot be used is the reason of; nothing for any other.

    A driver's words about a statement may quote what somebody sent, so of those only the code is told.
    """
    if not isinstance(error, StoreProblem | SchemaTooNew):
        return {}
    return {"problem": error.code} | ({} if error.code == "store_failed" else {"said": error.message})


def answer_to(error: Exception) -> tuple[int, bytes, Headers]:
    """Status, body and headers for whatever an endpoint raised; what was not raised on purpose says nothing of itself."""
    kind = (b"content-type", PROBLEM_TYPE.encode())
    if isinstance(error, Problem):
        return error.status, body_of(error.error, error.status), (kind, *error.headers)
    if isinstance(error, Overtaken):
        return 409, body_of(error.error, 409, error.current), (kind,)
    if isinstance(error, HubError):
        status = status_of(error)
        again = ((b"retry-after", b"1"),) if status == 503 else ()
        return status, body_of(error, status), (kind, *again)
    defect = Unreachable("defect", "The hub met a defect of its own; what was asked may not have been done.", "Report it; then look again.")
    return 500, body_of(defect, 500), (kind,)


def no_token() -> Problem:
    """401: nobody is said to be there."""
    error = Refused("no_token", "This needs a token.", "Log in with: hubconsole login, and send it as Authorization: Bearer.")
    return Problem(401, error, ((b"www-authenticate", b'Bearer realm="hubconsole"'),))


def bad_token() -> Problem:
    """401: unknown, expired and revoked tokens are told apart for nobody."""
    error = Refused("bad_token", "This token does not open this hub, or does not any more.", "Log in again with: hubconsole login.")
    return Problem(401, error, ((b"www-authenticate", b'Bearer realm="hubconsole", error="invalid_token"'),))


def bad_code() -> Problem:
    """401 of a server that waits for a hub: it knows no token, only the code that it printed."""
    return Problem(401, wrong_code(), ((b"www-authenticate", b'Bearer realm="hubconsole"'),))


def out_of_scope(scope: str, what: str) -> Refused:
    """403: the token is for something else."""
    why = f": it is {_FOR[scope]}" if scope in _FOR else ""
    return Refused("out_of_scope", f"A token of the scope {scope} does not reach {what}{why}.", "Use a token that was issued for this.")


def other_member(member: str, scope: str, said: str) -> Refused:
    """403: whoever asks thinks that the token is somebody else's."""
    said = "".join(char if char.isprintable() else "?" for char in said[:64])
    what = f" and {_FOR[scope]}" if scope in _FOR else ""
    hint = f"Act as {member} (--as {member}, or no --as), or use a token of {said}'s: hubconsole login."
    return Refused("other_member", f"This token is {member}'s{what}; it does not let anybody act as {said}.", hint)


def too_many(seconds: float) -> Problem:
    """429, with the time to wait."""
    error = Unreachable("too_many_requests", "There were too many requests in a short time.", "Wait a moment and go on more slowly.")
    return Problem(429, error, ((b"retry-after", str(max(1, round(seconds + 0.5))).encode()),))


def too_large(most: int) -> Problem:
    """413."""
    return Problem(413, UsageProblem("too_large", f"The body is larger than {most} bytes.", "Send it in smaller parts."))


def busy() -> Unreachable:
    """503: more commands wait than can be carried out soon."""
    return Unreachable("busy", "The hub has more to do than it can take on now; nothing was done.", "Try again in a moment.")


def late(*, asked: bool = False) -> Unreachable:
    """503: it took too long; ``asked`` where something was only asked after, and nothing could be done."""
    if asked:
        return Unreachable("too_late", "The answer took too long.", "Try again in a moment.")
    return Unreachable(
        "too_late", "The hub did not come round to it in time; it may still be done.", "Ask again under the same command id."
    )


def silent() -> Unreachable:
    """503: who watches over the server is not kept waiting for its store."""
    return Unreachable("store_silent", "The hub's store does not answer.", "Try again in a moment; see whether the store still runs.")


def behind(seq: int) -> Unreachable:
    """503: what was asked for is further on in the journal than this server can see."""
    return Unreachable("behind", f"This server has not come to place {seq} of the journal yet.", "Try again in a moment.")


def read_only() -> Problem:
    """503 without a time to try again: this server never will, the one of the primary does."""
    why = "This server only reads the hub; nothing was done."
    return Problem(503, Unreachable("read_only", why, "Send what changes the hub, and the worker's requests, to a server of the primary."))


def closing() -> Unreachable:
    """503: the server is going down."""
    return Unreachable("closing", "The hub's server is being stopped; nothing was done.", "Try again in a moment.")


def nowhere() -> Problem:
    """404 for a path that leads nowhere."""
    return Problem(404, UsageProblem("no_such_path", "There is nothing at this address.", "See /openapi.json for what there is."))


def wrong_method(allowed: str) -> Problem:
    """405, with what is allowed."""
    error = UsageProblem("method_not_allowed", "This address takes another method.", f"It takes {allowed}.")
    return Problem(405, error, ((b"allow", allowed.encode()),))


def below_floor(why: str) -> Problem:
    """410: the feed cannot be followed on from there."""
    return Problem(410, Unreachable("gone", f"The feed cannot be followed on from there: {why}.", "Get /v1/snapshot and go on from it."))
