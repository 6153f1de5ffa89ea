"""How connections to PostgreSQL are opened, and the limits that hold on them, directly or through a pooler.

A pooler such as PgBouncer refuses the settings that a connection asks for at its start, or drops them without a word; and where it
lends a server's connection for one transaction at a time, whatever was set or prepared on one may be missing in the next. So through a
pooler nothing is prepared, nothing is left behind on a connection that others use as well, and each write sets its own limits.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import psycopg

from hubconsole.store.dialect import time_limit
from hubconsole.store.postgres_conn import Raw, adapt

_LOCK_WAIT = 15_000
"""Milliseconds for which a write waits for its hub's lock."""
_ASLEEP = 10_000
"""Whoever falls asleep in the middle of a write loses it after so many ms, before those who wait for the lock give up."""
_LONGEST_WRITE = 20_000
"""Whoever falls asleep between two statements that nobody waits for holds the lock no longer than this (ms).

Servers before PostgreSQL 17 have only the limit on idling.
"""
_SETTINGS = (
    f"-c lock_timeout={_LOCK_WAIT} -c idle_in_transaction_session_timeout={_ASLEEP} -c client_encoding=UTF8 -c timezone=UTC "
    "-c default_transaction_isolation=read\\ committed"
)
_PATIENCE = {"connect_timeout": 5, "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}

_DURABLE = "CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', {}) END"
"""What was answered is on disk: it is legal evidence."""
_BEGUN = f"SELECT setting::bigint, {_DURABLE.format('false')} FROM pg_settings WHERE name = 'lock_timeout'"
_EACH = (
    f"SELECT set_config('lock_timeout', '{_LOCK_WAIT}', true), set_config('idle_in_transaction_session_timeout', '{_ASLEEP}', true), "
    f"{_DURABLE.format('true')}",
    time_limit(_LONGEST_WRITE, "transaction"),
)
_REFUSED = "unsupported startup parameter"
"""How PgBouncer turns away a connection that asks for settings."""


class Door:
    """The way to one database. Usable from any thread."""

    def __init__(self, url: str, *, readonly: bool = False) -> None:
        self._url = url
        self._readonly = readonly
        self.pooled = False
        """Whether a pooler was found to stand in between."""

    def connect(self) -> Raw:
        """A new connection of its own, in autocommit mode. Raises psycopg.Error."""
        given = dict(parse_qsl(urlsplit(self._url).query))
        patience: dict[str, Any] = {name: value for name, value in _PATIENCE.items() if name not in given}
        if not self.pooled:
            try:
                return self._set(self._own(given.get("options", ""), patience))
            except psycopg.OperationalError as error:
                if _REFUSED not in str(error):
                    raise
            self.pooled = True
        raw = psycopg.connect(self._url, autocommit=True, options="", prepare_threshold=None, client_encoding="UTF8", **patience)
        adapt(raw)
        return raw

    def each(self) -> tuple[str, ...]:
        """The statements with which a write begins, so that the limits hold for it; none where the connection has them."""
        return _EACH if self.pooled else ()

    def _own(self, options: str, patience: dict[str, Any]) -> Raw:
        only = " -c default_transaction_read_only=on" if self._readonly else ""
        return psycopg.connect(self._url, autocommit=True, options=f"{options} {_SETTINGS}{only}", **patience)

    def _set(self, raw: Raw) -> Raw:
        adapt(raw)
        row = raw.execute(_BEGUN.encode()).fetchone()
        if row is not None and row[0] != _LOCK_WAIT:  # dropped on the way here
            self.pooled = True
            raw.prepare_threshold = None
        else:
            raw.execute(time_limit(_LONGEST_WRITE, "session").encode())
        return raw
