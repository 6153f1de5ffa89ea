"""A word diff that reads well and stays quick: fewest changed words where that is cheap, sentence by sentence where not.

White space never decides what matches: the words and signs are compared, and the spaces before each follow it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple

MAX_EDITS = 300
"""Changed words up to which the smallest set of changes is searched for."""

Run = tuple[int, int, int]
"""Start in the old list, start in the new list, and length of a stretch that matches."""


class Change(NamedTuple):
    """Tokens ``old_start:old_end`` became tokens ``new_start:new_end``; one of the two may be empty."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int

    @property
    def replaces(self) -> bool:
        """Whether something was taken away and something put in its place."""
        return self.old_end > self.old_start and self.new_end > self.new_start

    @property
    def size(self) -> int:
        """Tokens on both sides together."""
        return self.old_end - self.old_start + self.new_end - self.new_start


def changes(a: Sequence[str], b: Sequence[str]) -> list[Change]:
    """What turns the tokens ``a`` into the tokens ``b``, in order; between changes the tokens are equal."""
    left, right = _Words(a), _Words(b)
    pairs = [(x + n, y + n) for x, y, size in _match(left.words, right.words) for n in range(size)]
    found: list[Change] = []
    old = new = 0
    for x, y in [*pairs, (len(left.words), len(right.words))]:
        word_x, word_y = left.place(x), right.place(y)
        gap_x, gap_y = left.gap(x), right.gap(y)
        if gap_x >= old and gap_y >= new and a[gap_x:word_x] == b[gap_y:word_y]:
            _add(found, _trimmed(a, b, Change(old, gap_x, new, gap_y)))
        else:
            _add(found, _trimmed(a, b, Change(old, word_x, new, word_y)))
        old, new = word_x + 1, word_y + 1
    return found


def _trimmed(a: Sequence[str], b: Sequence[str], change: Change) -> Change:
    """The change without white space that both sides begin or end with."""
    old_start, old_end, new_start, new_end = change
    while old_start < old_end and new_start < new_end and a[old_start] == b[new_start]:
        old_start, new_start = old_start + 1, new_start + 1
    while old_start < old_end and new_start < new_end and a[old_end - 1] == b[new_end - 1]:
        old_end, new_end = old_end - 1, new_end - 1
    return Change(old_start, old_end, new_start, new_end)


def _add(found: list[Change], change: Change) -> None:
    if not change.size:
        return
    if found and found[-1].old_end == change.old_start and found[-1].new_end == change.new_start:
        change = Change(found[-1].old_start, change.old_end, found[-1].new_start, change.new_end)
        found.pop()
    found.append(change)


class _Words:
    """The tokens that are not white space, and where they stand."""

    def __init__(self, parts: Sequence[str]) -> None:
        self._places = [index for index, part in enumerate(parts) if not part.isspace()]
        self.words = [parts[index] for index in self._places]
        self._length = len(parts)

    def place(self, n: int) -> int:
        """Index of the nth word among all tokens; past the last word, their number."""
        return self._places[n] if n < len(self._places) else self._length

    def gap(self, n: int) -> int:
        """Index at which the white space before the nth word begins."""
        return self._places[n - 1] + 1 if n else 0


def _match(a: Sequence[str], b: Sequence[str]) -> list[Run]:
    """Matching runs of the two word lists, in order."""
    head = 0
    while head < min(len(a), len(b)) and a[head] == b[head]:
        head += 1
    tail = 0
    while tail < min(len(a), len(b)) - head and a[-1 - tail] == b[-1 - tail]:
        tail += 1
    inner_a, inner_b = a[head : len(a) - tail], b[head : len(b) - tail]
    runs = [(0, 0, head)] if head else []
    if inner_a and inner_b:
        inner = _smallest(inner_a, inner_b, MAX_EDITS)
        runs += [(x + head, y + head, size) for x, y, size in (inner if inner is not None else _by_sentence(inner_a, inner_b))]
    if tail:
        runs.append((len(a) - tail, len(b) - tail, tail))
    return runs


def _smallest(a: Sequence[Hashable], b: Sequence[Hashable], most: int) -> list[Run] | None:
    """Runs of the smallest edit (the greedy method of Myers, 1986), or None when it takes more than ``most`` edits."""
    reach = {1: 0}
    trail: list[dict[int, int]] = []
    for edits in range(min(most, len(a) + len(b)) + 1):
        trail.append(reach.copy())
        for k in range(-edits, edits + 1, 2):
            down = k == -edits or (k != edits and reach[k - 1] < reach[k + 1])
            x = reach[k + 1] if down else reach[k - 1] + 1
            while x < len(a) and 0 <= x - k < len(b) and a[x] == b[x - k]:
                x += 1
            reach[k] = x
            if x >= len(a) and x - k >= len(b):
                return _walk_back(trail, len(a), len(b))
    return None


def _walk_back(trail: list[dict[int, int]], x: int, y: int) -> list[Run]:
    runs: list[Run] = []
    for edits in range(len(trail) - 1, -1, -1):
        reach, k = trail[edits], x - y
        before = k + 1 if k == -edits or (k != edits and reach[k - 1] < reach[k + 1]) else k - 1
        from_x = reach[before] if edits else 0
        from_y = from_x - before if edits else 0
        start_x = from_x + (before == k - 1) if edits else 0
        if x > start_x:
            runs.append((start_x, y - (x - start_x), x - start_x))
        x, y = from_x, from_y
    runs.reverse()
    return runs


def _by_sentence(a: Sequence[str], b: Sequence[str]) -> Iterator[Run]:
    """Runs of equal sentences; inside what lies between them, equal words where few differ."""
    cut_a, cut_b = _sentences(a), _sentences(b)
    said_a = [tuple(a[i:j]) for i, j in cut_a]
    said_b = [tuple(b[i:j]) for i, j in cut_b]
    old = new = 0
    for x, y, size in [*(_smallest(said_a, said_b, MAX_EDITS) or []), (len(cut_a), len(cut_b), 0)]:
        end_a = cut_a[x][0] if x < len(cut_a) else len(a)
        end_b = cut_b[y][0] if y < len(cut_b) else len(b)
        for i, j, n in _smallest(a[old:end_a], b[new:end_b], MAX_EDITS // 2) or []:
            yield i + old, j + new, n
        if size:
            old, new = cut_a[x + size - 1][1], cut_b[y + size - 1][1]
            yield end_a, end_b, old - end_a


def _sentences(words: Sequence[str]) -> list[tuple[int, int]]:
    ends = [index + 1 for index, word in enumerate(words) if word in {".", "!", "?", "。"}]
    if not ends or ends[-1] != len(words):
        ends.append(len(words))
    return list(zip([0, *ends], ends, strict=False))
