"""Evidence: audit verify, head, show."""

from typing import Annotated

import typer

from hubconsole.cli import output
from hubconsole.cli.given import MOST, text_of
from hubconsole.cli.session import Session
from hubconsole.cli.verbs import verb
from hubconsole.errors import Refused, UsageProblem

app = typer.Typer()
_audit = typer.Typer(help="Check, sign and read the journal.")
app.add_typer(_audit, name="audit")


@verb(_audit, "verify")
def verify(
    session: Session,
    head: Annotated[
        str | None, typer.Option("--head", metavar="FILE", help="The line that audit head printed, kept elsewhere; '-' is standard input.")
    ] = None,
    chain_only: Annotated[bool, typer.Option("--chain-only", help="Do not compare the tables with the journal: quicker.")] = False,
) -> None:
    """Check every event, the chain between them, the tables made from them, and a head that was kept elsewhere."""
    outcome = session.hub.verify(_head_line(head) if head else None, tables=not chain_only)
    if session.json:
        output.say_json({"ok": outcome.ok, "events": outcome.events, "head": outcome.head, "problems": list(outcome.problems)})
        if not outcome.ok:
            raise typer.Exit(Refused.exit_code)
        return
    if outcome.ok:
        agree = "" if chain_only else ", and the tables agree with it"
        output.say(f"The journal is whole{agree}: {output.count(outcome.events, 'event')}, head {outcome.head}.")
        if head is None:
            output.say(
                "It cannot tell by itself whether its end was cut off: keep the line of 'audit head' elsewhere, and pass it with --head."
            )
        return
    for problem in outcome.problems:
        output.say(f"- {output.safe(problem)}")
    if all(problem.startswith("Table ") for problem in outcome.problems):
        raise Refused(
            "tables_differ",
            f"The journal is whole, but the tables are not what it says: {output.count(len(outcome.problems), 'difference')} found.",
            "Keep a copy if somebody may have changed the file; then hubconsole rebuild makes the tables again.",
        )
    raise Refused(
        "journal_broken",
        f"The journal is not what was written: {output.count(len(outcome.problems), 'problem')} found.",
        "Keep this file as it is, and compare it with a backup.",
    )


@verb(_audit, "head")
def head(session: Session) -> None:
    """Print the signed head, one line to keep elsewhere."""
    line = session.hub.head()
    if session.json:
        output.say_json({"head": line})
        return
    output.say(line)


@verb(_audit, "show")
def show(
    session: Session,
    key: Annotated[str | None, typer.Argument(metavar="KEY", help="One enquiry's events; default: the whole hub's.")] = None,
    after: Annotated[int, typer.Option("--after", min=0, max=MOST, metavar="SEQ", help="Only events behind this place.")] = 0,
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, max=MOST, metavar="N", help="At most so many; 0 means all.")] = 0,
) -> None:
    """Print the journal's events, oldest first; the words of privileged notes only for legal and supervisors (--as)."""
    from itertools import islice

    from hubconsole.cli.shapes import entry_of
    from hubconsole.clock import iso
    from hubconsole.hub.privilege import open_to

    stream = session.view(key).row.id if key else None
    cleared = _reads_privileged(session)
    entries = (open_to(entry, cleared) for entry in islice(session.hub.journal(after, stream), limit or None))
    if session.json:
        output.say_json_list(entry_of(entry) for entry in entries)
        return
    for entry in entries:
        output.say(f"{entry.seq:>7}  {iso(entry.at)}  {output.safe(entry.actor):<14} {entry.via:<6} {entry.kind}")


def _reads_privileged(session: Session) -> bool:
    """Whether the member who asks may read privileged notes; who does not say who they are may not."""
    from hubconsole.cli.where import member_name
    from hubconsole.hub.privilege import may_read

    name = member_name(session.shared.as_)
    return may_read(next((member.functions for member in session.hub.members() if member.active and member.name == name), ()))


def _head_line(file: str) -> str:
    lines = [line.strip() for line in text_of(file).splitlines() if line.strip()]
    if not lines:
        raise UsageProblem("file", f"The head file {file} is empty.", "Name the file that holds the line of 'audit head'.")
    return lines[-1]
