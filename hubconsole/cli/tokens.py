"""Who may come in from another machine: tokens, and confirming a login by its code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hubconsole.cli import output
from hubconsole.cli.session import Session
from hubconsole.cli.verbs import verb

if TYPE_CHECKING:
    from hubconsole.domain.terms import Scope
    from hubconsole.hub.access import Issued
    from hubconsole.store.access import TokenRow

app = typer.Typer()
_tokens = typer.Typer(help="Who may come in from another machine: issue, list, rotate, revoke.")
app.add_typer(_tokens, name="token")

_Id = Annotated[str, typer.Argument(metavar="ID", help="The token's id, or enough of its end (token list).")]
_Days = Annotated[int | None, typer.Option("--days", min=1, max=90, help="For how many days (default: 30; at most 90).")]


@verb(_tokens, "issue")
def token_issue(
    session: Session,
    scope: Annotated[
        str,
        typer.Option("--scope", metavar="SCOPE", help="member (default) or read, for yourself; wall, intake or worker, by a supervisor."),
    ] = "member",
    member: Annotated[str, typer.Option("--for", metavar="MEMBER", help="Who its holder acts as (default: you).")] = "",
    label: Annotated[str, typer.Option("--label", metavar="TEXT", help="What it is for, or where it is kept.")] = "",
    days: _Days = None,
) -> None:
    """Issue a token; its secret is printed once, and kept nowhere."""
    from hubconsole.cli.doors import doors

    told = _scope(scope)
    _tell(session, doors(session).issue(told, label or f"{told} token", member, _lasting(days)))


@verb(_tokens, "list")
def token_list(session: Session, ended: Annotated[bool, typer.Option("--ended", help="Those that have ended, too.")] = False) -> None:
    """List your tokens; a supervisor sees everybody's."""
    from hubconsole.cli.doors import doors
    from hubconsole.clock import system_clock

    rows = doors(session).tokens(ended)
    if session.json:
        output.say_json([token_shape(row) for row in rows])
        return
    now = system_clock()
    output.table(
        ("MEMBER", "SCOPE", "ENDS", "ID", "LABEL"),
        [(row.member, row.scope, _end(row, now), row.id[-12:], row.label) for row in rows],
        width=output.terminal_width(),
    )


@verb(_tokens, "revoke")
def token_revoke(
    session: Session, token_id: _Id, reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")] = ""
) -> None:
    """End a token at once, everywhere."""
    from hubconsole.cli.doors import doors

    there = doors(session)
    row = there.revoke(_whole(there.tokens(ended=True), token_id), reason)
    if session.json:
        output.say_json(token_shape(row))
        return
    output.say(f"The token {output.safe(row.label)} of {output.safe(row.member)} opens nothing any more.")


@verb(_tokens, "rotate")
def token_rotate(
    session: Session,
    token_id: _Id,
    overlap: Annotated[
        str, typer.Option("--overlap", metavar="TIME", help="How long the old one still works (default: 15m; 0: not at all).")
    ] = "",
    days: _Days = None,
) -> None:
    """A new token in place of an old one, which goes on for a while."""
    from hubconsole.cli.doors import doors

    there = doors(session)
    old = _whole(there.tokens(ended=False), token_id)
    _tell(session, there.rotate(old, _overlap(overlap), _lasting(days)))


@verb(app, "device")
def device(
    session: Session,
    code: Annotated[str, typer.Argument(metavar="CODE", help="The short code that the other machine shows.")],
    approve: Annotated[bool | None, typer.Option("--approve/--deny", help="Answer without being asked.")] = None,
) -> None:
    """Confirm a login on another machine: it will be logged in as you."""
    from hubconsole.cli.doors import doors
    from hubconsole.errors import UsageProblem

    there, who = doors(session), session.member
    waiting = there.waiting(code)
    client, place = output.safe(waiting.client), output.safe(waiting.place) or "an unknown place"
    if approve is None:
        if not session.interactive:
            raise UsageProblem("answer", "A login has to be confirmed or denied.", "Add --approve or --deny.")
        what = "read everything that you may" if waiting.scope == "read" else "do everything that you may"
        output.say(f"{client}, from {place},")
        output.say(f"asks to {what}, as {output.safe(who)}, since {output.local_time(waiting.created_at)}.")
        output.say("Say yes only if it is you who is sitting there, and the code on its screen is this one.")
        approve = input(f"Let {output.safe(waiting.user_code)} in as {output.safe(who)}? [y/N] ").strip().lower() in ("y", "yes")
    answered = there.answer(code, approve)
    if session.json:
        output.say_json({"code": answered.user_code, "client": answered.client, "place": answered.place, "state": answered.state})
        return
    only = ", to read" if waiting.scope == "read" else ""
    yes = f"Confirmed: {client}, from {place}, may come in as {output.safe(who)}{only}."
    output.say(yes if approve else f"Denied: {client}, from {place}, stays out.")


def token_shape(row: TokenRow) -> dict[str, object]:
    """A token in JSON; never its secret."""
    from hubconsole.cli.shapes import time_of

    return {
        "id": row.id,
        "member": row.member,
        "scope": row.scope,
        "label": row.label,
        "issued_at": time_of(row.issued_at),
        "issued_by": row.issued_by,
        "expires_at": time_of(row.expires_at),
        "revoked_at": time_of(row.revoked_at),
    }


def _tell(session: Session, issued: Issued) -> None:
    """The secret alone on standard output, so that it can be piped to where it is kept."""
    if session.json:
        output.say_json({"secret": issued.secret, "token": token_shape(issued.token)})
        return
    output.say(issued.secret)
    row = issued.token
    until = output.local_time(row.expires_at)
    output.remark(f"{row.scope} token for {output.safe(row.member)} until {until}. It is shown this once; keep it like a password.")


def _scope(said: str) -> Scope:
    from hubconsole.domain.terms import Scope
    from hubconsole.errors import UsageProblem

    try:
        return Scope(said)
    except ValueError:
        raise UsageProblem("bad_scope", f"There is no scope {said!r}.", f"One of: {', '.join(Scope)}.") from None


def _lasting(days: int | None) -> int | None:
    from hubconsole.clock import DAY

    return None if days is None else days * DAY


def _overlap(said: str) -> int | None:
    from hubconsole.times import length_of

    if not said:
        return None
    return 0 if said.strip().rstrip("mhd") == "0" else length_of(said)


def _end(row: TokenRow, now: int) -> str:
    if row.revoked_at:
        return "revoked"
    return ("" if row.live(now) else "ended ") + output.local_time(row.expires_at)


def _whole(rows: tuple[TokenRow, ...], said: str) -> str:
    """The id that is meant by the id or by its end. Raises UsageProblem ``unknown_token``."""
    from hubconsole.errors import UsageProblem

    said = said.strip().lower()
    found = [row.id for row in rows if row.id == said or (len(said) >= 6 and row.id.endswith(said))]
    if len(found) != 1:
        why = "fits more than one token" if found else "is no token that you may see"
        raise UsageProblem("unknown_token", f"{said[:40]!r} {why}.", "List them: hubconsole token list.")
    return found[0]
