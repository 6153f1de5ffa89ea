"""The screen commands for the full parser; their plain forms never come here (see options.py)."""

from collections.abc import Callable
from typing import Annotated

import typer

from hubconsole.cli.options import SCREENS, ScreenRequest, option

app = typer.Typer()


def _value(name: str) -> typer.models.OptionInfo:
    found = option(name)
    info: typer.models.OptionInfo = typer.Option(*found.flags, metavar=found.metavar, help=found.help)
    return info


def _switch(name: str) -> typer.models.OptionInfo:
    found = option(name)
    info: typer.models.OptionInfo = typer.Option(*found.flags, help=found.help)
    return info


_KEY = typer.Argument(metavar="KEY", help="The enquiry to open on, for example E-12.")


def _open(request: ScreenRequest) -> None:
    from hubconsole.cli import opening

    raise typer.Exit(opening.open_screen(request))


def _command(screen: str) -> Callable[..., None]:
    def run(
        key: Annotated[str | None, _KEY] = None,
        store: Annotated[str | None, _value("store")] = None,
        as_: Annotated[str | None, _value("as_")] = None,
        theme: Annotated[str | None, _value("theme")] = None,
        screenshot: Annotated[str | None, _value("screenshot")] = None,
        size: Annotated[str | None, _value("size")] = None,
        hub: Annotated[str | None, _value("hub")] = None,
        ca: Annotated[str | None, _value("ca")] = None,
    ) -> None:
        _open(ScreenRequest(screen, key, store, as_, theme, screenshot, size, hub=hub, ca=ca))

    run.__doc__ = SCREENS[screen]
    return run


@app.command("demo", help=SCREENS["demo"])
def demo(
    key: Annotated[str | None, _KEY] = None,
    store: Annotated[str | None, _value("store")] = None,
    as_: Annotated[str | None, _value("as_")] = None,
    theme: Annotated[str | None, _value("theme")] = None,
    screenshot: Annotated[str | None, _value("screenshot")] = None,
    size: Annotated[str | None, _value("size")] = None,
    still: Annotated[bool, _switch("still")] = False,
    reset: Annotated[bool, _switch("reset")] = False,
) -> None:
    """Open a scratch hub of an invented bank, with colleagues at work."""
    _open(ScreenRequest("demo", key, store, as_, theme, screenshot, size, still, reset))


for _screen in SCREENS:
    if _screen != "demo":
        app.command(_screen)(_command(_screen))
