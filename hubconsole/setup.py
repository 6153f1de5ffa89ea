"""Starting a hub of one's own: a name, who is here in which function, and which replies wait for whom."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hubconsole import resources
from hubconsole.clock import Clock, system_clock
from hubconsole.domain.hub import founding
from hubconsole.domain.policy import Policy
from hubconsole.domain.terms import Function
from hubconsole.errors import Conflict, Refused, Unreachable, UsageProblem
from hubconsole.store.opening import is_database, shown

if TYPE_CHECKING:
    from hubconsole.hub.local import LocalHub

DEFAULT_NAME = "Our hub"
"""What a hub is called when nobody says."""

DEFAULT_POLICY = "all-legal"
"""The preset that is used when nobody says: every outgoing reply waits for legal."""

HOLDABLE = tuple(function for function in Function if function is not Function.SYSTEM)
"""The functions that a member can hold."""

_NAME = re.compile(r"[^\W_][\w.-]{0,31}")
_SCHEMES = frozenset(("postgresql:", "postgres:", "https:", "http:"))
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_SHORT = {"svc": Function.SERVICE, "law": Function.LEGAL, "mkt": Function.MARKETING, "sal": Function.SALES, "sup": Function.SUPERVISOR}


class MemberSpec(NamedTuple):
    """Somebody who is to be a member."""

    name: str
    functions: tuple[Function, ...]


class Preset(NamedTuple):
    """A policy that ships with the console."""

    name: str
    about: str
    """One sentence: which replies wait for whom."""
    text: str
    """The TOML."""


def parse_member(spec: str) -> MemberSpec:
    """Read ``kim:marketing+sales``. Raises UsageProblem ``bad_member`` that names the part that is wrong."""
    name, colon, listed = spec.strip().partition(":")
    name = name.strip()
    if not _NAME.fullmatch(name):
        raise UsageProblem(
            "bad_member", f"{spec!r} does not begin with a member's name.", "Use letters, digits, '.', '-' or '_': agent1:service."
        )
    if name.lower() == "system":
        raise UsageProblem("bad_member", "A member cannot be called system: that is the hub's own worker.", "Choose another name.")
    words = [word.strip().lower() for word in re.split(r"[+,]", listed)]
    if not colon or not any(words):
        raise UsageProblem("bad_member", f"{spec!r} does not say what {name} does.", f"Add a function: {name}:service.")
    functions: list[Function] = []
    for word in words:
        found = _SHORT.get(word) or next((function for function in HOLDABLE if function == word), None)
        if found is None:
            raise UsageProblem("bad_member", f"{word!r} in {spec!r} is no function.", f"Use {', '.join(HOLDABLE)}, several joined by '+'.")
        if found not in functions:
            functions.append(found)
    return MemberSpec(name, tuple(functions))


def parse_members(specs: Sequence[str]) -> tuple[MemberSpec, ...]:
    """Read several, in order. Raises UsageProblem ``bad_member``, also for a name said twice."""
    members = tuple(parse_member(spec) for spec in specs)
    seen: set[str] = set()
    for member in members:
        if member.name.lower() in seen:
            raise UsageProblem("bad_member", f"{member.name} is named twice.", f"Join the functions: {member.name}:service+legal.")
        seen.add(member.name.lower())
    return members


def default_members(user: str) -> tuple[MemberSpec, ...]:
    """Who is here when nobody says: the person at the keyboard, and a lawyer to hand the second console to."""
    name = re.sub(r"[^\w.-]+", "", user).lstrip("._-")[:32]
    if not _NAME.fullmatch(name) or name.lower() in ("system", "lawyer"):
        name = "agent1"
    return MemberSpec(name, (Function.SERVICE, Function.SUPERVISOR)), MemberSpec("lawyer", (Function.LEGAL,))


def presets() -> tuple[Preset, ...]:
    """The policies to choose from, the default first. ``about`` is the comment on the file's first line."""
    found = []
    for file in resources.fixtures().joinpath("policies").iterdir():
        if file.name.endswith(".toml"):
            text = file.read_text(encoding="utf-8")
            found.append(Preset(file.name.removesuffix(".toml"), text.partition("\n")[0].lstrip("# "), text))
    return tuple(sorted(found, key=lambda preset: (preset.name != DEFAULT_POLICY, preset.name)))


def preset(name: str) -> Preset:
    """The policy called ``name``. Raises UsageProblem ``unknown_policy`` with the names there are."""
    known = {preset.name: preset for preset in presets()}
    if name not in known:
        raise UsageProblem("unknown_policy", f"There is no policy preset {name!r}.", f"Use one of: {', '.join(known)}.")
    return known[name]


def advice(members: Sequence[tuple[str, tuple[Function, ...]]], policy: Policy) -> tuple[str, ...]:
    """What will not work with these people under this policy, one sentence each; empty when all is well."""
    held = {function for _, functions in members for function in functions}
    found = []
    for gate in {rule.gate: None for rule in policy.rules if rule.mode == "pre_approve"}:
        function = policy.decides(gate)
        deciders = [name for name, functions in members if function in functions]
        if not deciders:
            found.append(f"Replies will wait for {gate}, and nobody here holds {function}: add a member, for example ann:{function}.")
        elif len(members) == 1 and not policy.tiny_team:
            found.append(f"{deciders[0]} is alone and cannot approve their own words: add somebody, or use the policy tiny-team.")
    if held.isdisjoint({Function.SERVICE, Function.MARKETING, Function.SALES, Function.SUPERVISOR}):
        found.append("Nobody here can send a reply: that takes service, marketing, sales or supervisor.")
    return tuple(found)


def start(
    place: str | Path,
    name: str = DEFAULT_NAME,
    members: Sequence[tuple[str, tuple[Function, ...]]] = (),
    policy_name: str = DEFAULT_POLICY,
    *,
    clock: Clock = system_clock,
    user: str = "",
) -> LocalHub:
    """Make a hub at a path or in a database and open it; without ``members`` they are :func:`default_members` of ``user``.

    Everything is checked before anything is made. Raises Refused ``hub_exists`` when there is a hub already,
    UsageProblem for a name or policy that cannot be used, and Unreachable when it cannot be made.
    """
    text = preset(policy_name).text
    who = tuple(members) or tuple(default_members(user))
    founding("", name, text, who)
    try:
        return create(place, name, text, who, clock)
    except Conflict as taken:
        # A file without a hub in it (its making was cut off) is finished; only a hub is in the way.
        raise Refused(
            "hub_exists",
            f"There is a hub at {shown(place)} already; nothing was changed.",
            "Open it with hubconsole board, or name another place with --store.",
        ) from taken


def create(place: str | Path, name: str, policy: str, members: Sequence[tuple[str, tuple[Function, ...]]], clock: Clock) -> LocalHub:
    """Make the file, or the tables in the database, with the founding events; the hub comes back open. Raises HubError."""
    from hubconsole.config import private_folder
    from hubconsole.hub.local import LocalHub

    if is_database(place):
        return LocalHub.create(place, name=name, policy=policy, members=tuple(members), clock=clock)
    path = Path(place)
    if any(part in _SCHEMES for part in path.parts) or _ADDRESS.fullmatch(path.parts[0] if path.parts else ""):
        # Whatever stands in an address, a password too, must not become a folder's name.
        hint = "Name a file; a database is named by --store or HUBCONSOLE_STORE: postgresql://USER@HOST/DATABASE."
        raise UsageProblem("store_address", "No hub can be made at that address.", hint)
    try:
        private_folder(path.parent)
    except (OSError, Unreachable) as problem:
        said = problem.message if isinstance(problem, Unreachable) else f"The folder {path.parent} cannot be used: {problem.strerror}."
        raise Unreachable("folder", said, "Name another place with --store.") from problem
    return LocalHub.create(path, name=name, policy=policy, members=tuple(members), clock=clock)
