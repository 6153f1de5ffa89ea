"""Making a hub: the three questions, their defaults, the members and the policies to choose from."""

import getpass
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from hubconsole.cli import output
from hubconsole.cli.session import Session
from hubconsole.domain.terms import Function
from hubconsole.errors import UsageProblem

DEFAULT_NAME = "Customer hub"
DEFAULT_POLICY = "all-legal"
_FUNCTIONS = tuple(function for function in Function if function is not Function.SYSTEM)
_NAME = re.compile(r"[^\s:+,]{1,40}")

Member = tuple[str, tuple[Function, ...]]


class Preset(NamedTuple):
    """A policy that comes with hubconsole."""

    name: str
    about: str
    """The first comment of its file."""
    text: str


class Answers(NamedTuple):
    """The three answers, as typed; empty where nothing was said."""

    name: str = ""
    members: tuple[str, ...] = ()
    """``NAME:FUNCTION[+FUNCTION]`` each."""
    policy: str = ""


def answers(session: Session, given: Answers, *, ask: bool) -> Answers:
    """The given answers, completed by asking (at a terminal) or by defaults."""
    if ask:
        output.say("Three questions; Enter takes what stands in brackets.")
    name = given.name or _answer(ask, "1. What is the hub called?", DEFAULT_NAME)
    members = given.members or _split(
        _answer(ask, f"2. Who is here, and in which function ({', '.join(_FUNCTIONS)})?", _default_members(), check=_check_members)
    )
    policy = given.policy or _policy_answer(ask)
    return Answers(name, members, policy)


def make(session: Session, given: Answers) -> None:
    """Make the hub and say what comes next. Raises UsageProblem and StoreProblem."""
    from hubconsole.setup import start

    members = tuple(member_from(text) for text in given.members)
    path = Path(session.path)
    start(path, given.name, members, given.policy)
    if session.json:
        output.say_json(
            {
                "name": given.name,
                "store": str(path),
                "policy": given.policy,
                "members": [{"name": name, "functions": list(functions)} for name, functions in members],
            }
        )
        return
    elsewhere = f" --store {path}" if session.shared.store else ""
    output.say(f"{output.safe(given.name)} is ready in {path}, with {len(members)} members and the policy {output.safe(given.policy)}.")
    output.say(f"Open it:            hubconsole board --as {members[0][0]}{elsewhere}")
    output.say(f"Take an enquiry in: hubconsole add --as {members[0][0]}{elsewhere} --channel phone --customer NAME --text WORDS")


def member_from(text: str) -> Member:
    """A member from ``NAME:FUNCTION[+FUNCTION]``. Raises UsageProblem ``member``."""
    name, colon, words = text.partition(":")
    if not colon or not _NAME.fullmatch(name):
        raise UsageProblem("member", f"{text!r} names no member and function.", "Write NAME:FUNCTION, for example maria:service+legal.")
    functions: list[Function] = []
    for word in words.lower().split("+"):
        if word.strip() not in _FUNCTIONS:
            raise UsageProblem("member", f"{word!r} in {text!r} is no function.", f"Use {', '.join(_FUNCTIONS)}.")
        functions.append(Function(word.strip()))
    return name, tuple(dict.fromkeys(functions))


def presets() -> tuple[Preset, ...]:
    """The policies that come with hubconsole, the default first."""
    from hubconsole.resources import fixtures

    found = []
    for file in fixtures().joinpath("policies").iterdir():
        if file.name.endswith(".toml"):
            text = file.read_text(encoding="utf-8")
            about = text.partition("\n")[0].removeprefix("#").strip() if text.startswith("#") else ""
            found.append(Preset(file.name.removesuffix(".toml"), about, text))
    return tuple(sorted(found, key=lambda preset: (preset.name != DEFAULT_POLICY, preset.name)))


def policy_text(which: str) -> str:
    """The TOML of a preset, or of a file. Raises UsageProblem ``policy``."""
    known = {preset.name: preset.text for preset in presets()}
    if which in known:
        return known[which]
    try:
        return Path(which).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblem(
            "policy", f"There is no policy {which!r}, and no readable file of that name.", f"Use a file, or one of {', '.join(known)}."
        ) from error


def _policy_answer(ask: bool) -> str:
    if not ask:
        return DEFAULT_POLICY
    found = presets()
    output.say("3. Which replies need the lawyer?")
    for number, preset in enumerate(found, 1):
        output.say(f"   {number} {preset.name:<16} {preset.about}")

    def check(text: str) -> None:
        if text not in {preset.name for preset in found} and not (text.isdecimal() and 1 <= int(text) <= len(found)):
            raise UsageProblem("policy", f"There is no {text!r} in the list.", f"Type a number from 1 to {len(found)}.")

    said = _answer(True, "  ", "1", check=check)
    return found[int(said) - 1].name if said.isdecimal() else said


def _answer(ask: bool, question: str, default: str, check: Callable[[str], None] | None = None) -> str:
    """What the person types, asked again until it makes sense; the default without asking."""
    while ask:
        try:
            said = input(f"{question} [{default}] ").strip() or default
        except EOFError as error:
            raise KeyboardInterrupt from error
        try:
            if check is not None:
                check(said)
        except UsageProblem as problem:
            sys.stdout.write(f"   {problem}\n")
            continue
        return said
    return default


def _check_members(text: str) -> None:
    for one in _split(text):
        member_from(one)


def _split(text: str) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"[,;\s]+", text) if part)


def _default_members() -> str:
    try:
        me = re.sub(r"[\s:+,]", "", getpass.getuser())[:40] or "agent1"
    except (OSError, KeyError, ImportError):
        me = "agent1"
    return f"{me}:service+supervisor, lawyer1:legal"
