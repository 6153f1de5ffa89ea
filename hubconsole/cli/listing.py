"""``list`` and ``show`` themselves, without the command-line library."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hubconsole.cli import output
from hubconsole.cli.options import ReadRequest
from hubconsole.cli.session import Session, Shared

if TYPE_CHECKING:
    from hubconsole.clock import Clock
    from hubconsole.domain.query import Query
    from hubconsole.hub.port import Hub
    from hubconsole.store.rows import BoardRow, Cursor

ROWS_FOR_PEOPLE = 50
"""How many rows a person gets without asking for more; JSON has no such limit."""

_PAGE = 512


def carry_out(request: ReadRequest) -> int:
    """Do what a plain ``list`` or ``show`` asks for; the exit code is returned."""
    with Session(Shared(request.store, request.as_, request.json, hub=request.hub, ca=request.ca)) as session:
        if request.key is None:
            list_enquiries(session, request.query, request.limit)
        else:
            show_enquiry(session, request.key)
    return 0


def list_enquiries(session: Session, query: str, limit: int | None) -> None:
    """Print the enquiries that match, in queue order."""
    rows = pages(session.hub, parse_query(session, query), None)
    if session.json:
        from itertools import islice

        from hubconsole.cli.shapes import listed

        output.say_json_list(listed(row) for row in islice(rows, limit or None))
        return
    most = ROWS_FOR_PEOPLE if limit is None else limit
    shown, more = _some(rows, most)
    print_rows(shown, session.now)
    if more:
        output.remark(f"... and more; the first {f'{most} are' if most > 1 else 'one is'} shown, --limit 0 shows all.")
    if not shown:
        output.say(_nothing(session, query))


def _nothing(session: Session, query: str) -> str:
    """Why a list is empty, and what to do about it."""
    if query:
        return "No enquiry matches."
    if asleep := session.hub.total(parse_query(session, "is:snoozed")):
        return f"Nothing is in the queues; {output.count(asleep, 'enquiry', 'enquiries')} asleep: hubconsole list --query is:snoozed"
    return "No enquiries yet. Take one in with: hubconsole add, or hubconsole import FILE"


def show_enquiry(session: Session, key: str) -> None:
    """Print one enquiry with everything under it."""
    from hubconsole.hub.agreement import agrees

    view = session.view(key)
    follows = agrees(view, session.hub.policy())
    if session.json:
        from hubconsole.cli.shapes import shown

        output.say_json(shown(view, follows))
        return
    from hubconsole.cli.page import print_enquiry

    print_enquiry(view, session.hub.info().name, session.now(), follows)


def parse_query(session: Session, query: str) -> "Query":
    """The filter as the hub takes it; only one that says ``me`` needs to know who that is. Raises UsageProblem."""
    from hubconsole.domain.query import parse

    parsed = parse(query)
    return parsed.as_member(session.member) if parsed.as_member("") != parsed else parsed


def pages(hub: "Hub", query: "Query", limit: int | None) -> "Iterator[BoardRow]":
    """Rows in queue order, at most ``limit``, fetched as they are used."""
    left = limit
    after: Cursor | None = None
    while left is None or left > 0:
        page = hub.page(query, after=after, limit=_PAGE if left is None else min(_PAGE, left))
        yield from page.rows
        if not page.more or not page.rows:
            return
        after = _cursor(page.rows[-1])
        if left is not None:
            left -= len(page.rows)


def print_rows(rows: "Sequence[BoardRow]", clock: "Clock") -> None:
    """A table of enquiries for people; their waits are by the hub's ``clock``."""
    from hubconsole.clock import age

    if not rows:
        return
    now = clock()
    output.table(
        ("KEY", "WAITS", "STATE", "CHANNEL", "P", "OWNER", "GATES", "CUSTOMER", "WORDS"),
        [
            (
                row.key,
                age(now - row.waiting_since) if row.waiting_since else "-",
                row.state.replace("_", " "),
                row.channel,
                f"P{row.priority}",
                row.owner or "-",
                row.gates or "-",
                row.customer,
                row.words,
            )
            for row in rows
        ],
        width=output.terminal_width(),
    )


def _some(rows: "Iterator[BoardRow]", most: int) -> "tuple[list[BoardRow], bool]":
    """The first ``most`` rows (all for 0), and whether there are more."""
    shown: list[BoardRow] = []
    for row in rows:
        if most and len(shown) == most:
            return shown, True
        shown.append(row)
    return shown, False


def _cursor(row: "BoardRow") -> "Cursor":
    from hubconsole.store.rows import Cursor

    return Cursor(row.rank, row.number)
