"""Where the hub lives: push, pull, backup, restore; and whether replies may leave: outbox."""

from typing import TYPE_CHECKING, Annotated

import typer

from hubconsole.cli import output
from hubconsole.cli.session import Session
from hubconsole.cli.verbs import verb

if TYPE_CHECKING:
    from contextlib import ExitStack

    from hubconsole.hub.transfer import Side

app = typer.Typer()
_outbox = typer.Typer(help="Whether replies may leave the hub.")
app.add_typer(_outbox, name="outbox")

_Place = Annotated[str, typer.Argument(metavar="PLACE", help="https://HUB, postgresql://USER@HOST/DATABASE, or a file.")]
_Code = Annotated[str, typer.Option("--code", metavar="CODE", help="What a waiting server printed (serve --await-push).")]


@verb(app, "push")
def push(session: Session, to: _Place, code: _Code = "") -> None:
    """Move this hub to a server, a database or another file: it goes on there, and here it can only be read."""
    _move(session, session.path, to, code)


@verb(app, "pull")
def pull(session: Session, source: _Place) -> None:
    """Move a hub from a server, a database or another file into this one: it goes on here, and there it can only be read."""
    _move(session, source, session.path, "")


def _move(session: Session, source: str, target: str, code: str) -> None:
    from contextlib import ExitStack

    from hubconsole.hub.transfer import move

    with ExitStack() as stack:
        here, actor = _side(session, source, stack)
        there, other = _side(session, target, stack, code)
        done = move(here, there, actor or other)
    if session.json:
        said = {"hub": done.hub_id, "name": done.name, "events": done.events, "seq": done.seq, "place": there.place}
        output.say_json(said | {"there_already": done.there_already})
        return
    name, place = output.safe(done.name), output.safe(there.place)
    if done.there_already:
        output.say(f"{name} had moved to {place} already; nothing was left to do.")
        return
    came = "" if done.events == done.seq - 1 else f", of which {done.events} had still to go over"
    output.say(f"{name} lives in {place} now, with {output.count(done.seq, 'event')}{came}; both verify.")
    output.remark("In the old place it can only be read, and its backups hold nothing newer.")


def _side(session: Session, place: str, stack: "ExitStack", code: str | None = None) -> "tuple[Side, str]":
    """One side of a move, and who acts there; nobody yet where there is no hub. ``code`` is None where the hub is to be taken from."""
    from hubconsole.hub.transfer import StoreSide

    if place.startswith(("https://", "http://")):
        from hubconsole.cli.far import ca_at
        from hubconsole.hub.remote.place import hub_url
        from hubconsole.hub.remote.side import RemoteSide

        url = hub_url(place)
        actor, token = _passed(session, url, code)
        far = RemoteSide(url, token, actor, code=code or "", ca=ca_at(url, session.shared.ca))
        stack.callback(far.close)
        return far, actor
    from hubconsole.cli.session import member_of, open_hub

    side = StoreSide(place)
    if side.end("") is None:
        return side, ""
    hub = open_hub(place, readonly=True)
    try:
        return side, member_of(hub, session.shared.as_)
    finally:
        hub.close()


def _passed(session: Session, url: str, code: str | None) -> tuple[str, str]:
    """Who acts at an address, and with which token. Raises UsageProblem ``who``, Refused ``no_token``, ``bad_code``."""
    from hubconsole import credentials
    from hubconsole.cli.far import given_token, member_at, nobody, tokens_at
    from hubconsole.cli.where import insisted
    from hubconsole.hub.places import wrong_code
    from hubconsole.hub.remote.place import no_token

    if code:
        return insisted(session.shared.as_), ""
    actor = ""
    if given_token() or credentials.logins(url):
        actor = member_at(url, session.shared.as_, session.shared.ca or "")
        if token := tokens_at(url)(actor):
            return actor, token
    if code is not None:
        raise wrong_code()
    if not actor:
        raise nobody(url)
    raise no_token(url, actor)


@verb(app, "backup")
def backup(session: Session, file: Annotated[str, typer.Argument(metavar="FILE", help="A file that does not exist yet.")]) -> None:
    """Copy the hub into a file that is a whole hub of its own, and verify the copy."""
    from hubconsole.hub.restoring import copy
    from hubconsole.store.opening import shown

    end, place = copy(session.path, file), shown(file)
    if session.json:
        output.say_json({"file": place, "events": end.seq, "hash": end.hash})
        return
    output.say(
        f"{output.safe(end.name)} is in {output.safe(place)}: {output.count(end.seq, 'event')}, verified, ending with {end.hash[:16]}."
    )


@verb(app, "restore")
def restore(
    session: Session,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A backup; without it, the hub itself was put back by other means.")] = "",
) -> None:
    """Put a backup back; nothing leaves until a supervisor opens the outbox, and every approval is asked for anew."""
    from hubconsole.cli.session import member_of, open_hub
    from hubconsole.hub.restoring import put_back, was_put_back
    from hubconsole.store.opening import shown

    if file:
        source = open_hub(file)
        try:
            actor = member_of(source, session.shared.as_)
        finally:
            source.close()
        seq, reason = put_back(file, session.path, actor)
    else:
        seq, reason = was_put_back(session.local, session.member)
    place = shown(session.path)
    if session.json:
        output.say_json({"store": place, "events": seq, "outbox": reason})
        return
    output.say(f"The hub in {output.safe(place)} goes on from event {seq}. Its outbox is shut: {output.safe(reason)}.")
    output.say("Bring in what left since (hubconsole import), see what waits (hubconsole outbox show), then: hubconsole outbox open.")


@verb(_outbox, "show")
def outbox_show(session: Session) -> None:
    """Say whether replies may leave, and which are waiting to."""
    from hubconsole.domain.query import parse

    reason = session.hub.saved("standing").get("shut", "")
    rows = session.hub.page(parse("state:ready|in_review"), limit=200).rows
    sending = [(row.key, send) for row in rows for send in session.hub.enquiry(row.id).sends if send.state in _UNSETTLED]
    if session.json:
        output.say_json(
            {"open": not reason, "reason": reason, "waiting": [{"key": key, "state": send.state, "via": send.via} for key, send in sending]}
        )
        return
    output.say(f"The outbox is shut: {output.safe(reason)}." if reason else "The outbox is open.")
    for key, send in sending:
        output.say(f"{key:<8} {send.state.replace('_', ' '):<12} by {output.safe(send.via)}, put there by {output.safe(send.queued_by)}")


_UNSETTLED = ("queued", "delivering", "handed_over", "in_doubt")


@verb(_outbox, "shut")
def outbox_shut(
    session: Session, reason: Annotated[str, typer.Option("--reason", metavar="WORDS", help="Why; everybody reads it.")]
) -> None:
    """Let nothing out from now on, on any console or server (supervisors, legal)."""
    from hubconsole.domain.commands import ShutOutbox

    session.act(ShutOutbox(reason=reason), "the outbox is shut")


@verb(_outbox, "open")
def outbox_open(session: Session) -> None:
    """Let replies out again (supervisors)."""
    from hubconsole.domain.commands import OpenOutbox

    session.act(OpenOutbox(), "the outbox is open")


@verb(app, "worker")
def worker(session: Session, once: Annotated[bool, typer.Option("--once", help="One round, then end.")] = False) -> None:
    """Run what needs no person, apart from any console or server: sends that are due, approvals that run out."""
    from hubconsole.cli.dispatching import channels_here
    from hubconsole.cli.tending import tend

    if not session.far:
        tend(session.local, channels_here(), once=once, json=session.json)
        return
    from hubconsole.cli.far import open_far
    from hubconsole.worker.ports import SYSTEM

    hub = open_far(session.far, SYSTEM, session.shared.ca or "")
    try:
        tend(hub, channels_here(), once=once, json=session.json)
    finally:
        hub.close()
