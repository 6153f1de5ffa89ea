"""Every hostile string there is, and a hub in which each of them stands wherever somebody can put words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from hubconsole.channels.base import outgoing_from, wire_digest
from hubconsole.clock import HOUR, SECOND, FrozenClock, system_clock
from hubconsole.domain import commands as c
from hubconsole.domain.channel_names import channel_name
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.terms import Direction, Disposition, Function, Verdict, Visibility
from hubconsole.errors import HubError, UsageProblem
from hubconsole.hub.local import LocalHub
from hubconsole.ids import new_id
from hubconsole.store.rows import EnquiryView
from tests.real.terminal import REPOSITORY

POLICY = f"""{ALL_LEGAL}
[[rule]]
id = "G-02"
gate = "brand"
mode = "pre_approve"
channel = "*"
visibility = "public"
flags = []
why = "a public reply speaks for the brand"
sample_percent = 100
"""
MEMBERS = (
    ("agent1", (Function.SERVICE,)),
    ("lex", (Function.LEGAL,)),
    ("kim", (Function.MARKETING,)),
    ("sue", (Function.SUPERVISOR,)),
)


LONGEST = 7_900
"""Characters that fit into one reply on every channel used here."""


class Text(NamedTuple):
    """One hostile string and where it is from."""

    name: str
    text: str


def ours() -> list[Text]:
    """The strings that come with the program."""
    return [Text(one["name"], one["text"]) for one in json.loads((REPOSITORY / "fixtures/hostile.json").read_text("utf-8"))]


def collected(corpora: Path) -> list[Text]:
    """Every string of the public collections in a folder, each once; empty when it holds none."""
    folder = corpora / "hostile"
    found: list[Text] = []
    if (folder / "blns.json").is_file():
        found += [Text(f"blns-{n}", text) for n, text in enumerate(json.loads((folder / "blns.json").read_text("utf-8")))]
    if (folder / "terminal_payloads.json").is_file():
        found += [Text(one["name"], one["s"]) for one in json.loads((folder / "terminal_payloads.json").read_text("utf-8"))]
    if (folder / "sqli_quick.txt").is_file():
        found += [Text(f"sqli-{n}", text) for n, text in enumerate((folder / "sqli_quick.txt").read_text("utf-8").splitlines())]
    found += [Text(path.name, path.read_bytes().decode("utf-8")) for path in sorted((folder / "trojan-source").glob("*.txt"))]
    return list({one.text: one for one in found}.values())  # a hub takes one message in once


class Planted(NamedTuple):
    """A hub full of strings."""

    path: Path
    reviewed: list[str]
    """Keys of the enquiries with a reply in review; each has a group of strings in all its fields."""
    branded: list[str]
    """Of these, the keys of those that are public, so that marketing decides about them too."""
    refused: list[str]
    """What the hub would not take, and why; every field has its rules."""


def plant(path: Path, texts: Sequence[Text], *, group: int = 6) -> Planted:
    """Make a hub and put every string into every field, by the commands that people have.

    Each string has an enquiry that is new, one that was let stand and one that was sent; strings by the group share one
    whose reply was returned once and waits for review.
    """
    clock = FrozenClock(system_clock() - 5 * HOUR)
    hub = LocalHub.create(path, name="Bank", policy=POLICY, members=MEMBERS, clock=clock)
    refused: list[str] = []

    def tell(actor: str, commands: Sequence[c.Command]) -> None:
        clock.advance(SECOND)
        via = "worker" if actor == "system" else "tui"
        for command, answer in zip(commands, hub.execute_all(commands, actor=actor, via=via), strict=True):
            if isinstance(answer, HubError):
                refused.append(f"{command.kind}: {answer.code}")

    groups = [texts[n : n + group] for n in range(0, len(texts), group)]
    together = [new_id(clock.advance(SECOND)) for _ in groups]
    alone = [tuple(new_id(clock.advance(SECOND)) for _ in range(3)) for _ in texts]
    for n, (some, one) in enumerate(zip(groups, together, strict=True)):
        tell("agent1", _in_review(one, some, Visibility.PUBLIC if n % 2 else Visibility.PRIVATE))
    tell("agent1", [command for text, three in zip(texts, alone, strict=True) for command in _by_itself(text, three)])
    drafts = {one: hub.enquiry(one) for one in (*together, *(three[2] for three in alone))}
    tell(
        "lex",
        [command for some, one in zip(groups, together, strict=True) for command in _returned(one, some, drafts[one].drafts[-1].digest)],
    )
    approved = [view for one, view in drafts.items() if one not in together]
    tell("lex", [_approved(view) for view in approved])
    again: list[c.Command] = []
    for some, one in zip(groups, together, strict=True):
        again += [c.SaveDraft(enquiry_id=one, text=_joined(some), base=1), c.Submit(enquiry_id=one)]
    tell("agent1", [*again, *(c.Send(enquiry_id=view.row.id, via="manual", now=True) for view in approved)])
    done: list[c.Command] = []
    for view in approved:
        sends = hub.enquiry(view.row.id).sends
        row = hub.outgoing(sends[-1].id) if sends else None
        if row is not None:
            wire = wire_digest(outgoing_from(row))
            done += [c.ClaimSend(enquiry_id=view.row.id, send_id=row.send_id, wire_digest=wire)]
            done += [c.FinishSend(enquiry_id=view.row.id, send_id=row.send_id, outcome="handed_over")]
    tell("system", done)
    tell("agent1", [c.MarkSent(enquiry_id=three[2], link=text.text) for text, three in zip(texts, alone, strict=True)])
    names = ["a view", *[text for _, text in texts if text.isprintable() and 0 < len(text.strip()) <= 60][:4]]
    tell(
        "agent1",
        [
            c.SaveSetting(setting="view", name=name, value=json.dumps(text), owner="agent1")
            for name, (_, text) in zip(names, texts, strict=False)
        ],
    )
    rows = [row for row in hub.rows(together) if row.state == "in_review"]
    hub.close()
    return Planted(path, [row.key for row in rows], [row.key for row in rows if row.visibility == "public"], refused)


def said(text: Text) -> str:
    """The string, with its name in front where the hub wants words and it has none."""
    return text.text if text.text.strip() else f"{text.name}{text.text}"


def _channel(words: str) -> str:
    """The string as a channel's name where the hub takes it for one; another channel where it does not."""
    try:
        return channel_name(words)
    except UsageProblem:
        return "web"


def _joined(some: Sequence[Text]) -> str:
    return "\n".join(said(text) for text in some)[:LONGEST]


def _in_review(one: str, some: Sequence[Text], visibility: Visibility) -> list[c.Command]:
    at = [text.text for text in some]
    commands: list[c.Command] = [
        c.Receive(
            enquiry_id=one, channel="x" if visibility is Visibility.PRIVATE else "facebook", text=said(some[0]), customer=said(some[0]),
            handle=said(some[-1]), account=at[1 % len(at)], subject=at[2 % len(at)], external_id=at[0], thread=at[0], visibility=visibility,
        )
    ]  # fmt: skip
    for text in some:
        commands += [
            c.RecordMessage(enquiry_id=one, direction=Direction.OUT, text=said(text), author=said(text), external_id=f"{text.text}out"),
            c.AddNote(enquiry_id=one, text=said(text)),
            c.RecordMessage(enquiry_id=one, direction=Direction.IN, text=said(text), author=said(text), external_id=f"{text.text}in"),
        ]
    commands.append(c.Triage(enquiry_id=one, disposition=Disposition.ENGAGE))
    return [*commands, c.SaveDraft(enquiry_id=one, text=f"Before. {_joined(some)}"[:LONGEST], base=0), c.Submit(enquiry_id=one)]


def _returned(one: str, some: Sequence[Text], digest: str) -> list[c.Command]:
    return [
        c.OpenReview(enquiry_id=one, gate="legal", digest=digest),
        *(c.AskAuthor(enquiry_id=one, gate="legal", text=said(text)) for text in some),
        c.Decide(enquiry_id=one, gate="legal", verdict=Verdict.RETURN, digest=digest, reason=said(some[0]), note=some[-1].text),
    ]


def _by_itself(text: Text, three: tuple[str, ...]) -> list[c.Command]:
    new, stood, sent = three
    words = said(text)
    commands: list[c.Command] = [
        c.Receive(
            enquiry_id=one, channel=_channel(words) if one == new else "x", text=words, customer=words, handle=words, account=text.text,
            subject=text.text, external_id=f"{text.text}{n}", thread=text.text, visibility=Visibility.PRIVATE,
        )
        for n, one in enumerate(three)
    ]  # fmt: skip
    commands.append(c.Triage(enquiry_id=stood, disposition=Disposition.LET_STAND, reason=words))
    return [*commands, c.SaveDraft(enquiry_id=sent, text=words, base=0), c.Submit(enquiry_id=sent)]


def _approved(view: EnquiryView) -> c.Command:
    draft = view.drafts[-1]
    flags = tuple(dict.fromkeys(word.rpartition(":")[0] for word in view.row.flags.split() if word.endswith(":block")))
    return c.Decide(enquiry_id=view.row.id, gate="legal", verdict=Verdict.APPROVE, digest=draft.digest, confirm=flags)


def harmless(count: int) -> list[Text]:
    """As many strings that nobody could mind, for comparison; with a no-break space, so that a mark is drawn."""
    return [Text(f"plain-{n}", f"Please help me with this number {n} here\u00a0now") for n in range(count)]
