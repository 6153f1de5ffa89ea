"""What the hub's own worker asks when it runs elsewhere; for tokens of the scope ``worker`` alone."""

from __future__ import annotations

import orjson

from hubconsole.errors import UsageProblem
from hubconsole.hub import bodies
from hubconsole.hub.wire import plain
from hubconsole.server.endpoint import Call
from hubconsole.server.operations import Gives, Param, operation
from hubconsole.server.schemas import request_model

_NOW = Param("now", "number", "The time to go by (ms); the hub's own without it.")


def _now(call: Call) -> int:
    asked: int | None = call.query["now"]
    # A list only: whoever comes too early with a claim is refused by the rules, whatever their clock says.
    return call.service.hub.clock() if asked is None else asked


@operation("due_sends", "GET", "/v1/worker/due", "worker", Gives(200, "Sends that are due.", bodies.Due), params=(_NOW,), primary=True)
async def due_sends(call: Call) -> bytes:
    """Sends whose undo window is over, and those that somebody began to deliver, oldest first."""
    return orjson.dumps({"sends": plain(await call.service.reads.slow(call.service.hub.due, _now(call)))})


@operation(
    "outgoing_send", "GET", "/v1/worker/outgoing/{send_id}", "worker", Gives(200, "The reply.", bodies.Outgoing),
    missing=("unknown_send",), primary=True,
)  # fmt: skip
async def outgoing_send(call: Call) -> bytes:
    """The reply of a send exactly as it is to leave."""
    found = await call.service.reads.slow(call.service.hub.outgoing, call.path["send_id"])
    if found is None:
        raise UsageProblem("unknown_send", "There is no such send.", "List them: GET /v1/worker/due.")
    return orjson.dumps({"outgoing": plain(found)})


@operation(
    "overtaken_send", "GET", "/v1/worker/overtaken/{send_id}", "worker", Gives(200, "Why, or nothing.", bodies.Overtaken), primary=True
)
async def overtaken_send(call: Call) -> bytes:
    """Why a reply whose delivery was cut off must not be delivered anew by itself; empty when nothing forbids it."""
    return orjson.dumps({"why": await call.service.reads.slow(call.service.hub.overtaken, call.path["send_id"])})


@operation(
    "expiring_enquiries", "GET", "/v1/worker/expiring", "worker", Gives(200, "Their ids.", bodies.Expiring), params=(_NOW,), primary=True
)
async def expiring_enquiries(call: Call) -> bytes:
    """Enquiries with an approval, a snooze or a quiet period that ran out."""
    return orjson.dumps({"ids": plain(await call.service.reads.slow(call.service.hub.expiring, _now(call)))})


@operation(
    "take_lease", "PUT", "/v1/worker/leases/{name}", "worker", Gives(200, "The fencing token.", bodies.Lease),
    asks=request_model(bodies.LeaseAsk),
)  # fmt: skip
async def take_lease(call: Call) -> bytes:
    """Take or renew a lease, or let it go (`ttl` 0)."""
    asked = call.body
    return orjson.dumps({"token": await call.service.writer.call(call.service.hub.lease, call.path["name"], asked.holder, asked.ttl)})
