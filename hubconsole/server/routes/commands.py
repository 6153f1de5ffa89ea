"""The one door for everything that changes the hub."""

from __future__ import annotations

from typing import Any

import orjson

from hubconsole.domain.access import permits
from hubconsole.domain.commands import Command, EnquiryCommand
from hubconsole.domain.terms import Scope
from hubconsole.errors import Conflict, HubError, Refused, UsageProblem
from hubconsole.hub import bodies
from hubconsole.hub.port import Receipt
from hubconsole.hub.requests import Request
from hubconsole.hub.wire import WireRow, problem_out
from hubconsole.server.endpoint import Call
from hubconsole.server.operations import Gives, operation
from hubconsole.server.problems import Overtaken, out_of_scope, outside
from hubconsole.server.rows import wire_rows
from hubconsole.server.schemas import command_of, request_model
from hubconsole.server.scopes import may_read_rows

SYSTEM, WORKER = "system", "worker"
"""The name and the door of the hub's own worker."""


def request_for(
    call: Call, command: Command, command_id: str | None, seen: int | None = None, fence: tuple[str, int] | None = None, via: str = "api"
) -> Request:
    """The command as the token's member brings it. Raises Refused ``out_of_scope``."""
    scope = call.grant.scope
    if not permits(scope, command.kind):
        raise out_of_scope(scope, f"the command {command.kind}")
    if scope is Scope.WORKER:
        return Request(command, SYSTEM, WORKER, command_id, seen, fence)
    if via == WORKER or fence is not None:
        raise Refused("out_of_scope", "Only the hub's worker comes in by its door, under a lease.", "Use a token of the scope worker.")
    return Request(command, call.grant.member, via, command_id, seen, None)


async def carry_out(call: Call, request: Request, *, status: int = 200) -> tuple[Receipt, bytes]:
    """Carry out one command and say what came of it. Raises what the hub raises; a conflict with the row as it stands."""
    try:
        receipt, written = await call.service.writer.execute(request)
    except Conflict as error:
        raise Overtaken(error, await _row(call, request.command)) from None
    row = call.service.row_bytes.of(written) if written and may_read_rows(call.grant.scope) else b"null"
    return receipt, b'%b,"row":%b}' % (orjson.dumps(receipt._asdict())[:-1], row)


async def _row(call: Call, command: Command) -> WireRow | None:
    """The row that the command was about, for those who may read it."""
    if not isinstance(command, EnquiryCommand) or not may_read_rows(call.grant.scope):
        return None
    found = await call.service.reads.quick(wire_rows, call.service.hub, (command.enquiry_id,))
    return found.get(command.enquiry_id)


@operation(
    "command", "POST", "/v1/commands", "commands", Gives(200, "It was carried out, now or before.", bodies.Done),
    asks=request_model(bodies.Order), problems=(409,),
)  # fmt: skip
async def command(call: Call) -> bytes:
    """Carry out one command. With a `command_id` it is idempotent: repeating it gives the first answer and writes nothing."""
    return (await carry_out(call, _request(call, call.body)))[1]


@operation(
    "command_batch", "POST", "/v1/commands/batch", "commands", Gives(200, "An answer for each, in order.", bodies.BatchDone),
    asks=request_model(bodies.OrderBatch),
)  # fmt: skip
async def command_batch(call: Call) -> bytes:
    """Carry out up to 256 commands in one commit, each on its own merits: a receipt or a problem for each."""
    if not call.body.commands:
        return b'{"answers":[]}'
    asked = [_of_batch(call, order) for order in call.body.commands]
    given = iter(await call.service.writer.execute_many([one for one in asked if isinstance(one, Request)]))
    answers: list[Receipt | HubError] = [next(given) if isinstance(one, Request) else one for one in asked]
    return orjson.dumps({"answers": [_answer(one) for one in answers]})


def _of_batch(call: Call, order: Any) -> Request | HubError:
    try:
        return _request(call, order)
    except HubError as error:
        return error


def _request(call: Call, order: Any) -> Request:
    try:
        command = command_of(order.command)
    except (TypeError, ValueError):
        raise UsageProblem("malformed", f"The command {order.command.kind} cannot be made of this.", "See /openapi.json.") from None
    return request_for(call, command, order.command_id, order.seen, order.fence, order.via)


def _answer(one: Receipt | HubError) -> dict[str, Any]:
    return problem_out(outside(one)) if isinstance(one, HubError) else {**one._asdict(), "row": None}
