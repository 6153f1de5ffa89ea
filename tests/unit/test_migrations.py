"""The schema that migrations make is the schema that the tables describe and the reads use."""

import re
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.schema import SchemaItem
from sqlmodel import SQLModel

from hubconsole.domain.query import parse
from hubconsole.errors import SchemaTooNew
from hubconsole.store import reads, sqlite, tables
from hubconsole.store.query_sql import plan
from hubconsole.store.rows import BoardRow
from hubconsole.store.sqlite import SCHEMA_VERSION, connect, create, schema_version
from hubconsole.store.upgrade import create_schema, script_directory, upgrade
from tests.unit.revising import ABOUT, NEXT, know, own_revisions


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "hub.db"
    create(path)
    return path


def test_the_migrated_schema_is_what_the_tables_describe(store: Path) -> None:
    def ours(item: SchemaItem, name: str | None, kind: str, reflected: bool, _other: SchemaItem | None) -> bool:
        return not (kind == "table" and reflected and str(name).startswith("search"))

    engine = create_engine(f"sqlite:///{store}")
    with engine.connect() as bind:
        context = MigrationContext.configure(bind, opts={"include_object": ours, "compare_server_default": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    engine.dispose()


def test_the_comparison_would_notice_a_missing_column(store: Path) -> None:
    conn = sqlite3.connect(store)
    conn.execute("ALTER TABLE lease DROP COLUMN token")
    conn.close()
    engine = create_engine(f"sqlite:///{store}")
    with engine.connect() as bind:
        found = compare_metadata(MigrationContext.configure(bind), SQLModel.metadata)
    engine.dispose()
    assert any("token" in str(difference) for difference in found)


def test_columns_have_the_order_and_names_that_reads_rely_on() -> None:
    columns = set(tables.EnquiryTable.model_fields)
    assert set(BoardRow._fields) - {"key"} <= columns


def test_every_statement_of_the_reads_names_only_what_exists(store: Path) -> None:
    conn = connect(store)
    statements = [value for name, value in vars(reads).items() if isinstance(value, str) and name.isupper() and "SELECT" in value]
    statements = [sql + "1" if sql.endswith("AND ") else sql for sql in statements]
    for text in (
        "state:open",
        "owner:me card",
        "function:legal",
        "is:claimed due<1h flag:a gate:b on:me by:me customer:c wait>1m updated>2026-01-01",
    ):
        found = plan(parse(text), "h", me="a", now=0)
        statements.append(reads._ordered(found, reads.COLUMNS, "", False))
    assert len(statements) > 12
    for sql in statements:
        names = set(re.findall(r":([a-z][a-z0-9]*)", sql))
        conn.execute("EXPLAIN " + sql, dict.fromkeys(names, 1))
    conn.close()


def test_every_key_and_index_is_led_by_the_hub(store: Path) -> None:
    conn = connect(store)
    names = [name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search%'")]
    seen = 0
    for table in set(names) - {"alembic_version"}:
        for (index,) in conn.execute("SELECT name FROM pragma_index_list(?)", (table,)).fetchall():
            first = conn.execute("SELECT name FROM pragma_index_info(?)", (index,)).fetchone()[0]
            assert first == "hub_id", index
            seen += 1
    assert seen >= 15
    conn.close()


def test_search_folds_case_and_accents(store: Path) -> None:
    conn = connect(store)
    conn.execute("INSERT INTO search (rowid, enquiry_id, text) VALUES (7, 'e', 'Größe KÜHN')")
    assert conn.execute("SELECT rowid, enquiry_id FROM search WHERE search MATCH 'kuhn'").fetchall() == [(7, "e")]
    conn.close()


def test_the_number_of_the_newest_revision_is_the_schema_version() -> None:
    with script_directory() as script:
        heads = script.get_heads()
        assert len(heads) == 1
        assert int(heads[0]) == SCHEMA_VERSION
        for revision in script.walk_revisions():
            assert Path(revision.path).name.startswith(f"r{revision.revision}_")


def test_making_the_schema_again_changes_nothing(store: Path) -> None:
    before = store.read_bytes()
    create_schema(store)
    assert upgrade(store) == SCHEMA_VERSION
    assert store.read_bytes() == before


@pytest.fixture
def revisions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return own_revisions(tmp_path, monkeypatch)


def test_an_older_store_is_brought_forward_when_opened(store: Path, revisions: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more revision, made up here, is found beside the others and applied once."""
    (revisions / f"r{NEXT:04}_more.py").write_text(
        f"{ABOUT}def upgrade():\n    op.add_column('lease', sa.Column('why', sa.Text(), nullable=False, server_default=''))\n"
    )
    know(monkeypatch, sqlite, NEXT)
    conn = connect(store)
    assert schema_version(conn) == NEXT
    conn.execute("SELECT why FROM lease")
    assert conn.execute("SELECT version_num FROM alembic_version").fetchall() == [(f"{NEXT:04}",)]
    conn.close()


def test_a_store_of_the_first_schema_gets_what_came_since_and_keeps_its_rows(
    tmp_path: Path, revisions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = {file: file.read_text() for file in revisions.glob("r*.py") if file.name != "r0001_first.py"}
    for file in later:
        file.unlink()
    know(monkeypatch, sqlite, 1)
    path = tmp_path / "first.db"
    create(path)
    conn = connect(path)
    assert schema_version(conn) == 1
    conn.execute("INSERT INTO hub (hub_id, name) VALUES ('h', 'Bank')")
    conn.close()
    for file, source in later.items():
        file.write_text(source)
    know(monkeypatch, sqlite, SCHEMA_VERSION)
    conn = connect(path)
    assert schema_version(conn) == SCHEMA_VERSION
    assert conn.execute("SELECT name FROM hub").fetchall() == [("Bank",)]
    fresh = sqlite3.connect(tmp_path / "fresh.db")
    create_schema(fresh)
    shape = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"
    assert conn.execute(shape).fetchall() == fresh.execute(shape).fetchall()
    fresh.close()
    conn.close()


def test_a_revision_that_fails_leaves_the_store_as_it_was(store: Path, revisions: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (revisions / f"r{NEXT:04}_bad.py").write_text(
        f"{ABOUT}def upgrade():\n    op.execute('CREATE TABLE half (x)')\n    raise RuntimeError('stopped half-way')\n"
    )
    know(monkeypatch, sqlite, NEXT)
    with pytest.raises(RuntimeError, match="half-way"):
        upgrade(store)
    conn = sqlite3.connect(store)
    assert conn.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)
    assert conn.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    conn.close()


def test_a_newer_store_is_never_taken_back(store: Path) -> None:
    conn = sqlite3.connect(store)
    conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 5}")
    conn.close()
    with pytest.raises(SchemaTooNew):
        upgrade(store)


def test_opening_a_store_imports_no_sqlalchemy_and_no_alembic(store: Path) -> None:
    code = (
        "import sys; from hubconsole.store.sqlite import connect; import hubconsole.store.reads; connect(sys.argv[1]).close();"
        "print([m for m in ('sqlalchemy', 'sqlmodel', 'alembic', 'pydantic', 'dataclasses') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code, str(store)], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_a_store_can_be_made_from_a_zipped_package(tmp_path: Path) -> None:
    package = Path(sqlite.__file__).parent.parent
    archive = tmp_path / "hubconsole.zip"
    with zipfile.ZipFile(archive, "w") as bundle:
        for file in package.rglob("*.py"):
            bundle.write(file, f"hubconsole/{file.relative_to(package)}")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from hubconsole.store import sqlite; assert sys.argv[1] in sqlite.__file__;"
        "sqlite.create(sys.argv[2]); print(sqlite.schema_version(sqlite.connect(sys.argv[2])))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, str(archive), str(tmp_path / "h.db")], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert out.stdout.strip() == str(SCHEMA_VERSION)
