"""What makes it possible to put hubs on different machines: hub_id leads every key and index, and every statement names one hub.

Statements are taken from a hub on PostgreSQL that does everything it can do, and from the sources; the database's own planner
says what each of them would read.
"""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

import hubconsole
from hubconsole.clock import FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.query import parse
from hubconsole.domain.terms import Disposition, Scope, Verdict
from hubconsole.hub import access, restoring, transfer
from hubconsole.hub.local import LocalHub
from hubconsole.hub.requests import Request
from hubconsole.ids import new_id
from hubconsole.server import rows as server_rows
from hubconsole.store import postgres_conn, tables
from hubconsole.store.postgres import with_hub
from hubconsole.store.rows import Cursor
from tests import pg
from tests.contract import acts
from tests.contract.hubs import MEMBERS

OURS = [value.__table__ for value in vars(tables).values() if isinstance(value, type) and hasattr(value, "__table__")]
TABLES = {table.name for table in OURS} | {"search"}
WHICH_HUB = ("FROM hub ORDER BY created_at, hub_id LIMIT 1", "FROM hub WHERE hub_id = :wanted OR name = :wanted ORDER BY")
"""How the statements end that look for a hub: the only ones that read more than one hub's rows, and only of the table ``hub``."""
FILES_ALONE = ("hub/remote/", "store/sqlite", "store/words.py", "store/migrations/", "store/twins.py", "hub/comparing.py")
"""Sources whose SQL goes to a console's own file, makes tables, or reads temporary ones that hold one hub."""
OF_A_FILE = ("DELETE FROM search", "INSERT INTO search (rowid, enquiry_id, text)", "SELECT enquiry_id FROM search WHERE search MATCH")
"""What goes to the words of a SQLite file, which holds one hub."""
QUERIES = (
    "", "state:open", "state:new", "state:done", "state:sent", "owner:me", "owner:none state:open", "function:legal", "card",
    '"my card"',
    "-card", "gate:legal", "flag:reg_z", "customer:maria", "on:me", "is:snoozed", "is:overdue", "is:flagged", "priority:1", "priority<=2",
    "received>=2026-01-01", "due<4h", "age>1d", "waiting>1h", "by:ada", "channel:x", "E-1", "?!", "is:unclaimed is:awake",
)  # fmt: skip
_WORDS = re.compile(r"\b(FROM|JOIN|INTO|UPDATE)\s+([a-z_]+)\b")
_ONE_HUB = re.compile(r"\bhub_id = \(?\$\d+")
_BOUND = re.compile(rf"{_ONE_HUB.pattern}|\bhub_id = [a-z_0-9]+\.hub_id")
_STATEMENT = re.compile(r"(SELECT|INSERT INTO|UPDATE|DELETE FROM) ")
_PARAMETER = re.compile(r"%\(([a-z_0-9]+)\)s|%s|%%")


def test_hub_id_leads_every_key_constraint_and_index_of_the_tables() -> None:
    for table in OURS:
        keys = [table.primary_key, *table.indexes, *(one for one in table.constraints if getattr(one, "columns", None))]
        for key in keys:
            assert next(iter(key.columns)).name == "hub_id", f"{table.name}: {key}"
        assert not table.foreign_keys


def test_the_database_has_no_other_order_no_sequence_and_no_reference() -> None:
    with pg.database(pg.migrated()) as url, psycopg.connect(url) as conn:
        led = conn.execute(
            "SELECT x.indrelid::regclass::text, x.indexrelid::regclass::text, a.attname FROM pg_index x "
            "JOIN pg_class k ON k.oid = x.indrelid JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0] "
            "WHERE k.relnamespace = 'public'::regnamespace"
        ).fetchall()
        assert {table for table, _, _ in led} == TABLES | {"schema_version", "alembic_version"}
        others = {index for table, index, column in led if column != "hub_id" and table in TABLES}
        assert others == {"search_words"}, "words of all hubs are in one inverted index; every search names the hub as well"
        assert conn.execute("SELECT relname FROM pg_class WHERE relkind = 'S'").fetchall() == []
        assert conn.execute("SELECT conname FROM pg_constraint WHERE contype IN ('f', 'x')").fetchall() == []


def test_every_table_can_be_partitioned_by_hub_and_the_journal_not_by_its_order() -> None:
    with pg.database(pg.migrated()) as url, psycopg.connect(url, autocommit=True) as conn:
        for name in TABLES:
            conn.execute(f"CREATE TABLE {name}_by_hub (LIKE {name} INCLUDING ALL) PARTITION BY HASH (hub_id)".encode())
        with pytest.raises(psycopg.errors.FeatureNotSupported, match="must include all partitioning columns"):
            conn.execute(b"CREATE TABLE event_by_seq (LIKE event INCLUDING ALL) PARTITION BY RANGE (seq)")


@pytest.fixture(scope="module")
def traced() -> Iterator[tuple[str, set[str]]]:
    """A database, and every statement that a hub in it sent while it did everything that it can do."""
    sent: set[str] = set()
    real = postgres_conn.translated

    def translated(sql: str) -> bytes:
        sent.add(sql)
        return real(sql)

    with pg.database(pg.migrated()) as url, pg.database(pg.migrated()) as elsewhere, pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres_conn, "translated", translated)
        clock = FrozenClock()
        hub = LocalHub.create(with_hub(url, new_id()), name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
        _do_everything(hub, clock)
        transfer.move(transfer.StoreSide(hub.store.place), transfer.StoreSide(elsewhere), "sue")
        hub.close()
        yield url, sent


def _do_everything(hub: LocalHub, clock: FrozenClock) -> None:
    sent = acts.sent(hub, external_id="1", thread="t1")
    acts.write_again(hub, sent, external_id="2")
    acts.submitted(hub, customer="Ben", external_id="3", thread="t1")
    back = acts.submitted(hub)
    acts.decide(hub, back, Verdict.RETURN, reason="Say when.")
    late = acts.ready(hub)
    hub.execute(c.AddNote(enquiry_id=late, text="See the other one.", privileged=True), actor="lex")
    hub.execute(c.Triage(enquiry_id=acts.receive(hub), disposition=Disposition.DUPLICATE, duplicate_of=sent), actor="ada")
    hub.execute(c.Snooze(enquiry_id=acts.receive(hub), until=clock() + 60_000), actor="ada")
    hub.execute(c.Assign(enquiry_id=acts.receive(hub), owner="ben"), actor="sue")
    first = acts.receive(hub)
    asked = [Request(kind(enquiry_id=first), "ada", "api", new_id(), 1) for kind in (c.Claim, c.Release)]
    hub.execute_many([*asked, *asked, Request(c.SaveSetting(setting="view", owner="ada", name="mine", value='"owner:me"'), "ada")])
    token = hub.lease("dispatcher", "here", 60_000)
    assert token
    hub.execute(c.Claim(enquiry_id=first), actor="ada", fence=("dispatcher", token))
    hub.look("ada", "s1", first)
    for query in map(parse, QUERIES):
        top = hub.page(query, limit=2)
        hub.page(query, after=Cursor(0, 0))
        hub.page(query, last=True)
        hub.page_at(query, 1)
        hub.total(query)
        hub.position(query, Cursor(5, 5))
        hub.rows([row.id for row in top.rows])
    for key in (sent, "E-1"):
        hub.enquiry(key, viewer="lex")
        server_rows.enquiry_id(hub, key)
    hub.search("card")
    hub.search("where my ca")
    hub.known("x", ["1", "2", "nul\0"])
    for read in (hub.counts, hub.oldest_wait, hub.members, hub.policy, hub.viewers, hub.info, hub.head, hub.rebuild):
        read()
    hub.saved("view", "ada")
    hub.changes(0)
    list(hub.journal())
    list(hub.journal(stream=sent))
    acts.queued(hub)
    (due,) = hub.due(clock() + 60_000)
    assert hub.outgoing(due.send_id)
    sends = hub.enquiry(sent).sends
    hub.overtaken(sends[-1].id)
    hub.expiring(clock() + 10**12)
    server_rows.whole(hub, 50)
    server_rows.bite(hub, 0, 50)
    server_rows.policy_text(hub)
    issued = access.issue(hub, "sue", Scope.MEMBER, label="mine")
    access.lookup(hub, access.digest_of(issued.secret))
    access.tokens(hub, "sue")
    access.tokens(hub, "ada", ended=True)
    access.revoke(hub, "sue", access.rotate(hub, "sue", issued.token.id).token.id)
    started = access.device_start(hub, client="test", place="here")
    access.device_poll(hub, started.device_code)
    access.device_answer(hub, started.user_code, "ada", True)
    access.device_poll(hub, started.device_code)
    access.once(hub, "nonce", clock() + 60_000)
    hub.execute(c.RemoveMember(name="lou"), actor="sue")
    hub.execute(c.AdoptPolicy(policy=ALL_LEGAL.replace("\n", "\n\n", 1)), actor="sue")
    restoring.was_put_back(hub, "sue")
    assert hub.verify().ok


def test_what_a_hub_sends_is_bound_to_that_hub(traced: tuple[str, set[str]]) -> None:
    url, sent = traced
    about = {sql for sql in sent if "pg_temp" not in sql and not sql.startswith("CREATE") and _tables(sql)}
    assert len(about) > 120, "the run sends far more than that"
    assert {table for sql in about for table in _tables(sql)} == TABLES, "no table is left out"
    with psycopg.connect(url, autocommit=True) as conn:
        loose = {sql: why for sql in sorted(about) if (why := _loose(conn, sql))}
    assert {sql for sql in loose if not sql.endswith(WHICH_HUB) and WHICH_HUB[1] not in sql} == set()


def test_no_statement_in_the_sources_forgets_the_hub() -> None:
    found, home = 0, Path(hubconsole.__file__).parent
    for path in sorted(home.rglob("*.py")):
        place = path.relative_to(home).as_posix()
        if place.startswith(FILES_ALONE) or place.startswith("tui/"):
            continue
        source = path.read_text("utf-8")
        for sql in _literals(ast.parse(source)) if _STATEMENT.search(source) else ():
            # A condition that is put together elsewhere is seen in what the hub sends.
            if _tables(sql) and _STATEMENT.match(sql) and not re.search(r"WHERE \?", sql):
                found += 1
                whichever = sql.endswith(" FROM hub") or WHICH_HUB[1] in sql or (sql.startswith(OF_A_FILE) and "hub" not in sql)
                assert "hub_id" in sql or whichever, f"{place}: {sql}"
    assert found > 60


def test_the_planner_would_tell(traced: tuple[str, set[str]]) -> None:
    with psycopg.connect(traced[0], autocommit=True) as conn:
        assert _loose(conn, "SELECT id FROM enquiry WHERE number = ?") == ["enquiry"]
        assert _loose(conn, "UPDATE send SET state = ? WHERE id = ?") == ["send"]
        assert _loose(conn, "SELECT e.id FROM enquiry e JOIN send s ON s.enquiry_id = e.id WHERE e.hub_id = ?") == ["send"]
        assert _loose(conn, "SELECT e.id FROM enquiry e JOIN send s ON s.hub_id = e.hub_id") != []
        assert _loose(conn, "INSERT INTO tally (state, function, n) VALUES (?, ?, ?)") == ["tally"]


def _tables(sql: str) -> set[str]:
    return {name for _, name in _WORDS.findall(sql)} & TABLES


def _loose(conn: psycopg.Connection[Any], sql: str) -> list[str]:
    """The tables that a statement would read or write rows of more than one hub in."""
    numbers: dict[str, int] = {}

    def numbered(found: re.Match[str]) -> str:
        return "%" if found[0] == "%%" else f"${numbers.setdefault(found[1] or str(found.start()), len(numbers) + 1)}"

    plain = _PARAMETER.sub(numbered, postgres_conn.translated(sql).decode())
    (plans,) = conn.execute(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {plain}".encode()).fetchone() or ([],)
    plans = plans if isinstance(plans, list) else json.loads(plans)
    nodes = [node for plan in plans for node in _nodes(plan["Plan"])]
    conditions = [" ".join(str(node.get(name, "")) for name in ("Index Cond", "Recheck Cond", "Filter")) for node in nodes]
    loose = [
        str(node["Relation Name"])
        for node, condition in zip(nodes, conditions, strict=True)
        if node.get("Relation Name") in TABLES and node["Node Type"] != "ModifyTable" and not _BOUND.search(condition)
    ]
    inserted = re.match(r"\s*INSERT INTO ([a-z_]+) \(([^)]*)\)", sql)
    if inserted:
        return loose if "hub_id" in inserted[2].split(", ") else [*loose, inserted[1]]
    if loose or any(map(_ONE_HUB.search, conditions)):
        return loose
    return [str(node["Relation Name"]) for node in nodes if node.get("Relation Name") in TABLES]


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)


def _literals(tree: ast.AST) -> Iterator[str]:
    """Texts as they are written, neighbours joined; what is filled in stands as ``?``."""
    parts = {part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in parts:
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "?" for part in node.values)
