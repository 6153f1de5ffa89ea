"""A synchronous HTTP client's way to an ASGI application in this process: the application runs in a loop of its own, and streams."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Iterator
from typing import Any

import httpx

Message = dict[str, Any]


class Running:
    """An application in an event loop in a thread, from its lifespan's start to its end."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._ending: asyncio.Event | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="asgi", daemon=True)
        self._thread.start()
        assert self._started.wait(20), "the application did not start"
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_until_complete(self._live())
        except BaseException as error:  # noqa: BLE001  whatever it is, the test must see it
            self._error = error
            self._started.set()

    async def _live(self) -> None:
        self._ending = asyncio.Event()
        async with self.app.router.lifespan_context(self.app):
            self._started.set()
            await self._ending.wait()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)

    def stop(self) -> None:
        """End the application and its loop."""
        assert self._ending is not None
        self.loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(20)
        assert not self._thread.is_alive(), "the application did not end"
        self.loop.close()


class ToApp(httpx.BaseTransport):
    """Sends requests to an application that runs."""

    def __init__(self, running: Running) -> None:
        self.running = running

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        exchange = _Exchange(request, request.read())
        asyncio.run_coroutine_threadsafe(exchange.run(self.running.app), self.running.loop)
        first = exchange.next()
        while first["type"] != "http.response.start":
            first = exchange.next()
        return httpx.Response(first["status"], headers=first.get("headers", []), stream=_Stream(exchange, self.running.loop))


class _Exchange:
    """One request and what comes back."""

    def __init__(self, request: httpx.Request, body: bytes) -> None:
        self.patience = request.extensions.get("timeout", {}).get("read", 20.0)
        self.answers: queue.Queue[Message] = queue.Queue()
        self.hung_up = asyncio.Event()
        self.body: bytes | None = body
        path = request.url.raw_path.partition(b"?")[0]
        self.scope: Message = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": request.method,
            "headers": [(name.lower(), value) for name, value in request.headers.raw], "scheme": request.url.scheme,
            "path": request.url.path, "raw_path": path, "query_string": request.url.query, "root_path": "",
            "server": (request.url.host, request.url.port), "client": ("127.0.0.1", 50000),
        }  # fmt: skip

    async def run(self, app: Any) -> None:
        try:
            await app(self.scope, self._receive, self._send)
        except Exception as error:  # noqa: BLE001  the client sees the line break
            self.answers.put({"type": "broken", "error": error})

    async def _receive(self) -> Message:
        if self.body is not None:
            body, self.body = self.body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self.hung_up.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self.answers.put(dict(message))

    def next(self) -> Message:
        try:
            message = self.answers.get(timeout=self.patience)
        except queue.Empty:
            raise httpx.ReadTimeout("nothing came") from None
        if message["type"] == "broken":
            raise httpx.RemoteProtocolError(f"the application failed: {message['error']!r}")
        return message


class _Stream(httpx.SyncByteStream):
    def __init__(self, exchange: _Exchange, loop: asyncio.AbstractEventLoop) -> None:
        self._exchange = exchange
        self._loop = loop

    def __iter__(self) -> Iterator[bytes]:
        while True:
            message = self._exchange.next()
            if message.get("body"):
                yield message["body"]
            if not message.get("more_body"):
                return

    def close(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._exchange.hung_up.set)
