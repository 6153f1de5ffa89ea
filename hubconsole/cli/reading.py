"""Looking: list, show, search, export."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from hubconsole.cli import output
from hubconsole.cli.session import Session
from hubconsole.cli.verbs import Key, verb
from hubconsole.errors import UsageProblem

if TYPE_CHECKING:
    from hubconsole.domain.query import Query
    from hubconsole.hub.port import Hub
    from hubconsole.store.rows import BoardRow, Cursor

app = typer.Typer()

ROWS_FOR_PEOPLE = 50
"""How many rows a person gets without asking for more; JSON has no such limit."""

_PAGE = 512

Filter = Annotated[
    str, typer.Option("--query", "-q", metavar="FILTER", help="Filter language of the board: 'state:review age>10m -owner:me words'.")
]
Limit = Annotated[int | None, typer.Option("--limit", "-n", min=0, metavar="N", help="At most so many; 0 means all.")]


@verb(app, "list")
def list_(session: Session, query: Filter = "", limit: Limit = None) -> None:
    """List enquiries in queue order."""
    from hubconsole.cli.shapes import listed

    if session.json:
        output.say_json_list(listed(row) for row in matching(session, query, limit or None))
        return
    most = ROWS_FOR_PEOPLE if limit is None else limit
    rows = list(matching(session, query, most + 1 if most else None))
    shown = rows[:most] if most else rows
    _print_rows(shown)
    if len(rows) > len(shown):
        output.remark(f"... and more; the first {most} are shown, --limit 0 shows all.")
    if not rows:
        output.say("No enquiry matches." if query else "No enquiries yet. Take one in with: hubconsole add, or hubconsole import FILE")


@verb(app, "show")
def show(session: Session, key: Key) -> None:
    """Show one enquiry: conversation, drafts, reviews, why, and what comes next."""
    view = session.view(key)
    if session.json:
        from hubconsole.cli.shapes import shown

        output.say_json(shown(view))
        return
    from hubconsole.cli.page import print_enquiry

    print_enquiry(view, session.hub.info().name)


@verb(app, "search")
def search(
    session: Session,
    text: Annotated[list[str], typer.Argument(metavar="WORDS...", help="Words in names, messages, drafts and notes.")],
    limit: Limit = None,
) -> None:
    """Search everything that was written, newest enquiries first."""
    most = ROWS_FOR_PEOPLE if limit is None else limit
    rows = session.hub.search(" ".join(text), most or 1_000_000)
    if session.json:
        from hubconsole.cli.shapes import listed

        output.say_json_list(listed(row) for row in rows)
        return
    _print_rows(rows)
    if not rows:
        output.say("Nothing was found.")


@verb(app, "export")
def export(
    session: Session,
    query: Filter = "",
    limit: Limit = None,
    csv: Annotated[bool, typer.Option("--csv", help="Comma separated values (the default); formula cells are made harmless.")] = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")] = False,
    full: Annotated[bool, typer.Option("--full", help="With --json or --jsonl: everything that show tells.")] = False,
    out: Annotated[str | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file instead of standard output.")] = None,
) -> None:
    """Write enquiries, snoozed ones too, for a spreadsheet or another program."""
    if csv + jsonl + session.json > 1:
        raise UsageProblem("format", "Only one of --csv, --json and --jsonl can be had at a time.")
    form = "json" if session.json else "jsonl" if jsonl else "csv"
    if full and form == "csv":
        raise UsageProblem("format", "--full needs --json or --jsonl: a table has no place for conversations.")
    from hubconsole.cli.exporting import write

    parsed = parse_query(session, query)
    if parsed.hides_snoozed:
        parsed = parsed.with_term("is:snoozed|awake")
    write(session.hub, pages(session.hub, parsed, limit or None), form=form, full=full, out=out)


def matching(session: Session, query: str, limit: int | None) -> "Iterator[BoardRow]":
    """Rows that match the filter, page after page. Raises UsageProblem for a filter that cannot be read."""
    return pages(session.hub, parse_query(session, query), limit)


def parse_query(session: Session, query: str) -> "Query":
    """The filter as the hub takes it; only one that says ``me`` needs to know who that is."""
    from hubconsole.domain.query import parse

    parsed = parse(query)
    return parsed.as_member(session.member) if parsed.as_member("") != parsed else parsed


def pages(hub: "Hub", query: "Query", limit: int | None) -> "Iterator[BoardRow]":
    """Rows in queue order, fetched as they are used."""
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


def _cursor(row: "BoardRow") -> "Cursor":
    from hubconsole.store.rows import Cursor

    return Cursor(row.rank, row.number)


def _print_rows(rows: "list[BoardRow] | tuple[BoardRow, ...]") -> None:
    from hubconsole.clock import age, system_clock

    if not rows:
        return
    now = system_clock()
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
