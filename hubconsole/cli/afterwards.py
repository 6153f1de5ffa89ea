"""After the reply: wait, resolve, close, reopen."""

from typing import Annotated

import typer

from hubconsole.cli.session import Session
from hubconsole.cli.verbs import Key, verb

app = typer.Typer()


@verb(app, "wait", acts=True)
def wait(session: Session, key: Key) -> None:
    """Say that the customer has the next move; the clocks pause."""
    from hubconsole.domain.commands import AwaitCustomer

    session.act(AwaitCustomer(enquiry_id=session.view(key).row.id), "waits for the customer")


@verb(app, "resolve", acts=True)
def resolve(session: Session, key: Key) -> None:
    """Say that the need is met."""
    from hubconsole.domain.commands import Resolve

    session.act(Resolve(enquiry_id=session.view(key).row.id), "is resolved")


@verb(app, "close", acts=True)
def close(session: Session, key: Key) -> None:
    """Put a resolved, sent or waiting enquiry away."""
    from hubconsole.domain.commands import Close

    session.act(Close(enquiry_id=session.view(key).row.id), "is closed")


@verb(app, "reopen", acts=True)
def reopen(session: Session, key: Key, reason: Annotated[str, typer.Option("--reason", help="Why.")] = "") -> None:
    """Take a resolved or closed enquiry up again."""
    from hubconsole.domain.commands import Reopen

    session.act(Reopen(enquiry_id=session.view(key).row.id, reason=reason), "is open again")
