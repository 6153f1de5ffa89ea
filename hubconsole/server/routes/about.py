"""The hub itself: who is here, which policy is in force, and which ways in there are."""

from __future__ import annotations

import orjson

from hubconsole.hub import bodies
from hubconsole.hub.places import told, untold
from hubconsole.hub.wire import plain
from hubconsole.server.endpoint import Call
from hubconsole.server.operations import Gives, Param, operation
from hubconsole.server.rows import policy_text
from hubconsole.store.rows import MOVED_TO, SHUT

_OUTSIDE = {MOVED_TO[2]: told, SHUT[2]: untold}
"""How each word about where the hub lives and whether replies may leave is told outside."""


@operation("hub", "GET", "/v1/hub", "hub", Gives(200, "The hub in a few words.", bodies.HubNow))
async def hub(call: Call) -> bytes:
    """Name, position in the journal, policy, shift, and the time by the hub's clock."""
    info = await call.service.reads.quick(call.service.hub.info)
    return orjson.dumps({**plain(info._replace(location="")), "time": call.service.hub.clock()})


@operation("members", "GET", "/v1/members", "hub", Gives(200, "All members.", bodies.Members))
async def members(call: Call) -> bytes:
    """All members with their functions, active ones first, by name."""
    return orjson.dumps(plain(bodies.Members(await call.service.reads.quick(call.service.hub.members))))


@operation("policy", "GET", "/v1/policy", "hub", Gives(200, "The policy.", bodies.PolicyNow))
async def policy(call: Call) -> bytes:
    """The policy in force."""

    def read() -> bytes:
        found = call.service.hub.policy()
        return orjson.dumps(plain(bodies.PolicyNow(policy_text(call.service.hub), found.version, found.name)))

    return await call.service.reads.slow(read)


@operation(
    "list_settings", "GET", "/v1/settings/{kind}", "hub", Gives(200, "Settings by name.", bodies.Settings),
    params=(Param("owner", "text", "A member, for personal settings; empty for everybody's.", "", most=200),),
)  # fmt: skip
async def list_settings(call: Call) -> bytes:
    """Named settings kept in the hub: `view` (saved filters), `mapping` (columns of imports)."""
    found = await call.service.reads.quick(call.service.hub.saved, call.path["kind"], call.query["owner"])
    if call.path["kind"] == MOVED_TO[0]:
        found = {name: shown for name, value in found.items() if (shown := _OUTSIDE.get(name, str)(value))}
    return orjson.dumps({"settings": found})
