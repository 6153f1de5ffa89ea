"""A server without a hub, which waits for one to be pushed to it: guarded by a code that it prints, and over when the hub has arrived."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Callable
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.routing import Route

from hubconsole.domain.commands import ArriveHub
from hubconsole.errors import HubError, UsageProblem
from hubconsole.hub.transfer import StoreSide
from hubconsole.hub.wire import plain
from hubconsole.server import problems
from hubconsole.server.endpoint import ClientGone, Receive, Scope, Send, header, read_body, read_params, reply
from hubconsole.server.limits import Bucket, Sizes
from hubconsole.server.operations import Answer, Param
from hubconsole.server.routes.transfer import end_bytes, taking
from hubconsole.server.settings import Settings

_MOST = 64 << 10
_PATIENCE = 600.0
_HASH_AT = (Param("hash_at", "number", "", 0),)
_TABLES = (Param("tables", "flag", "", True),)


def new_code() -> str:
    """A code of 128 random bits, for one push."""
    return secrets.token_urlsafe(16)


def create_waiting(place: str, code: str, settings: Settings, arrived: Callable[[], None]) -> Any:
    """The application; ``arrived`` is called once the hub goes on in the store at ``place``."""
    side = StoreSide(place)
    here: list[bool] = []
    guesses = Bucket(settings.address_rate, settings.address_burst)

    def guarded(work: Callable[[Scope, Receive], Any]) -> Any:
        class Guarded:
            async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
                try:
                    client = scope.get("client")
                    if wait := guesses.take(client[0] if client else ""):
                        raise problems.too_many(wait)
                    if not hmac.compare_digest(header(scope, b"authorization"), f"Bearer {code}".encode()):
                        raise problems.bad_code()
                    answer = await work(scope, receive)
                except ClientGone:
                    return
                except (HubError, problems.Problem) as error:
                    answer = Answer(*problems.answer_to(error))
                await (reply(send, answer) if isinstance(answer, Answer) else answer(receive, send))

        return Guarded()

    async def end(scope: Scope, receive: Receive) -> Answer:
        asked = read_params(_HASH_AT, scope)
        return Answer(200, await asyncio.to_thread(end_bytes, side, "", asked["hash_at"]))

    async def take_in(scope: Scope, receive: Receive) -> Any:
        return taking(side, header(scope, b"content-type"), settings.max_journal, settings.timeout)

    async def verify(scope: Scope, receive: Receive) -> Answer:
        read_params(_TABLES, scope)
        found = await asyncio.to_thread(side.verify)
        if here:
            asyncio.get_running_loop().call_later(0.2, arrived)
        return Answer(200, orjson.dumps(plain(found)))

    async def arrive(scope: Scope, receive: Receive) -> Answer:
        try:
            body = orjson.loads(await read_body(scope, receive, _MOST))
            command, actor = ArriveHub(place=str(body["place"])), str(body["actor"])
        except (ValueError, TypeError, KeyError) as error:
            raise UsageProblem("malformed", "The body is no arrival.", "Push with: hubconsole push URL --code CODE.") from error
        receipt = await asyncio.to_thread(side.execute, command, actor)
        here.append(True)  # it is verified once more from outside, and then it is over
        asyncio.get_running_loop().call_later(_PATIENCE, arrived)
        return Answer(200, orjson.dumps(plain(receipt)))

    async def nowhere(scope: Scope, receive: Receive) -> Answer:
        raise problems.nowhere()

    routes = [
        Route("/v1/transfer", guarded(end), methods=["GET"]),
        Route("/v1/transfer/journal", guarded(take_in), methods=["POST"]),
        Route("/v1/transfer/arrival", guarded(arrive), methods=["POST"]),
        Route("/v1/audit/verification", guarded(verify), methods=["GET"]),
        Route("/{path:path}", guarded(nowhere)),
    ]
    return Sizes(Starlette(routes=routes), settings)
