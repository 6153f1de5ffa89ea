"""One enquiry: what there is to read about it, and the everyday commands as resources of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from hubconsole.domain import commands as c
from hubconsole.errors import UsageProblem
from hubconsole.hub import bodies
from hubconsole.hub.wire import plain
from hubconsole.ids import new_id
from hubconsole.server.endpoint import Call
from hubconsole.server.operations import Answer, Gives, Handler, Param, operation
from hubconsole.server.routes.commands import carry_out, request_for
from hubconsole.server.rows import enquiry_id
from hubconsole.server.schemas import UUID7, request_model
from hubconsole.store.rows import EnquiryView

_KEY = "Idempotency-Key"
_IDEMPOTENT = Param(
    _KEY, "text", "The command's id, a UUIDv7 of the caller's: repeating it changes nothing twice.", most=36, pattern=UUID7, place="header"
)
_SEEN = Param("seen", "number", "The enquiry's version that was looked at; when others changed it since, the answer is 409.")
_THERE = ("unknown_enquiry",)


async def _view(call: Call) -> EnquiryView:
    return await call.service.reads.slow(call.service.hub.enquiry, call.path["key"], viewer=call.grant.member)


@operation("get_enquiry", "GET", "/v1/enquiries/{key}", "enquiries", Gives(200, "Everything about it.", EnquiryView), missing=_THERE)
async def get_enquiry(call: Call) -> bytes:
    """One enquiry by key (`E-12`) or id, with all that the token's member may read about it."""
    return orjson.dumps(plain(await _view(call)))


def _part(id: str, path: str, name: str, model: type, about: str, pick: Callable[[EnquiryView], Any]) -> None:
    """A part of the enquiry as a list of its own."""

    async def part(call: Call) -> bytes:
        return orjson.dumps({name: plain(pick(await _view(call)))})

    part.__doc__ = about
    operation(id, "GET", f"/v1/enquiries/{{key}}/{path}", "enquiries", Gives(200, "The list.", model), missing=_THERE)(part)


_part(
    "list_messages", "messages", "messages", bodies.Messages,
    "The conversation and the notes, oldest first; privileged notes for legal and supervisors only.", lambda view: view.messages,
)  # fmt: skip
_part("list_drafts", "drafts", "drafts", bodies.Drafts, "All draft versions, first to newest.", lambda view: view.drafts)
_part("list_reviews", "reviews", "reviews", bodies.Reviews, "All reviews of its drafts.", lambda view: view.reviews)
_part(
    "list_decisions", "decisions", "reviews", bodies.Reviews, "The reviews that are decided.",
    lambda view: [review for review in view.reviews if review.decided_at],
)  # fmt: skip
_part("list_sends", "sends", "sends", bodies.Sends, "All attempts to publish a reply, first to newest.", lambda view: view.sends)


@operation(
    "receive_enquiry", "POST", "/v1/enquiries", "enquiries", Gives(201, "It was taken in, now or before.", bodies.Done),
    params=(_IDEMPOTENT,), asks=request_model(c.Receive, "NewEnquiry", optional=("enquiry_id",)), problems=(409,),
)  # fmt: skip
async def receive_enquiry(call: Call) -> Answer:
    """Take in a customer's first message. Without an `enquiry_id` the hub makes one (of the idempotency key, when there is one)."""
    command_id = call.query[_KEY]
    values = {name: getattr(call.body, name) for name in type(call.body).model_fields}
    values["enquiry_id"] = values["enquiry_id"] or command_id or new_id()
    return await _created(call, c.Receive(**values), command_id, None)


def _act(id: str, path: str, command: type[c.EnquiryCommand], name: str, about: str) -> Handler:
    """A command about an enquiry as a resource under it."""
    model = request_model(command, name, without=("enquiry_id",))

    async def act(call: Call) -> Answer:
        found = await call.service.reads.quick(enquiry_id, call.service.hub, call.path["key"])
        if found is None:
            raise UsageProblem("unknown_enquiry", "There is no such enquiry.", "Look it up: GET /v1/enquiries.")
        values = {one: getattr(call.body, one) for one in type(call.body).model_fields}
        return await _created(call, command(enquiry_id=found, **values), call.query[_KEY], call.query["seen"])

    act.__doc__ = about
    return operation(
        id, "POST", f"/v1/enquiries/{{key}}/{path}", "enquiries", Gives(201, "It was carried out, now or before.", bodies.Done),
        params=(_IDEMPOTENT, _SEEN), asks=model, problems=(409,), missing=_THERE,
    )(act)  # fmt: skip


_act("record_message", "messages", c.RecordMessage, "NewMessage", "Take in a further message of the conversation.")
_act("add_note", "notes", c.AddNote, "NewNote", "Add an internal note; it is never sent.")
_act("save_draft", "drafts", c.SaveDraft, "NewDraft", "Save a new version of the reply.")
_act("submit_draft", "submissions", c.Submit, "NewSubmission", "Ask for the reviews that the policy demands for the newest version.")
_act(
    "decide",
    "decisions",
    c.Decide,
    "NewDecision",
    "Decide a review of the reply with this digest. Another digest than the live one is refused.",
)
_act("send", "sends", c.Send, "NewSend", "Queue the approved reply. It leaves after the policy's undo window.")


async def _created(call: Call, command: c.EnquiryCommand, command_id: str | None, seen: int | None) -> Answer:
    receipt, body = await carry_out(call, request_for(call, command, command_id, seen))
    return Answer(201, body, ((b"location", f"/v1/enquiries/{receipt.key}".encode()),))
