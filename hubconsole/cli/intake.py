"""Taking enquiries in: add, import."""

from typing import Annotated

import typer

from hubconsole.cli import output
from hubconsole.cli.session import Session
from hubconsole.cli.verbs import verb
from hubconsole.errors import UsageProblem

app = typer.Typer()


@verb(app, "add")
def add(
    session: Session,
    channel: Annotated[str, typer.Option("--channel", help="How it came: phone, paper, walk_in, email, x, ...")] = "phone",
    customer: Annotated[str, typer.Option("--customer", metavar="NAME", help="Who it is from.")] = "",
    text: Annotated[str, typer.Option("--text", help="What they said.")] = "",
    file: Annotated[str, typer.Option("--file", metavar="FILE", help="Take the words from a file; '-' is standard input.")] = "",
    to: Annotated[
        str, typer.Option("--to", metavar="KEY", help="A further message of this enquiry's customer, instead of a new enquiry.")
    ] = "",
    handle: Annotated[str, typer.Option("--handle", help="Their address on the channel, where a reply goes; default: the name.")] = "",
    account: Annotated[str, typer.Option("--account", help="Which of our accounts was written to.")] = "",
    visibility: Annotated[
        str, typer.Option("--visibility", metavar="public|private", help="Who can read it; default: as usual on the channel.")
    ] = "",
    subject: Annotated[str, typer.Option("--subject", help="Subject line, for email.")] = "",
    priority: Annotated[int, typer.Option("--priority", min=1, max=4, help="1 is the most urgent.")] = 3,
    external_id: Annotated[
        str, typer.Option("--external-id", metavar="ID", help="The channel's own id of the message; one is taken in once.")
    ] = "",
    posted_at: Annotated[
        str, typer.Option("--posted-at", metavar="WHEN", help="When it was written: 2026-11-30 09:00, 14:30, 2h (ago); default: now.")
    ] = "",
    command_id: Annotated[
        str | None, typer.Option("--command-id", metavar="UUID", help="A UUIDv7 of your own: repeating it adds nothing twice.")
    ] = None,
) -> None:
    """Take one enquiry in by hand: a call, a letter, a visit."""
    from hubconsole.cli.drafting import address_warning, visibility_of
    from hubconsole.cli.times import written
    from hubconsole.cli.wording import words
    from hubconsole.domain.channel_names import channel_name
    from hubconsole.domain.commands import Receive, RecordMessage
    from hubconsole.domain.terms import Direction
    from hubconsole.ids import new_id

    row = session.view(to).row if to else None
    if not customer and row is not None:
        customer = row.customer
    if not customer and session.interactive:
        customer = _line("Who is it from?")
    if not customer.strip():
        raise UsageProblem("customer", "The enquiry is from nobody.", "Name the customer with --customer.")
    if not text and not file and session.interactive:
        text = _line("What did they say?")
    said = words(session, text, file, "enquiry")
    at = written(posted_at, session.now()) if posted_at else None
    seen_by = visibility_of(visibility) if visibility else None
    if row is not None:
        more = RecordMessage(
            enquiry_id=row.id, direction=Direction.IN, text=said, author=customer, posted_at=at, external_id=external_id, visibility=seen_by
        )
        receipt = session.hub.execute(more, actor=session.taker, via="cli", command_id=command_id)
        session.answer(receipt, f"has a further message from {customer}")
        return
    channel = channel_name(channel)
    command = Receive(
        # The same command id names the same enquiry, so that repeating a whole line is one request.
        enquiry_id=command_id or new_id(),
        channel=channel,
        text=said,
        customer=customer,
        handle=handle,
        account=account,
        visibility=seen_by,
        subject=subject,
        posted_at=at,
        external_id=external_id,
        priority=priority,
    )
    receipt = session.hub.execute(command, actor=session.taker, via="cli", command_id=command_id)
    session.answer(receipt, f"is taken in from {customer}")
    if not session.json and (warning := address_warning(channel, handle or customer)):
        output.say(f"  ! {output.safe(warning)} An address is given with --handle.")


@verb(app, "import")
def import_(
    session: Session,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="CSV, TSV, JSONL, mbox, or a folder of .eml files.")],
    channel: Annotated[str, typer.Option("--channel", help="The channel they came by, where the file does not say.")] = "",
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=COLUMN", help="Which column is what, for example customer=author_id (repeatable)."),
    ] = None,
    brand: Annotated[
        list[str] | None, typer.Option("--brand", metavar="NAME", help="A name under which we write ourselves (repeatable).")
    ] = None,
    account: Annotated[str, typer.Option("--account", help="Which of our accounts was written to.")] = "",
    timezone: Annotated[
        str, typer.Option("--timezone", metavar="ZONE", help="Zone of times that name none, for example Europe/Lisbon.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask after the preview.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only read and count; nothing is taken in.")] = False,
    rejects: Annotated[str, typer.Option("--rejects", metavar="FILE", help="Where rejected lines are written, with reasons.")] = "",
) -> None:
    """Take in many enquiries from files. What the hub already has is skipped."""
    from hubconsole.cli.importing import Wanted, bring_in

    bring_in(session, Wanted(tuple(files), channel, _pairs(mapping or []), tuple(brand or ()), account, timezone, yes, dry_run, rejects))


def _pairs(texts: list[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        field, equals, column = text.partition("=")
        if not equals or not field.strip():
            raise UsageProblem("map", f"{text!r} maps nothing.", "Write FIELD=COLUMN, for example --map customer=author_id.")
        pairs[field.strip()] = column
    return pairs


def _line(question: str) -> str:
    try:
        return input(f"{question} ").strip()
    except EOFError as error:
        output.say()
        raise KeyboardInterrupt from error
