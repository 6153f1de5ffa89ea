"""Reads on a real store of either engine: what comes back, in which order, and (in a file) by which index."""

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubconsole.domain.query import Query, parse
from hubconsole.domain.terms import OPEN_STATES, State
from hubconsole.store import reads
from hubconsole.store.dialect import dialect_of
from hubconsole.store.engine import Connection
from hubconsole.store.query_sql import plan
from hubconsole.store.rows import BoardRow, Cursor
from tests.unit.engines import ENGINES, in_file, transaction

HUB = "h1"
NOW = 1_763_474_400_000
HOUR = 3_600_000
STATES = tuple(state.value for state in State)
FUNCTIONS = ("service", "legal", "marketing", "")
CUSTOMERS = ("Maria Kühn", "maria k", "BOB", "Zoë", "O'Neil", '"); DROP TABLE enquiry;--')
GATES = ("", "legal:requested", "legal:approve brand:opened", "brand:suspended legal:return")
FLAGS = ("", "promise:warn", "card_number:block promise.refund:info")


def insert(conn: Connection, table: str, **values: object) -> None:
    names = ", ".join(values)
    conn.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(values))})", tuple(values.values()))


def enquiry(conn: Connection, number: int, **values: object) -> None:
    row: dict[str, object] = {
        "hub_id": HUB, "id": f"id-{number}", "number": number, "state": "new", "function": "service", "channel": "x",
        "visibility": "public", "customer": "Maria", "words": "hello", "rank": number, "received_at": NOW, "updated_at": NOW, "version": 1,
    }  # fmt: skip
    row.update(values)
    row["open"] = int(str(row["state"]) in OPEN_STATES)
    insert(conn, "enquiry", **row)
    conn.execute(
        "INSERT INTO tally VALUES (?, ?, ?, 1) ON CONFLICT (hub_id, state, function) DO UPDATE SET n = tally.n + 1",
        (HUB, row["state"], row["function"]),
    )


def find_text(conn: Connection, seq: int, enquiry_id: str, text: str) -> None:
    dialect_of(conn).keep_words(conn, HUB, seq, enquiry_id, text)


@pytest.fixture(params=ENGINES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    with ENGINES[request.param](tmp_path) as conn:
        yield conn


@pytest.fixture(scope="module")
def filed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """The store of ``mixed`` in a file."""
    with in_file(tmp_path_factory.mktemp("reads")) as conn:
        fill(conn)
        yield conn


@pytest.fixture(scope="module", params=ENGINES)
def mixed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    with ENGINES[request.param](tmp_path_factory.mktemp("reads")) as conn:
        fill(conn)
        yield conn


def fill(conn: Connection) -> None:
    """Six hundred enquiries of every kind, and some of another hub that must never show."""
    dice = random.Random(7)
    with transaction(conn):
        for number in range(1, 601):
            enquiry(
                conn, number, state=dice.choice(STATES), function=dice.choice(FUNCTIONS), channel=dice.choice(("x", "email", "phone")),
                visibility=dice.choice(("public", "private")), customer=dice.choice(CUSTOMERS),
                words=dice.choice(("my card is blocked", "Where is my transfer?", "😀 thanks")), priority=dice.randint(1, 4),
                owner=dice.choice(("", "anna", "ben")), gates=dice.choice(GATES), flags=dice.choice(FLAGS),
                on_it=dice.choice(("", "anna")), on_it_until=NOW + dice.choice((-1, 1)) * HOUR,
                due_at=dice.choice((None, NOW - 1, NOW + HOUR // 6, NOW + 5 * HOUR)),
                waiting_since=dice.choice((None, NOW - HOUR, NOW - 60_000)), received_at=NOW - dice.randint(0, 200) * HOUR,
                updated_at=NOW - dice.randint(0, 50) * HOUR, snoozed_until=dice.choice((0, 0, 0, NOW - 1, NOW + HOUR)),
                disposition=dice.choice(("", "engage", "spam")), draft=dice.randint(0, 2), last_author=dice.choice(("", "anna")),
                reopened=dice.randint(0, 1), rank=dice.randint(1, 40),
            )  # fmt: skip
        for number in range(1, 30):
            insert(conn, "enquiry", hub_id="other", id=f"o-{number}", number=number, state="new", open=1, function="service")


def everything(conn: Connection) -> list[BoardRow]:
    sql = f"SELECT {reads.COLUMNS} FROM enquiry WHERE hub_id = ? ORDER BY rank, number"
    return [BoardRow._make(row) for row in conn.execute(sql, (HUB,))]


SAMPLE_QUERIES = [
    "", "state:new", "state:review", "state:open", "state:done", "-state:open", "state:new|closed", "-state:new", "state:open state:ready",
    "is:snoozed", "is:snoozed|awake", "-is:snoozed", "channel:x|email -visibility:private",
    "owner:me", "owner:none", "-owner:me", "owner:me|ben",
    "owner:me state:open", "owner:anna state:new|sent", "on:me", "on:none", "by:me", "priority<=2", "p:1|4", "-priority>3", "gate:legal",
    "gate:brand", "gate:legal:approve", "-gate:legal", "flag:promise",
    "flag:block", "is:flagged", "flag:card -flag:purple", "age>10h", "age<3d -age<1d",
    "wait>10m", "-wait>10m", "due<15m", "due>=1h", "-due<15m", "is:overdue", "customer:maria", 'customer:"maria k"|bob', "customer:Zoë",
    "customer:'", 'customer:"\\"); DROP"', "is:claimed", "is:unclaimed", "is:owned", "is:unowned", "is:reopened", "is:drafted",
    "disposition:spam", "key:E-12", "key:E-12|E-13", "received>2025-11-15", "received<=2025-11-15", "received:2025-11-15",
    "updated>=2025-11-17T12:00", "-received:2025-11-15", "state:open priority<=2 channel:x -owner:me",
]  # fmt: skip


@pytest.mark.parametrize("text", SAMPLE_QUERIES)
def test_sql_and_the_judgement_of_rows_agree(mixed: Connection, text: str) -> None:
    query = parse(text)
    assert not query.needs_store
    expected = [row for row in everything(mixed) if query.matches(row, me="anna", now=NOW)]
    found = reads.page(mixed, HUB, query, me="anna", now=NOW, limit=1000)
    assert list(found.rows) == expected
    assert not found.more
    assert reads.total(mixed, HUB, query, me="anna", now=NOW) == len(expected)


def test_the_sample_queries_select_some_rows_but_rarely_all(mixed: Connection) -> None:
    sizes = {text: reads.total(mixed, HUB, parse(text), me="anna", now=NOW) for text in SAMPLE_QUERIES}
    assert [text for text, size in sizes.items() if size == 0] == []
    assert [text for text, size in sizes.items() if size == 600] == ["is:snoozed|awake"]


@pytest.mark.parametrize(
    "text", ["", "state:new", "state:new|sent|closed", "owner:anna", "function:legal", "function:legal|service state:review"]
)
def test_pages_forward_backward_and_from_the_middle_give_the_same_list(mixed: Connection, text: str) -> None:
    query = parse(text)
    whole = reads.page(mixed, HUB, query, now=NOW, limit=1000).rows
    forward: list[BoardRow] = []
    cursor: Cursor | None = None
    more = True
    while more:
        part = reads.page(mixed, HUB, query, now=NOW, after=cursor, limit=7)
        forward += part.rows
        more = part.more
        cursor = Cursor(forward[-1].rank, forward[-1].number)
    assert tuple(forward) == whole
    part = reads.page(mixed, HUB, query, now=NOW, last=True, limit=7)
    backward = list(part.rows)
    while part.more:
        part = reads.page(mixed, HUB, query, now=NOW, before=Cursor(backward[0].rank, backward[0].number), limit=7)
        backward[:0] = part.rows
    assert tuple(backward) == whole
    for offset in (0, 1, len(whole) // 2, len(whole) - 1):
        assert reads.page_at(mixed, HUB, query, offset, 5, now=NOW).rows == whole[offset : offset + 5]
        assert reads.position(mixed, HUB, query, Cursor(whole[offset].rank, whole[offset].number), now=NOW) == offset
    assert reads.page_at(mixed, HUB, query, len(whole), 5, now=NOW).rows == ()
    assert reads.page_at(mixed, HUB, query, len(whole) + 50, 5, now=NOW).rows == ()


@pytest.mark.parametrize("text", ["function:legal", "function:legal state:review", "state:new", "state:open", "", "-function:legal"])
def test_totals_from_kept_counts_equal_counting(mixed: Connection, text: str) -> None:
    query = parse(text)
    assert reads.total(mixed, HUB, query, now=NOW) == len(reads.page(mixed, HUB, query, now=NOW, limit=1000).rows) > 0


def plan_text(conn: sqlite3.Connection, sql: str, bindings: dict[str, str | int]) -> str:
    return "\n".join(str(row[3]) for row in conn.execute("EXPLAIN QUERY PLAN " + sql, bindings))


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("state:review", "enquiry_by_state"),
        ("state:new|ready", "enquiry_by_state"),
        ("state:open", "enquiry_by_open"),
        ("", "enquiry_by_open"),
        ("channel:x priority<=2 -owner:me gate:legal", "enquiry_by_open"),
        ("owner:anna state:open", "enquiry_by_owner"),
        ("owner:me state:new", "enquiry_by_owner"),
        ("function:legal state:review", "enquiry_by_function"),
        ("function:legal", "enquiry_by_function"),
    ],
)
@pytest.mark.parametrize("way", ["first", "after", "before", "last"])
def test_board_pages_come_off_an_index_in_order(filed: sqlite3.Connection, text: str, index: str, way: str) -> None:
    found = plan(parse(text), HUB, me="anna", now=NOW)
    found.bindings.update(rank=5, number=5, limit=50)
    extra = {"after": " AND (rank, number) > (:rank, :number)", "before": " AND (rank, number) < (:rank, :number)"}.get(way, "")
    steps = plan_text(filed, reads._ordered(found, reads.COLUMNS, extra, way in ("before", "last")), found.bindings)
    assert f"USING INDEX {index}" in steps
    assert "SCAN" not in steps
    assert "TEMP B-TREE" not in steps


def test_the_oldest_wait_is_that_of_an_open_enquiry_which_is_awake(mixed: Connection) -> None:
    for now in (NOW, NOW + 100 * HOUR):
        told = mixed.execute("SELECT state, waiting_since, snoozed_until FROM enquiry WHERE hub_id = ?", (HUB,))
        waits = [since for state, since, until in told if state in OPEN_STATES and since is not None and until <= now]
        assert len(set(waits)) > 1
        assert reads.oldest_wait(mixed, HUB, now) == min(waits)


def test_nobody_waits_in_an_empty_hub_nor_when_all_are_snoozed(empty: Connection) -> None:
    assert reads.oldest_wait(empty, HUB, NOW) is None
    enquiry(empty, 1, waiting_since=NOW - HOUR, snoozed_until=NOW + HOUR)
    enquiry(empty, 2, waiting_since=None)
    enquiry(empty, 3, waiting_since=NOW - HOUR, state="closed")
    insert(empty, "enquiry", hub_id="other", id="o-1", number=1, state="new", open=1, waiting_since=NOW - HOUR)
    assert reads.oldest_wait(empty, HUB, NOW) is None
    assert reads.oldest_wait(empty, HUB, NOW + HOUR) == NOW - HOUR


def test_the_oldest_wait_is_read_off_an_index_alone(filed: sqlite3.Connection) -> None:
    steps = plan_text(filed, reads._OLDEST_WAIT, {"hub": HUB, "now": NOW})
    assert "USING COVERING INDEX enquiry_waiting" in steps
    assert "SCAN" not in steps
    assert "TEMP B-TREE" not in steps


def test_jumps_and_counts_walk_an_index_without_reading_rows(filed: sqlite3.Connection) -> None:
    found = plan(parse("state:open"), HUB, me="", now=NOW)
    found.bindings.update(limit=1, offset=9)
    steps = plan_text(filed, reads._ordered(found, "rank, number", "", False, covering=True) + " OFFSET :offset", found.bindings)
    assert "USING COVERING INDEX enquiry_by_open" in steps
    assert "TEMP B-TREE" not in steps


@pytest.mark.parametrize("text", ["E-12 state:open", '"card blocked" state:open', "card"])
def test_keys_and_text_are_looked_up_instead_of_walking_the_queue(filed: sqlite3.Connection, text: str) -> None:
    found = plan(parse(text), HUB, me="", now=NOW)
    found.bindings["limit"] = 50
    steps = plan_text(filed, reads._ordered(found, reads.COLUMNS, "", False), found.bindings)
    assert "sqlite_autoindex_enquiry" in steps
    assert "enquiry_by" not in steps


HOSTILE = [
    '"', "'", '""', "*", "a*", "NEAR(", "a AND", "OR", "NOT", "^x", "{a}",
    "col:", "-", "(", ")", "\\", "\0", "a\0b", "\ud800", "😀", "%", "_", ";--",
    "\u202e", "x" * 5000, '" OR 1=1', "' OR '1'='1",
    ":now", "?1", "[@click=app.quit]", "\x1b[2J", "enquiry_id : a",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_only_ever_searched_for(mixed: Connection, text: str) -> None:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    before = len(everything(mixed))
    for query in (f'"a{quoted}"', f'-"{quoted}a"', f'customer:"{quoted}a"', f'owner:"{quoted}a"', f'flag:"{quoted}a"', f'gate:"{quoted}a"'):
        reads.page(mixed, HUB, parse(query), me="anna", now=NOW)
        reads.total(mixed, HUB, parse(query), me="anna", now=NOW)
    reads.search(mixed, HUB, text)
    assert reads.find_enquiry(mixed, HUB, text) is None
    assert len(everything(mixed)) == before


def test_search_needs_all_words_somewhere_and_prefers_whole_words_then_shows_newest_first(empty: Connection) -> None:
    with transaction(empty):
        for number in (1, 2, 3):
            enquiry(empty, number)
            find_text(empty, number * 10, f"id-{number}", "Müller")
        find_text(empty, 11, "id-1", "my card is blocked")
        find_text(empty, 31, "id-3", "cards are fine")
    assert [row.number for row in reads.search(empty, HUB, "muller")] == [3, 2, 1]
    assert [row.number for row in reads.search(empty, HUB, "muller card")] == [3, 1]
    assert [row.number for row in reads.search(empty, HUB, "muller card", limit=1)] == [1]
    assert reads.search(empty, HUB, "nothing") == reads.search(empty, HUB, " ?! ") == ()


def test_text_in_a_filter_finds_beginnings_and_exact_phrases(empty: Connection) -> None:
    with transaction(empty):
        for number, text in ((1, "my card is blocked"), (2, "blocked card"), (3, "cards")):
            enquiry(empty, number)
            find_text(empty, number, f"id-{number}", text)

    def numbers(query: str) -> list[int]:
        return [row.number for row in reads.page(empty, HUB, parse(query), now=NOW).rows]

    assert numbers("card") == [1, 2, 3]
    assert numbers('"card"') == [1, 2]
    assert numbers('"blocked card"') == [2]
    assert numbers('-"blocked card"') == [1, 3]
    assert numbers("card -block") == [3]
    assert reads.total(empty, HUB, parse("card blocked"), now=NOW) == 2


def test_text_without_letters_is_looked_for_in_what_the_row_shows(empty: Connection) -> None:
    with transaction(empty):
        enquiry(empty, 1, words="great 😀")
        enquiry(empty, 2)
    assert [row.number for row in reads.page(empty, HUB, parse("😀"), now=NOW).rows] == [1]


def test_rows_come_in_the_order_asked_for_without_unknown_ids(mixed: Connection) -> None:
    assert [row.id for row in reads.rows(mixed, HUB, ["id-9", "nobody", "id-2", "o-1", "id-9"])] == ["id-9", "id-2"]


@pytest.mark.parametrize("name", ["E-12", "e12", " 12 ", "id-12"])
def test_an_enquiry_is_found_by_key_or_id(mixed: Connection, name: str) -> None:
    row = reads.find_enquiry(mixed, HUB, name)
    assert row is not None
    assert (row.number, row.key) == (12, "E-12")


def test_parts_of_an_enquiry(empty: Connection) -> None:
    with transaction(empty):
        enquiry(empty, 1, handle="@m", account="bank", recipient="@m", in_reply_to="t9", subject="Card")
        enquiry(empty, 2, handle="@m")
        enquiry(empty, 3, handle="@m")
        enquiry(empty, 4)
        insert(empty, "message", hub_id=HUB, id="m2", enquiry_id="id-1", seq=2, direction="internal", text="note", at=5, privileged=1)
        insert(empty, "message", hub_id=HUB, id="m1", enquiry_id="id-1", seq=1, direction="in", text="hi", at=5, erased=1)
        insert(empty, "draft", hub_id=HUB, enquiry_id="id-1", version=1, text="Dear", contributors='["anna", "ben"]', digest="d")
        insert(empty, "review", hub_id=HUB, id="r1", enquiry_id="id-1", gate="legal", version=1, state="requested", after=1)
        insert(empty, "send", hub_id=HUB, id="s1", enquiry_id="id-1", version=1, state="queued", via="manual")
    assert [(m.id, m.erased) for m in reads.messages(empty, HUB, "id-1")] == [("m1", True), ("m2", False)]
    assert [m.id for m in reads.messages(empty, HUB, "id-1", privileged=False)] == ["m1"]
    assert reads.drafts(empty, HUB, "id-1")[0].contributors == ("anna", "ben")
    assert reads.drafts(empty, HUB, "id-1")[0].digest == "d"
    assert [(r.gate, r.state, r.after) for r in reads.reviews(empty, HUB, "id-1")] == [("legal", "requested", True)]
    assert [(s.id, s.via) for s in reads.sends(empty, HUB, "id-1")] == [("s1", "manual")]
    about = reads.envelope(empty, HUB, "id-1")
    assert about is not None
    assert (about.account, about.recipient, about.in_reply_to, about.subject) == ("bank", "@m", "t9", "Card")
    first, lonely = (reads.find_enquiry(empty, HUB, key) for key in ("E-1", "E-4"))
    assert first is not None
    assert lonely is not None
    assert [row.number for row in reads.others_of_customer(empty, HUB, first)] == [3, 2]
    assert reads.others_of_customer(empty, HUB, lonely) == ()


def test_the_hub_its_people_settings_and_what_they_look_at(empty: Connection) -> None:
    assert reads.hub_row(empty) is None
    with transaction(empty):
        insert(empty, "hub", hub_id=HUB, name="Bank", last_seq=4, policy="x = 1")
        insert(empty, "member", hub_id=HUB, name="zoe", functions='["legal"]', active=1)
        insert(empty, "member", hub_id=HUB, name="adam", functions='["service", "legal"]', active=0)
        insert(empty, "setting", hub_id=HUB, kind="view", owner="", name="mine", value="owner:me")
        insert(empty, "presence", hub_id=HUB, session="s", member="zoe", enquiry_id="id-1", doing="typing", at=NOW)
        insert(empty, "presence", hub_id=HUB, session="t", member="adam", enquiry_id="id-1", doing="viewing", at=NOW - 60_000)
        insert(empty, "intake", hub_id=HUB, channel="x", external_id="1", enquiry_id="id-1")
    hub = reads.hub_row(empty)
    assert hub is not None
    assert (hub.name, hub.last_seq) == ("Bank", 4)
    assert reads.hub_row(empty, HUB) == hub
    assert reads.hub_row(empty, "none") is None
    assert [(m.name, m.functions, m.active) for m in reads.members(empty, HUB)] == [
        ("zoe", ("legal",), True), ("adam", ("service", "legal"), False),
    ]  # fmt: skip
    assert reads.settings(empty, HUB, "view") == {"mine": "owner:me"}
    assert [(v.member, v.doing) for v in reads.viewers(empty, HUB, NOW - 45_000)] == [("zoe", "typing")]
    assert reads.known(empty, HUB, "x", ["1", "2"]) == {"1": "id-1"}


def test_jumps_and_positions_are_right_where_nothing_is_snoozed(empty: Connection) -> None:
    with transaction(empty):
        for number in range(1, 40):
            enquiry(empty, number, state="closed" if number % 3 else "new", rank=number // 4)
    for text in ("", "state:new"):
        whole = reads.page(empty, HUB, parse(text), now=NOW).rows
        for offset, row in enumerate(whole):
            assert reads.page_at(empty, HUB, parse(text), offset, 3, now=NOW).rows == whole[offset : offset + 3]
            assert reads.position(empty, HUB, parse(text), Cursor(row.rank, row.number), now=NOW) == offset


def test_an_empty_hub_has_empty_pages(empty: Connection) -> None:
    assert reads.page(empty, HUB, Query(), now=NOW).rows == ()
    assert reads.page_at(empty, HUB, Query(), 5, now=NOW).rows == ()
    assert reads.total(empty, HUB, Query(), now=NOW) == 0
    assert reads.counts(empty, HUB) == ()
