"""Reading the demonstration's content: the hub, its policy, its enquiries, and the customers' words from banking77."""

import json
import tomllib
from typing import Any, NamedTuple

from hubconsole import resources
from hubconsole.clock import MINUTE
from hubconsole.demo.story import StoryStep, parse_step
from hubconsole.domain.terms import Function, Visibility
from hubconsole.errors import UsageProblem


class Told(NamedTuple):
    """One enquiry of the demonstration."""

    age: int
    """Milliseconds before "now" at which it arrived."""
    channel: str
    customer: str
    handle: str
    visibility: Visibility
    priority: int
    subject: str
    text: str
    story: tuple[StoryStep, ...]


class Content(NamedTuple):
    """Everything that the demonstration hub is made of."""

    name: str
    policy: str
    """TOML text."""
    members: tuple[tuple[str, tuple[Function, ...]], ...]
    accounts: tuple[tuple[str, str], ...]
    """(channel, which of our accounts is written to)."""
    enquiries: tuple[Told, ...]
    """In order of arrival."""
    spare: tuple[str, ...]
    """Customers' words that no enquiry uses yet; later arrivals are drawn from them."""

    def account(self, channel: str) -> str:
        """Our account on a channel; empty when the hub has none there."""
        return dict(self.accounts).get(channel, "")


def hub_name() -> str:
    """What the demonstration hub is called; cheaper than reading all of it."""
    return str(_toml("hub.toml")["name"])


def load() -> Content:
    """Read it from the installed fixtures. Raises UsageProblem when a file is missing or makes no sense."""
    folder = resources.fixtures()
    hub = _toml("hub.toml")
    words = dict(_banking77(resources.read_text(folder, "banking77", "selection.jsonl")))
    told: list[Told] = []
    used: set[str] = set()
    for place, raw in enumerate(_toml("enquiries.toml")["enquiry"], 1):
        source = str(raw.get("banking77", ""))
        if source and source not in words:
            raise UsageProblem("bad_story", f"Enquiry number {place} of the demonstration names the unknown text {source!r}.")
        used.add(source)
        told.append(_told(raw, words.get(source, "")))
    return Content(
        name=str(hub["name"]),
        policy=resources.read_text(folder, "bank", "policy.toml"),
        members=tuple((name, tuple(Function(f) for f in functions)) for name, functions in hub["members"].items()),
        accounts=tuple((channel, str(account)) for channel, account in hub["accounts"].items()),
        enquiries=tuple(sorted(told, key=lambda t: -t.age)),
        spare=tuple(text for source, text in words.items() if source not in used),
    )


def _told(raw: dict[str, Any], banking77: str) -> Told:
    return Told(
        age=round(raw["age"] * MINUTE),
        channel=raw["channel"],
        customer=raw["customer"],
        handle=raw["handle"],
        visibility=Visibility(raw.get("visibility", "private" if raw["channel"] == "email" else "public")),
        priority=raw["priority"],
        subject=raw.get("subject", ""),
        text=banking77 or raw["text"],
        story=tuple(parse_step(line) for line in raw.get("story", [])),
    )


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.read_text(resources.fixtures(), "bank", name))


def _banking77(text: str) -> list[tuple[str, str]]:
    rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    return [(row["id"], row["text"]) for row in rows]
