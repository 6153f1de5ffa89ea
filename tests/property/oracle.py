"""An account of a hub kept from its journal alone, with none of the code that wrote it: who wrote which words, what was
approved, what left. It computes digests by itself and raises Broken when a reply left that should not have."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from hubconsole.hub.port import JournalEntry

CLOCKS_APART = 60_000
APPROVING = {"approve", "approve_with_conditions", "amend", "not_required"}


class Broken(AssertionError):
    """An invariant does not hold; the message names it."""


@dataclass(frozen=True)
class Rules:
    """What the oracle is told of a policy: gates that every reply needs with the function that decides them, and for how long."""

    gates: dict[str, str]
    holds_ms: int
    amends_at_once: bool = True
    """Whether a reviewer's amendment is approved by the amending itself."""


@dataclass
class Approval:
    """An approval that counts."""

    gate: str
    digest: str
    by: str
    until: int
    waits: str
    since: int


@dataclass
class Reply:
    """One enquiry with its newest reply."""

    envelope: dict[str, Any] = field(default_factory=dict)
    visibility: str = ""
    text: str = ""
    version: int = 0
    author: str = ""
    wrote_before: set[str] = field(default_factory=set)
    """Who wrote words of the version before."""
    attachments: list[str] = field(default_factory=list)
    amended: tuple[int, str, str] = (0, "", "")
    """The version that was made by amending with at once counting approval, at which gate and by whom."""
    approvals: dict[str, Approval] = field(default_factory=dict)
    out: set[int] = field(default_factory=set)
    sends: dict[str, int] = field(default_factory=dict)


class Oracle:
    """Reads a journal in order. Words of members are tokens such as ``ada-1``: whoever's name a token bears wrote it."""

    def __init__(self, rules: dict[str, Rules]) -> None:
        self.rules = rules
        self.policy = ""
        self.version = ""
        self.functions: dict[str, set[str]] = {}
        self.replies: defaultdict[str, Reply] = defaultdict(Reply)
        self.claims = 0
        self.seq = 0

    def read(self, entries: Iterable[JournalEntry]) -> None:
        """Take further events into account. Raises Broken."""
        for entry in entries:
            if entry.seq != self.seq + 1:
                raise Broken(f"P9: event {entry.seq} follows {self.seq}")
            self.seq = entry.seq
            handle = getattr(self, "_" + entry.kind.replace(".", "_"), None)
            if handle:
                handle(entry, entry.body, self.replies[entry.stream])

    def digest(self, eid: str, reply: Reply) -> str:
        """The digest of the reply as it stands, from the facts."""
        facts = {
            **reply.envelope, "attachments": reply.attachments, "enquiry": eid, "policy": self.version, "v": 1,
            "text": hashlib.sha256(reply.text.encode()).hexdigest(), "visibility": reply.visibility,
        }  # fmt: skip
        return hashlib.sha256(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def wrote(self, reply: Reply) -> set[str]:
        """Whose words stand in the reply, and its author."""
        return {token.partition("-")[0] for token in reply.text.split()} | {reply.author}

    def _policy_adopted(self, entry: JournalEntry, body: Any, reply: Reply) -> None:
        self.policy, self.version = body["name"], body["version"]

    def _member_added(self, entry: JournalEntry, body: Any, reply: Reply) -> None:
        self.functions[body["name"]] = set(body["functions"])

    def _member_removed(self, entry: JournalEntry, body: Any, reply: Reply) -> None:
        self.functions[body["name"]] = set()

    def _enquiry_received(self, entry: JournalEntry, body: Any, reply: Reply) -> None:
        reply.envelope = {
            "channel": body["channel"], "account": body["account"], "recipient": body["handle"], "in_reply_to": body["message_id"],
            "subject": body["subject"],
        }  # fmt: skip

    def _recipient_set(self, entry: JournalEntry, body: Any, reply: Reply) -> None:
        reply.envelope["recipient"] = body["recipient"]

    def _message_recorded(self, entry: JournalEntry, body: Any, reply: Reply) -> None:
        if body["direction"] == "in":
            reply.envelope["in_reply_to"] = body["message_id"]

    def _draft_saved(self, entry: JournalEntry, body: Any, reply: Reply) -> None:
        if body["version"] != reply.version + 1:
            raise Broken("a version was lost")
        reply.wrote_before = self.wrote(reply)
        reply.text, reply.version, reply.author = body["text"], body["version"], entry.actor
        reply.visibility, reply.attachments, reply.approvals = body["visibility"], body["attachments"], {}

    def _reply_redirected(self, entry: JournalEntry, body: Any, reply: Reply) -> None:
        reply.visibility = body["visibility"]

    def _draft_submitted(self, entry: JournalEntry, body: Any, reply: Reply) -> None:
        reply.approvals = {}

    _draft_withdrawn = _reply_returned = _draft_submitted

    def _review_decided(self, entry: JournalEntry, body: Any, reply: Reply) -> None:
        rules = self.rules[self.policy]
        if rules.gates.get(body["gate"]) not in self.functions[entry.actor]:
            raise Broken("P13: a decision without the function that decides")
        if body["verdict"] not in APPROVING:
            return
        made = (reply.version, body["gate"], entry.actor)
        again = rules.amends_at_once and body["verdict"].startswith("approve") and reply.amended == made
        if entry.actor in (reply.wrote_before if body["verdict"] == "amend" else self.wrote(reply)) and not again:
            raise Broken(f"P3: {entry.actor} approved their own words: {reply.text}")
        if body["digest"] != self.digest(entry.stream, reply):
            raise Broken("P2: approved something else than what stands there")
        if body["verdict"] == "amend" and rules.amends_at_once:
            reply.amended = made
        until = min([entry.at + rules.holds_ms, *(int(w.partition(":")[2]) for w in body["conditions"] if w.startswith("valid_until"))])
        reply.approvals[body["review_id"]] = Approval(body["gate"], body["digest"], entry.actor, until, body["acceptance"], entry.at)

    def _review_revoked(self, entry: JournalEntry, body: Any, reply: Reply) -> None:
        given = reply.approvals.pop(body["review_id"], None)
        if given is None or (given.gate, given.digest, given.by) != (body["gate"], body["digest"], body["whose"]):
            raise Broken("P4: an approval was taken back that nobody had given")
        may = {self.rules[self.policy].gates.get(body["gate"]), "supervisor"}
        if entry.actor != given.by and not may & self.functions[entry.actor]:
            raise Broken("P13: an approval was taken back by somebody whose business it is not")
        if reply.version in reply.out:
            raise Broken("P4: an approval was taken back after it had been used")

    def _amendment_accepted(self, entry: JournalEntry, body: Any, reply: Reply) -> None:
        if reply.approvals[body["review_id"]].waits != entry.actor:
            raise Broken("P3: somebody other than the author accepted the amendment")
        reply.approvals[body["review_id"]].waits = ""

    def _review_suspended(self, entry: JournalEntry, body: Any, reply: Reply) -> None:
        reply.approvals.pop(body["review_id"], None)

    _review_withdrawn = _review_expired = _review_suspended

    def _send_queued(self, entry: JournalEntry, body: Any, reply: Reply) -> None:
        reply.sends[body["send_id"]] = body["version"]

    def _send_claimed(self, entry: JournalEntry, body: Any, reply: Reply) -> None:
        self.claims += 1
        live = self.digest(entry.stream, reply)
        if body["digest"] != live or body["version"] != reply.version:
            raise Broken("P2/P5: what left is not what stands there under the policy in force")
        for gate in self.rules[self.policy].gates:
            given = [a for a in reply.approvals.values() if a.gate == gate and a.digest == live and not a.waits]
            if not given:
                raise Broken(f"P1/P4: a reply left without a live approval of {gate}")
            if all(entry.at < approval.since - CLOCKS_APART for approval in given):
                raise Broken("P4: the approval was given by a clock that ran ahead")
            if all(entry.at >= approval.until for approval in given):
                raise Broken("P4: the approval had expired when the reply left")
        if body["version"] in reply.out:
            raise Broken("P7: one version left twice")
        reply.out.add(body["version"])

    def _send_finished(self, entry: JournalEntry, body: Any, reply: Reply) -> None:
        if body["outcome"] == "failed":
            reply.out.discard(body["version"])

    def _send_cancelled(self, entry: JournalEntry, body: Any, reply: Reply) -> None:
        reply.out.discard(reply.sends[body["send_id"]])
