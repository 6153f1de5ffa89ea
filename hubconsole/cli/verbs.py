"""How a verb becomes a command of the program: its own options, then the ones that all verbs share.

Written once here instead of in forty signatures: Typer reads the composed signature.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Concatenate, ParamSpec, cast, get_type_hints

import typer

from hubconsole.cli.given import MOST
from hubconsole.cli.options import option
from hubconsole.cli.session import Session, Shared

P = ParamSpec("P")

Key = Annotated[str, typer.Argument(metavar="KEY", help="The enquiry: E-12, e12 or 12.")]
"""The enquiry that a verb is about."""

_Store = Annotated[str | None, typer.Option("--store", metavar="PATH", help=option("store").help)]
_As = Annotated[str | None, typer.Option("--as", metavar="MEMBER", help="Who you are (default: HUBCONSOLE_AS).")]
_Hub = Annotated[str | None, typer.Option("--hub", metavar="URL", help=option("hub").help)]
_Ca = Annotated[str | None, typer.Option("--ca", metavar="FILE", help=option("ca").help)]
_Json = Annotated[bool, typer.Option("--json", help=option("json").help)]
_Seen = Annotated[
    int | None, typer.Option("--seen", max=MOST, metavar="VERSION", help="The enquiry's version you looked at; a newer one is a conflict.")
]
_CommandId = Annotated[
    str | None, typer.Option("--command-id", metavar="UUID", help="A UUIDv7 of your own: repeating it changes nothing twice.")
]


def _shared(name: str, annotation: object, default: object) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


READING = (
    _shared("store", _Store, None),
    _shared("hub", _Hub, None),
    _shared("ca", _Ca, None),
    _shared("as_", _As, None),
    _shared("json", _Json, False),
)
"""Options of every verb."""

ACTING = (*READING, _shared("seen", _Seen, None), _shared("command_id", _CommandId, None))
"""Options of every verb that changes one enquiry."""


def verb(
    app: typer.Typer, name: str, *, acts: bool = False
) -> Callable[[Callable[Concatenate[Session, P], None]], Callable[Concatenate[Session, P], None]]:
    """Register a function ``f(session, ...)`` as the command ``name``; ``acts`` adds ``--seen`` and ``--command-id``."""
    shared = ACTING if acts else READING

    def register(body: Callable[Concatenate[Session, P], None]) -> Callable[Concatenate[Session, P], None]:
        own = list(inspect.signature(body).parameters.values())[1:]
        hints = get_type_hints(body, include_extras=True)
        parameters = [
            *(one.replace(annotation=hints[one.name], kind=inspect.Parameter.KEYWORD_ONLY) for one in own),
            *shared,
        ]

        def run(**values: object) -> None:
            common: Mapping[str, object] = {one.name: values.pop(one.name) for one in shared}
            with Session(Shared(**cast("dict[str, str]", common))) as session:  # type: ignore[arg-type]
                cast("Callable[..., None]", body)(session, **values)

        vars(run).update(__signature__=inspect.Signature(parameters))
        run.__annotations__ = {one.name: one.annotation for one in parameters}
        run.__doc__ = body.__doc__
        app.command(name)(run)
        return body

    return register
