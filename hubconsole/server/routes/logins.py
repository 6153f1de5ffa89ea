"""Logging in from another machine: by a short code that somebody confirms, or by a provider of identities."""

from __future__ import annotations

import asyncio

import orjson

from hubconsole.errors import Refused, UsageProblem
from hubconsole.hub import access, bodies
from hubconsole.hub.wire import plain
from hubconsole.server.endpoint import Call
from hubconsole.server.oidc import log_in
from hubconsole.server.operations import Answer, Gives, operation
from hubconsole.server.schemas import request_model
from hubconsole.store.access import DeviceRow

_NO_CODE = ("unknown_code",)


@operation(
    "start_device_login", "POST", "/v1/device/code", "logins", Gives(200, "The codes.", bodies.DeviceCode),
    asks=request_model(bodies.DeviceAsk), problems=(503,),
)  # fmt: skip
async def start_device_login(call: Call) -> bytes:
    """A program asks to log somebody in (RFC 8628): it shows the short code and polls with the long one."""
    asked = call.body
    found = await call.service.writer.call(
        access.device_start, call.service.hub, client=asked.client, place=call.address, scope=asked.scope
    )
    return orjson.dumps(plain(found))


@operation(
    "poll_device_login", "POST", "/v1/device/token", "logins", Gives(200, "How it stands.", bodies.DeviceOutcome),
    asks=request_model(bodies.DevicePolling), problems=(409, 403),
)  # fmt: skip
async def poll_device_login(call: Call) -> bytes:
    """How the login stands; when it was approved, its token, once."""
    try:
        found = await call.service.writer.call(access.device_poll, call.service.hub, call.body.device_code)
    except Refused as refused:  # what the rules would say of it names the hub's members, and whoever polls is nobody yet
        raise Refused(refused.code, "Who confirmed this login may not lend it their identity any more.", "Begin again.") from None
    issued = bodies.TokenIssued(found.issued.secret, found.issued.token) if found.issued else None
    return orjson.dumps(plain(bodies.DeviceOutcome(found.outcome.value, found.interval, issued)))


@operation(
    "device_login", "GET", "/v1/device/{user_code}", "logins", Gives(200, "The login that waits.", bodies.DeviceWaiting),
    missing=_NO_CODE,
)  # fmt: skip
async def device_login(call: Call) -> bytes:
    """The login that waits under a short code, for the person who is to confirm it."""
    return _waiting(await call.service.reads.slow(access.device_request, call.service.hub, call.path["user_code"]))


@operation(
    "answer_device_login", "POST", "/v1/device/{user_code}/answer", "logins", Gives(200, "It was answered.", bodies.DeviceWaiting),
    asks=request_model(bodies.DeviceAnswer), missing=_NO_CODE, problems=(409,),
)  # fmt: skip
async def answer_device_login(call: Call) -> bytes:
    """Confirm or deny a login. Who confirms lends it their own identity: it is they who will be logged in there."""
    work = (access.device_answer, call.service.hub, call.path["user_code"], call.grant.member, call.body.approve)
    return _waiting(await call.service.writer.call(*work))


@operation(
    "login_by_provider", "POST", "/v1/oidc/token", "logins", Gives(201, "The token and its secret.", bodies.TokenIssued),
    asks=request_model(bodies.ProviderLogin), problems=(403, 409, 503), missing=("no_provider",),
)  # fmt: skip
async def login_by_provider(call: Call) -> Answer:
    """Log in with what a provider of identities signed; 404 where none is set up."""
    provider = call.service.provider
    if provider is None:
        raise UsageProblem("no_provider", "No provider of identities is set up at this hub.", "Log in by the hub's own short code.")
    # Not among the reads: a provider that keeps us waiting must not keep them waiting.
    issued = await asyncio.to_thread(log_in, call.service.hub, provider, call.body.id_token, client=call.body.label)
    return Answer(201, orjson.dumps(plain(bodies.TokenIssued(issued.secret, issued.token))))


def _waiting(row: DeviceRow) -> bytes:
    return orjson.dumps(plain(bodies.DeviceWaiting(*row[:8])))
