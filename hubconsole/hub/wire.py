"""How what a hub says and is asked travels as JSON: one codec for the hub API and for consoles far away.

Named tuples become objects by field name, enumerations their values, tuples and sets lists, commands ``{"kind": ...}`` and
their fields, errors problem details (RFC 9457). Reading is strict: whatever is not of the declared type is a
:class:`WireProblem`, for what comes over a wire is hostile on both sides.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from hubconsole.domain.commands import COMMANDS, Command
from hubconsole.errors import Conflict, HubError, Refused, Unreachable, UsageProblem
from hubconsole.store.rows import BoardRow

T = TypeVar("T")

LONGEST_PART = 200
"""Characters in a part of an address's path."""

PROBLEM_TYPE = "application/problem+json"
"""Media type of an error's body."""

_URN = "urn:hubconsole:problem:"
_FAMILIES: dict[str, tuple[type[HubError], int]] = {
    "usage": (UsageProblem, 422),
    "refused": (Refused, 403),
    "conflict": (Conflict, 409),
    "unreachable": (Unreachable, 503),
}


class WireProblem(UsageProblem):
    """What came over the wire is not what was agreed; ``where`` is the path of the wrong part (``command.text``)."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__("malformed", f"{where or 'The body'} {what}.", "Send what the API's description says.")
        self.where = where


class WireRow(NamedTuple):
    """A board row as it travels: with what a console needs to keep its own copy of the board in order."""

    row: BoardRow
    function: str
    """Whose move it is."""
    open: bool
    """Whether the hub has the next move."""


def plain(value: Any) -> Any:
    """``value`` as what a JSON encoder takes."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, WireRow):
        return row_out(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {name: plain(part) for name, part in zip(value._fields, value, strict=True)}
    if isinstance(value, Command):
        return command_out(value)
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(plain(part) for part in value)
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    raise TypeError(f"{type(value).__name__} does not travel")


def row_out(row: WireRow) -> dict[str, Any]:
    """A row as one flat object: the board row's fields, ``function`` and ``open``."""
    return {**dict(zip(BoardRow._fields, row.row, strict=True)), "function": row.function, "open": row.open}


def revive(hint: type[T], value: Any, where: str = "") -> T:
    """The value of type ``hint`` that ``value``, as parsed from JSON, stands for. Raises WireProblem.

    Fields that this program does not know are passed over, so that an older console can speak with a newer hub.
    """
    wanted: Any = hint
    found: T = _reader(wanted)(value, where)
    return found


def command_out(command: Command) -> dict[str, Any]:
    """A command as an object with its kind; fields that hold their default are left out."""
    out: dict[str, Any] = {"kind": command.kind}
    for field in fields(command):
        value = getattr(command, field.name)
        if field.default is MISSING or value != field.default:
            out[field.name] = plain(value)
    return out


def command_in(value: Any, where: str = "command") -> Command:
    """The command that an object stands for; an unknown kind or field is a mistake here. Raises WireProblem."""
    if not isinstance(value, dict):
        raise WireProblem(where, "is no object")
    kind = value.get("kind")
    cls = COMMANDS.get(kind) if isinstance(kind, str) else None
    if cls is None:
        raise WireProblem(f"{where}.kind", "is no kind of command")
    given = {name: part for name, part in value.items() if name != "kind"}
    unknown = given.keys() - {field.name for field in fields(cls)}
    if unknown:
        raise WireProblem(f"{where}.{min(unknown)[:60]}", f"is not part of {kind}")
    return revive(cls, given, where)


def status_of(error: HubError) -> int:
    """The HTTP status that says it."""
    return _FAMILIES[family_of(error)][1]


def family_of(error: HubError) -> str:
    """The branch of the error tree: ``usage``, ``refused``, ``conflict`` or ``unreachable``."""
    return next((name for name, (cls, _) in _FAMILIES.items() if isinstance(error, cls)), "unreachable")


def problem_out(error: HubError, status: int | None = None) -> dict[str, Any]:
    """An error as problem details; ``status`` where another one than the family's says it better (404, 401)."""
    out: dict[str, Any] = {
        "type": _URN + error.code,
        "title": error.code.replace("_", " ").capitalize(),
        "status": status or status_of(error),
        "detail": error.message,
        "code": error.code,
        "hint": error.hint,
        "family": family_of(error),
    }
    if isinstance(error, Conflict):
        out.update(winner=error.winner, at=error.at, version=error.version)
    return out


def problem_in(value: Any, status: int) -> HubError:
    """The error that problem details stand for; anything that is none becomes an Unreachable that says so."""
    family = value.get("family") if isinstance(value, dict) else None
    if not isinstance(family, str) or family not in _FAMILIES or not isinstance(value.get("code"), str):
        return Unreachable("bad_answer", f"The hub answered with status {status} and nothing that can be understood.", "Try again later.")
    cls = _FAMILIES[family][0]
    words = [str(value.get(name) or "") for name in ("code", "detail", "hint")]
    if cls is not Conflict:
        return cls(*words)
    at, version = (part if isinstance(part, int) else 0 for part in (value.get("at"), value.get("version")))
    return Conflict(*words, winner=str(value.get("winner") or ""), at=at, version=version)


def row_in(value: Any, where: str = "row") -> WireRow:
    """A row out of its flat object. Raises WireProblem."""
    row = revive(BoardRow, value, where)
    return WireRow(row, revive(str, value.get("function"), f"{where}.function"), revive(bool, value.get("open"), f"{where}.open"))


_Reader = Callable[[Any, str], Any]


@cache
def _reader(hint: Any) -> _Reader:
    """The function that reads one type; made once for each."""
    if hint is WireRow:
        return row_in
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _either(tuple(_reader(one) for one in get_args(hint)))
    if origin in (tuple, list, frozenset):
        return _several(origin, get_args(hint))
    if origin is dict:
        return _mapping(_reader(get_args(hint)[1]))
    if isinstance(hint, type):
        if issubclass(hint, Enum):
            return _choice(hint)
        if hasattr(hint, "_fields") or is_dataclass(hint):
            return _record(hint)
        if hint in (str, int, bool, float, type(None)):
            return _scalar(hint)
    if hint in (Any, object):
        return lambda value, where: value
    raise TypeError(f"{hint} does not travel")


def _scalar(kind: type) -> _Reader:
    names = {str: "text", int: "a whole number", bool: "true or false", float: "a number", type(None): "null"}

    def read(value: Any, where: str) -> Any:
        if type(value) is kind or (kind is float and type(value) is int):
            return value
        raise WireProblem(where, f"is not {names[kind]}")

    return read


def _choice(kind: type[Enum]) -> _Reader:
    def read(value: Any, where: str) -> Any:
        try:
            return kind(value)
        except ValueError:
            raise WireProblem(where, f"is none of {', '.join(str(one.value) for one in kind)}") from None

    return read


def _either(readers: tuple[_Reader, ...]) -> _Reader:
    def read(value: Any, where: str) -> Any:
        problem = None
        for reader in readers:
            try:
                return reader(value, where)
            except WireProblem as error:
                problem = problem or error
        assert problem is not None
        raise problem

    return read


def _several(kind: Any, args: tuple[Any, ...]) -> _Reader:
    if kind is tuple and not (len(args) == 2 and args[1] is Ellipsis):
        parts = tuple(_reader(one) for one in args)

        def read_exactly(value: Any, where: str) -> Any:
            if not isinstance(value, list) or len(value) != len(parts):
                raise WireProblem(where, f"is no list of {len(parts)}")
            return tuple(reader(one, f"{where}[{n}]") for n, (reader, one) in enumerate(zip(parts, value, strict=True)))

        return read_exactly
    part = _reader(args[0])

    def read(value: Any, where: str) -> Any:
        if not isinstance(value, list):
            raise WireProblem(where, "is no list")
        return kind(part(one, f"{where}[{n}]") for n, one in enumerate(value))

    return read


def _mapping(part: _Reader) -> _Reader:
    def read(value: Any, where: str) -> Any:
        if not isinstance(value, dict):
            raise WireProblem(where, "is no object")
        return {name: part(one, f"{where}.{name[:60]}") for name, one in value.items()}

    return read


def _record(cls: Any) -> _Reader:
    hints = get_type_hints(cls)
    if is_dataclass(cls):
        needed = {field.name: field.default is MISSING for field in fields(cls)}
    else:
        needed = {name: name not in cls._field_defaults for name in cls._fields}
    readers = {name: _reader(hints[name]) for name in needed}

    def read(value: Any, where: str) -> Any:
        if not isinstance(value, dict):
            raise WireProblem(where, "is no object")
        given = {}
        for name, reader in readers.items():
            place = f"{where}.{name}" if where else name
            if name in value:
                given[name] = reader(value[name], place)
            elif needed[name]:
                raise WireProblem(place, "is missing")
        return cls(**given)

    return read
