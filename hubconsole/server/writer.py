"""One thread that writes: commands that arrive together are carried out together, in one commit.

Each is still decided on its own merits and answered by itself. What waits is bounded: beyond that the hub says so at once
(503) instead of letting everybody wait longer and longer.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from hubconsole.errors import HubError
from hubconsole.hub.requests import Request
from hubconsole.server import problems
from hubconsole.server.rows import wire_rows

if TYPE_CHECKING:
    from hubconsole.hub.local import LocalHub
    from hubconsole.hub.port import Receipt
    from hubconsole.hub.wire import WireRow

T = TypeVar("T")


class _Job(NamedTuple):
    future: asyncio.Future[Any]
    work: Request | Callable[[], Any]


class Writer:
    """The writer thread of one server process. :meth:`start` and the coroutines belong to the event loop."""

    def __init__(self, hub: LocalHub, *, most: int, group: int, wrote: Callable[[], None]) -> None:
        self.hub = hub
        self.most = most
        self.group = group
        self.wrote = wrote
        """Called in the event loop after every commit."""
        self.waiting = 0
        """Commands that are not answered yet."""
        self.commands = 0
        """Commands carried out; not those that were refused."""
        self.commits = 0
        """Commits in which at least one was."""
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closing = False

    def start(self) -> None:
        """Begin to write."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._work, name="hubconsole-writer", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Carry out what waits, then end."""
        self._closing = True
        if self._thread is not None:
            self._jobs.put(None)
            await asyncio.to_thread(self._thread.join, 20.0)
            await asyncio.sleep(0)

    async def execute(self, request: Request) -> tuple[Receipt, WireRow | None]:
        """Carry out one command: its receipt, and the enquiry as it stands then. Raises what the hub raises, and Unreachable ``busy``."""
        answer: Receipt | HubError
        answer, row = await self._put(request)
        if isinstance(answer, HubError):
            raise answer
        return answer, row

    async def execute_many(self, requests: list[Request]) -> list[Receipt | HubError]:
        """Carry out several commands, each on its own merits."""
        return await self._put(lambda: self._count(self.hub.execute_many(requests)))  # type: ignore[no-any-return]

    async def call(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Any other write, in its turn."""
        return await self._put(lambda: work(*args, **kwargs))  # type: ignore[no-any-return]

    async def _put(self, work: Request | Callable[[], Any]) -> Any:
        if self._closing or self._loop is None:
            raise problems.closing()
        if self.waiting >= self.most:
            raise problems.busy()
        future = self._loop.create_future()
        self.waiting += 1
        self._jobs.put(_Job(future, work))
        try:
            return await future
        finally:
            self.waiting -= 1

    def _work(self) -> None:
        """The thread: whatever has come in by now makes one group."""
        while True:
            job = self._jobs.get()
            group: list[_Job] = []
            while job is not None:
                group.append(job)
                if len(group) >= self.group or self._jobs.empty():
                    break
                job = self._jobs.get()
            if group:
                answers = self._carry_out([one for one in group if not one.future.cancelled()])
                assert self._loop is not None
                self._loop.call_soon_threadsafe(self._answer, answers)
            if job is None:
                return

    def _carry_out(self, group: list[_Job]) -> list[tuple[asyncio.Future[Any], Any, Exception | None]]:
        answers: list[tuple[asyncio.Future[Any], Any, Exception | None]] = []
        orders = [job for job in group if isinstance(job.work, Request)]
        try:
            given = self._count(self.hub.execute_many([job.work for job in orders if isinstance(job.work, Request)])) if orders else []
            rows = self._rows(given)
            answers.extend((job.future, row, None) for job, row in zip(orders, rows, strict=True))
        except Exception as error:  # noqa: BLE001  everybody in the group must be told
            answers.extend((job.future, None, error) for job in orders)
        for job in group:
            if not isinstance(job.work, Request):
                try:
                    answers.append((job.future, job.work(), None))
                except Exception as error:  # noqa: BLE001  it belongs to who asked
                    answers.append((job.future, None, error))
        return answers

    def _count(self, given: list[Receipt | HubError]) -> list[Receipt | HubError]:
        """Take note of what one commit carried. In the writing thread only."""
        done = sum(not isinstance(one, HubError) for one in given)
        self.commands += done
        self.commits += done > 0
        return given

    def _rows(self, given: list[Receipt | HubError]) -> list[tuple[Receipt | HubError, WireRow | None]]:
        """Every answer with its enquiry's row, all read at once. What was written stays so, whether it can be read or not."""
        try:
            found = wire_rows(self.hub, [one.enquiry_id for one in given if not isinstance(one, HubError) and one.enquiry_id])
        except HubError:
            found = {}
        return [(one, None if isinstance(one, HubError) else found.get(one.enquiry_id)) for one in given]

    def _answer(self, answers: list[tuple[asyncio.Future[Any], Any, Exception | None]]) -> None:
        for future, answer, error in answers:
            if future.done():
                continue
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(answer)
        self.wrote()
