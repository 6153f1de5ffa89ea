"""Who has it and what becomes of it: claim, release, triage, assign, priority, snooze, wake, note."""

from typing import Annotated

import typer

from hubconsole.cli import output
from hubconsole.cli.session import Session
from hubconsole.cli.verbs import Key, verb
from hubconsole.domain.terms import LET_STAND_REASONS, Disposition
from hubconsole.errors import UsageProblem

app = typer.Typer()


@verb(app, "claim", acts=True)
def claim(
    session: Session,
    key: Key,
    take_over: Annotated[bool, typer.Option("--take-over", help="Break another's live claim (supervisors).")] = False,
) -> None:
    """Say "I am on it"."""
    from hubconsole.domain.commands import Claim

    row = session.view(key).row
    session.act(Claim(enquiry_id=row.id, take_over=take_over), f"is claimed by {session.member}")


@verb(app, "release", acts=True)
def release(session: Session, key: Key) -> None:
    """Give your claim back."""
    from hubconsole.domain.commands import Release

    session.act(Release(enquiry_id=session.view(key).row.id), "is released")


@verb(app, "triage", acts=True)
def triage(
    session: Session,
    key: Key,
    disposition: Annotated[str, typer.Argument(metavar="DISPOSITION", help=f"One of {', '.join(Disposition)}.")],
    reason: Annotated[
        str, typer.Option("--reason", help=f"For let_stand: {', '.join(LET_STAND_REASONS)} or your words; for transfer: where to.")
    ] = "",
    of: Annotated[str, typer.Option("--of", metavar="KEY", help="For duplicate: the enquiry that this one repeats.")] = "",
) -> None:
    """Decide what is to become of a new enquiry."""
    from hubconsole.domain.commands import Triage

    word = disposition.strip().lower().replace("-", "_")
    if word not in set(Disposition):
        raise UsageProblem("disposition", f"{disposition!r} is no disposition.", f"Use one of {', '.join(Disposition)}.")
    row = session.view(key).row
    repeated = session.view(of).row.id if of else ""
    try:
        session.act(
            Triage(enquiry_id=row.id, disposition=Disposition(word), reason=reason, duplicate_of=repeated),
            f"is triaged: {word.replace('_', ' ')}",
        )
    except UsageProblem as problem:
        hint = {"no_reason": "Give it: --reason WORDS.", "no_original": "Name it: --of KEY."}.get(problem.code, problem.hint)
        raise UsageProblem(problem.code, problem.message, hint) from problem


@verb(app, "assign", acts=True)
def assign(
    session: Session,
    key: Key,
    owner: Annotated[str, typer.Argument(metavar="MEMBER", help="Who is responsible until it is closed; '-' for nobody.")],
) -> None:
    """Make a member responsible."""
    from hubconsole.domain.commands import Assign

    name = "" if owner == "-" else owner
    session.act(Assign(enquiry_id=session.view(key).row.id, owner=name), f"is assigned to {name or 'nobody'}")


@verb(app, "priority", acts=True)
def priority(
    session: Session,
    key: Key,
    level: Annotated[str, typer.Argument(metavar="1-4", help="1 is the most urgent; P1 works too.")],
) -> None:
    """Change the priority, and with it the targets."""
    from hubconsole.domain.commands import SetPriority

    digit = level.strip().upper().removeprefix("P")
    if digit not in ("1", "2", "3", "4"):
        raise UsageProblem("priority", f"{level!r} is no priority.", "Use 1 (most urgent) to 4.")
    session.act(SetPriority(enquiry_id=session.view(key).row.id, priority=int(digit)), f"has priority P{digit}")


@verb(app, "snooze", acts=True)
def snooze(
    session: Session,
    key: Key,
    length: Annotated[str, typer.Option("--for", metavar="TIME", help="How long: 30m, 2h, 1d.")] = "",
    until: Annotated[
        str,
        typer.Option(
            "--until", metavar="WHEN", help="Or until when: 14:30, tomorrow 09:00, 2026-11-30 09:00 (local unless it names a zone)."
        ),
    ] = "",
) -> None:
    """Hide it from the queues until a time. The customer writing again wakes it."""
    from hubconsole.cli.times import deadline
    from hubconsole.domain.commands import Snooze

    at = deadline(length, until, session.now())
    session.act(Snooze(enquiry_id=session.view(key).row.id, until=at), f"sleeps until {output.local_time(at)}")


@verb(app, "wake", acts=True)
def wake(session: Session, key: Key) -> None:
    """End a snooze early."""
    from hubconsole.domain.commands import Wake

    session.act(Wake(enquiry_id=session.view(key).row.id), "is awake")


@verb(app, "note", acts=True)
def note(
    session: Session,
    key: Key,
    text: Annotated[str, typer.Option("--text", help="The words.")] = "",
    file: Annotated[str, typer.Option("--file", metavar="FILE", help="Take them from a file; '-' is standard input.")] = "",
    privileged: Annotated[bool, typer.Option("--privileged", help="For legal and supervisors only.")] = False,
) -> None:
    """Add an internal note; it is never sent."""
    from hubconsole.cli.wording import words
    from hubconsole.domain.commands import AddNote

    body = words(session, text, file, "note")
    session.act(AddNote(enquiry_id=session.view(key).row.id, text=body, privileged=privileged), "has a new note")
