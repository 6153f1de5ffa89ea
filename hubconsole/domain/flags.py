"""Flags: what a checker finds in a reply, as hints for people. The rules are data, in TOML packs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import islice

from hubconsole.domain.detectors import DETECTORS, Detector, Span
from hubconsole.domain.lookalikes import Plain
from hubconsole.domain.lookalikes import plain as as_it_looks
from hubconsole.domain.outgoing import problems
from hubconsole.domain.pattern_guard import compile_pattern
from hubconsole.domain.terms import Severity, Visibility
from hubconsole.errors import UsageProblem

MAX_TEXT = 20_000
"""Characters of a text that are checked; what lies beyond is itself a blocking flag."""
MAX_FINDINGS = 50
"""Flags that one rule may raise in one text."""
UNCHECKED = "unchecked_text"
"""Rule id of the flag on what lies beyond ``MAX_TEXT``."""

_RULE_ID = re.compile(r"[a-z][a-z0-9_]{1,39}")
_RULE_KEYS = {"id", "title", "severity", "where", "pattern", "detector", "message", "suggestion", "yes", "no"}
_LIKE = dict(zip(map(ord, "’‘ʼ＇\u00a0\u202f\u2009‐‑–—−％＄"), "'''' " + "  -----%$", strict=True))
_LIKE |= {0xFF10 + digit: str(digit) for digit in range(10)}
"""Characters that rules need not know about, each with the plain one it stands for (one for one, so spans hold)."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One finding in a text."""

    id: str
    """Rule and place, ``guarantee@12-21``: names this finding when somebody confirms it."""
    rule: str
    title: str
    severity: Severity
    start: int
    """First character of the span."""
    end: int
    """One past the last character of the span."""
    message: str
    """What was found and why it matters."""
    suggestion: str = ""
    """What to write instead; may be empty."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What to look for and what to say about it. Exactly one of ``pattern`` and ``detector`` is set."""

    id: str
    title: str
    severity: Severity
    where: Visibility | None
    """None means both."""
    pattern: re.Pattern[str] | None
    detector: Detector | None
    message: str
    suggestion: str
    yes: tuple[str, ...]
    """Texts in which the rule must find something."""
    no: tuple[str, ...]
    """Texts in which it must find nothing."""

    def spans(self, text: str) -> Iterator[Span]:
        """Where the rule finds something, whatever the visibility."""
        if self.detector is not None:
            yield from self.detector(text)
        elif self.pattern is not None:
            for match in self.pattern.finditer(text):
                if match.end() > match.start():
                    yield match.span()


@dataclass(frozen=True, slots=True)
class Pack:
    """A set of rules with a name and a version of its own."""

    id: str
    title: str
    version: int
    origin: str
    """Where it was read from, for messages."""
    rules: tuple[Rule, ...]


def load_pack(toml_text: str, origin: str) -> Pack:
    """Read a rule pack. ``origin`` names the file in messages. Raises UsageProblem ``bad_pack`` naming the rule and key."""
    import tomllib

    try:
        raw = tomllib.loads(toml_text)
    except tomllib.TOMLDecodeError as problem:
        raise _bad(origin, f"it is not valid TOML: {problem}") from None
    if unknown := sorted(raw.keys() - {"id", "title", "version", "rule"}):
        raise _bad(origin, f"unknown key '{unknown[0]}'")
    tables, version = raw.get("rule"), raw.get("version")
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise _bad(origin, "it has no [[rule]]")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise _bad(origin, "'version' must be a whole number from 1 on")
    rules = tuple(_rule(table, number, origin) for number, table in enumerate(tables, 1))
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise _bad(origin, f"rule '{rule.id}' occurs twice")
        seen.add(rule.id)
    return Pack(_text(raw, "id", origin, "pack"), _text(raw, "title", origin, "pack"), version, origin, rules)


def _bad(origin: str, why: str) -> UsageProblem:
    return UsageProblem("bad_pack", f"The rule pack {origin} cannot be used: {why}.", "Correct the file; docs/flags.md has the format.")


def _rule(raw: dict[str, object], number: int, origin: str) -> Rule:
    name = raw.get("id")
    if not isinstance(name, str) or not _RULE_ID.fullmatch(name):
        raise _bad(origin, f"rule {number} needs an 'id' of 2 to 40 small letters, digits and underscores")
    if unknown := sorted(raw.keys() - _RULE_KEYS):
        raise _bad(origin, f"rule '{name}' has the unknown key '{unknown[0]}'")
    severity, where = raw.get("severity"), raw.get("where", "any")
    if severity not in set(Severity):
        raise _bad(origin, f"rule '{name}' needs a 'severity' of info, warn or block")
    if where not in {"any", *Visibility}:
        raise _bad(origin, f"rule '{name}' needs a 'where' of public, private or any")
    pattern, detector = raw.get("pattern"), raw.get("detector")
    if (pattern is None) == (detector is None):
        raise _bad(origin, f"rule '{name}' needs either a 'pattern' or a 'detector'")
    if detector is not None and detector not in DETECTORS:
        raise _bad(origin, f"rule '{name}' names an unknown detector; known are {', '.join(sorted(DETECTORS))}")
    compiled = None
    if pattern is not None:
        try:
            compiled = compile_pattern(_text(raw, "pattern", origin, name))
        except UsageProblem as problem:
            raise _bad(origin, f"rule '{name}': {problem.message.rstrip('.')}") from None
    return Rule(
        name,
        _text(raw, "title", origin, name),
        Severity(str(severity)),
        None if where == "any" else Visibility(str(where)),
        compiled,
        None if detector is None else DETECTORS[str(detector)],
        _text(raw, "message", origin, name),
        _text(raw, "suggestion", origin, name) if "suggestion" in raw else "",
        _examples(raw, "yes", origin, name),
        _examples(raw, "no", origin, name),
    )


def _text(raw: dict[str, object], key: str, origin: str, owner: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value.strip():
        raise _bad(origin, f"'{owner}' needs a text '{key}'")
    return value


def _examples(raw: dict[str, object], key: str, origin: str, owner: str) -> tuple[str, ...]:
    value = raw.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _bad(origin, f"'{key}' of rule '{owner}' must be a list of texts")
    return tuple(value)


@cache
def core_pack() -> Pack:
    """The pack that every hub starts with."""
    name = "core.toml"
    return load_pack(resources.files("hubconsole.domain.packs").joinpath(name).read_text("utf-8"), name)


def check(text: str, *, visibility: Visibility, packs: Sequence[Pack] | None = None) -> tuple[Flag, ...]:
    """What the rules find in ``text`` as a reply of this visibility, by place; the core pack when ``packs`` is None.

    A rule id that occurs in several packs is taken from the last one.
    """
    plain = text[:MAX_TEXT].translate(_LIKE)
    looks = as_it_looks(plain)
    rules = {rule.id: rule for pack in (packs if packs is not None else (core_pack(),)) for rule in pack.rules}
    found: list[Flag] = []
    for rule in rules.values():
        if rule.where is not None and rule.where is not visibility:
            continue
        source = text[:MAX_TEXT] if rule.detector is not None and rule.id != "card_number" else plain
        spans = rule.spans(source) if rule.pattern is None or looks.text == plain else _both(rule, plain, looks)
        for _, (start, end) in zip(range(MAX_FINDINGS), spans, strict=False):
            found.append(_flag(rule.id, rule.title, rule.severity, start, end, rule.message, rule.suggestion))
    if len(text) > MAX_TEXT:
        message = f"Only the first {MAX_TEXT} characters were checked; read the rest with care."
        found.append(_flag(UNCHECKED, "Unchecked text", Severity.BLOCK, MAX_TEXT, len(text), message, ""))
    return tuple(sorted(found, key=lambda flag: (flag.start, flag.end, flag.rule)))


def _both(rule: Rule, plain: str, looks: Plain) -> Iterator[Span]:
    """What the rule finds in the text as it is written, and what it finds only in the text as it looks: words with letters
    of other scripts, with invisible characters between, or broken over two lines."""
    written = list(islice(rule.spans(plain), MAX_FINDINGS))
    yield from written
    for found in rule.spans(looks.text):
        start, end = looks.span(*found)
        if not any(start < known_end and known_start < end for known_start, known_end in written):
            yield start, end


def find(text: str, channel: str, visibility: Visibility | str, *, packs: Sequence[Pack] | None = None) -> tuple[Flag, ...]:
    """Everything to point at in ``text`` as a reply on ``channel``: the rules' flags, and as blocking flags what
    outgoing text may not hold at all (unless a rule already stops the same characters)."""
    flags = list(check(text, visibility=Visibility(visibility), packs=packs))
    stopped = [(flag.start, flag.end) for flag in flags if flag.severity is Severity.BLOCK]
    for problem in problems(text):
        if not any(start <= problem.start and problem.end <= end for start, end in stopped):
            title = problem.id.replace("_", " ").capitalize()
            flags.append(_flag(problem.id, title, Severity.BLOCK, problem.start, problem.end, problem.message, "Type it afresh."))
    return tuple(sorted(flags, key=lambda flag: (flag.start, flag.end, flag.rule)))


def flag_words(text: str, channel: str, visibility: Visibility | str) -> tuple[str, ...]:
    """What ``find`` finds, as the sorted ``rule:severity`` words that are kept with a draft version."""
    return tuple(sorted({f"{flag.rule}:{flag.severity}" for flag in find(text, channel, visibility)}))


def _flag(rule: str, title: str, severity: Severity, start: int, end: int, message: str, suggestion: str) -> Flag:
    return Flag(f"{rule}@{start}-{end}", rule, title, severity, start, end, message, suggestion)
