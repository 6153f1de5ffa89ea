"""The journal: read, checked, signed; and which messages are in it already."""

from __future__ import annotations

from itertools import islice

import orjson

from hubconsole.errors import UsageProblem
from hubconsole.hub import bodies
from hubconsole.hub.places import open_to_all
from hubconsole.hub.port import Verification
from hubconsole.hub.privilege import may_read, open_to
from hubconsole.hub.wire import plain
from hubconsole.server.endpoint import Call
from hubconsole.server.operations import Gives, Param, operation
from hubconsole.server.rows import enquiry_id
from hubconsole.server.schemas import request_model

_AFTER = Param("after", "number", "Events after this place.", 0)
_LIMIT = Param("limit", "number", "Events at most.", 200, least=1, most=500)
_TABLES = Param("tables", "flag", "Compare every table with the journal, too.", True)


async def _journal(call: Call, stream: str | None) -> bytes:
    hub, asked = call.service.hub, call.query
    cleared = may_read(call.grant.functions)

    def read() -> bytes:
        found = list(islice(hub.journal(asked["after"], stream), asked["limit"] + 1))
        more = len(found) > asked["limit"]
        entries = [plain(open_to_all(open_to(entry, cleared))) for entry in found[: asked["limit"]]]
        return orjson.dumps({"entries": entries, "more": more})

    return await call.service.reads.slow(read)


@operation(
    "journal", "GET", "/v1/journal", "evidence", Gives(200, "Events in order.", bodies.Journal),
    params=(_AFTER, Param("stream", "text", "One enquiry's id, or `hub`; all of them without it.", most=64), _LIMIT),
)  # fmt: skip
async def journal(call: Call) -> bytes:
    """The journal in order, private texts put back in place.

    Of a hub that moved only the address of a server is told: a file or a database is `elsewhere; ask whoever keeps it`.
    """
    return await _journal(call, call.query["stream"])


@operation(
    "enquiry_journal", "GET", "/v1/enquiries/{key}/journal", "enquiries", Gives(200, "Its events in order.", bodies.Journal),
    params=(_AFTER, _LIMIT), missing=("unknown_enquiry",),
)  # fmt: skip
async def enquiry_journal(call: Call) -> bytes:
    """One enquiry's events in order."""
    found = await call.service.reads.quick(enquiry_id, call.service.hub, call.path["key"])
    if found is None:
        raise UsageProblem("unknown_enquiry", "There is no such enquiry.", "Look it up: GET /v1/enquiries.")
    return await _journal(call, found)


@operation(
    "known_messages", "POST", "/v1/known", "enquiries", Gives(200, "Those that are in.", bodies.Known),
    asks=request_model(bodies.KnownAsk), reads=True,
)  # fmt: skip
async def known_messages(call: Call) -> bytes:
    """Of up to 1000 message ids of a channel, the ones already taken in, with the id of their enquiry."""
    asked = call.body
    return orjson.dumps({"known": await call.service.reads.slow(call.service.hub.known, asked.channel, asked.external_ids)})


@operation("verify_journal", "GET", "/v1/audit/verification", "evidence", Gives(200, "What came of it.", Verification), params=(_TABLES,))
async def verify_journal(call: Call) -> bytes:
    """Check the whole chain of the journal, and the tables that are made from it. Takes long in a large hub."""
    return orjson.dumps(plain(await call.service.proofs.slow(call.service.hub.verify, None, tables=call.query["tables"])))


@operation(
    "verify_journal_with_head", "POST", "/v1/audit/verification", "evidence", Gives(200, "What came of it.", Verification),
    params=(_TABLES,), asks=request_model(bodies.Head, "KeptHead"), reads=True,
)  # fmt: skip
async def verify_journal_with_head(call: Call) -> bytes:
    """The same, with a signed head that was kept elsewhere: then a cut-off end is found out, too."""
    return orjson.dumps(plain(await call.service.proofs.slow(call.service.hub.verify, call.body.head, tables=call.query["tables"])))


@operation("signed_head", "GET", "/v1/audit/head", "evidence", Gives(200, "The signed head.", bodies.Head))
async def signed_head(call: Call) -> bytes:
    """The signed head of the journal, one line to keep elsewhere."""
    return orjson.dumps({"head": await call.service.reads.slow(call.service.hub.head)})
