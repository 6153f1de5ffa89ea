"""The web application over one hub."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.routing import Route

from hubconsole import __version__
from hubconsole.server import logs, problems
from hubconsole.server.endpoint import Endpoint, Receive, Scope, Send, reply
from hubconsole.server.limits import Sizes
from hubconsole.server.openapi import describe
from hubconsole.server.operations import Answer, Operation
from hubconsole.server.routes import load
from hubconsole.server.service import Service
from hubconsole.server.settings import Settings
from hubconsole.server.witness import Witness

if TYPE_CHECKING:
    from hubconsole.hub.local import LocalHub

_SLASHED = re.compile(r"\{(send_id|session|name)\}$")
"""Parts of a path that may hold a slash, sent as %2F."""


_SILENT: dict[str, Any] = {"telemetry": {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}}
"""Newer versions of the framework could tell others about requests and errors; this server has its own log, without customers' words."""


def create_app(hub: LocalHub, settings: Settings | None = None, log: logs.Log = logs.nowhere) -> FastAPI:
    """The hub API over ``hub``; it begins to write and to follow the journal with its lifespan, and ends with it.

    ``app.state.service`` is what it stands on. The hub stays the caller's to close.
    """
    service = Service(hub, settings or Settings())
    operations = load()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await service.start()
        try:
            yield
        finally:
            await service.stop()

    app = FastAPI(
        title="hubconsole", version=__version__, docs_url=None, redoc_url=None, openapi_url="/openapi.json", redirect_slashes=False,
        lifespan=lifespan, **_SILENT,
    )  # fmt: skip
    app.state.service = service
    app.openapi = _described(app)  # type: ignore[method-assign]
    app.router.default = _nowhere
    routes = _routes(service, operations)
    app.router.routes[:0] = routes
    # The last one added is the outermost.
    app.add_middleware(Straight, routes=routes)
    app.add_middleware(Sizes, settings=service.settings)
    app.add_middleware(Witness, service=service, log=log)
    return app


class Straight:
    """ASGI: a path without a parameter leads to its endpoint without asking every route in turn."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], routes: list[Route]) -> None:
        self.app = app
        self.fixed = {route.path: route.endpoint for route in routes if "{" not in route.path}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on to where it belongs."""
        endpoint = self.fixed.get(scope["path"]) if scope["type"] == "http" else None
        if endpoint is None:
            await self.app(scope, receive, send)
            return
        scope["path_params"] = {}
        await endpoint(scope, receive, send)


def _routes(service: Service, operations: Mapping[str, Operation]) -> list[Route]:
    """One route for each path, fixed paths before those with a parameter."""
    by_path: dict[str, list[Operation]] = {}
    for one in operations.values():
        by_path.setdefault(one.path, []).append(one)
    paths = sorted(by_path, key=lambda path: "{" in path)
    return [Route(_SLASHED.sub(r"{\1:path}", path), Endpoint(service, by_path[path]), include_in_schema=False) for path in paths]


def _described(app: FastAPI) -> Any:
    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = describe()
        return app.openapi_schema

    return openapi


async def _nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        status, body, headers = problems.answer_to(problems.nowhere())
        await reply(send, Answer(status, body, headers))
