"""What one version of a reply changed against another, word by word, and whose words a text consists of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Literal, NamedTuple

from hubconsole.domain.diff import Change, changes
from hubconsole.domain.enquiry import Blame

Op = Literal["keep", "add", "remove"]
"""What happened to a piece of text."""

_EAST_ASIAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff"
_TOKEN = re.compile(
    rf"\s+|[{_EAST_ASIAN}]|\d+(?:[.,]\d+)*|(?:[^\W\d{_EAST_ASIAN}]|[\u0300-\u036f])(?:[^\W{_EAST_ASIAN}]|[\u0300-\u036f]|['’](?=\w))*|."
)
_ISLAND = 4
"""Letters up to which a word left standing between larger changes is better shown as changed with them."""


class Piece(NamedTuple):
    """A stretch of text that was kept, added or removed."""

    op: Op
    text: str


def tokens(text: str) -> tuple[str, ...]:
    """``text`` as words, numbers, runs of white space and single signs; joined they are the text again."""
    return tuple(_TOKEN.findall(text))


def _speaks(parts: Sequence[str]) -> bool:
    """Whether there is a letter or a digit in these tokens."""
    return any(part[0].isalnum() for part in parts)


def redline(old: str, new: str) -> tuple[Piece, ...]:
    """How ``old`` became ``new``: kept and added pieces make the new text, kept and removed ones the old."""
    a, b = tokens(old), tokens(new)
    return tuple(_pieces(a, b, _without_islands(a, changes(a, b))))


def _pieces(a: Sequence[str], b: Sequence[str], found: Sequence[Change]) -> Iterator[Piece]:
    at = 0
    for change in found:
        if change.old_start > at:
            yield Piece("keep", "".join(a[at : change.old_start]))
        if change.old_end > change.old_start:
            yield Piece("remove", "".join(a[change.old_start : change.old_end]))
        if change.new_end > change.new_start:
            yield Piece("add", "".join(b[change.new_start : change.new_end]))
        at = change.old_end
    if at < len(a):
        yield Piece("keep", "".join(a[at:]))


def _without_islands(a: Sequence[str], found: Sequence[Change]) -> list[Change]:
    """Join changes between which nothing worth keeping apart stands."""
    merged: list[Change] = []
    for change in found:
        if merged and _is_island(a[merged[-1].old_end : change.old_start], merged[-1], change):
            merged[-1] = Change(merged[-1].old_start, change.old_end, merged[-1].new_start, change.new_end)
        else:
            merged.append(change)
    return merged


def _is_island(between: Sequence[str], left: Change, right: Change) -> bool:
    if "\n" in "".join(between):
        return False
    if not _speaks(between):
        return left.replaces and right.replaces
    letters = sum(len(part) for part in between if part[0].isalnum())
    return letters <= _ISLAND and min(left.size, right.size) >= 6 and left.replaces and right.replaces


def blame(old_blame: Blame, old_text: str, new_text: str, author: str) -> Blame:
    """Who touched each token of ``new_text``, as runs of (number of tokens, people in the order they came).

    ``old_blame`` belongs to ``old_text`` (both empty for a first version); ``author`` made the new text of it.
    Tokens that survive keep their people; new ones are the author's. Where words were taken away and none put in
    their place, the tokens around the gap, up to the nearest word on each side, were touched by the author too.
    What is left standing between changes without a single word in it counts as written anew. An empty text has one
    run of no tokens. Raises ValueError when ``old_blame`` does not fit ``old_text``.
    """
    a, b = tokens(old_text), tokens(new_text)
    people = [who for count, who in old_blame for _ in range(count)]
    if len(people) != len(a):
        raise ValueError(f"the provenance covers {len(people)} tokens, the text has {len(a)}")
    if old_text == new_text and old_blame:
        return old_blame
    if not b:
        return ((0, (author,)),)
    new: list[tuple[str, ...]] = [(author,)] * len(b)
    found = changes(a, b)
    edges = [Change(0, 0, 0, 0), *found, Change(len(a), len(a), len(b), len(b))]
    for left, right in pairwise(edges):
        kept = range(left.old_end, right.old_start)
        if not found or _speaks(a[kept.start : kept.stop]):
            new[left.new_end : right.new_start] = people[kept.start : kept.stop]
    for change in found:
        if not _speaks(b[change.new_start : change.new_end]):
            for near in (range(change.new_start - 1, -1, -1), range(change.new_end, len(b))):
                _touch(new, b, near, author)
    return tuple((len(list(run)), who) for who, run in groupby(new))


def _touch(people: list[tuple[str, ...]], parts: Sequence[str], near: range, author: str) -> None:
    """Add the author to the tokens at ``near``, up to and including the first one that is a word."""
    for index in near:
        if author not in people[index]:
            people[index] = (*people[index], author)
        if _speaks(parts[index : index + 1]):
            return


def contributors(provenance: Blame) -> frozenset[str]:
    """Everybody who touched what survives."""
    return frozenset().union(*(who for _, who in provenance))
