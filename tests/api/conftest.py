"""One hub behind its API for each test."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from hubconsole.clock import FrozenClock
from hubconsole.hub.local import LocalHub
from hubconsole.server.app import create_app
from hubconsole.server.settings import Settings
from tests.api.serving import QUIET, Served, bearer, make_hub, served, tokens_of

Clients = Callable[[str], httpx.AsyncClient]
"""A client in process with the token of somebody (``ada``) or something (``wall``); empty for none."""


@pytest.fixture
def hub(tmp_path: Path, clock: FrozenClock) -> Iterator[LocalHub]:
    """A hub under a clock that stands still."""
    made = make_hub(tmp_path, clock)
    yield made
    made.close()


@pytest.fixture
def settings() -> Settings:
    """Limits that are out of the way; a test may override this."""
    return QUIET


@pytest.fixture
def tokens(hub: LocalHub) -> dict[str, str]:
    """Everybody's token."""
    return tokens_of(hub)


@pytest.fixture
async def client(hub: LocalHub, tokens: dict[str, str], settings: Settings) -> AsyncIterator[Clients]:
    """Clients of the application in process."""
    app = create_app(hub, settings)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        made: dict[str, httpx.AsyncClient] = {}

        def of(who: str) -> httpx.AsyncClient:
            if who not in made:
                made[who] = httpx.AsyncClient(
                    transport=httpx.ASGITransport(app), base_url="http://hub", headers=bearer(tokens[who]) if who else {}
                )
            return made[who]

        of.app = app  # type: ignore[attr-defined]
        yield of
        for one in made.values():
            await one.aclose()


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Served]:
    """A hub on the machine's clock behind a real server."""
    hub = make_hub(tmp_path)
    try:
        with served(hub) as place:
            yield place
    finally:
        hub.close()
