"""Sending: send, undo-send, sent, not-sent."""

import sys
import time
from math import ceil
from typing import TYPE_CHECKING, Annotated

import typer

from hubconsole.cli import output
from hubconsole.cli.session import Session, standing
from hubconsole.cli.verbs import Key, verb
from hubconsole.errors import Conflict, Refused, Unreachable

if TYPE_CHECKING:
    from hubconsole.channels.at_hand import Brought
    from hubconsole.hub.port import Receipt
    from hubconsole.store.rows import BoardRow, SendRow

app = typer.Typer()

OTHERS_PATIENCE = 5.0
"""Seconds to wait for another console's worker, when that one holds the dispatcher's lease."""


@verb(app, "send", acts=True)
def send(
    session: Session,
    key: Key,
    via: Annotated[str, typer.Option("--via", metavar="manual|outbox", help="The way out; default: outbox for email, else manual.")] = "",
    now: Annotated[bool, typer.Option("--now", help="At once, without the undo window.")] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Only queue it; an open console sends it.")] = False,
    digest: Annotated[str, typer.Option("--digest", metavar="SHA256", help="The digest you read; default: the approved one.")] = "",
) -> None:
    """Send the approved reply. It leaves after the undo window (Ctrl+C takes it back), or --now."""
    from hubconsole.domain.commands import Send

    view = session.view(key)
    row = view.row
    chosen = _way_out(via, row, view.recipient)
    receipt = session.do(Send(enquiry_id=row.id, via=chosen, digest=digest, now=now))
    queued = _newest_send(session, row.key)
    if no_wait:
        _answer(session, receipt, queued, "is queued", "")
        return
    try:
        _wait_out(row.key, queued.not_before - session.now())
    except KeyboardInterrupt:
        _take_back(session, row)
        return
    reason = _dispatch(session, row.key, queued.id)
    _report(session, receipt, row.key, reason)


@verb(app, "undo-send", acts=True)
def undo_send(session: Session, key: Key) -> None:
    """Take a queued reply back before it leaves."""
    from hubconsole.domain.commands import UndoSend

    session.act(UndoSend(enquiry_id=session.view(key).row.id), "is taken back")


@verb(app, "sent", acts=True)
def sent(
    session: Session, key: Key, link: Annotated[str, typer.Option("--link", metavar="URL", help="Where it can be seen.")] = ""
) -> None:
    """Say that the reply handed to you was published."""
    from hubconsole.domain.commands import MarkSent

    session.act(MarkSent(enquiry_id=session.view(key).row.id, link=link), "is marked as sent")


@verb(app, "not-sent", acts=True)
def not_sent(session: Session, key: Key, reason: Annotated[str, typer.Option("--reason", help="Why.")] = "") -> None:
    """Say that the reply handed to you was not published."""
    from hubconsole.domain.commands import MarkNotSent

    session.act(MarkNotSent(enquiry_id=session.view(key).row.id, reason=reason), "is marked as not sent")


def _way_out(said: str, row: "BoardRow", recipient: str) -> str:
    """The channel as said; else the outbox for mail that has an address, and a person's hands for everything else."""
    if not said:
        from hubconsole.domain.workflow.recipient import BY_HAND, no_address

        return "outbox" if row.channel == "email" and not no_address(row.channel, recipient) else BY_HAND
    from hubconsole.channels.registry import channel_named
    from hubconsole.cli.dispatching import channels_here

    return channel_named(channels_here(), said).name


def _newest_send(session: Session, key: str) -> "SendRow":
    sends = session.view(key).sends
    if not sends:
        raise Conflict("send_gone", f"The send of {key} is gone: somebody acted on it.", f"See: hubconsole show {key}")
    return max(sends, key=lambda one: one.queued_at)


def _wait_out(key: str, length: int) -> None:
    """Let ``length`` ms go by, and count them down where somebody sits."""
    live = sys.stderr.isatty()
    first = True
    until = time.monotonic() * 1000 + length
    while (left := until - time.monotonic() * 1000) > 0:
        line = f"{key} leaves in {ceil(left / 1000)} s; Ctrl+C takes it back."
        if live:
            sys.stderr.write(f"\r{line} ")
            sys.stderr.flush()
        elif first:
            output.remark(line)
        first = False
        time.sleep(min(1.0, left / 1000))
    if live and not first:
        sys.stderr.write("\r" + " " * 60 + "\r")


def _take_back(session: Session, row: "BoardRow") -> None:
    from hubconsole.cli.ending import INTERRUPTED
    from hubconsole.domain.commands import UndoSend

    output.remark("")
    receipt = session.hub.execute(UndoSend(enquiry_id=row.id), actor=session.member, via="cli")
    session.answer(receipt, "is taken back")
    raise typer.Exit(INTERRUPTED)


def _dispatch(session: Session, key: str, send_id: str) -> str:
    """Let the worker do its round; what it said about this send is returned. Waits for another console that is at it."""
    from hubconsole.cli.dispatching import round_of

    end = time.monotonic() + OTHERS_PATIENCE
    while True:
        # A hub that is elsewhere has its worker there.
        for step in [] if session.far else round_of(session.local):
            if step.send_id == send_id:
                return step.reason
        if _newest_send(session, key).state not in ("queued", "delivering") or time.monotonic() > end:
            return ""
        time.sleep(0.1)


def _report(session: Session, receipt: "Receipt", key: str, reason: str) -> None:
    found = _newest_send(session, key)
    if found.state == "delivered":
        _answer(session, receipt, found, "is sent", found.link if found.via == "outbox" else "")
    elif found.state == "handed_over":
        _answer(session, receipt, found, "is handed to you", found.link)
    elif found.state == "blocked":
        raise Refused("blocked", f"{key} was not sent: {found.reason or reason}", f"See why: hubconsole show {key}")
    elif found.state == "failed":
        raise Unreachable("not_sent", f"{key} was not sent: {found.reason or reason}", f"Mend that, then: hubconsole send {key}")
    elif found.state == "in_doubt":
        raise Unreachable(
            "in_doubt",
            f"Nobody knows whether {key} went out: {found.reason or reason}",
            f"Look there, then: hubconsole sent {key}, or hubconsole not-sent {key}",
        )
    elif session.far or _nobody_sends(session):
        raise Unreachable(
            "still_queued",
            f"{key} is {found.state}: no worker {'at the hub has come to it' if session.far else 'is at work on it'}.",
            f"It leaves once one is at work: hubconsole serve or hubconsole worker{' there' if session.far else ''}. "
            f"Look again: hubconsole show {key}",
        )
    else:
        raise Unreachable(
            "still_queued",
            f"{key} is {found.state}; another console or worker is sending and has not come to it.",
            f"Look again: hubconsole show {key}",
        )


def _nobody_sends(session: Session) -> bool:
    """Whether nobody holds the dispatcher's lease of a hub in a store."""
    from hubconsole.cli.background import holder
    from hubconsole.worker.dispatcher import LEASE

    return session.local.lease(LEASE, holder("cli"), 0) is not None


def _answer(session: Session, receipt: "Receipt", found: "SendRow", done: str, file: str) -> None:
    state = session.view(receipt.key).row.state
    brought = _brought(session, receipt.key) if session.far and found.via == "manual" and found.state == "handed_over" else None
    if brought is not None:
        file = brought.file
    if session.json:
        from hubconsole.cli.shapes import receipt_of, send_of

        here = file if brought is not None or not session.far else ""
        output.say_json(receipt_of(receipt) | {"state": state, "send": send_of(found), "file": here or None})
        if brought is not None and brought.problem:
            output.remark(output.safe(brought.problem))
        return
    how = " by hand" if found.via == "manual" else f" by {output.safe(found.via)}"
    said = f"{done}{how if found.state == 'delivered' else ''}"
    output.say(f"{receipt.key} {said}{standing(state, done)}")
    if file and found.state == "delivered":
        output.say(f"It is in {output.safe(file)}{_whose(session)}")
    elif file and found.via == "outbox":
        output.say(f"Give it an address: {output.safe(file)}{_whose(session)}")
        output.say(f"Then: hubconsole sent {receipt.key}   (or: hubconsole not-sent {receipt.key})")
    elif found.state == "handed_over":
        if brought is not None and brought.problem:
            output.remark(output.safe(brought.problem))
        text = brought.text if brought is not None else _text(session, receipt.key, found.version)
        copied = session.interactive and bool(text) and _copied(text)
        places = [f"in {output.safe(file)}{' on this machine' if session.far else ''}"] if file else []
        places += ["on your clipboard if your terminal allows it"] if copied else []
        if places:
            output.say(f"The exact text is {', and '.join(places)}")
        if session.far and not file and found.link:
            output.say(f"The worker put it into {output.safe(found.link)}{_whose(session)}")
        output.say(f"Publish it, then: hubconsole sent {receipt.key} --link URL   (or: hubconsole not-sent {receipt.key})")


def _whose(session: Session) -> str:
    """On whose machine a path is that a worker told; nothing needs to be said where that is this one."""
    if not session.far:
        return ""
    from hubconsole.channels.at_hand import THERE

    return f" {THERE}"


def _brought(session: Session, key: str) -> "Brought":
    """The words that the worker of a hub far away handed over, in a file of this machine."""
    from hubconsole.channels.at_hand import Brought, bring, by_hand, handed
    from hubconsole.config import load

    view, policy = session.view(key), session.hub.policy()
    sent = by_hand(view, session.member)
    outgoing = handed(view, sent, policy) if sent is not None and policy is not None else None
    if outgoing is None:
        moved = f"{key} is not brought here: it has changed since the worker had it. Read it before you publish anything."
        return Brought("", "", False, moved)
    return bring(outgoing, load().out)


def _text(session: Session, key: str, version: int) -> str:
    return next((draft.text for draft in session.view(key).drafts if draft.version == version), "")


def _copied(text: str) -> bool:
    """Put the words on the person's clipboard by way of the terminal; False when they are too long for that."""
    import os

    from hubconsole.channels.clipboard import osc52

    sequence = osc52(text, tmux="TMUX" in os.environ)
    if sequence is not None:
        sys.stdout.write(sequence)
    return sequence is not None
