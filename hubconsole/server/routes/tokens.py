"""Tokens: who may come in from elsewhere, as what, and for how long."""

from __future__ import annotations

import orjson

from hubconsole.domain.terms import Scope
from hubconsole.errors import UsageProblem
from hubconsole.hub import access, bodies
from hubconsole.hub.wire import plain
from hubconsole.server.endpoint import Call
from hubconsole.server.operations import Answer, Gives, Param, operation
from hubconsole.server.schemas import request_model
from hubconsole.store.access import TokenRow

_GONE = ("unknown_token",)


@operation("own_token", "GET", "/v1/token", "tokens", Gives(200, "The token.", TokenRow))
async def own_token(call: Call) -> bytes:
    """The very token that is used: whose it is, of which scope, and until when."""
    found = await call.service.reads.quick(access.token, call.service.hub, call.grant.member, call.grant.token_id)
    return orjson.dumps(plain(found))


@operation(
    "list_tokens", "GET", "/v1/tokens", "tokens", Gives(200, "The tokens.", bodies.Tokens),
    params=(Param("ended", "flag", "Those that ended, too.", False),),
)  # fmt: skip
async def list_tokens(call: Call) -> bytes:
    """The tokens that the token's member may see: their own and those they issued; all of them for a supervisor."""
    found = await call.service.reads.slow(access.tokens, call.service.hub, call.grant.member, ended=call.query["ended"])
    return orjson.dumps({"tokens": plain(found)})


@operation(
    "issue_token", "POST", "/v1/tokens", "tokens", Gives(201, "The token and its secret.", bodies.TokenIssued),
    asks=request_model(bodies.NewToken), problems=(409,),
)  # fmt: skip
async def issue_token(call: Call) -> Answer:
    """Issue a token. `member` and `read` for oneself alone; `wall`, `intake` and `worker` by a supervisor."""
    asked = call.body
    lasting = access.LASTING if asked.lasting is None else asked.lasting
    issued = await call.service.writer.call(
        access.issue, call.service.hub, call.grant.member, asked.scope, label=asked.label, member=asked.member, lasting=lasting
    )
    return Answer(201, _issued(issued))


@operation(
    "revoke_token", "DELETE", "/v1/tokens/{id}", "tokens", Gives(200, "It opens nothing any more.", TokenRow),
    missing=_GONE, problems=(409,),
)  # fmt: skip
async def revoke_token(call: Call) -> bytes:
    """End a token at once: the very token that is used (a logout), one's own, or any for a supervisor."""
    wanted = await _reachable(call)
    row: TokenRow = await call.service.writer.call(access.revoke, call.service.hub, call.grant.member, wanted)
    call.service.doorkeeper.forget()
    return orjson.dumps(plain(row))


@operation(
    "rotate_token", "POST", "/v1/tokens/{id}/rotation", "tokens", Gives(201, "The new token and its secret.", bodies.TokenIssued),
    asks=request_model(bodies.Rotation), missing=_GONE, problems=(409,),
)  # fmt: skip
async def rotate_token(call: Call) -> Answer:
    """A new token in place of one, of the same member, scope and label; the old one goes on for a while.

    Only a token of the scope `member` can put the end off by this.
    """
    wanted, asked = await _reachable(call), call.body
    issued = await call.service.writer.call(
        access.rotate,
        call.service.hub,
        call.grant.member,
        wanted,
        overlap=asked.overlap,
        lasting=asked.lasting,
        by=call.grant.scope,
    )
    call.service.doorkeeper.forget()
    return Answer(201, _issued(issued))


async def _reachable(call: Call) -> str:
    """The id of the token that the path names, where this token may reach it at all. Raises UsageProblem ``unknown_token``."""
    wanted = call.path["id"]
    if call.grant.scope is not Scope.MEMBER and wanted != call.grant.token_id:
        raise UsageProblem("unknown_token", "There is no such token, or none that this one may reach.", "Log in: hubconsole login.")
    await call.service.reads.slow(access.token, call.service.hub, call.grant.member, wanted)
    return wanted


def _issued(issued: access.Issued) -> bytes:
    return orjson.dumps(plain(bodies.TokenIssued(issued.secret, issued.token)))
