"""Who has what open. Not journalled."""

from __future__ import annotations

import orjson

from hubconsole.hub import bodies
from hubconsole.hub.wire import plain
from hubconsole.server.endpoint import Call
from hubconsole.server.operations import Answer, Gives, operation
from hubconsole.server.schemas import request_model


@operation("viewers", "GET", "/v1/viewers", "live", Gives(200, "Who looks at what.", bodies.Viewers))
async def viewers(call: Call) -> bytes:
    """Who has which enquiry open, heard of within the last 45 seconds."""
    return orjson.dumps(plain(bodies.Viewers(await call.service.reads.quick(call.service.hub.viewers))))


@operation("look", "PUT", "/v1/viewers/{session}", "live", Gives(204, "The others will see it."), asks=request_model(bodies.Look))
async def look(call: Call) -> Answer:
    """Tell the others what is open in the console `session` of the token's member."""
    # A name of one's own for every session: nobody overwrites what another's console says.
    session = f"{call.grant.member}/{call.path['session']}"[:200]
    await call.service.writer.call(call.service.hub.look, call.grant.member, session, call.body.enquiry_id, call.body.doing)
    call.service.feed.looked()
    return Answer(204, b"")
