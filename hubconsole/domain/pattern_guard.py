"""Bounds how long a rule's pattern can take, before it is ever used.

A pattern is read as a tree, and the ways in which it can match from one position are counted: alternatives that
can begin with the same character add, a sequence multiplies, a repeat counts its lengths. Repeats without an upper
bound, repeated groups that themselves vary in length, and references back are refused, so the count is finite and
honest.
"""

from __future__ import annotations

import re

from hubconsole.errors import UsageProblem

MAX_PATTERN = 2_000
"""Characters in a pattern."""
MAX_DEPTH = 8
"""Groups inside groups."""
MAX_WAYS = 250_000
"""Ways in which a pattern may match from one position."""

_COUNTED = re.compile(r"\{(\d*)(,?)(\d*)\}")
_LITERAL_START = re.compile(r"(?:\\b)?([\w ])(?![?*+{])")
_GROUP_START = re.compile(r"\?(?::|=|!|<=|<!|>|P<\w+>)")


def _together(branches: list[tuple[str, int]]) -> int:
    """Ways through alternatives, of which only those can compete that may begin with the same character."""
    open_ways = sum(ways for first, ways in branches if not first)
    by_first: dict[str, int] = {}
    for first, ways in branches:
        if first:
            by_first[first] = by_first.get(first, 0) + ways
    return open_ways + max(by_first.values(), default=0)


class _Reader:
    """Walks a pattern once and returns (ways, whether its length varies) of what it has read."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def alternatives(self, depth: int) -> tuple[int, bool]:
        if depth > MAX_DEPTH:
            raise ValueError(f"groups are nested more than {MAX_DEPTH} deep")
        ways, varies, branch_start = 1, False, self.at
        branches: list[tuple[str, int]] = []
        while self.at < len(self.pattern) and self.pattern[self.at] != ")":
            if self.pattern[self.at] == "|":
                branches.append((self.first_character(branch_start), ways))
                self.at += 1
                ways, branch_start = 1, self.at
                continue
            more, loose = self.repeat(*self.atom(depth))
            ways *= more
            varies = varies or loose
        branches.append((self.first_character(branch_start), ways))
        return _together(branches), varies or len(branches) > 1

    def first_character(self, start: int) -> str:
        """The one character with which the branch at ``start`` begins; empty when it may be one of several."""
        found = _LITERAL_START.match(self.pattern, start)
        return found[1].lower() if found else ""

    def atom(self, depth: int) -> tuple[int, bool]:
        char = self.pattern[self.at]
        self.at += 1
        if char == "\\":
            escaped = self.pattern[self.at : self.at + 1]
            self.at += 1
            if escaped.isdigit() and escaped != "0":
                raise ValueError("a reference back to a group is not allowed")
        elif char == "[":
            self.at += self.pattern[self.at : self.at + 1] == "^"
            self.at += self.pattern[self.at : self.at + 1] == "]"
            while self.pattern[self.at : self.at + 1] not in {"]", ""}:
                self.at += 2 if self.pattern[self.at] == "\\" else 1
            self.at += 1
        elif char == "(":
            if self.pattern.startswith("?", self.at):
                start = _GROUP_START.match(self.pattern, self.at)
                if start is None:
                    raise ValueError("of the groups that begin with (? only (?: (?= (?! (?<= (?<! (?> (?P<name> are allowed")
                self.at = start.end()
            inside = self.alternatives(depth + 1)
            self.at += 1
            return inside
        return 1, False

    def repeat(self, ways: int, varies: bool) -> tuple[int, bool]:
        low, high = self.bounds()
        if low == high == 1:
            return ways, varies
        if high > 1 and varies:
            raise ValueError("a group that varies in length may not be repeated")
        if high > 1 and ways > 1:
            raise ValueError("a group that can match in several ways may not be repeated")
        return (ways + 1, True) if high == 1 else (high - low + 1, high != low)

    def bounds(self) -> tuple[int, int]:
        char = self.pattern[self.at : self.at + 1]
        if char in {"*", "+"} and char:
            raise ValueError(f"'{char}' has no upper bound; write {{0,60}} or the like")
        if char == "?":
            self.at += 1
            low, high = 0, 1
        else:
            counted = _COUNTED.match(self.pattern, self.at) if char == "{" else None
            if counted is None or not (counted[1] or counted[3]):
                return 1, 1
            if counted[2] and not counted[3]:
                raise ValueError(f"'{counted[0]}' has no upper bound")
            self.at = counted.end()
            low = int(counted[1] or 0)
            high = int(counted[3]) if counted[2] else low
        self.at += self.pattern[self.at : self.at + 1] in {"?", "+"}
        return low, high


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """``pattern`` compiled, ignoring case. Raises UsageProblem ``bad_pattern`` when it is malformed or could run away."""
    try:
        if len(pattern) > MAX_PATTERN:
            raise ValueError(f"it is longer than {MAX_PATTERN} characters")
        compiled = re.compile(pattern, re.IGNORECASE)
        ways = _Reader(pattern).alternatives(0)[0]
        if ways > MAX_WAYS:
            raise ValueError(f"it can match in {ways} ways from one position, more than {MAX_WAYS}")
    except (re.error, ValueError, OverflowError) as problem:
        raise UsageProblem("bad_pattern", f"The pattern is not accepted: {problem}.", "Bound and flatten its repeats.") from None
    return compiled
