"""The hub's policy: which replies need which approvals, for how long they hold, and what amending means.

A policy is TOML text. Its ``version`` is a digest of its meaning, not of its layout; the version is part of
every approval digest, so an approval given under one policy never releases a reply under another.
"""

import hashlib
import json
import re
import tomllib
from dataclasses import dataclass, field
from typing import Any, Literal

from hubconsole.clock import DAY, HOUR, MINUTE, SECOND
from hubconsole.domain.channel_names import folded
from hubconsole.domain.terms import Function
from hubconsole.errors import UsageProblem

Mode = Literal["pre_approve", "sample_after", "none"]
Amend = Literal["at_once", "author_accepts", "second_lawyer"]

_GATE = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_MODES = ("pre_approve", "sample_after", "none")
_AMENDS = ("at_once", "author_accepts", "second_lawyer")
_KEYS = {
    "name", "approval_hours", "undo_seconds", "claim_minutes", "quiet_days", "amend", "tiny_team", "edition", "gates", "rule",
    "targets", "limits",
}  # fmt: skip
_RULE_KEYS = {"id", "gate", "mode", "channel", "visibility", "flags", "why", "sample_percent"}
_TARGETS = {"first_reply": (15, 60, 240, 480), "next_reply": (15, 60, 240, 480), "decision": (10, 30, 120, 240)}


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the policy. Of the rules that match a reply, the last one speaks for its gate."""

    id: str
    gate: str
    mode: Mode
    channels: tuple[str, ...]
    """Channels it speaks of; empty for all."""
    visibility: str
    """``public``, ``private`` or ``*``."""
    flags: tuple[str, ...]
    """Prefixes of rule-pack ids of which at least one must be flagged; empty for always."""
    why: str
    """The reason, in words that the screens show."""
    sample_percent: int

    def matches(self, channel: str, visibility: str, flags: tuple[str, ...]) -> bool:
        """Whether the rule speaks of a reply on ``channel`` with these flag ids."""
        return (
            (not self.channels or folded(channel) in map(folded, self.channels))
            and self.visibility in ("*", visibility)
            and (not self.flags or any(flag.startswith(prefix) for flag in flags for prefix in self.flags))
        )


@dataclass(frozen=True, slots=True)
class Demand:
    """What the policy says of one gate for one reply."""

    gate: str
    mode: Mode
    rule: str
    why: str
    sample_percent: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy in force. Durations are milliseconds, targets milliseconds by priority P1 to P4."""

    name: str
    version: str
    """First 16 hex digits of the SHA-256 of the canonical policy."""
    approval_ms: int
    """How long an approval holds."""
    undo_ms: int
    """How long a queued reply can be taken back before it leaves."""
    claim_ms: int
    """Lease of a claim."""
    quiet_ms: int
    """Silence after which a resolved enquiry closes."""
    amend: Amend
    tiny_team: bool
    """Whether authors may approve their own words. Off by default; shown on every screen and in the audit."""
    gates: tuple[tuple[str, Function], ...]
    """Each gate with the function that decides it, in order."""
    rules: tuple[Rule, ...]
    first_reply: tuple[int, ...]
    next_reply: tuple[int, ...]
    decision: tuple[int, ...]
    limits: tuple[tuple[str, int], ...] = ()
    """Overrides of the channels' length limits, in characters."""
    edition: str = ""
    """Any words; another edition of the same policy makes every approval given under the one before void."""
    text: str = field(default="", compare=False, repr=False)
    """The TOML it was read from."""

    def demands(self, channel: str, visibility: str, flags: tuple[str, ...] = ()) -> tuple[Demand, ...]:
        """What every gate asks of a reply, in gate order; a gate that no rule speaks of asks nothing."""
        found: list[Demand] = []
        for gate, _ in self.gates:
            speaking = [rule for rule in self.rules if rule.gate == gate and rule.matches(channel, visibility, flags)]
            if speaking:
                rule = speaking[-1]
                found.append(Demand(gate, rule.mode, rule.id, rule.why, rule.sample_percent))
        return tuple(found)

    def decides(self, gate: str) -> Function | None:
        """The function whose members decide this gate."""
        return next((function for name, function in self.gates if name == gate), None)


def parse_policy(text: str, origin: str = "policy") -> Policy:
    """Read a policy from TOML. Raises UsageProblem that names ``origin`` and the offending key."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageProblem("bad_policy", f"{origin} is not valid TOML: {error}.", "Mend the file and try again.") from error
    return _Reader(origin).policy(raw, text)


class _Reader:
    """Checks one policy document key by key, so that an error can say where it is."""

    def __init__(self, origin: str) -> None:
        self.origin = origin

    def fail(self, where: str, problem: str) -> UsageProblem:
        return UsageProblem("bad_policy", f"{self.origin}: {where} {problem}.", "Mend that key and try again.")

    def policy(self, raw: dict[str, Any], text: str) -> Policy:
        self.known("the policy", raw, _KEYS)
        gates = self.gates(raw.get("gates", {"legal": "legal"}))
        rules = tuple(self.rule(i, r, dict(gates)) for i, r in enumerate(self.kind("rule", raw.get("rule", []), list), 1))
        if len({rule.id for rule in rules}) != len(rules):
            raise self.fail("[[rule]]", "has the same id twice")
        targets = self.kind("targets", raw.get("targets", {}), dict)
        self.known("[targets]", targets, set(_TARGETS))
        limits = self.kind("limits", raw.get("limits", {}), dict)
        values: dict[str, Any] = {
            "name": self.kind("name", raw.get("name", "unnamed"), str),
            "approval_ms": self.amount("approval_hours", raw.get("approval_hours", 24), HOUR, 1 / 60, 24 * 90),
            "undo_ms": self.amount("undo_seconds", raw.get("undo_seconds", 10), SECOND, 0, 3600),
            "claim_ms": self.amount("claim_minutes", raw.get("claim_minutes", 5), MINUTE, 1, 24 * 60),
            "quiet_ms": self.amount("quiet_days", raw.get("quiet_days", 7), DAY, 1, 365),
            "amend": self.choice("amend", raw.get("amend", "at_once"), _AMENDS),
            "tiny_team": self.kind("tiny_team", raw.get("tiny_team", False), bool),
            "gates": gates,
            "rules": rules,
            **{name: self.target(name, targets.get(name, list(default))) for name, default in _TARGETS.items()},
            "edition": self.kind("edition", raw.get("edition", ""), str),
            "limits": tuple(sorted((k, self.amount(f"limits.{k}", v, 1, 1, 10_000_000)) for k, v in limits.items())),
        }
        return Policy(version=_version(values), text=text, **values)

    def known(self, where: str, raw: dict[str, Any], allowed: set[str]) -> None:
        for key in raw:
            if key not in allowed:
                raise self.fail(where, f"does not know the key {key!r}; it knows {', '.join(sorted(allowed))}")

    def kind(self, where: str, value: Any, kind: type) -> Any:
        if not isinstance(value, kind):
            raise self.fail(where, f"must be {kind.__name__}, not {value!r}")
        return value

    def choice(self, where: str, value: Any, allowed: tuple[str, ...]) -> str:
        if value not in allowed:
            raise self.fail(where, f"must be one of {', '.join(allowed)}, not {value!r}")
        return str(value)

    def amount(self, where: str, value: Any, unit: int, low: float, high: float) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self.fail(where, f"must be a number from {low:g} to {high:g}, not {value!r}")
        return round(value * unit)

    def target(self, where: str, value: Any) -> tuple[int, ...]:
        if not isinstance(value, list) or len(value) != 4:
            raise self.fail(f"targets.{where}", "must be four numbers of minutes, for P1 to P4")
        return tuple(self.amount(f"targets.{where}", v, MINUTE, 0.1, 60 * 24 * 60) for v in value)

    def gates(self, raw: Any) -> tuple[tuple[str, Function], ...]:
        found = []
        for gate, function in self.kind("[gates]", raw, dict).items():
            if not _GATE.fullmatch(gate):
                raise self.fail("[gates]", f"cannot name a gate {gate!r}: use small letters, digits, - and _")
            found.append((gate, Function(self.choice(f"gates.{gate}", function, tuple(f for f in Function if f != "system")))))
        return tuple(found)

    def rule(self, place: int, raw: Any, gates: dict[str, Function]) -> Rule:
        where = f"[[rule]] number {place}"
        self.known(where, self.kind(where, raw, dict), _RULE_KEYS)
        channel = raw.get("channel", "*")
        channels = () if channel == "*" else (channel,) if isinstance(channel, str) else tuple(self.kind(f"{where}.channel", channel, list))
        gate = self.choice(f"{where}.gate", raw.get("gate"), tuple(gates))
        mode = self.choice(f"{where}.mode", raw.get("mode", "pre_approve"), _MODES)
        return Rule(
            id=self.kind(f"{where}.id", raw.get("id", f"G-{place:02d}"), str),
            gate=gate,
            mode=mode,  # type: ignore[arg-type]
            channels=tuple(sorted(str(c) for c in channels)),
            visibility=self.choice(f"{where}.visibility", raw.get("visibility", "*"), ("*", "public", "private")),
            flags=tuple(str(f) for f in self.kind(f"{where}.flags", raw.get("flags", []), list)),
            why=self.kind(f"{where}.why", raw.get("why", f"the policy asks for {gate}"), str),
            sample_percent=self.amount(f"{where}.sample_percent", raw.get("sample_percent", 100), 1, 0, 100),
        )


def _version(values: dict[str, Any]) -> str:
    # A policy without an edition keeps the version that it had before there were any.
    values = {name: value for name, value in values.items() if name != "edition" or value}
    plain = {**values, "rules": [[getattr(r, f) for f in Rule.__dataclass_fields__] for r in values["rules"]]}
    canonical = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


ALL_LEGAL = """\
name = "all-legal"

[gates]
legal = "legal"
brand = "marketing"

[[rule]]
id = "G-01"
gate = "legal"
why = "every outgoing reply is read by legal"
"""
"""The default: every outgoing reply needs the lawyer."""
