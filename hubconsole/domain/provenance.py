"""Words that come back: whoever wrote them in an earlier version has written them still, however they got back in."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from hubconsole.domain.enquiry import Blame, Earlier
from hubconsole.domain.redline import tokens

RUN = 4
"""So many words in a row are somebody's words and no coincidence; a shorter text comes back only as a whole."""


def remember(ledger: tuple[Earlier, ...], text: str, blame: Blame) -> tuple[Earlier, ...]:
    """The ledger with this version in it; a text that stood there before takes the place of its older self."""
    return (*(one for one in ledger if one.text != text), Earlier(text, blame))


def recall(provenance: Blame, text: str, ledger: Sequence[Earlier]) -> Blame:
    """``provenance`` of ``text`` with the people added whose words of an earlier version it brings back.

    Only what the version before still held is found by comparing with that one alone: saving something else in
    between would wash a text of its writers. So runs of :data:`RUN` words are looked up in every version there was,
    whatever their capitals; the version before belongs into ``ledger`` too.
    """
    wanted = _runs(text)
    writers: defaultdict[int, dict[str, None]] = defaultdict(dict)
    for one in ledger:
        runs = _runs(one.text)
        back = wanted.keys() & runs.keys()
        theirs = _unrolled(one.blame) if back else []
        for run in back:
            # Once per run and word, however often the run stands in either text.
            for word in range(len(run)):
                people = dict.fromkeys(who for places in runs[run] for who in theirs[places[word]])
                for places in wanted[run]:
                    writers[places[word]] |= people
    if not writers:
        return provenance
    return _rolled([tuple(dict.fromkeys((*who, *writers[n]))) if n in writers else who for n, who in enumerate(_unrolled(provenance))])


@lru_cache(128)
def _runs(text: str) -> Mapping[tuple[str, ...], Sequence[tuple[int, ...]]]:
    """Every run of words, with the places of its words each time that it occurs; a short text is one run."""
    parts = tokens(text)
    words = [n for n, part in enumerate(parts) if part[0].isalnum()]
    found: dict[tuple[str, ...], list[tuple[int, ...]]] = {}
    size = RUN if len(words) >= RUN else len(words)
    for first in range(len(words) - size + 1 if size else 0):
        places = tuple(words[first : first + size])
        found.setdefault(tuple(parts[n].casefold() for n in places), []).append(places)
    return found


def _unrolled(provenance: Blame) -> list[tuple[str, ...]]:
    return [who for count, who in provenance for _ in range(count)]


def _rolled(people: Sequence[tuple[str, ...]]) -> Blame:
    return tuple(_counted(people))


def _counted(people: Sequence[tuple[str, ...]]) -> Iterator[tuple[int, tuple[str, ...]]]:
    start = 0
    for end in range(1, len(people) + 1):
        if end == len(people) or people[end] != people[start]:
            yield end - start, people[start]
            start = end
