"""Bounds on what one client may ask of a server: sizes before anything is read, and rates per token and per address."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from hubconsole.errors import UsageProblem
from hubconsole.server import problems
from hubconsole.server.endpoint import header, reply
from hubconsole.server.operations import Answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from hubconsole.server.endpoint import Receive, Scope, Send
    from hubconsole.server.settings import Settings

_KEPT = 20_000


class Bucket:
    """Token buckets by key: ``rate`` a second in the long run, ``burst`` at once."""

    def __init__(self, rate: float, burst: int, now: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self.burst = burst
        self.now = now
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> float:
        """Take one; 0.0 when there was one, else the seconds until there is."""
        now = self.now()
        level, at = self._levels.get(key, (float(self.burst), now))
        level = min(float(self.burst), level + (now - at) * self.rate)
        if level < 1.0:
            self._levels[key] = (level, now)
            return (1.0 - level) / self.rate
        self._levels[key] = (level - 1.0, now)
        self._levels.move_to_end(key)
        if len(self._levels) > _KEPT:
            self._levels.popitem(last=False)
        return 0.0


class Limits:
    """The rates of one server."""

    def __init__(self, settings: Settings) -> None:
        self._tokens = Bucket(settings.token_rate, settings.token_burst)
        self._addresses = Bucket(settings.address_rate, settings.address_burst)

    def token(self, token_id: str) -> None:
        """Count a request with this token. Raises Problem 429."""
        if wait := self._tokens.take(token_id):
            raise problems.too_many(wait)

    def stranger(self, scope: Scope) -> None:
        """Count a request without a valid token, by where it comes from. Raises Problem 429."""
        client = scope.get("client")
        if wait := self._addresses.take(client[0] if client else ""):
            raise problems.too_many(wait)


class Sizes:
    """ASGI: refuses requests whose address, headers or announced body are larger than any can be."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is of a bearable size."""
        if scope["type"] == "http" and (problem := self._too_large(scope)):
            status, body, headers = problems.answer_to(problem)
            await reply(send, Answer(status, body, (*headers, (b"connection", b"close"))))
            return
        await self.app(scope, receive, send)

    def _too_large(self, scope: Scope) -> problems.Problem | None:
        most = self.settings
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > most.max_url:
            return problems.Problem(414, UsageProblem("url_too_long", f"The address is longer than {most.max_url} bytes.", "Shorten it."))
        if sum(len(name) + len(value) for name, value in scope["headers"]) > most.max_headers:
            return problems.Problem(431, UsageProblem("headers_too_large", f"The headers are larger than {most.max_headers} bytes.", ""))
        length = header(scope, b"content-length")
        if length and (not length.isdigit() or len(length) > 15 or int(length) > most.max_body):
            return problems.too_large(most.max_body)
        return None
