"""A hub in PostgreSQL: choosing it, exact text, broken lines, waiting, and what is told when it cannot be used."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubconsole.clock import FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.errors import Conflict, StoreProblem, UsageProblem
from hubconsole.hub import writing
from hubconsole.hub.local import LocalHub
from hubconsole.hub.requests import Request
from hubconsole.ids import new_id
from hubconsole.store import postgres
from hubconsole.store.postgres import PostgresStore, shown, with_hub
from hubconsole.store.postgres_conn import PgConnection, translated
from hubconsole.store.postgres_errors import is_lost, problem
from tests import pg
from tests.contract import acts
from tests.contract.hubs import MEMBERS
from tests.pg import empty_database, fresh_database  # noqa: F401  fixtures


def made(url: str, clock: FrozenClock, name: str = "Bank") -> LocalHub:
    return LocalHub.create(url, name=name, policy=ALL_LEGAL, members=MEMBERS, clock=clock)


@pytest.fixture
def hub(clock: FrozenClock) -> Iterator[LocalHub]:
    opened = made(with_hub(pg.shared_database(), new_id()), clock)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def bare() -> Iterator[PgConnection]:
    """A connection that stands for itself."""
    store = PostgresStore(pg.shared_database())
    conn = store.connection()
    conn.hold()
    yield conn
    conn.let_go()
    store.close()


# --- text ---


@given(st.text(st.one_of(st.sampled_from("\0\x10\x11\x12\\'%:?p0"), st.characters(exclude_categories=["Cs"])), max_size=30))
@settings(max_examples=150)
def test_every_text_comes_back_as_it_was(bare: PgConnection, text: str) -> None:
    assert bare.execute("SELECT ?", (text,)).fetchone() == (text,)
    assert bare.execute("SELECT :a AS a WHERE :b = ANY(:c)", {"a": text, "b": text, "c": [text, "x"]}).fetchall() == [(text,)]


@given(st.text("\0\x10\x11\x12a", max_size=6), st.text("\0\x10\x11\x12a", max_size=6))
def test_no_two_texts_are_taken_for_one(bare: PgConnection, one: str, other: str) -> None:
    assert bare.execute("SELECT CAST(? AS text) = CAST(? AS text)", (one, other)).fetchone()[0] is (one == other)


def test_placeholders_are_found_where_they_are_meant() -> None:
    assert translated("SELECT '?:a%', \"b?\", x::int, :name, ? WHERE y % 2") == b"SELECT '?:a%%', \"b?\", x::int, %(name)s, %s WHERE y %% 2"


# --- choosing a hub ---


def test_a_database_holds_many_hubs_that_know_nothing_of_each_other(fresh_database: str, clock: FrozenClock) -> None:  # noqa: F811
    first = made(fresh_database, clock, "Bank")
    with pytest.raises(Conflict) as conflict:
        made(fresh_database, clock, "Shop")
    assert conflict.value.code == "hub_exists"
    clock.advance(1)
    second = made(with_hub(fresh_database, "Shop"), clock, "Shop")
    eid, other = acts.submitted(first), acts.submitted(second)
    assert first.enquiry(eid).row.key == second.enquiry(other).row.key == "E-1"
    with pytest.raises(UsageProblem):
        first.enquiry(other)
    assert [row.id for row in first.search("card")] == [eid] and [row.id for row in second.search("card")] == [other]
    assert first.rebuild() and first.verify().ok and second.verify().ok
    assert [row.id for row in second.search("card")] == [other], "rebuilding one hub took the words of another"
    for asked, found in (("", first), ("Shop", second), (second.hub_id, second), ("Bank", first)):
        again = LocalHub.open(with_hub(fresh_database, asked) if asked else fresh_database, clock=clock)
        assert again.hub_id == found.hub_id
        again.close()
    with pytest.raises(StoreProblem) as problem:
        LocalHub.open(with_hub(fresh_database, "Nobody's"))
    assert problem.value.code == "no_hub"
    third = made(with_hub(fresh_database, "third"), clock, "Shop")
    with pytest.raises(UsageProblem) as which:
        LocalHub.open(with_hub(fresh_database, "Shop"))
    assert which.value.code == "which_hub" and second.hub_id in which.value.hint and third.hub_id in which.value.hint
    with pytest.raises(UsageProblem):
        _ = first.path
    for hub in (first, second, third):
        hub.close()


def test_a_password_is_never_shown() -> None:
    url = "postgresql://ann:hush@db.example/hubs?hub=Bank&sslpassword=hush&sslmode=require"
    assert shown(url) == "postgresql://ann@db.example/hubs?hub=Bank&sslmode=require"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("postgresql://ann:hush@127.0.0.1:1/x", "store_unreachable"),
        ("postgresql://ann:hush@/x?host=/nowhere", "store_unreachable"),
    ],
)
def test_what_cannot_be_reached_is_told_without_secrets(url: str, code: str) -> None:
    with pytest.raises(StoreProblem) as problem:
        LocalHub.open(url)
    assert problem.value.code == code and "hush" not in str(problem.value) and problem.value.hint


def with_password(url: str, user: str = "") -> str:
    """The URL with a password in it, which no message may hold."""
    parts = urlsplit(url)
    who, _, where = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user or who.partition(':')[0]}:hush@{where}"))


@pytest.mark.parametrize(("name", "quoted"), [("there_is_none", "there_is_none"), ("Our%20%22hub%22", "'Our \"hub\"'")])
def test_a_database_that_does_not_exist_is_told_with_how_to_make_it(clock: FrozenClock, name: str, quoted: str) -> None:
    url = with_password(pg.database_url(name))
    attempts: list[Callable[[], LocalHub]] = [lambda: LocalHub.open(url), lambda: made(url, clock)]
    for attempt in attempts:
        with pytest.raises(StoreProblem) as refusal:
            attempt()
        told = refusal.value
        assert told.code == "no_database" and "hush" not in str(told)
        assert f"template0 {quoted} " in told.hint and "hubconsole start" in told.hint
        assert 'CREATE DATABASE "Our ""hub""" ' in told.hint or "there_is_none" in told.hint


def test_a_user_whom_the_server_does_not_know_is_told() -> None:
    with pytest.raises(StoreProblem) as refusal:
        LocalHub.open(with_password(pg.database_url("postgres"), "nobody_here"))
    assert refusal.value.code == "no_permission" and "'nobody_here'" in refusal.value.message and "hush" not in str(refusal.value)


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        ('FATAL:  password authentication failed for user "ann"', "no_permission", "does not take the password of 'ann'"),
        ("fe_sendauth: no password supplied", "no_permission", "asks for a password"),
        ('FATAL:  Peer authentication failed for user "ann"', "no_permission", "word for 'ann'"),
        ('FATAL:  role "ann" is not permitted to log in', "no_permission", "no user 'ann'"),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.9", user "ann", database "x", no encryption', "no_permission", "as 'ann'"),
        ('FATAL:  permission denied for database "x"', "no_permission", "use 'x'"),
        ("FATAL:  sorry, too many clients already", "store_busy", "no connection left"),
        ("FATAL:  the database system is starting up", "store_unreachable", "starting up"),
        ("Connection refused", "store_unreachable", "refused"),
    ],
)
def test_what_a_server_says_before_it_lets_anybody_in(said: str, code: str, words: str) -> None:
    error = psycopg.OperationalError(f'connection failed: connection to server at "10.0.0.1", port 5432 failed: {said}')
    told = problem(error, "postgresql://ann@db/x")
    assert (told.code, words in told.message, bool(told.hint)) == (code, True, True)
    assert is_lost(error) is (code == "store_unreachable"), "who is turned away need not try again at once"


def test_a_database_without_a_hub_is_told_as_such(empty_database: str, fresh_database: str) -> None:  # noqa: F811
    for url, code in ((empty_database, "no_store"), (fresh_database, "no_hub")):
        with pytest.raises(StoreProblem) as problem:
            LocalHub.open(url)
        assert problem.value.code == code


def test_a_hub_opened_for_reading_writes_nothing(hub: LocalHub, clock: FrozenClock) -> None:
    acts.receive(hub)
    reader = LocalHub.open(with_hub(pg.shared_database(), hub.hub_id), clock=clock, readonly=True)
    assert reader.enquiry("E-1").row.key == "E-1" and reader.verify().ok
    with pytest.raises(StoreProblem) as problem:
        acts.receive(reader)
    assert problem.value.code == "store_read_only"
    reader.close()


# --- broken lines, and being broken off ---


def cut_off(url: str) -> int:
    """End every other connection to the database."""
    with psycopg.connect(url, autocommit=True) as conn:
        sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        row = conn.execute(sql).fetchone()
    assert row is not None
    return int(row[0])


def test_a_line_cut_while_idle_is_not_noticed(fresh_database: str, clock: FrozenClock) -> None:  # noqa: F811
    hub = made(fresh_database, clock)
    eid = acts.receive(hub)
    for use in (lambda: hub.enquiry(eid), lambda: acts.receive(hub), hub.info, lambda: hub.look("ada", "s", eid), hub.verify):
        assert cut_off(fresh_database) > 0
        use()
    assert hub.info().seq == 2 + 7 and hub.verify().ok
    hub.close()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_line_cut_in_mid_command_costs_nothing_and_doubles_nothing(
    fresh_database: str, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch, when: str  # noqa: F811
) -> None:  # fmt: skip
    hub = made(fresh_database, clock)
    eid = acts.receive(hub)
    seq = hub.info().seq
    cuts: list[int] = []
    real = vars(writing)["append"]

    def cut(*args: Any) -> Any:
        if not cuts and when == "before":
            cuts.append(cut_off(fresh_database))
        return real(*args)

    real_calm = PgConnection.calm

    def calm(conn: PgConnection) -> None:
        real_calm(conn)
        if not cuts and when == "after":
            cuts.append(1)
            raise psycopg.OperationalError("the line broke when the answer was on its way")

    monkeypatch.setattr(writing, "append", cut)
    monkeypatch.setattr(PgConnection, "calm", calm)
    receipt = hub.execute(c.AddNote(enquiry_id=eid, text="once"), actor="ada")
    assert cuts and receipt.repeated is (when == "after")
    assert hub.info().seq == seq + 1 and [m.text for m in hub.enquiry(eid).messages][1:] == ["once"]
    cuts.clear()
    hub.execute_many([Request(c.AddNote(enquiry_id=eid, text="twice"), "ada")] * 2)
    assert cuts and [m.text for m in hub.enquiry(eid).messages][1:] == ["once", "twice", "twice"] and hub.verify().ok
    hub.close()


@pytest.mark.parametrize("error", [psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected])
@pytest.mark.parametrize("times", [1, 50])
def test_who_is_broken_off_for_anothers_sake_tries_again(
    hub: LocalHub, monkeypatch: pytest.MonkeyPatch, error: type[psycopg.Error], times: int
) -> None:
    eid = acts.receive(hub)
    real = vars(writing)["append"]
    met: list[int] = []

    def unlucky(*args: Any) -> Any:
        if len(met) < times:
            met.append(1)
            raise error("broken off")
        return real(*args)

    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setattr(writing, "append", unlucky)
    if times == 1:
        assert hub.execute(c.AddNote(enquiry_id=eid, text="x"), actor="ada").events == ("note.added",)
    else:
        with pytest.raises(StoreProblem) as problem:
            hub.execute(c.AddNote(enquiry_id=eid, text="x"), actor="ada")
        assert problem.value.code == "store_locked" and len(met) == postgres._TRIES
    assert len(hub.enquiry(eid).messages) == (2 if times == 1 else 1)


def test_a_mistake_of_ours_is_not_hidden_and_leaves_no_trace(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    eid = acts.receive(hub)
    seq = hub.info().seq

    def wrong(conn: Any, *_: Any) -> None:
        conn.execute("INSERT INTO nowhere VALUES (1)")

    with monkeypatch.context() as patch:
        patch.setattr(writing, "project_children", wrong)
        with pytest.raises(psycopg.errors.UndefinedTable):
            hub.execute(c.AddNote(enquiry_id=eid, text="x"), actor="ada")
    assert hub.info().seq == seq
    hub.execute(c.AddNote(enquiry_id=eid, text="x"), actor="ada")
    assert hub.verify().ok


def test_more_threads_than_connections_take_turns(fresh_database: str, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(postgres, "_CONNECTIONS", 3)
    hub = made(fresh_database, clock)
    acts.receive(hub)
    keys: list[str] = []
    threads = [threading.Thread(target=lambda: keys.extend(hub.enquiry("E-1").row.key for _ in range(5))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert keys == ["E-1"] * 60
    with psycopg.connect(fresh_database) as conn:
        row = conn.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()").fetchone()
    assert row is not None and row[0] <= 3 + 1
    hub.close()


# --- waiting ---


@pytest.mark.parametrize(("hints", "at_most"), [(True, 0.9), (False, 2.5)])
def test_who_waits_is_told_at_once_and_without_hints_within_a_look(
    hub: LocalHub, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch, hints: bool, at_most: float
) -> None:
    other = LocalHub.open(with_hub(pg.shared_database(), hub.hub_id), clock=clock)
    seq = hub.info().seq
    assert not other.wait(seq, 0.01), "nothing has moved; now it listens"
    if not hints:
        monkeypatch.setattr(postgres, "channel", lambda hub_id: "hub_of_nobody")
    heard: list[tuple[bool, float]] = []

    def wait() -> None:
        heard.append((other.wait(seq, 10), time.monotonic()))

    threads = [threading.Thread(target=wait) for _ in range(3)]
    for thread in threads:
        thread.start()
    threading.Event().wait(0.2)
    acts.receive(hub)
    written = time.monotonic()
    for thread in threads:
        thread.join()
    assert [found for found, _ in heard] == [True] * 3 and max(at for _, at in heard) - written < at_most
    assert other.wait(seq, 0) and not other.wait(seq + 1000, 0.01)
    other.close()


def test_a_wait_outlives_a_line_that_was_cut(fresh_database: str, clock: FrozenClock) -> None:  # noqa: F811
    hub = made(fresh_database, clock)
    seq = hub.info().seq
    met: list[str] = []
    thread = threading.Thread(target=lambda: met.append(str(hub.wait(seq, 3))))
    thread.start()
    threading.Event().wait(0.2)
    cut_off(fresh_database)
    acts.receive(hub)
    thread.join()
    assert met == ["True"], "a cut line is made anew, and what was written meanwhile is seen"
    hub.close()


def test_what_is_written_is_answered_where_hints_cannot_be_given(
    fresh_database: str,  # noqa: F811
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hub = LocalHub.create(fresh_database, name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
    monkeypatch.setattr(postgres, "channel", lambda _: "of nothing at all")
    eid = acts.receive(hub)
    assert "enquiry.claimed" in hub.execute(c.Claim(enquiry_id=eid), actor="ada").events
    assert hub.verify().ok
    hub.close()
