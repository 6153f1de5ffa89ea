"""The board: pages of rows, how many there are, where one stands, and the whole of it."""

from __future__ import annotations

import orjson

from hubconsole.domain.query import Query, parse
from hubconsole.domain.terms import Scope
from hubconsole.errors import Refused, UsageProblem
from hubconsole.hub import bodies
from hubconsole.hub.port import HubInfo
from hubconsole.hub.wire import plain
from hubconsole.server.endpoint import Call
from hubconsole.server.operations import Gives, Param, operation
from hubconsole.server.rows import last_seq, whole, wire_rows
from hubconsole.server.schemas import request_model

_QUERY = Param("query", "text", "A filter in the language of the board; `me` is the token's member.", "", most=2_000)
_SNAPSHOT = 32 << 20
"""Bytes of rows in a snapshot: half of what a console takes as an answer."""

_NAMING = frozenset({"text", "phrase", "customer"})
"""Terms that ask after names and words of customers; whoever may not see them may not find them out either."""


def query_of(call: Call) -> Query:
    """The filter asked for, as the token's member means it. Raises UsageProblem ``bad_query``, Refused ``out_of_scope``."""
    query = parse(call.query["query"])
    if call.grant.scope is Scope.WALL and any(term.field in _NAMING for term in query.terms):
        raise Refused("out_of_scope", "A token for a wall does not search for customers or their words.", "Filter by something else.")
    return query.as_member(call.grant.member)


@operation(
    "list_enquiries", "GET", "/v1/enquiries", "board", Gives(200, "A page of the board.", bodies.WirePage),
    params=(
        _QUERY,
        Param("after", "cursor", "Rows after this place, `RANK.NUMBER` of the last row seen."),
        Param("before", "cursor", "Rows before this place."),
        Param("last", "flag", "The end of the list.", False),
        Param("limit", "number", "Rows at most.", 128, most=500),
        Param("offset", "number", "Rows from this absolute position; for jumps into the middle."),
    ),
    problems=(422,),
)  # fmt: skip
async def list_enquiries(call: Call) -> bytes:
    """Enquiries that match, in queue order. Pages are told by their edge (`after`, `before`), not counted off."""
    asked, service = call.query, call.service
    query = query_of(call)
    if asked["offset"] is not None and (asked["after"] or asked["before"] or asked["last"]):
        raise UsageProblem("bad_parameter", "An offset stands alone.", "Leave out after, before and last.")
    mask = call.grant.scope is Scope.WALL
    limit = asked["limit"]

    def read() -> bytes:
        if asked["offset"] is not None:
            page = service.hub.page_at(query, asked["offset"], limit)
            rows, more = service.row_bytes.board(page.rows, mask=mask), page.more
        else:
            rows, more = service.row_bytes.page(
                query, after=asked["after"], before=asked["before"], last=asked["last"], limit=limit, mask=mask
            )
        return b'{"rows":%b,"more":%b,"seq":%d}' % (rows, b"true" if more else b"false", service.feed.seq)

    return await (service.reads.slow(read) if query.needs_store or asked["offset"] else service.reads.quick(read))


@operation(
    "count_enquiries", "GET", "/v1/enquiries/total", "board", Gives(200, "How many there are.", bodies.Number),
    params=(_QUERY,), problems=(422,),
)  # fmt: skip
async def count_enquiries(call: Call) -> bytes:
    """How many enquiries match."""
    return _number(await call.service.reads.slow(call.service.hub.total, query_of(call)))


@operation(
    "place_in_queue", "GET", "/v1/enquiries/position", "board", Gives(200, "How many stand before.", bodies.Number),
    params=(_QUERY, Param("at", "cursor", "The place, `RANK.NUMBER` of a row.", needed=True)), problems=(422,),
)  # fmt: skip
async def place_in_queue(call: Call) -> bytes:
    """How many matching enquiries come before a place."""
    return _number(await call.service.reads.slow(call.service.hub.position, query_of(call), call.query["at"]))


@operation(
    "look_up_enquiries", "POST", "/v1/enquiries/lookup", "board", Gives(200, "The rows there are.", bodies.Rows),
    asks=request_model(bodies.Ids), reads=True,
)  # fmt: skip
async def look_up_enquiries(call: Call) -> bytes:
    """The present rows of up to 1000 enquiries by id, in the order asked for; unknown ids are left out."""
    ids = list(dict.fromkeys(call.body.ids))
    found = await call.service.reads.quick(wire_rows, call.service.hub, ids)
    rows = (found[one] for one in ids if one in found)
    return b'{"rows":%b}' % call.service.row_bytes.list(rows, mask=call.grant.scope is Scope.WALL)


@operation(
    "search", "GET", "/v1/search", "board", Gives(200, "Enquiries found, newest first.", bodies.Rows),
    params=(
        Param("q", "text", "Words that must all occur.", most=2_000, needed=True),
        Param("limit", "number", "Rows at most.", 50, least=1, most=500),
    ),
    problems=(422,),
)  # fmt: skip
async def search(call: Call) -> bytes:
    """Full-text search over names, messages, drafts and notes."""
    service = call.service

    def read() -> bytes:
        return service.row_bytes.board(service.hub.search(call.query["q"], call.query["limit"]))

    return b'{"rows":%b}' % await service.reads.slow(read)


@operation("snapshot", "GET", "/v1/snapshot", "live", Gives(200, "The board of open enquiries.", bodies.Snapshot))
async def snapshot(call: Call) -> bytes:
    """One state of the hub: every open row, the counts, the members. Follow on from its `seq` with `/v1/changes`."""
    service, mask = call.service, call.grant.scope is Scope.WALL

    def read() -> bytes:
        hub = service.hub
        info: HubInfo = hub.info()
        found = whole(hub, service.settings.snapshot_rows)
        rows, all_of_them = service.row_bytes.within(found.rows, _SNAPSHOT, mask=mask)
        head = {
            "seq": found.seq,
            "time": hub.clock(),
            "info": plain(info._replace(location="", seq=found.seq)),
            "members": plain(found.members),
            "counts": plain(found.counts),
            "oldest_wait": found.oldest_wait,
            "whole": all_of_them and not found.more,
        }
        return b'%b,"rows":%b}' % (orjson.dumps(head)[:-1], rows)

    return await service.reads.slow(read)


@operation("counts", "GET", "/v1/counts", "board", Gives(200, "The kept counts.", bodies.Counted))
async def counts(call: Call) -> bytes:
    """How many enquiries stand in each state, by whose move it is, and since when the longest has waited."""
    hub = call.service.hub

    def read() -> bytes:
        seq = last_seq(hub)
        return orjson.dumps(plain(bodies.Counted(seq, hub.counts(), hub.oldest_wait())))

    return await call.service.reads.quick(read)


def _number(n: int) -> bytes:
    return b'{"n":%d}' % n
