"""What moved: asked once, waited for, or followed as a stream."""

from __future__ import annotations

import orjson

from hubconsole.domain.terms import Scope
from hubconsole.errors import UsageProblem
from hubconsole.hub import bodies
from hubconsole.hub.wire import plain
from hubconsole.server.endpoint import Call, header
from hubconsole.server.operations import Gives, Param, Stream, operation
from hubconsole.server.rows import last_seq, wire_rows
from hubconsole.server.stream import streaming

_MOST_ROWS = 500


@operation(
    "changes", "GET", "/v1/changes", "live",
    (
        Gives(200, "What moved.", bodies.Moved),
        Gives(200, "Events `changes` (data: Frame, id: seq), `presence` (data: Viewers, no id), and comments as signs of life.",
              bodies.Frame, "text/event-stream"),
    ),
    params=(
        Param("after", "number", "The place in the journal that is known already. A stream without it begins now."),
        Param("wait", "seconds", "Without a stream: wait up to so many seconds for something to move.", 0.0, most=60),
        Param("heartbeat", "seconds", "Of a stream: seconds between signs of life.", most=60),
        Param("Last-Event-ID", "text", "Of a stream: the last id received.", most=16, pattern="[0-9]{1,16}", place="header"),
    ),
    problems=(410, 422), streams=True,
)  # fmt: skip
async def changes(call: Call) -> bytes | Stream:
    """What moved after a place in the journal; with `Accept: text/event-stream` the live feed.

    Events come in order and without gaps; frames hold the rows that moved, as they are now. Who was away too long, or comes
    with a place that the journal does not have, gets 410: get `/v1/snapshot` and go on from its `seq`.
    """
    if b"text/event-stream" in header(call.scope, b"accept"):
        return await _stream(call)
    return await _once(call)


async def _stream(call: Call) -> Stream:
    service, asked = call.service, call.query
    after = asked["after"]
    if asked["Last-Event-ID"]:
        after = int(asked["Last-Event-ID"])
    heartbeat = asked["heartbeat"]
    pace = service.settings.heartbeat if heartbeat is None else max(0.5, heartbeat)
    reader, missed = await service.feed.join(after, call.grant, call.digest, pace)
    return streaming(service.feed, reader, missed)


async def _once(call: Call) -> bytes:
    service, hub, after = call.service, call.service.hub, call.query["after"]
    if after is None:
        raise UsageProblem("bad_parameter", "The parameter 'after' is missing.", "Give a place in the journal, 0 for its beginning.")
    end = await service.reads.quick(last_seq, hub)
    if after >= end and call.query["wait"]:
        await service.feed.wait(after, min(service.settings.longest_wait, call.query["wait"]))

    def read() -> bytes:
        moved = hub.changes(after)
        ids = sorted(moved.enquiry_ids)
        rows = service.row_bytes.list(wire_rows(hub, ids[-_MOST_ROWS:]).values(), mask=call.grant.scope is Scope.WALL)
        head = {"seq": moved.seq, "enquiry_ids": ids, "new_ids": sorted(moved.new_ids), "hub_changed": moved.hub_changed}
        return b'%b,"rows":%b,"counts":%b}' % (orjson.dumps(head)[:-1], rows, orjson.dumps(plain(hub.counts())))

    return await service.reads.slow(read)
