"""A hub that moves away from this server: its journal as it stands, for those who keep the list of members.

Nothing is taken in here: a chain of hashes tells whether a journal is whole, not whether what it says happened. A server takes one in
only while it waits for it with a code that its keeper hands on (:mod:`hubconsole.server.awaiting`).
"""

from __future__ import annotations

import asyncio
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import orjson

from hubconsole.errors import Conflict, HubError, Refused, StoreProblem, UsageProblem
from hubconsole.hub import access, bodies
from hubconsole.hub.transfer import HubSide, Side, Source
from hubconsole.hub.transfer_lines import MEDIA, lines, read
from hubconsole.server import problems
from hubconsole.server.endpoint import Call, ClientGone, Receive, Send, reply
from hubconsole.server.operations import Answer, Gives, Param, Stream, operation

_IN_MEMORY = 4 << 20
_PART = 1 << 16


def _side(call: Call) -> HubSide:
    """The hub as one side of a move. Raises Refused ``not_permitted``."""
    hub = call.service.hub
    if not access.manages(hub, call.grant.member):
        raise Refused("not_permitted", f"{call.grant.member} may not move the hub: that takes a supervisor.")
    return HubSide(hub)


@operation(
    "journal_end", "GET", "/v1/transfer", "transfer", Gives(200, "The end, and the hash asked for.", bodies.JournalEnd),
    params=(Param("hash_at", "number", "Give the hash of the event at this place, too.", 0),),
)  # fmt: skip
async def journal_end(call: Call) -> bytes:
    """Which hub this is and where its journal ends: by that the other side of a move knows what it lacks."""
    side = _side(call)

    def find() -> bytes:
        return end_bytes(side, call.service.hub.hub_id, call.query["hash_at"])

    return await call.service.reads.slow(find)


@operation(
    "journal_lines", "GET", "/v1/transfer/journal", "transfer", Gives(200, "Its end, then one line for each event.", None, MEDIA),
    params=(Param("after", "number", "Events after this place.", 0),), problems=(409,), streams=True,
)  # fmt: skip
async def journal_lines(call: Call) -> Stream:
    """The journal exactly as it stands, with the private texts beside it, once the hub has moved away (command ``move_hub``).

    Then nothing is added to it any more, and everybody can see who took it and when.
    """
    side, after = await call.service.reads.slow(_side, call), call.query["after"]
    if not await call.service.reads.slow(side.closed, call.service.hub.hub_id):
        raise Conflict(
            "not_closed", "The hub lives here; its journal goes out when it moves away.", "Move it: hubconsole pull, or command move_hub."
        )

    async def run(receive: Receive, send: Send) -> None:
        end = await call.service.reads.slow(side.end, "")
        assert end is not None
        rows = (copied for copied in side.rows(end.hub_id, after) if copied.row.seq <= end.seq)
        parts = lines(end, rows)
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-type", MEDIA.encode()), (b"cache-control", b"no-store")]}
        )
        while part := await call.service.reads.slow(next, parts, b""):
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    return run


def end_bytes(side: Source, hub_id: str, hash_at: int) -> bytes:
    """The body of ``journal_end``."""
    end = side.end(hub_id)
    asked = side.hash_at(end.hub_id, hash_at) if end else ""
    closed = end is not None and side.closed(end.hub_id)
    return orjson.dumps({"end": end._asdict() if end else None, "hash": asked, "closed": closed})


def taking(side: Side, kind: bytes, most: int, patience: float) -> Stream:
    """The response to lines that are posted; they are kept in a file until all are there."""

    async def run(receive: Receive, send: Send) -> None:
        try:
            if kind.partition(b";")[0].strip().lower() != MEDIA.encode():
                raise problems.Problem(
                    415, UsageProblem("not_lines", f"The body is not announced as {MEDIA}.", f"Send Content-Type: {MEDIA}.")
                )
            with SpooledTemporaryFile(_IN_MEMORY) as file:
                await _spool(receive, file, most, patience)
                answer = Answer(200, await asyncio.to_thread(_take_in, side, file))
        except ClientGone:
            return
        except (HubError, problems.Problem) as error:
            status, body, headers = problems.answer_to(error)
            answer = Answer(status, body, headers)
        await reply(send, answer)

    return run


async def _spool(receive: Receive, file: IO[bytes], most: int, patience: float) -> None:
    size = 0
    while True:
        try:
            async with asyncio.timeout(patience):
                message: Any = await receive()
        except TimeoutError:
            raise problems.late() from None
        if message["type"] != "http.request":
            raise ClientGone
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise problems.too_large(most)
        file.write(part)
        if not message.get("more_body"):
            file.seek(0)
            return


def _take_in(side: Side, file: IO[bytes]) -> bytes:
    try:
        end, rows = read(iter(lambda: file.read(_PART), b""))
        side.take_in(end, rows)
    except StoreProblem as problem:
        if problem.code != "journal_broken":
            raise
        raise UsageProblem(problem.code, problem.message, problem.hint) from problem
    return end_bytes(side, end.hub_id, 0)
