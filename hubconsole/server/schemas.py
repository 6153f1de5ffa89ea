"""Pydantic models made from the hub's own named tuples and commands: what requests are checked by, and what OpenAPI shows.

One source for the shape of everything that travels: nothing is written down twice. Requests are read strictly (no unknown
fields, no coercion); answers are described, not checked again on the way out.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, create_model

from hubconsole.clock import EARLIEST, LATEST
from hubconsole.domain.commands import COMMANDS, Command
from hubconsole.hub.wire import WireRow
from hubconsole.store.rows import BoardRow

LARGEST = 2**53 - 1
"""The largest whole number that every JSON reader keeps exactly."""

UUID7 = r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
"""A UUIDv7 in canonical form."""

NOT_BY_WIRE = frozenset({"create_hub", "issue_token"})
"""Commands that ``POST /v1/commands`` does not take: a hub exists already, and tokens are made by their own route."""

_STRICT = ConfigDict(extra="forbid", strict=True)


def _whole(value: object) -> object:
    """JSON knows one sort of number: ``1.0`` is the whole number 1."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _number(least: int, most: int) -> Any:
    return Annotated[int, Field(ge=least, le=most), BeforeValidator(_whole)]


_Whole = _number(EARLIEST, LATEST)
"""Most numbers are times in milliseconds; no other is larger."""

_CommandId = Annotated[str, Field(pattern=UUID7, description="A UUIDv7 of the caller's; repeating it changes nothing twice.")]
_SAID = Annotated[str, Field(min_length=1, pattern=r"\S")]
_NAME = Annotated[str, Field(max_length=500)]
"""Of a customer, an account, an author: it stands in every list, so one that is a book would be read by everybody all day."""

_LINE = Annotated[str, Field(max_length=2_000)]
_Refined: dict[tuple[str, str], Any] = {
    ("Order", "command_id"): _CommandId | None,
    ("Order", "via"): Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")],
    ("Order", "seen"): _number(0, LARGEST) | None,
    ("Receive", "enquiry_id"): Annotated[str, Field(pattern=UUID7)],
    ("Receive", "priority"): _number(1, 4),
    ("Receive", "text"): _SAID,
    ("Receive", "customer"): Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")],
    ("Receive", "handle"): _NAME,
    ("Receive", "account"): _NAME,
    ("Receive", "subject"): _LINE,
    ("Receive", "external_id"): _LINE,
    ("Receive", "thread"): _LINE,
    ("RecordMessage", "author"): _NAME,
    ("RecordMessage", "external_id"): _LINE,
    ("Receive", "channel"): _SAID,
    ("AddNote", "text"): _SAID,
    ("SetPriority", "priority"): _number(1, 4),
    ("Look", "doing"): Literal["viewing", "typing"],
    ("Look", "enquiry_id"): Annotated[str, Field(max_length=64)],
    ("LeaseAsk", "ttl"): _number(0, 3_600_000),
    ("LeaseAsk", "holder"): Annotated[str, Field(min_length=1, max_length=200)],
}
"""Fields of requests that the wire holds tighter than Python's types say."""

_MOST = {("Ids", "ids"): 1_000, ("KnownAsk", "external_ids"): 1_000, ("OrderBatch", "commands"): 256}
"""Parts that a list in a request may have."""


def request_model(cls: Any, name: str = "", without: tuple[str, ...] = (), optional: tuple[str, ...] = ()) -> type[BaseModel]:
    """The strict model of a named tuple or command as it is asked with, some fields left out or made optional."""
    return _request_model(cls, name or cls.__name__, without, optional)


@cache
def _request_model(cls: Any, name: str, without: tuple[str, ...], optional: tuple[str, ...]) -> type[BaseModel]:
    return _model(cls, name, True, without, optional)


@cache
def answer_model(cls: type) -> type[BaseModel]:
    """The model of a named tuple as it is answered with: every field is there."""
    return _model(cls, cls.__name__, False, (), ())


@cache
def command_union() -> Any:
    """Any command, told apart by ``kind``."""
    models = tuple(_command_model(cls) for kind, cls in COMMANDS.items() if kind not in NOT_BY_WIRE)
    return Annotated[Union[models], Field(discriminator="kind")]  # noqa: UP007  made from a list


def command_of(model: BaseModel) -> Command:
    """The command that a validated model stands for."""
    values = {name: getattr(model, name) for name in type(model).model_fields}
    return COMMANDS[values.pop("kind")](**values)


def _command_model(cls: type[Command]) -> type[BaseModel]:
    kind: Any = (Literal[cls.kind], ...)
    return _model(cls, f"{cls.__name__}Command", True, (), (), {"kind": kind})


def _model(
    cls: type, name: str, asked: bool, without: tuple[str, ...], optional: tuple[str, ...], more: Mapping[str, Any] | None = None
) -> type[BaseModel]:
    if cls is WireRow:
        row = {**_fields(BoardRow, asked, (), ()), "function": (str, ...), "open": (bool, ...)}
        return create_model("WireRow", __doc__=inspect.getdoc(WireRow), **row)
    made: dict[str, Any] = {**(more or {}), **_fields(cls, asked, without, optional)}
    config = _STRICT if asked else ConfigDict()
    return create_model(name, __config__=config, __doc__=inspect.getdoc(cls), **made)


def _fields(cls: Any, asked: bool, without: tuple[str, ...], optional: tuple[str, ...]) -> dict[str, Any]:
    told = descriptions(cls)
    found: dict[str, Any] = {}
    for name, hint in get_type_hints(cls, include_extras=True).items():
        default = _default(cls, name)
        if name in without or default is None:
            continue
        kind = _Refined.get((cls.__name__, name)) if asked else None
        kind = kind or _type(hint, asked)
        if asked and (cls.__name__, name) in _MOST:
            kind = Annotated[kind, Field(max_length=_MOST[cls.__name__, name])]
        given = default[0] if asked else ...
        if name in optional:
            kind, given = kind | None, None
        found[name] = (kind, Field(given, description=told.get(name)))
    return found


def _default(cls: Any, name: str) -> tuple[Any] | None:
    """The field's default in a tuple (``...`` for none); None for what is no field."""
    if is_dataclass(cls):
        field = next((one for one in fields(cls) if one.name == name), None)
        return None if field is None else (... if field.default is MISSING else field.default,)
    return (cls._field_defaults.get(name, ...),) if name in cls._fields else None


def _type(hint: Any, asked: bool) -> Any:
    """A type of the hub's as pydantic is to see it."""
    origin, args = get_origin(hint), get_args(hint)
    if hint is Command:
        return command_union()
    if origin in (Union, types.UnionType):
        parts = tuple(_type(one, asked) for one in args)
        return Union[parts]  # noqa: UP007  made from a list
    if origin in (tuple, frozenset, list):
        if origin is tuple and not (len(args) == 2 and args[1] is Ellipsis):
            return tuple[tuple(_type(one, asked) for one in args)]  # type: ignore[misc]
        return tuple[_type(args[0], asked), ...]  # type: ignore[misc]
    if origin is dict:
        return dict[args[0], _type(args[1], asked)]  # type: ignore[valid-type,misc]
    if isinstance(hint, type) and (hasattr(hint, "_fields") or (is_dataclass(hint) and not issubclass(hint, Command))):
        return request_model(hint) if asked else answer_model(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return Annotated[hint, Strict(False)] if asked else hint
    if hint is int:
        return _Whole if asked else int
    return Any if hint is object else hint


@cache
def descriptions(cls: type) -> dict[str, str]:
    """The text under each field of a class, as its source has it."""
    told: dict[str, str] = {}
    for one in reversed(cls.__mro__):
        if one.__module__.split(".")[0] != "hubconsole":
            continue
        try:
            body = ast.parse(textwrap.dedent(inspect.getsource(one))).body[0]
        except (OSError, TypeError, SyntaxError):  # a program without its source still runs
            continue
        statements = body.body if isinstance(body, ast.ClassDef) else []
        for field, text in itertools.pairwise(statements):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
                value = text.value
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    told[field.target.id] = inspect.cleandoc(value.value)
    return told
