"""Who and what the small world is made of: people, texts, policies, and how large it is."""

from dataclasses import dataclass, replace

from hubconsole.domain.enquiry import Actor
from hubconsole.domain.policy import Policy, parse_policy
from hubconsole.domain.terms import Function

WRITER = Actor("wren", frozenset({Function.SERVICE}))
LAWYER = Actor("lena", frozenset({Function.LEGAL}))
SECOND = Actor("lou", frozenset({Function.LEGAL, Function.SERVICE, Function.MARKETING}))
PEOPLE = (WRITER, LAWYER, SECOND)
TEXTS = ("alpha beta", "alpha gamma")
ENQUIRY = "01900000-0000-7000-8000-000000000001"
LIFE = 10
"""Ticks that an approval holds."""

GATES = {"legal": Function.LEGAL, "brand": Function.MARKETING}


@dataclass(frozen=True)
class Scope:
    """How large the world is."""

    policies: tuple[Policy, ...]
    demanded: tuple[str, ...]
    """The gates that these policies demand."""
    versions: int = 2
    messages: int = 2
    ticks: int = 1
    people: tuple[Actor, ...] = PEOPLE


def policy(name: str, amend: str, gates: tuple[str, ...]) -> Policy:
    """A policy that demands ``gates`` and whose approvals hold ``LIFE`` ticks."""
    rules = "".join(f'[[rule]]\nid = "{gate}"\ngate = "{gate}"\n' for gate in gates)
    toml = f'name = "{name}"\namend = "{amend}"\nundo_seconds = 0\n[gates]\nlegal = "legal"\nbrand = "marketing"\n{rules}'
    return replace(parse_policy(toml), approval_ms=LIFE, claim_ms=LIFE)


ONE_GATE = Scope((policy("one", "at_once", ("legal",)), policy("two", "author_accepts", ("legal",))), ("legal",))
ANOTHER_APPROVES = Scope((policy("three", "second_lawyer", ("legal",)),), ("legal",), messages=1)
TWO_GATES = Scope((policy("both", "at_once", ("legal", "brand")),), ("legal", "brand"), messages=1)
