"""For those who watch over the server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import orjson

from hubconsole.errors import Unreachable
from hubconsole.hub import bodies
from hubconsole.hub.wire import plain
from hubconsole.server.endpoint import Call
from hubconsole.server.metrics import TYPE
from hubconsole.server.operations import Answer, Gives, operation
from hubconsole.server.rows import last_seq

if TYPE_CHECKING:
    from hubconsole.hub.local import LocalHub
    from hubconsole.store.engine import Standing

_BEHIND = 15.0


@operation("health", "GET", "/healthz", "operation", Gives(200, "It runs.", bodies.Well), reads=False)
async def health(call: Call) -> bytes:
    """Whether the process runs at all; it asks nobody."""
    return b'{"ok":true}'


@operation("readiness", "GET", "/readyz", "operation", Gives(200, "It can answer.", bodies.Ready), problems=(503,), reads=False)
async def readiness(call: Call) -> bytes:
    """Whether requests should come here: the store answers, the feed follows, and the server is not being stopped.

    A server over a standby is ready while the standby is told of new writes and is not far behind; it says how far.
    """
    service = call.service
    standing = await service.watch.ask(_standing, service.hub)
    if not service.running or time.monotonic() - service.feed.fresh_at > _BEHIND:
        raise Unreachable("not_ready", "The server is starting, being stopped, or has lost sight of the journal.", "Try again in a moment.")
    if standing is None:
        return orjson.dumps(plain(bodies.Ready(True)))
    if not service.told(standing.following, _BEHIND) or standing.behind > _BEHIND:
        why = "does not hear of new writes" if not standing.following else f"is {standing.behind:.0f} seconds behind"
        raise Unreachable("not_ready", f"The copy of the hub that is read here {why}.", "Ask another server, or the primary's.")
    return orjson.dumps(plain(bodies.Ready(True, True, round(standing.behind, 3))))


def _standing(hub: LocalHub) -> Standing | None:
    """How the copy that is read here stands, from a store that has answered."""
    last_seq(hub)
    return hub.store.standing()


@operation("metrics", "GET", "/metrics", "operation", Gives(200, "Figures.", None, "text/plain"), reads=False)
async def metrics(call: Call) -> Answer:
    """Figures of this process and its hub in Prometheus' text format."""
    return Answer(200, await call.service.metrics.text(), ((b"content-type", TYPE.encode()),))


@operation("ways_in", "GET", "/v1/auth", "operation", Gives(200, "Which ways in there are.", bodies.WaysIn), reads=False)
async def ways_in(call: Call) -> bytes:
    """What a program must know before it can log somebody in."""
    info = await call.service.reads.quick(call.service.hub.info)
    oidc = call.service.settings.oidc
    return orjson.dumps(
        {
            "id": info.id,
            "name": info.name,
            "methods": ["device", *(["oidc"] if oidc else [])],
            "issuer": oidc.issuer if oidc else "",
            "client_id": oidc.client_id if oidc else "",
            "scope": oidc.scope if oidc else "",
            "time": call.service.hub.clock(),
        }
    )
