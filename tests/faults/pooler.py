"""PgBouncer before the tests' PostgreSQL: a real one, as Debian has it."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from tests import pg

_PATIENCE = 20.0
_CONF = """
[databases]
* = {server}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
default_pool_size = 30
max_client_conn = 200
ignore_startup_parameters = extra_float_digits{dropped}
"""


@contextmanager
def pooler(mode: str, *, drops_options: bool = False) -> Iterator[str]:
    """The URL of a PgBouncer before the tests' server (its maintenance database); skips where there is none on this machine."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("PgBouncer is not installed (Debian: apt-get install pgbouncer)")
    folder = Path(tempfile.mkdtemp(prefix="hcpool-"))
    folder.chmod(0o755)
    try:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
        server, owner = _server()
        ini = folder / "pgbouncer.ini"
        ini.write_text(_CONF.format(server=server, port=port, mode=mode, dropped=", options" if drops_options else ""))
        ini.chmod(0o644)
        as_owner = ["-u", owner] if os.geteuid() == 0 else []  # it runs as nobody who may do everything
        with (folder / "log").open("wb") as log:
            running = subprocess.Popen([program, *as_owner, str(ini)], stdout=log, stderr=log)
        try:
            url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
            _answers(url, running, folder / "log")
            yield url
        finally:
            running.kill()
            running.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _server() -> tuple[str, str]:
    """How PgBouncer reaches the tests' server, and whom it runs as so that it may."""
    parts = urlsplit(pg.server_url())
    host = parse_qs(parts.query).get("host", [parts.hostname or "127.0.0.1"])[0]
    words = [f"host={host}", f"port={parts.port or 5432}", f"user={parts.username or 'postgres'}"]
    words += [f"password={parts.password}"] if parts.password else []
    owner = pwd.getpwuid(os.stat(host).st_uid).pw_name if host.startswith("/") else "nobody"
    return " ".join(words), owner


def _answers(url: str, running: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
            return
        except psycopg.OperationalError as error:
            if running.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"PgBouncer does not answer ({error}): {log.read_text()}") from error
            time.sleep(0.05)
