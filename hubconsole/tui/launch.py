"""From a hub to a running console: reads what the first frame shows, then starts the application."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from hubconsole.clock import Clock, system_clock
from hubconsole.errors import UsageProblem
from hubconsole.tui.app import ConsoleApp
from hubconsole.tui.filters import combined
from hubconsole.tui.glyphs import Glyphs
from hubconsole.tui.keymap import Keymap
from hubconsole.tui.opening import Opening, Seed
from hubconsole.tui.panes import Pane
from hubconsole.tui.panes import load as load_panes
from hubconsole.tui.session import Session

if TYPE_CHECKING:
    from hubconsole.config import Config
    from hubconsole.domain.query import Query
    from hubconsole.hub.port import Hub

FIRST_ROWS = 128
"""Rows of a queue that are read before the first frame: one page."""


def run(
    screen: str,
    *,
    hub: Hub,
    member: str = "",
    key: str | None = None,
    screenshot: str | Path | None = None,
    size: tuple[int, int] | None = None,
    theme: str | None = None,
    clock: Clock = system_clock,
) -> int:
    """Show ``screen`` (``board``, ``enquiry`` or a pane's id) until the person leaves; the exit code is returned.

    With ``screenshot`` nothing is shown: the first full frame is written to that file as SVG. ``size`` is
    columns and rows. Raises UsageProblem for a terminal or a screen name that will not do.
    """
    if screenshot is None and os.environ.get("TERM", "") == "dumb":
        raise UsageProblem(
            "terminal", "This terminal cannot show a screen (TERM is dumb).", "Use hubconsole list, show and the other verbs instead."
        )
    from hubconsole import config

    settings = config.load()
    app = build(
        screen,
        hub=hub,
        member=member,
        key=key,
        settings=settings,
        width=size[0] if size else None,
        theme=theme,
        clock=clock,
        live=screenshot is None,
    )
    if screenshot is None:
        app.run(mouse=settings.mouse)
        return app.return_code or 0
    return take_picture(app, Path(screenshot), size or (160, 45))


def build(
    screen: str,
    *,
    hub: Hub,
    member: str,
    key: str | None = None,
    settings: Config,
    width: int | None = None,
    theme: str | None = None,
    clock: Clock = system_clock,
    live: bool = True,
) -> ConsoleApp:
    """The application with its first rows read; not yet running."""
    from hubconsole.tui import keymap, theming

    panes, pane_problems = load_panes(settings.path.parent / "panes.toml")
    names = ("board", "enquiry", *(pane.id for pane in panes))
    if screen not in names:
        raise UsageProblem("screen", f"There is no screen {screen!r}.", f"There are {', '.join(names)}.")
    keys = keymap.load(settings.keys) if settings.keys.exists() else Keymap()
    chosen = theming.choose(theme or settings.theme, settings.themes)
    session = Session(hub, member, hub.info(), hub.members(), hub.counts(), clock=clock, oldest_wait=hub.oldest_wait())
    pane = next((pane for pane in panes if pane.id == screen), None)
    opening = Opening(
        screen,
        key or "",
        panes,
        _seeds(session, screen, pane, width),
        (*settings.problems, *chosen.problems, *pane_problems),
        live,
        settings.themes,
    )
    return ConsoleApp(session, opening, chosen.theme, keys=keys, glyphs=Glyphs(settings.glyphs == "ascii"))


def _seeds(session: Session, screen: str, pane: Pane | None, width: int | None) -> dict[Query, Seed]:
    """The first page of every queue that the first frame will show."""
    if screen == "enquiry" or (pane is not None and pane.layout == "review") or not session.member:
        return {}
    from hubconsole.tui.screens.board import OPEN, PARTS, WIDE

    if pane is not None:
        texts = [pane.filter]
    elif (width or _terminal_width()) >= WIDE:
        texts = [part.filter for part in PARTS]
    else:
        texts = [OPEN.filter]
    seeds: dict[Query, Seed] = {}
    for text in texts:
        query = combined(text, "", session.member)
        page = session.hub.page(query, limit=FIRST_ROWS)
        seeds[query] = Seed(page, session.hub.total(query) if page.more else len(page.rows))
        session.totals[text] = seeds[query].total
    return seeds


def _terminal_width() -> int:
    try:
        return os.get_terminal_size().columns
    except OSError:
        return 80


_WEB_FONT = re.compile(r"@font-face\s*\{[^}]*\}")


def take_picture(app: ConsoleApp, file: Path, size: tuple[int, int]) -> int:
    """Run without a terminal until the screen is complete, write it as SVG, and stop. Raises Unreachable when it cannot be written."""
    import asyncio

    async def shoot() -> str:
        async with app.run_test(size=size) as pilot:
            for _ in range(3):
                await pilot.pause(0.12)
                await app.workers.wait_for_complete()
            await pilot.pause()
            # Textual names web fonts in its pictures; a report must open without asking another machine for anything.
            return _WEB_FONT.sub("", app.export_screenshot(title="hubconsole", simplify=False))

    picture = asyncio.run(shoot())
    try:
        file.write_text(picture, encoding="utf-8")
    except OSError as error:
        from hubconsole.errors import Unreachable

        raise Unreachable("picture", f"{file} cannot be written: {error.strerror}.", "Choose another place.") from error
    return 0
