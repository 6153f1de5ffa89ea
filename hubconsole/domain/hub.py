"""The hub itself: members, policy, settings, shift, tokens, standing.

The same shape as the enquiry: ``decide_hub`` and ``evolve_hub``, both pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from hubconsole.domain import access
from hubconsole.domain import commands as c
from hubconsole.domain import events as e
from hubconsole.domain import standing as rooms
from hubconsole.domain.enquiry import SYSTEM, Actor
from hubconsole.domain.lookalikes import name_keys
from hubconsole.domain.policy import Policy, parse_policy
from hubconsole.domain.terms import Function
from hubconsole.domain.token_fold import TokenFold, evolve_tokens
from hubconsole.errors import Conflict, Refused, UsageProblem
from hubconsole.text import is_hidden

SETTINGS = ("view", "mapping")
"""Kinds of settings that a hub keeps."""

_LONGEST = 64


@dataclass(frozen=True, slots=True)
class HubState:
    """A hub as its rules see it."""

    id: str = ""
    name: str = ""
    version: int = 0
    """How many events its own stream has."""
    members: tuple[tuple[str, tuple[Function, ...]], ...] = ()
    """Active members with their functions."""
    ever: tuple[tuple[str, frozenset[Function]], ...] = ()
    """Everybody who is or was a member, with every function they ever held."""
    policy: Policy | None = None
    shift: str = ""
    """Name of the running shift; empty when none is on."""
    lead: str = ""
    """Who leads it."""
    tokens: access.Tokens = ()
    standing: rooms.Standing = rooms.HERE

    def member(self, name: str) -> Actor | None:
        """The active member with this name."""
        return next((Actor(member, frozenset(functions)) for member, functions in self.members if member == name), None)

    def first_function(self, name: str) -> str:
        """The first function of a member; empty when there is no such member."""
        return next((functions[0].value for member, functions in self.members if member == name and functions), "")


def evolve_hub(state: HubState, event: e.Event) -> HubState:
    """The hub after ``event``."""
    state = replace(state, version=state.version + 1)
    if isinstance(event, e.HubCreated):
        return replace(state, id=event.hub_id, name=event.name)
    if isinstance(event, e.MemberAdded):
        others = tuple(member for member in state.members if member[0] != event.name)
        ever = dict(state.ever)
        ever[event.name] = ever.get(event.name, frozenset()) | frozenset(event.functions)
        return replace(state, members=(*others, (event.name, event.functions)), ever=tuple(ever.items()))
    if isinstance(event, e.MemberRemoved):
        return replace(state, members=tuple(member for member in state.members if member[0] != event.name))
    if isinstance(event, e.PolicyAdopted):
        return replace(state, policy=parse_policy(event.text, event.name))
    if isinstance(event, e.ShiftStarted):
        return replace(state, shift=event.name, lead=event.lead)
    if isinstance(event, e.ShiftEnded):
        return replace(state, shift="", lead="")
    if isinstance(event, e.TokenIssued | e.TokenRevoked):
        return replace(state, tokens=evolve_tokens(state.tokens, event))
    if isinstance(event, e.HubMoved | e.HubArrived | e.OutboxShut | e.OutboxOpened):
        return replace(state, standing=rooms.evolve_standing(state.standing, event))
    return state


def fold_hub(state: HubState, happened: Iterable[e.Event]) -> HubState:
    """The hub after all of these events, in order: what :func:`evolve_hub` makes of them one by one, also where there are very many
    tokens."""
    fold, met = None, 0
    for event in happened:
        if isinstance(event, e.TokenIssued | e.TokenRevoked):
            fold = fold or TokenFold(state.tokens)
            fold.take(event)
            met += 1
        else:
            state = evolve_hub(state, event)
    return state if fold is None else replace(state, version=state.version + met, tokens=fold.tokens())


def decide_hub(state: HubState, command: c.HubCommand, actor: Actor, now: int = 0) -> tuple[e.Event, ...]:
    """What ``command`` makes happen to the hub at ``now`` (ms). Raises Refused, Conflict or UsageProblem."""
    if isinstance(command, c.AddMember):
        return _add_member(state, command, actor)
    if isinstance(command, c.RemoveMember):
        return _remove_member(state, command, actor, now)
    if isinstance(command, c.AdoptPolicy):
        return _adopt(state, command, actor)
    if isinstance(command, c.SaveSetting):
        return _save(state, command, actor)
    if isinstance(command, c.StartShift):
        return _start_shift(state, command, actor, now)
    if isinstance(command, c.EndShift):
        return _end_shift(state, actor)
    if isinstance(command, c.IssueToken):
        return access.issue(state.tokens, dict(state.members), command, actor, keeps_members(state, actor), now)
    if isinstance(command, c.RevokeToken):
        return access.revoke(state.tokens, command, actor, keeps_members(state, actor), now)
    if isinstance(command, c.MoveHub | c.ArriveHub | c.ShutOutbox | c.OpenOutbox):
        return _stand(state, command, actor)
    raise UsageProblem("unknown_command", f"Nothing answers the command {command.kind!r}.")


def founding(hub_id: str, name: str, policy: str, members: tuple[tuple[str, tuple[Function, ...]], ...]) -> tuple[e.Event, ...]:
    """The first events of a journal. Raises UsageProblem when name, policy or members will not do."""
    parsed = parse_policy(policy)
    if not members:
        raise UsageProblem("no_members", "A hub needs at least one member.", "Name who is here and in which function.")
    events: list[e.Event] = [
        e.HubCreated(hub_id=hub_id, name=_name("hub", name)),
        e.PolicyAdopted(name=parsed.name, version=parsed.version, text=policy),
    ]
    for member, functions in members:
        event = _member(member, functions)
        _distinct(event.name, (known.name for known in events if isinstance(known, e.MemberAdded)))
        events.append(event)
    return tuple(events)


def _name(what: str, name: str) -> str:
    name = name.strip()
    if not name or len(name) > _LONGEST or not name.isprintable():
        raise UsageProblem("bad_name", f"The {what} needs a name of 1 to {_LONGEST} visible characters.", "Choose another name.")
    return name


def _member(name: str, functions: tuple[Function, ...]) -> e.MemberAdded:
    name = _name("member", name)
    if name_keys(name) & name_keys("system") or any(ch.isspace() or is_hidden(ch) for ch in name) or name.startswith("-"):
        raise UsageProblem("bad_name", f"{name!r} will not do as a member's name.", "Use one word that is not 'system'.")
    if not functions or Function.SYSTEM in functions:
        raise UsageProblem(
            "no_function", f"{name} needs at least one function.", f"One of {', '.join(f for f in Function if f != 'system')}."
        )
    return e.MemberAdded(name=name, functions=tuple(dict.fromkeys(functions)))


def _distinct(name: str, others: Iterable[str]) -> None:
    """Refuse a name that reads like another's, also of somebody who left: who approved what must never be in question."""
    twin = next((other for other in others if other != name and name_keys(other) & name_keys(name)), "")
    if twin:
        raise Conflict(
            "bad_name",
            f"{name} reads like {twin}, who is or was a member.",
            f"Choose a name that nobody can mistake, or {twin} for that very person.",
        )


def _may(state: HubState, actor: Actor, what: str, *functions: Function) -> None:
    """Those who hold a function may; while nobody in the hub holds one, every member may."""
    anybody = any(set(held) & set(functions) for _, held in state.members)
    if anybody and not actor.holds(*functions):
        raise Refused("not_permitted", f"{actor.name} may not {what}: that takes {' or '.join(functions)}.")


def _may_change_members(state: HubState, actor: Actor) -> None:
    """Supervisors may; in a hub without one, legal; only where there is neither, everybody."""
    supervised = any(Function.SUPERVISOR in held for _, held in state.members)
    _may(state, actor, "change the members", Function.SUPERVISOR if supervised else Function.LEGAL)


def keeps_members(state: HubState, actor: Actor) -> bool:
    """Whether the actor is one of those who may change the members."""
    try:
        _may_change_members(state, actor)
    except Refused:
        return False
    return True


def _add_member(state: HubState, cmd: c.AddMember, actor: Actor) -> tuple[e.Event, ...]:
    _may_change_members(state, actor)
    event = _member(cmd.name, cmd.functions)
    if event.name not in dict(state.ever):
        _distinct(event.name, dict(state.ever))
    before = dict(state.members).get(event.name, ())
    if before == event.functions:
        return ()
    if event.name == actor.name:
        _no_power_to_oneself(state, event, before)
    return (event,)


def _no_power_to_oneself(state: HubState, event: e.MemberAdded, before: tuple[Function, ...]) -> None:
    """Nobody makes themselves a reviewer where others review or ever did: one person would then hold both keys, and could
    have come by the second by sending its holders away. Whoever is left alone may where the policy allows it to everybody's eyes.
    """
    alone = len(state.members) == 1
    if alone and state.policy and state.policy.tiny_team:
        return
    decides = {function for _, function in state.policy.gates} if state.policy else set()
    others = {function for name, held in state.ever if name != event.name for function in held}
    taken = [f for f in event.functions if f in decides & others and f not in before]
    if taken:
        raise Refused(
            "not_permitted",
            f"{event.name} may not take up {', '.join(taken)} alone: it approves replies, and others held it.",
            "Add another person in that function, or adopt the policy tiny-team first."
            if alone
            else "Have another supervisor do it, or add another person.",
        )


def _remove_member(state: HubState, cmd: c.RemoveMember, actor: Actor, now: int) -> tuple[e.Event, ...]:
    _may_change_members(state, actor)
    if cmd.name not in dict(state.members):
        raise UsageProblem("unknown_member", f"There is no member {cmd.name!r}.")
    if len(state.members) == 1:
        raise Conflict("last_member", f"{cmd.name} is the last member; a hub needs one.")
    led = state.shift and state.lead == cmd.name  # a shift without its lead would name somebody who is not here
    shift = (e.ShiftEnded(name=state.shift),) if led else ()
    return (e.MemberRemoved(name=cmd.name), *shift, *access.leaving(state.tokens, cmd.name, now))


def _adopt(state: HubState, cmd: c.AdoptPolicy, actor: Actor) -> tuple[e.Event, ...]:
    _may(state, actor, "change the policy", Function.SUPERVISOR, Function.LEGAL)
    policy = parse_policy(cmd.policy)
    if state.policy and policy.version == state.policy.version:
        return ()
    return (e.PolicyAdopted(name=policy.name, version=policy.version, text=cmd.policy),)


def _save(state: HubState, cmd: c.SaveSetting, actor: Actor) -> tuple[e.Event, ...]:
    if cmd.setting not in SETTINGS:
        raise UsageProblem("unknown_setting", f"The hub keeps no {cmd.setting!r}.", f"It keeps {', '.join(SETTINGS)}.")
    if cmd.owner not in ("", actor.name):
        raise Refused("not_permitted", f"{actor.name} may not change {cmd.owner}'s settings.")
    name = _name(cmd.setting, cmd.name)
    if len(cmd.value) > 10_000:
        raise UsageProblem("too_long", f"The {cmd.setting} is longer than a setting may be.", "Shorten it.")
    return (e.SettingSaved(setting=cmd.setting, name=name, value=cmd.value, owner=cmd.owner),)


def _start_shift(state: HubState, cmd: c.StartShift, actor: Actor, now: int) -> tuple[e.Event, ...]:
    _may(state, actor, "start a shift", Function.SUPERVISOR)
    name = _name("shift", cmd.name)
    if cmd.lead not in dict(state.members):
        members = ", ".join(member for member, _ in state.members)
        raise UsageProblem("unknown_member", f"There is no member {cmd.lead!r} to lead the shift.", f"Members: {members}.")
    if (state.shift, state.lead) == (name, cmd.lead):
        return ()
    return (e.ShiftStarted(name=name, lead=cmd.lead, since=now, before=state.shift),)


def _end_shift(state: HubState, actor: Actor) -> tuple[e.Event, ...]:
    _may(state, actor, "end the shift", Function.SUPERVISOR)
    return (e.ShiftEnded(name=state.shift),) if state.shift else ()


def _stand(state: HubState, cmd: c.MoveHub | c.ArriveHub | c.ShutOutbox | c.OpenOutbox, actor: Actor) -> tuple[e.Event, ...]:
    if isinstance(cmd, c.ShutOutbox):
        if actor.name != SYSTEM.name:
            _may(state, actor, "shut the outbox", Function.SUPERVISOR, Function.LEGAL)
        return rooms.shut(state.standing, cmd)
    if isinstance(cmd, c.OpenOutbox):
        _may(state, actor, "open the outbox", Function.SUPERVISOR)
        return rooms.opened(state.standing)
    _may(state, actor, "move the hub", Function.SUPERVISOR)
    return rooms.move(state.standing, cmd) if isinstance(cmd, c.MoveHub) else rooms.arrive(state.standing, cmd)
