"""What a hub asks of the database under it, whichever it is.

Statements are SQLite's SQL text with ``?`` or ``:name`` placeholders; a PostgreSQL connection takes the same and
translates the placeholders. The few words in which the two differ stand in :mod:`hubconsole.store.dialect`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from hubconsole.errors import HubError
    from hubconsole.store.dialect import Dialect

T = TypeVar("T")


class Cursor(Protocol):
    """What a statement gave back, as sqlite3's cursors do."""

    @property
    def rowcount(self) -> int:
        """How many rows were written."""

    def fetchone(self) -> Any:
        """The next row as a tuple; None when there is none."""

    def fetchall(self) -> list[Any]:
        """All rows that are left."""

    def __iter__(self) -> Iterator[Any]:
        """Row by row."""


class Connection(Protocol):
    """A connection in autocommit mode, as sqlite3's are."""

    def execute(self, sql: str, parameters: Any = ..., /) -> Cursor:
        """One statement; ``parameters`` by place or by name."""

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Cursor:
        """One statement for each set of parameters."""


class Standing(NamedTuple):
    """How a copy that the database itself keeps (a standby) stands to the one that is written."""

    following: bool
    """Whether it is being told of new writes."""
    behind: float
    """How many seconds old the newest write in it is while it knows of newer ones; 0 when it has all that it was told of."""


class Store(Protocol):
    """One database that holds hubs. Calls may be made from any thread."""

    @property
    def readonly(self) -> bool:
        """Whether it was opened for reading alone: nothing is written, locked or brought forward then."""

    @property
    def place(self) -> str:
        """Where it is, for messages: a path, or a URL without password."""

    @property
    def dialect(self) -> Dialect:
        """How its SQL differs."""

    @property
    def broken_rules(self) -> tuple[type[Exception], ...]:
        """What its driver raises for a row that breaks a key or a type."""

    @property
    def repeats(self) -> bool:
        """Whether :meth:`attempt` may carry out its work more than once without knowing how the time before ended."""

    def connection(self) -> Connection:
        """This thread's connection. Raises Unreachable, and StoreProblem ``store_replaced`` when the store is another than was opened."""

    def reading(self) -> AbstractContextManager[Connection]:
        """This thread's connection for a few reads; the driver's errors come out as ones of :mod:`hubconsole.errors`."""

    def snapshot(self, conn: Connection) -> AbstractContextManager[object]:
        """Several reads that see one state of the store, whatever is written meanwhile."""

    def write(self, conn: Connection, hub_id: str) -> AbstractContextManager[object]:
        """One write transaction under the hub's one write lock; commits on leaving, rolls back on any error."""

    def touch(self, conn: Connection) -> AbstractContextManager[object]:
        """One short write of what is not journalled (presence, leases), without waiting for the hub's write lock where that can be."""

    def attempt(self, work: Callable[[], T]) -> T:
        """Carry out one write, again where the database says that it may be tried again; nothing is answered for that may be gone."""

    def apart(self) -> AbstractContextManager[Connection]:
        """A connection of its own that sees one snapshot of the store and writes nothing but temporary tables."""

    def wait(self, hub_id: str, after: int, timeout: float) -> bool:
        """Block until the hub's journal is past ``after`` (True) or ``timeout`` seconds have gone by (False)."""

    def standing(self) -> Standing | None:
        """How this copy stands to the store it is a copy of; None where the store is no copy."""

    def problem(self, error: Exception) -> HubError:
        """What an error of the driver means for people."""

    def close(self) -> None:
        """Let go of every connection."""
