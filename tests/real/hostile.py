"""Every hostile string there is, and a hub in which each of them stands wherever somebody can put words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from hubconsole.clock import HOUR, SECOND, FrozenClock, system_clock
from hubconsole.channels.base import outgoing_from, wire_digest
from hubconsole.domain import commands as c
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.terms import Direction, Disposition, Function, Verdict, Visibility
from hubconsole.errors import HubError
from hubconsole.hub.local import LocalHub
from hubconsole.ids import new_id
from tests.real.terminal import REPOSITORY

POLICY = ALL_LEGAL + '\n[[rule]]\nid = "G-02"\ngate = "brand"\nmode = "pre_approve"\nchannel = "*"\nvisibility = "public"\nflags = []\nwhy = "a public reply speaks for the brand"\nsample_percent = 100\n'
MEMBERS = (
    ("agent1", (Function.SERVICE,)),
    ("lex", (Function.LEGAL,)),
    ("kim", (Function.MARKETING,)),
    ("sue", (Function.SUPERVISOR,)),
)


class Text(NamedTuple):
    """One hostile string and where it is from."""

    name: str
    text: str


def ours() -> list[Text]:
    """The strings that come with the program."""
    return [Text(one["name"], one["text"]) for one in json.loads((REPOSITORY / "fixtures/hostile.json").read_text("utf-8"))]


def collected(corpora: Path) -> list[Text]:
    """The strings of the public collections in a folder; empty when it holds none."""
    folder = corpora / "hostile"
    found: list[Text] = []
    if (folder / "blns.json").is_file():
        found += [Text(f"blns-{n}", text) for n, text in enumerate(json.loads((folder / "blns.json").read_text("utf-8")))]
    if (folder / "terminal_payloads.json").is_file():
        found += [Text(one["name"], one["s"]) for one in json.loads((folder / "terminal_payloads.json").read_text("utf-8"))]
    if (folder / "sqli_quick.txt").is_file():
        found += [Text(f"sqli-{n}", text) for n, text in enumerate((folder / "sqli_quick.txt").read_text("utf-8").splitlines())]
    found += [Text(path.name, path.read_bytes().decode("utf-8")) for path in sorted((folder / "trojan-source").glob("*.txt"))]
    return found


class Placed(NamedTuple):
    """Which enquiries hold which string."""

    name: str
    reviewed: str
    """Key of the enquiry that was returned once and waits for review: the string is in every field of it."""
    new: str
    """Key of the one that is new."""
    stood: str
    """Key of the one that was let stand for this reason."""
    sent: str
    """Key of the one that was sent and marked with this link; empty when it was not made."""


class Planted(NamedTuple):
    """A hub full of strings."""

    path: Path
    placed: list[Placed]
    refused: list[str]
    """What the hub would not take, and why; every field has its rules."""


def plant(path: Path, texts: Sequence[Text], *, sent: bool = True) -> Planted:
    """Make a hub and put every string into every field, by the commands that people have."""
    clock = FrozenClock(system_clock() - 5 * HOUR)
    hub = LocalHub.create(path, name="Bank", policy=POLICY, members=MEMBERS, clock=clock)
    refused: list[str] = []

    def tell(actor: str, commands: Sequence[c.Command]) -> None:
        via = "worker" if actor == "system" else "tui"
        for command, answer in zip(commands, hub.execute_all(commands, actor=actor, via=via), strict=True):
            if isinstance(answer, HubError):
                refused.append(f"{command.kind}: {answer.code}")

    ids = [[new_id(clock.advance(SECOND)) for _ in range(4 if sent else 3)] for _ in texts]
    first: list[c.Command] = []
    for (name, text), (reviewed, new, stood, *out) in zip(texts, ids, strict=True):
        said = text if text.strip() else f"{name}{text}"
        for n, enquiry_id in enumerate((reviewed, new, stood, *out)):
            channel = said if n == 1 else "x"
            first.append(
                c.Receive(
                    enquiry_id=enquiry_id, channel=channel, text=said, customer=said, handle=f"{said}{n}", account=text, subject=text,
                    external_id=f"{text}{n}", thread=text, visibility=Visibility.PUBLIC if n else Visibility.PRIVATE,
                )
            )  # fmt: skip
        first += [
            c.RecordMessage(enquiry_id=reviewed, direction=Direction.OUT, text=said, author=said, external_id=f"{text}out"),
            c.RecordMessage(enquiry_id=reviewed, direction=Direction.IN, text=said, author=said, external_id=f"{text}in"),
            c.AddNote(enquiry_id=reviewed, text=said),
            c.Triage(enquiry_id=reviewed, disposition=Disposition.ENGAGE),
            c.SaveDraft(enquiry_id=reviewed, text=f"Before. {said}", base=0),
            c.Submit(enquiry_id=reviewed),
            c.Triage(enquiry_id=stood, disposition=Disposition.LET_STAND, reason=said),
        ]
        for enquiry_id in out:
            first += [c.SaveDraft(enquiry_id=enquiry_id, text=said, base=0, visibility=Visibility.PRIVATE), c.Submit(enquiry_id=enquiry_id)]
    tell("agent1", first)
    clock.advance(SECOND)
    views = {one: hub.enquiry(one) for four in ids for one in (four[0], *four[3:])}
    decided: list[c.Command] = []
    for (name, text), (reviewed, _, _, *out) in zip(texts, ids, strict=True):
        said = text if text.strip() else f"{name}{text}"
        digest = views[reviewed].drafts[-1].digest
        decided += [
            c.OpenReview(enquiry_id=reviewed, gate="legal", digest=digest),
            c.AskAuthor(enquiry_id=reviewed, gate="legal", text=said),
            c.Decide(enquiry_id=reviewed, gate="legal", verdict=Verdict.RETURN, digest=digest, reason=said, note=text),
        ]
        for enquiry_id in out:
            found = tuple(word.rpartition(":")[0] for word in views[enquiry_id].row.flags.split() if word.endswith(":block"))
            decided.append(
                c.Decide(
                    enquiry_id=enquiry_id, gate="legal", verdict=Verdict.APPROVE, digest=views[enquiry_id].drafts[-1].digest, confirm=found
                )
            )
    tell("lex", decided)
    again: list[c.Command] = []
    for (name, text), (reviewed, _, _, *out) in zip(texts, ids, strict=True):
        said = text if text.strip() else f"{name}{text}"
        again += [c.SaveDraft(enquiry_id=reviewed, text=said, base=1), c.Submit(enquiry_id=reviewed)]
        again += [c.Send(enquiry_id=enquiry_id, via="manual", now=True) for enquiry_id in out]
    tell("agent1", again)
    done: list[c.Command] = []
    for four in ids:
        for enquiry_id in four[3:]:
            sends = hub.enquiry(enquiry_id).sends
            row = hub.outgoing(sends[-1].id) if sends else None
            if row is not None:
                done += [
                    c.ClaimSend(enquiry_id=enquiry_id, send_id=row.send_id, wire_digest=wire_digest(outgoing_from(row))),
                    c.FinishSend(enquiry_id=enquiry_id, send_id=row.send_id, outcome="handed_over"),
                ]
    tell("system", done)
    tell("agent1", [c.MarkSent(enquiry_id=four[3], link=text) for (_, text), four in zip(texts, ids, strict=True) if four[3:]])
    views_of = [text for _, text in texts if text.isprintable() and 0 < len(text.strip()) <= 60][:3]
    tell("agent1", [c.SaveSetting(setting="view", name=name, value=json.dumps(f"text:{name[:8]}"), owner="agent1") for name in views_of])
    tell("agent1", [c.SaveSetting(setting="view", name=f"{n}", value=json.dumps(text)) for n, (_, text) in enumerate(texts[:40])])
    numbers = {row.id: row.key for four in ids for row in hub.rows(four)}
    hub.close()
    placed = [Placed(name, *(numbers[one] for one in four[:3]), numbers[four[3]] if four[3:] else "") for (name, _), four in zip(texts, ids, strict=True)]
    return Planted(path, placed, refused)


def harmless(count: int) -> list[Text]:
    """As many strings that nobody could mind, for comparison; with a no-break space, so that a mark is drawn."""
    return [Text(f"plain-{n}", f"Please help me with this number {n} here\u00a0now") for n in range(count)]
