"""Waiting at a server of PostgreSQL that refuses to be listened to, as a standby does."""

import threading
import time
from typing import Any

import psycopg

from hubconsole.errors import StoreProblem
from hubconsole.store.postgres_ears import LOOK_SECONDS, Ears
from hubconsole.store.postgres_errors import problem


class Refusing:
    """A line on which LISTEN is refused."""

    closed = False

    def execute(self, sql: bytes) -> Any:
        raise psycopg.errors.ReadOnlySqlTransaction("cannot execute LISTEN during recovery")

    def close(self) -> None:
        self.closed = True


def test_who_may_not_listen_asks_once_and_then_looks_often() -> None:
    lines: list[Refusing] = []

    def connect() -> Any:
        lines.append(Refusing())
        return lines[-1]

    ears = Ears(connect)
    moved = threading.Event()
    assert not ears.wait("hub", moved.is_set, 0.2)
    threading.Timer(0.2, moved.set).start()
    began = time.monotonic()
    assert ears.wait("hub", moved.is_set, 30)
    assert time.monotonic() - began < LOOK_SECONDS, "a look each second would be too late for a console"
    ears.close()
    assert [one.closed for one in lines] == [True]


def test_a_read_that_a_standby_breaks_off_is_said_to_be_worth_another_try() -> None:
    found = problem(psycopg.errors.SerializationFailure("canceling statement due to conflict with recovery"), "there")
    assert isinstance(found, StoreProblem)
    assert (found.code, "again" in found.hint) == ("store_busy", True)
