"""Looking, for the full parser: list, show, search, export."""

from typing import Annotated

import typer

from hubconsole.cli import listing, output
from hubconsole.cli.given import MOST
from hubconsole.cli.options import option
from hubconsole.cli.session import Session
from hubconsole.cli.verbs import Key, verb
from hubconsole.errors import UsageProblem

app = typer.Typer()

_QUERY, _LIMIT = option("query"), option("limit")
Filter = Annotated[str, typer.Option(*_QUERY.flags, metavar=_QUERY.metavar, help=_QUERY.help)]
Limit = Annotated[int | None, typer.Option(*_LIMIT.flags, min=0, max=MOST, metavar=_LIMIT.metavar, help=_LIMIT.help)]


@verb(app, "list")
def list_(session: Session, query: Filter = "", limit: Limit = None) -> None:
    """List enquiries in queue order."""
    listing.list_enquiries(session, query, limit)


@verb(app, "show")
def show(session: Session, key: Key) -> None:
    """Show one enquiry with all that belongs to it."""
    listing.show_enquiry(session, key)


@verb(app, "search")
def search(
    session: Session,
    text: Annotated[list[str], typer.Argument(metavar="WORDS...", help="Words in names, messages, drafts and notes.")],
    limit: Limit = None,
) -> None:
    """Search everything that was written."""
    most = listing.ROWS_FOR_PEOPLE if limit is None else limit
    rows = session.hub.search(" ".join(text), most or 1_000_000)
    if session.json:
        from hubconsole.cli.shapes import listed

        output.say_json_list(listed(row) for row in rows)
        return
    listing.print_rows(rows, session.now)
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
    """Write enquiries for a spreadsheet or another program."""
    if csv + jsonl + session.json > 1:
        raise UsageProblem("format", "Only one of --csv, --json and --jsonl can be had at a time.")
    form = "json" if session.json else "jsonl" if jsonl else "csv"
    if full and form == "csv":
        raise UsageProblem("format", "--full needs --json or --jsonl: a table has no place for conversations.")
    from hubconsole.cli.exporting import write

    parsed = listing.parse_query(session, query)
    if parsed.hides_snoozed:
        parsed = parsed.with_term("is:snoozed|awake")
    write(session.hub, listing.pages(session.hub, parsed, limit or None), form=form, full=full, out=out)
