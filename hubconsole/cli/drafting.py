"""Writing a reply and asking for its reviews: draft, address, submit, withdraw, accept, resume."""

from typing import TYPE_CHECKING, Annotated

import typer

from hubconsole.cli import output
from hubconsole.cli.given import MOST
from hubconsole.cli.session import Session
from hubconsole.cli.verbs import Key, verb
from hubconsole.errors import UsageProblem

if TYPE_CHECKING:
    from hubconsole.domain.terms import Visibility
    from hubconsole.store.rows import DraftRow, EnquiryView

app = typer.Typer()


@verb(app, "draft", acts=True)
def draft(
    session: Session,
    key: Key,
    text: Annotated[str, typer.Option("--text", help="The words of the reply.")] = "",
    file: Annotated[str, typer.Option("--file", metavar="FILE", help="Take them from a file; '-' is standard input.")] = "",
    base: Annotated[
        int | None,
        typer.Option("--base", min=0, max=MOST, metavar="VERSION", help="The version you started from; a newer one conflicts."),
    ] = None,
    visibility: Annotated[str, typer.Option("--visibility", metavar="public|private", help="Who will read it on the channel.")] = "",
) -> None:
    """Save a new version of the reply."""
    from hubconsole.domain.commands import SaveDraft

    body = words_of(session, text, file)
    row = session.view(key).row
    command = SaveDraft(
        enquiry_id=row.id, text=body, base=row.draft if base is None else base, visibility=visibility_of(visibility) if visibility else None
    )
    receipt = session.do(command)
    if session.json:
        from hubconsole.cli.shapes import receipt_of

        newest = newest_draft(session.view(key))
        output.say_json(receipt_of(receipt) | {"draft": newest.version, "digest": newest.digest})
        return
    newest = newest_draft(session.view(key))
    session.answer(receipt, f"has draft v{newest.version}")
    output.say(f"digest {newest.digest}")


@verb(app, "address", acts=True)
def address(
    session: Session,
    key: Key,
    recipient: Annotated[str, typer.Argument(metavar="ADDRESS", help="A mail address, a handle, a number: as the channel takes it.")],
) -> None:
    """Say where replies go. A reply that was put forward or approved is asked about anew."""
    from hubconsole.domain.commands import SetRecipient

    session.act(SetRecipient(enquiry_id=session.view(key).row.id, recipient=recipient), f"is answered to {recipient.strip()}")


@verb(app, "submit", acts=True)
def submit(
    session: Session,
    key: Key,
    version: Annotated[
        int | None, typer.Option("--version", min=1, max=MOST, metavar="N", help="The version you looked at; default: the newest.")
    ] = None,
) -> None:
    """Ask for the reviews that the policy demands."""
    from hubconsole.domain.commands import Submit

    view = session.view(key)
    receipt = session.do(Submit(enquiry_id=view.row.id, version=version))
    warnings = [warning] if (warning := address_warning(view.row.channel, view.recipient)) else []
    if session.json:
        from hubconsole.cli.shapes import receipt_of

        output.say_json(receipt_of(receipt) | {"warnings": warnings})
        return
    session.answer(receipt, "is submitted")
    for sentence in warnings:
        output.say(f"  ! {output.safe(sentence)}")


@verb(app, "withdraw", acts=True)
def withdraw(session: Session, key: Key) -> None:
    """Take a submitted reply back to work on it."""
    from hubconsole.domain.commands import Withdraw

    session.act(Withdraw(enquiry_id=session.view(key).row.id), "is withdrawn")


@verb(app, "accept", acts=True)
def accept(
    session: Session,
    key: Key,
    digest: Annotated[str, typer.Option("--digest", metavar="SHA256", help="The digest of the amended words that you read.")],
) -> None:
    """Accept the lawyer's amended words. Only where the policy waits for the author."""
    from hubconsole.domain.commands import AcceptAmendment

    session.act(AcceptAmendment(enquiry_id=session.view(key).row.id, digest=digest), "is accepted as amended")


@verb(app, "resume", acts=True)
def resume(
    session: Session,
    key: Key,
    message: Annotated[
        str, typer.Option("--message", metavar="ID", help="The newest customer message that you read; default: the newest there is.")
    ] = "",
) -> None:
    """Say that the reply is still right after the customer wrote. The reviews start anew."""
    from hubconsole.domain.commands import Resume

    view = session.view(key)
    incoming = [one.id for one in view.messages if one.direction == "in"]
    session.act(Resume(enquiry_id=view.row.id, seen_message=message or (incoming[-1] if incoming else "")), "is resumed")


def address_warning(channel: str, recipient: str) -> str:
    """What to tell whoever readies a reply that has no address to go to; else empty."""
    from hubconsole.domain.workflow.recipient import no_address

    return (
        f"{recipient!r} is no mail address: the reply can be sent by hand only (give one: hubconsole address)."
        if no_address(channel, recipient)
        else ""
    )


def words_of(session: Session, text: str, file: str) -> str:
    """The reply's words, from wherever they were given."""
    from hubconsole.cli.wording import words

    return words(session, text, file, "reply")


def newest_draft(view: "EnquiryView") -> "DraftRow":
    """The newest version. Raises UsageProblem ``no_draft``."""
    if not view.drafts:
        raise UsageProblem("no_draft", f"{view.row.key} has no draft yet.", f"Write one: hubconsole draft {view.row.key} --text ...")
    return max(view.drafts, key=lambda one: one.version)


def visibility_of(text: str) -> "Visibility":
    """The visibility as typed. Raises UsageProblem ``visibility``."""
    from hubconsole.domain.terms import Visibility

    try:
        return Visibility(text.strip().lower())
    except ValueError as error:
        raise UsageProblem("visibility", f"{text!r} is no visibility.", "Use public or private.") from error
