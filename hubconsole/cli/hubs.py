"""The hub itself: start, members, policy, shift, rebuild."""

from typing import Annotated

import typer

from hubconsole.cli import output
from hubconsole.cli.session import Session
from hubconsole.cli.verbs import verb

_NO_SHIFTS = frozenset(("start", "begin", "end", "stop", "on", "off"))
"""Words that are meant as orders where the shift's name stands."""

app = typer.Typer()
_members = typer.Typer(help="Who is here: list, add, remove.")
_policy = typer.Typer(help="Which replies need which approval: show, list, adopt.")
app.add_typer(_members, name="members")
app.add_typer(_policy, name="policy")


@verb(app, "start")
def start(
    session: Session,
    name: Annotated[str, typer.Option("--name", help="What the hub is called.")] = "",
    member: Annotated[
        list[str] | None,
        typer.Option("--member", metavar="NAME:FUNCTION[+FUNCTION]", help="Who is here and in which functions (repeatable)."),
    ] = None,
    policy: Annotated[
        str, typer.Option("--policy", metavar="NAME|FILE", help="Which replies need the lawyer: a preset (policy list) or a TOML file.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing; take the defaults for what is not said.")] = False,
) -> None:
    """Make a hub of your own: three questions, each with a default."""
    from hubconsole.cli.starting import Answers, answers, make, open_board, refuse_taken

    refuse_taken(session)
    ask = session.interactive and not yes
    given = answers(session, Answers(name, tuple(member or ()), policy), ask=ask)
    make(session, given)
    if ask:
        raise typer.Exit(open_board(session, given))


@verb(_members, "list")
def members_list(session: Session) -> None:
    """List the members, active ones first."""
    from hubconsole.cli.shapes import member_of

    members = session.hub.members()
    if session.json:
        output.say_json([member_of(member) for member in members])
        return
    output.table(
        ("NAME", "FUNCTIONS"),
        [(member.name, " ".join(member.functions) + ("" if member.active else " (gone)")) for member in members],
        width=output.terminal_width(),
    )


@verb(_members, "add")
def members_add(
    session: Session,
    who: Annotated[str, typer.Argument(metavar="NAME:FUNCTION[+FUNCTION]", help="For example maria:service+marketing.")],
) -> None:
    """Add a member, or change a member's functions."""
    from hubconsole.domain.commands import AddMember
    from hubconsole.setup import parse_member

    name, functions = parse_member(who)
    session.act(AddMember(name=name, functions=functions), f"{name} is a member: {', '.join(functions)}")


@verb(_members, "remove")
def members_remove(session: Session, name: Annotated[str, typer.Argument(metavar="NAME", help="Who leaves.")]) -> None:
    """Let a member go; what they did stays."""
    from hubconsole.domain.commands import RemoveMember

    before = _advice(session)
    receipt = session.do(RemoveMember(name=name))
    missing = [sentence for sentence in _advice(session) if sentence not in before]
    if session.json:
        from hubconsole.cli.shapes import receipt_of

        output.say_json(receipt_of(receipt) | {"advice": missing})
        return
    session.answer(receipt, f"{name} is no longer a member")
    for sentence in missing:
        output.say(f"  ! {output.safe(sentence)}")


def _advice(session: Session) -> tuple[str, ...]:
    """What will not work with the members and the policy there are now."""
    from hubconsole.domain.terms import Function
    from hubconsole.setup import advice

    members = [(who.name, tuple(Function(word) for word in who.functions)) for who in session.hub.members() if who.active]
    return advice(members, session.hub.policy())


@verb(_policy, "show")
def policy_show(session: Session) -> None:
    """Print the policy in force."""
    policy = session.hub.policy()
    if session.json:
        output.say_json(
            {
                "name": policy.name,
                "version": policy.version,
                "tiny_team": policy.tiny_team,
                "gates": [{"gate": gate, "function": function} for gate, function in policy.gates],
                "text": policy.text,
            }
        )
        return
    for line in policy.text.splitlines():
        output.say(output.safe(line))
    output.remark(f"(policy {output.safe(policy.name)}, version {policy.version}{', tiny team' if policy.tiny_team else ''})")


@verb(_policy, "list")
def policy_list(session: Session) -> None:
    """List the policies that come with hubconsole."""
    from hubconsole.setup import presets

    found = presets()
    if session.json:
        output.say_json([{"name": preset.name, "about": preset.about} for preset in found])
        return
    for preset in found:
        output.say(f"{preset.name:<18} {preset.about}")


@verb(_policy, "adopt")
def policy_adopt(
    session: Session,
    which: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A preset (policy list) or a TOML file.")],
) -> None:
    """Put another policy in force; approvals given under the old one go back to review."""
    from hubconsole.cli.starting import policy_text
    from hubconsole.domain.commands import AdoptPolicy
    from hubconsole.domain.policy import parse_policy

    text = policy_text(which)
    policy = parse_policy(text, which)
    session.act(AdoptPolicy(policy=text), f"the policy {policy.name} is in force")


@verb(app, "shift")
def shift(
    session: Session,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The shift that begins; without it, the one that is on is shown.")] = "",
    lead: Annotated[str, typer.Option("--lead", metavar="MEMBER", help="Who leads it; default: you.")] = "",
    end: Annotated[bool, typer.Option("--end", help="End the shift that is on.")] = False,
) -> None:
    """Show, start or end the shift (supervisors)."""
    from hubconsole.domain.commands import EndShift, StartShift
    from hubconsole.errors import UsageProblem

    if end and (name or lead):
        raise UsageProblem("shift", "A shift either begins or ends.", "Give a NAME or --end; a new one ends the one before.")
    if lead and not name:
        raise UsageProblem("shift", "A shift that begins has a name.", "For example: hubconsole shift B --lead MEMBER")
    word = name.strip().lower()
    if word in _NO_SHIFTS:
        raise UsageProblem(
            "shift",
            f"{word!r} is no name for a shift.",
            "Begin one by its name, hubconsole shift B; end it with --end.",
        )
    if name:
        led = lead or session.member
        session.act(StartShift(name=name, lead=led), f"the shift {name} is on, led by {led}")
    elif end:
        session.act(EndShift(), "the shift is over" if session.hub.info().shift else "no shift is on")
    else:
        _show_shift(session)


def _show_shift(session: Session) -> None:
    info = session.hub.info()
    if session.json:
        from hubconsole.clock import iso

        output.say_json({"shift": info.shift or None, "lead": info.shift_lead or None, "since": iso(info.shift_since or None)})
        return
    if not info.shift:
        output.say("No shift is on.")
        return
    output.say(f"Shift {output.safe(info.shift)}, led by {output.safe(info.shift_lead)}, since {output.local_time(info.shift_since)}.")


@verb(app, "rebuild")
def rebuild(session: Session) -> None:
    """Build every table anew from the journal."""
    events = session.local.rebuild()
    if session.json:
        output.say_json({"events": events, "store": session.local.store.place})
        return
    output.say(f"Rebuilt from {output.count(events, 'event')}.")
