"""The API's description (OpenAPI 3.1), made from the list of operations: every status, every body, every parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic.json_schema import models_json_schema

from hubconsole import __version__
from hubconsole.hub import bodies
from hubconsole.hub.wire import LONGEST_PART, PROBLEM_TYPE
from hubconsole.server.operations import OPERATIONS, Gives, Operation, Param
from hubconsole.server.routes import load
from hubconsole.server.schemas import LARGEST, answer_model
from hubconsole.server.scopes import COUNTED, OPEN, SCOPES

if TYPE_CHECKING:
    from pydantic import BaseModel

_REF = "#/components/schemas/{model}"

_WHY = {
    400: "The request cannot be read.",
    401: "No token, or one that opens nothing (any more).",
    403: "The token's scope, or the hub's rules, forbid it.",
    404: "What the path names is not there.",
    408: "The body did not come in time.",
    409: "Somebody else was first, and who; with what stands now.",
    410: "The feed cannot be followed on from there: get a snapshot.",
    413: "The body is too large.",
    414: "The address is too long.",
    415: "The body is not announced as JSON.",
    422: "The request is malformed.",
    429: "Too many requests; `Retry-After` says when to go on.",
    431: "The headers are too large.",
    500: "A defect of the hub's own.",
    503: "The hub, or its store, cannot be used now.",
}

_LINKED = {
    "receive_enquiry": (
        "get_enquiry", "list_messages", "record_message", "add_note", "list_drafts", "save_draft", "submit_draft", "list_reviews",
        "list_decisions", "decide", "list_sends", "send", "enquiry_journal",
    ),
    "start_device_login": ("device_login", "answer_device_login"),
    "issue_token": ("revoke_token", "rotate_token"),
}  # fmt: skip
"""Operations to which an answer leads on."""

_LEADS = {
    "receive_enquiry": ("key", "$response.body#/key"),
    "start_device_login": ("user_code", "$response.body#/user_code"),
    "issue_token": ("id", "$response.body#/token/id"),
}
"""The path's parameter that an answer gives, and where it stands."""


def describe() -> dict[str, Any]:
    """The whole description."""
    load()
    schemas = _schemas()
    paths: dict[str, dict[str, Any]] = {}
    for one in OPERATIONS.values():
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "hubconsole",
            "version": __version__,
            "description": "The hub API: one hub of customer enquiries with a legal gate. See docs/api.md.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of the hub: `hubconsole login`, `hubconsole token issue`. "
                    "The header `Hubconsole-Member` may say whose it is thought to be (percent-encoded); "
                    "where it is another's, the answer is 403 `other_member`.",
                }
            },
        },
    }


def statuses(one: Operation) -> frozenset[int]:
    """Every status that an operation can answer with, good ones apart."""
    found = {403, 422, 500, 503, 414, 431, 413} | one.problems
    if one.id in OPEN:
        found.discard(403)
        found |= one.problems & {403}
    else:
        found |= {401, 429}
    if one.id in COUNTED:
        found.add(429)
    if one.missing or "{" in one.path:
        found.add(404)
    if one.asks is not None:
        found.add(415)
    return frozenset(found)


def _operation(one: Operation) -> dict[str, Any]:
    summary, _, _ = one.about.partition("\n")
    found: dict[str, Any] = {
        "operationId": one.id,
        "tags": [one.tag],
        "summary": summary.rstrip("."),
        "description": one.about if one.id in OPEN else f"{one.about}\n\nScopes: {', '.join(sorted(SCOPES[one.id]))}.",
        "responses": _responses(one),
        "security": [] if one.id in OPEN else [{"token": []}],
    }
    path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_PART}}
        for name in _path_names(one.path)
    ]
    parameters = [*path, *(_parameter(param) for param in one.params)]
    if parameters:
        found["parameters"] = parameters
    if one.asks is not None:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(one.asks.__name__)}}}
    if one.takes:
        found["requestBody"] = {"required": True, "content": {one.takes: {"schema": {"type": "string"}}}}
    return found


def _path_names(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def _parameter(one: Param) -> dict[str, Any]:
    schema: dict[str, Any]
    if one.kind == "number":
        schema = {"type": "integer", "minimum": one.least, "maximum": min(one.most, LARGEST)}
    elif one.kind == "seconds":
        schema = {"type": "number", "minimum": 0, "maximum": one.most, "multipleOf": 0.25}
    elif one.kind == "flag":
        schema = {"type": "boolean"}
    elif one.kind == "cursor":
        schema = {"type": "string", "pattern": r"^-?[0-9]{1,15}\.[0-9]{1,15}$"}
    else:
        schema = {"type": "string", "maxLength": min(one.most, LARGEST)}
        if one.pattern:
            schema["pattern"] = one.pattern if one.pattern.startswith("^") else f"^{one.pattern}$"
    if one.default is not None:
        schema["default"] = one.default
    return {"name": one.name, "in": one.place, "required": one.needed, "description": one.about, "schema": schema}


def _responses(one: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for good in one.gives:
        known = found.setdefault(str(good.status), {"description": good.about})
        known["headers"] = {"X-Request-Id": {"schema": {"type": "string"}, "description": "The request's id in the log."}}
        if good.status != 204:
            known.setdefault("content", {})[good.media] = {"schema": _schema(good)}
    first = str(one.gives[0].status)
    if one.id in _LINKED:
        name, where = _LEADS[one.id]
        found[first]["links"] = {other: {"operationId": other, "parameters": {name: where}} for other in _LINKED[one.id]}
    if first == "201" and one.path.startswith("/v1/enquiries"):
        found[first]["headers"]["Location"] = {"schema": {"type": "string"}, "description": "Where the enquiry is."}
    for status in sorted(statuses(one)):
        problem = "ConflictDetails" if status == 409 else "ProblemDetails"
        found[str(status)] = {"description": _WHY[status], "content": {PROBLEM_TYPE: {"schema": _ref(problem)}}}
        if status == 429:
            found["429"]["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "required": True, "description": "Seconds."}}
    return found


def _schema(good: Gives) -> dict[str, Any]:
    if good.media == "text/event-stream" or good.model is None:
        return {"type": "string"}
    return _ref(answer_model(good.model).__name__)


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _schemas() -> dict[str, Any]:
    """Every model once; asked for and answered with."""
    asked: list[type[BaseModel]] = [one.asks for one in OPERATIONS.values() if one.asks is not None]
    given = [answer_model(good.model) for one in OPERATIONS.values() for good in one.gives if good.model is not None]
    given += [answer_model(bodies.ProblemDetails), answer_model(bodies.ConflictDetails)]
    models = [(model, "validation") for model in dict.fromkeys(asked)] + [(model, "serialization") for model in dict.fromkeys(given)]
    _, whole = models_json_schema(models, ref_template=_REF)  # type: ignore[arg-type]
    found: dict[str, Any] = whole["$defs"]
    return found
