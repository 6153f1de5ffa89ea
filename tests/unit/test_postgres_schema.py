"""The tables in PostgreSQL: the same as the migrations make in a file, made once, brought forward, never taken back."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.schema import SchemaItem
from sqlmodel import SQLModel

from hubconsole.clock import FrozenClock
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.errors import SchemaTooNew, StoreProblem
from hubconsole.hub.local import LocalHub
from hubconsole.store import postgres, tables
from hubconsole.store.postgres import PostgresStore, bring_forward, with_hub
from hubconsole.store.sqlite import SCHEMA_VERSION
from tests.contract import acts
from tests.contract.hubs import MEMBERS
from tests.pg import database, empty_database, fresh_database  # noqa: F401  fixtures
from tests.unit.revising import ABOUT, NEXT, know, own_revisions


@pytest.fixture
def revisions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return own_revisions(tmp_path, monkeypatch)


def ask(url: str, sql: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as conn:
        cursor = conn.execute(sql.encode())
        return cursor.fetchall() if cursor.description else []


def test_the_tables_are_what_the_models_describe(fresh_database: str) -> None:  # noqa: F811
    def ours(item: SchemaItem, name: str | None, kind: str, reflected: bool, _other: SchemaItem | None) -> bool:
        return not (kind == "table" and reflected and name in ("search", "schema_version"))

    assert tables.HubTable.__tablename__ == "hub"
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(fresh_database))
    with engine.connect() as bind:
        context = MigrationContext.configure(bind, opts={"include_object": ours, "compare_server_default": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    engine.dispose()


def test_text_is_compared_byte_by_byte_whatever_language_the_database_speaks(fresh_database: str) -> None:  # noqa: F811
    sql = (
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema() "
        "AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"
    )
    assert ask(fresh_database, sql) == []


def test_every_key_and_index_is_led_by_the_hub(fresh_database: str) -> None:  # noqa: F811
    sql = (
        "SELECT c.relname, a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid "
        "JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0] JOIN pg_namespace n ON n.oid = t.relnamespace "
        "WHERE n.nspname = current_schema() AND t.relname NOT IN ('alembic_version', 'schema_version') AND c.relname <> 'search_words'"
    )
    found = ask(fresh_database, sql)
    assert len(found) >= 20 and {column for _, column in found} == {"hub_id"}


@pytest.mark.parametrize("attack", ["UPDATE event SET actor = 'eve'", "DELETE FROM event", "TRUNCATE event"])
def test_the_journal_takes_nothing_back(fresh_database: str, clock: FrozenClock, attack: str) -> None:  # noqa: F811
    LocalHub.create(fresh_database, name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock).close()
    with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        ask(fresh_database, attack)
    assert ask(fresh_database, "SELECT count(*) FROM event") == [(7,)]


def test_many_who_find_an_empty_database_make_it_once(empty_database: str) -> None:  # noqa: F811
    children = []
    for n in range(4):
        pid = os.fork()
        if pid == 0:
            try:
                LocalHub.create(with_hub(empty_database, f"h{n}"), name=f"h{n}", policy=ALL_LEGAL, members=MEMBERS).close()
                os._exit(0)
            finally:
                os._exit(1)
        children.append(pid)
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children] == [0] * 4
    assert ask(empty_database, "SELECT version FROM schema_version") == [(SCHEMA_VERSION,)]
    assert ask(empty_database, "SELECT count(*) FROM alembic_version") == [(1,)]
    assert sorted(ask(empty_database, "SELECT name FROM hub")) == [("h0",), ("h1",), ("h2",), ("h3",)]


def test_of_many_who_found_the_only_hub_at_once_one_does(fresh_database: str) -> None:  # noqa: F811
    children = []
    for n in range(4):
        pid = os.fork()
        if pid == 0:
            code = 9
            try:
                LocalHub.create(fresh_database, name=f"h{n}", policy=ALL_LEGAL, members=MEMBERS).close()
                code = 0
            except Exception as error:  # noqa: BLE001  told by the exit code
                code = 4 if getattr(error, "code", "") == "hub_exists" else 9
            finally:
                os._exit(code)
        children.append(pid)
    assert sorted(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children) == [0, 4, 4, 4]


def test_an_older_database_is_brought_forward_when_opened(
    fresh_database: str, clock: FrozenClock, revisions: Path, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:  # fmt: skip
    hub = LocalHub.create(fresh_database, name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
    eid = acts.receive(hub)
    hub.close()
    column = "sa.Column('why', sa.Text(), nullable=False, server_default='')"
    (revisions / f"r{NEXT:04}_more.py").write_text(f"{ABOUT}def upgrade():\n    op.add_column('lease', {column})\n")
    know(monkeypatch, postgres, NEXT)
    with pytest.raises(StoreProblem) as problem:
        LocalHub.open(fresh_database, clock=clock, readonly=True)
    assert problem.value.code == "schema_old"
    hub = LocalHub.open(fresh_database, clock=clock)
    assert hub.enquiry(eid).row.key == "E-1" and hub.verify().ok
    assert ask(fresh_database, "SELECT version, (SELECT version_num FROM alembic_version) FROM schema_version") == [(NEXT, f"{NEXT:04}")]
    ask(fresh_database, "SELECT why FROM lease")
    hub.close()


def test_a_revision_that_fails_leaves_the_database_as_it_was(
    fresh_database: str, revisions: Path, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:  # fmt: skip
    (revisions / f"r{NEXT:04}_bad.py").write_text(
        f"{ABOUT}def upgrade():\n    op.execute('CREATE TABLE half (x int)')\n    raise RuntimeError('stopped half-way')\n"
    )
    know(monkeypatch, postgres, NEXT)
    with pytest.raises(RuntimeError, match="half-way"):
        PostgresStore(fresh_database)
    assert ask(fresh_database, "SELECT to_regclass('half') IS NULL, version FROM schema_version") == [(True, SCHEMA_VERSION)]


def test_a_newer_database_is_refused_and_never_taken_back(fresh_database: str) -> None:  # noqa: F811
    ask(fresh_database, f"UPDATE schema_version SET version = {NEXT}")
    uses: list[Callable[[], object]] = [
        lambda: LocalHub.open(fresh_database),
        lambda: bring_forward(PostgresStore(fresh_database, check=False)),
        lambda: make(fresh_database),
    ]
    for use in uses:
        with pytest.raises(SchemaTooNew) as problem:
            use()
        assert problem.value.code == "schema_too_new"
    assert ask(fresh_database, "SELECT version FROM schema_version") == [(NEXT,)]


def make(url: str) -> object:
    return LocalHub.create(url, name="Bank", policy=ALL_LEGAL, members=MEMBERS)


def test_a_database_that_cannot_hold_every_text_is_refused() -> None:
    with database(" template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'") as url:
        with pytest.raises(StoreProblem) as problem:
            make(url)
        assert problem.value.code == "bad_encoding"
        assert ask(url, "SELECT to_regclass('hub') IS NULL") == [(True,)]


def test_without_the_driver_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    for name in [one for one in sys.modules if one.startswith("hubconsole.store.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("hubconsole.store.postgres", raising=False)
    with pytest.raises(StoreProblem) as no:
        LocalHub.open("postgresql://localhost/hub")
    assert no.value.code == "no_driver" and "hubconsole[server]" in no.value.hint
