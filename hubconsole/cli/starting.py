"""Making a hub at the terminal: three questions, each with a default, or flags."""

import getpass
import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

from hubconsole import setup
from hubconsole.cli import output
from hubconsole.cli.given import text_of
from hubconsole.cli.session import Session
from hubconsole.clock import system_clock
from hubconsole.config import load, save_setting
from hubconsole.domain.policy import Policy, parse_policy
from hubconsole.errors import HubError, Refused, UsageProblem
from hubconsole.store.opening import is_database, shown, split_hub

T = TypeVar("T")


class Answers(NamedTuple):
    """The three answers, as typed; empty where nothing was said."""

    name: str = ""
    members: tuple[str, ...] = ()
    """``NAME:FUNCTION[+FUNCTION]`` each."""
    policy: str = ""
    """A preset's name or a TOML file."""


def refuse_taken(session: Session) -> None:
    """Raise Refused ``hub_exists`` when there is a file, or a hub in the database, already where the hub is to be."""
    place, other = session.path, "name another file: --store."
    if is_database(place):
        from hubconsole.hub.transfer import StoreSide

        taken, other = StoreSide(place).end("") is not None, "add ?hub=NAME to the URL to make another beside it."
    else:
        taken = os.path.exists(place)
    if taken:
        message = f"There is a hub at {shown(place)} already; nothing was changed."
        raise Refused("hub_exists", message, f"Open it: hubconsole board; or {other}")


def answers(session: Session, given: Answers, *, ask: bool) -> Answers:
    """The given answers, completed by asking (at a terminal) or by defaults.

    A database's URL that asks for a hub by name (``?hub=``) has named it. Raises UsageProblem ``two_names`` for two names.
    """
    named = split_hub(session.path)[1] if is_database(session.path) else ""
    if named and given.name not in ("", named):
        why = f"The URL names the hub {named!r} and --name {given.name!r}: it would not be found again."
        raise UsageProblem("two_names", why, "Leave one of them out.")
    given = given._replace(name=given.name or named)
    members = " ".join(f"{who.name}:{'+'.join(who.functions)}" for who in setup.default_members(_user()))
    if not ask:
        return Answers(given.name or setup.DEFAULT_NAME, given.members or tuple(members.split()), given.policy or setup.DEFAULT_POLICY)
    output.say("Three questions; Enter takes what stands in brackets.\n")
    name = given.name or _answer("1. What is the hub called?", setup.DEFAULT_NAME, str.strip)
    if given.members:
        people = given.members
    else:
        output.say(output.wrapped(f"2. Who is here, you first, and in which function ({', '.join(setup.HOLDABLE)})?", indent="   "))
        people = _answer("  ", members, _people)
    return Answers(name, people, given.policy or _policy_answer())


def make(session: Session, given: Answers) -> None:
    """Make the hub and say what comes next. Raises UsageProblem, Refused and Unreachable."""
    members = setup.parse_members(given.members)
    text = policy_text(given.policy)
    policy = parse_policy(text, given.policy)
    refuse_taken(session)
    setup.create(session.path, given.name, text, members, system_clock).close()
    advice = setup.advice(members, policy)
    kept = _keep(session, members[0].name)
    if session.json:
        output.say_json(
            {
                "name": given.name,
                "store": shown(session.path),
                "policy": policy.name,
                "members": [{"name": who.name, "functions": list(who.functions)} for who in members],
                "advice": list(advice),
                "member": kept or None,
            }
        )
        return
    _tell(session, given.name, members, policy, advice, kept)


def _keep(session: Session, first: str) -> str:
    """Remember the first member as the person at this keyboard; their name, or empty where that was not done.

    Only for the hub that commands find by themselves, and only when nothing says who acts: a name kept for a hub
    that was named for the occasion would be in the way everywhere else.
    """
    settings = load()
    elsewhere = bool(session.shared.store or os.environ.get("HUBCONSOLE_STORE"))
    if elsewhere or session.shared.as_ or settings.member:
        return ""
    try:
        save_setting("member", first)
    except HubError:
        return ""  # the hub is made; a settings file that cannot be written takes nothing from it
    return first


def open_board(session: Session, given: Answers) -> int:
    """Open the board as the first member, if the person likes; the exit code is returned."""
    from hubconsole.cli import opening
    from hubconsole.cli.options import ScreenRequest

    first = setup.parse_member(given.members[0]).name
    try:
        wanted = input(f"\nOpen the board now, as {first}? [Y/n] ").strip().lower() in ("", "y", "yes")
    except EOFError:
        output.say()
        return 0
    return opening.open_screen(ScreenRequest("board", store=session.path, as_=first)) if wanted else 0


def policy_text(which: str) -> str:
    """The TOML of a preset, or of a file. Raises UsageProblem ``unknown_policy``."""
    known = {preset.name: preset.text for preset in setup.presets()}
    if which in known:
        return known[which]
    if not Path(which).exists():
        message = f"There is no policy {which!r}, and no file of that name."
        raise UsageProblem("unknown_policy", message, f"Use a file, or one of {', '.join(known)}.")
    return text_of(which)


def _tell(session: Session, name: str, members: tuple[setup.MemberSpec, ...], policy: Policy, advice: tuple[str, ...], kept: str) -> None:
    place = shown(session.path)
    secret = place != session.path
    elsewhere = f" --store {shlex.quote(place)}" if session.shared.store and not secret else ""
    here = "" if kept else f" --as {members[0].name}"
    people = output.count(len(members), "member")
    lines = [f"{output.safe(name)} is ready: {people}, policy {output.safe(policy.name)}, in {output.safe(place)}"]
    lines += [f"  ! {sentence}" for sentence in advice]
    if secret and session.shared.store:
        lines.append("The URL with its password, which is not repeated here, goes into HUBCONSOLE_STORE for these:")
    if kept:
        lines.append(f"Here you are {kept}; that is kept in {output.safe(str(load().path))}, and --as NAME acts as somebody else.")
    lines.append(f"Open it:             hubconsole board{here}{elsewhere}")
    lines.append(f"Take an enquiry in:  hubconsole add{here}{elsewhere} --channel phone --customer NAME --text WORDS")
    lines.append(f"Or many:             hubconsole import FILE{here}{elsewhere}")
    for line in lines:
        output.say(output.wrapped(line, indent="    "))


def _policy_answer() -> str:
    presets = setup.presets()
    output.say("3. Which replies need the lawyer?")
    for number, preset in enumerate(presets, 1):
        output.say(output.wrapped(f"   {number} {preset.name:<16} {preset.about}", indent=" " * 22))

    def chosen(said: str) -> str:
        if said.isdecimal() and 1 <= int(said) <= len(presets):
            return presets[int(said) - 1].name
        return setup.preset(said).name

    return _answer("  ", "1", chosen)


def _answer(question: str, default: str, read: Callable[[str], T]) -> T:
    """What the person types, asked again until it makes sense."""
    while True:
        try:
            said = input(f"{question} [{default}] ").strip() or default
        except EOFError as error:
            output.say()
            raise KeyboardInterrupt from error
        try:
            return read(said)
        except UsageProblem as problem:
            output.say(output.wrapped(f"   {output.safe(str(problem))}", indent="   "))


def _people(said: str) -> tuple[str, ...]:
    """Members separated by spaces, commas or semicolons; checked, as typed."""
    words = tuple(said.replace(",", " ").replace(";", " ").split())
    setup.parse_members(words)
    return words


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
