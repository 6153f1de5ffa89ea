"""From a request to an endpoint and back: who asks, may they, is what they ask well-formed, and how it is answered.

Plain ASGI: a framework's request and response objects would cost more than most of what is asked.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from hubconsole.errors import HubError, UsageProblem
from hubconsole.hub.wire import LONGEST_PART
from hubconsole.server import problems
from hubconsole.server.operations import MIN_SEQ, Operation, Param
from hubconsole.server.operations import Answer as Answer
from hubconsole.server.scopes import COUNTED, OPEN, SCOPES, WATCHED

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

    from hubconsole.hub.access import Grant
    from hubconsole.server.service import Service

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

NOTE = "hubconsole"
"""Where a request's :class:`~hubconsole.server.witness.Note` stands in its ASGI scope."""

_JSON = ((b"content-type", b"application/json"),)
_COMMON = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
_NUMBER = re.compile(r"-?[0-9]{1,16}")
_SECONDS = re.compile(r"[0-9]{1,4}(\.[0-9]{1,9})?")
_PLACE = re.compile(r"(-?[0-9]{1,16})\.([0-9]{1,16})")
_NOBODY: Any = None


class Call:
    """One request as an endpoint sees it: checked."""

    __slots__ = ("body", "digest", "grant", "path", "query", "scope", "service")

    def __init__(self, service: Service, scope: Scope, grant: Grant, digest: str, path: Mapping[str, str]) -> None:
        self.service = service
        self.scope = scope
        self.grant = grant
        """Whose token it is; there is none in operations that need no token."""
        self.digest = digest
        """The digest of that token's secret."""
        self.path = path
        self.query: dict[str, Any] = {}
        """Every parameter of the operation by name, with its default where it was not given."""
        self.body: Any = None
        """The model of the body, validated."""

    @property
    def address(self) -> str:
        """Where the request came from, as far as the server can tell."""
        client = self.scope.get("client")
        return client[0] if client else ""


class Endpoint:
    """All operations on one path, as an ASGI application."""

    def __init__(self, service: Service, operations: list[Operation]) -> None:
        self.service = service
        self.operations = {one.method: one for one in operations}
        self.allowed = ", ".join(sorted(self.operations))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        operation = self.operations.get(scope["method"])
        try:
            if operation is None:
                raise problems.wrong_method(self.allowed)
            note = scope.get(NOTE)
            if note is not None:
                note.route = operation.id
            given = await self._carry_out(operation, scope, receive)
        except (HubError, problems.Problem, problems.Overtaken) as error:
            if NOTE in scope:
                scope[NOTE].store = problems.inside(error)
            status, body, headers = problems.answer_to(_placed(error, operation))
            given = Answer(status, body, headers)
        if isinstance(given, bytes):
            given = Answer(200, given)
        if isinstance(given, Answer):
            await reply(send, given)
        else:
            await given(receive, send)

    async def _carry_out(self, operation: Operation, scope: Scope, receive: Receive) -> Any:
        service = self.service
        grant, digest = _NOBODY, ""
        if operation.id in COUNTED:
            service.limits.stranger(scope)
        if operation.id not in OPEN:
            grant, digest = await service.doorkeeper.grant(scope, soon=operation.id in WATCHED)
            if grant.scope not in SCOPES[operation.id]:
                raise problems.out_of_scope(grant.scope, f"the operation {operation.id.replace('_', ' ')}")
        if operation.primary and service.hub.store.readonly:
            raise problems.read_only()
        path = scope["path_params"]
        if path and not all(0 < len(part) <= LONGEST_PART for part in path.values()):
            raise problems.nowhere()
        call = Call(service, scope, grant, digest, path)
        call.query = read_params(operation.params, scope)
        least = call.query.get(MIN_SEQ.name)
        if operation.streams:
            if least:
                await self._reach(least)
            return await operation.handler(call)
        try:
            async with asyncio.timeout(service.settings.timeout):
                if operation.asks is not None:
                    call.body = validated(operation.asks, await read_body(scope, receive, service.settings.max_body))
                if least:
                    await self._reach(least)
                return await operation.handler(call)
        except TimeoutError:
            raise problems.late(asked=operation.method == "GET") from None

    async def _reach(self, seq: int) -> None:
        """Go on when the hub is at ``seq`` as this server sees it. Raises Unreachable ``behind``."""
        if not await self.service.feed.reach(seq):
            raise problems.behind(seq)


async def reply(send: Send, answer: Answer) -> None:
    """Send a whole response."""
    given = answer.headers if any(name == b"content-type" for name, _ in answer.headers) else (*_JSON, *answer.headers)
    if answer.status == 204:
        given = tuple(pair for pair in given if pair[0] != b"content-type")
    headers = [*given, *_COMMON]
    if answer.status != 204:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def read_body(scope: Scope, receive: Receive, most: int) -> bytes:
    """The whole body. Raises Problem 413 or 415, and ClientGone when the other side went away."""
    kind = header(scope, b"content-type").partition(b";")[0].strip().lower()
    if kind != b"application/json":
        raise problems.Problem(415, UsageProblem("not_json", "The body is not announced as JSON.", "Send Content-Type: application/json."))
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientGone
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise problems.too_large(most)
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts) if len(parts) > 1 else part


class ClientGone(Exception):
    """Nobody is there any more to be answered."""


def header(scope: Scope, name: bytes) -> bytes:
    """The first header of that name (lower case), or nothing."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value)
    return b""


def validated(model: type[BaseModel], raw: bytes) -> BaseModel:
    """The body as its model. Raises UsageProblem ``malformed``, which says where but never repeats what was sent."""
    from pydantic import ValidationError

    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise _malformed(error) from None


def _malformed(error: ValidationError) -> UsageProblem:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part)[:60] for part in first["loc"])
    what = first["msg"] if first["type"] != "json_invalid" else "it is no JSON"
    # As the rules call it: a caller sees one word for it, whoever notices first.
    empty = first["type"] in ("string_too_short", "string_pattern_mismatch") and where.endswith("text")
    why = f"The body is malformed{f' at {where}' if where else ''}: {what[:200]}."
    return UsageProblem("empty_text" if empty else "malformed", why, "See /openapi.json.")


def read_params(params: tuple[Param, ...], scope: Scope) -> dict[str, Any]:
    """The parameters of a request, checked. Raises UsageProblem ``bad_parameter``."""
    raw = scope["query_string"]
    if not raw and not params:
        return {}
    given: dict[str, str] = {}
    for pair in raw.decode("latin-1").split("&") if raw else ():
        if not pair:
            continue
        name, _, value = pair.partition("=")
        name = _text(name)
        if name in given or not any(one.name == name and one.place == "query" for one in params):
            raise _bad(name, "is given twice" if name in given else "is not known here")
        given[name] = _text(value)
    found: dict[str, Any] = {}
    for one in params:
        text = given.get(one.name) if one.place == "query" else _header_text(scope, one.name)
        if text is None:
            if one.needed:
                raise _bad(one.name, "is missing")
            found[one.name] = one.default
        else:
            found[one.name] = _value(one, text)
    return found


def _header_text(scope: Scope, name: str) -> str | None:
    wanted = name.lower().encode()
    for key, value in scope["headers"]:
        if key == wanted:
            return str(value, "latin-1")
    return None


def _text(raw: str) -> str:
    if "%" not in raw and "+" not in raw:
        return raw
    try:
        return unquote_plus(raw, encoding="utf-8", errors="strict")
    except UnicodeDecodeError:
        raise UsageProblem("bad_parameter", "A parameter is not UTF-8.", "Encode it as UTF-8, then percent-encode it.") from None


def _value(one: Param, text: str) -> Any:
    if one.kind == "flag":
        if text not in ("0", "1", "true", "false"):
            raise _bad(one.name, "is neither true nor false")
        return text in ("1", "true")
    if one.kind == "number":
        if not _NUMBER.fullmatch(text) or not one.least <= int(text) <= one.most:
            raise _bad(one.name, f"is no whole number from {one.least} to {one.most}")
        return int(text)
    if one.kind == "seconds":
        if not _SECONDS.fullmatch(text) or float(text) > one.most:
            raise _bad(one.name, f"is no number of seconds from 0 to {one.most}")
        return float(text)
    if one.kind == "cursor":
        from hubconsole.store.rows import Cursor

        match = _PLACE.fullmatch(text)
        if match is None:
            raise _bad(one.name, "is no place in a queue, RANK.NUMBER")
        return Cursor(int(match[1]), int(match[2]))
    if len(text) > one.most or (one.pattern and not re.fullmatch(one.pattern, text)):
        raise _bad(one.name, "is not of the form that is asked for" if one.pattern else f"is longer than {one.most} characters")
    return text


def _bad(name: str, what: str) -> UsageProblem:
    shown = "".join(char if char.isprintable() else "?" for char in name[:60])
    return UsageProblem("bad_parameter", f"The parameter {shown!r} {what}.", "See /openapi.json.")


def _placed(error: Exception, operation: Operation | None) -> Exception:
    """404 for what the path names and is not there."""
    if operation is not None and isinstance(error, UsageProblem) and error.code in operation.missing:
        return problems.Problem(404, error)
    return error
