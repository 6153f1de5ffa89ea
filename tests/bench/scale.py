"""How a hub grows: writers and readers at once on a file and on PostgreSQL, many hubs, and how soon another process hears.

The figures of ``docs/scale.md``; those about servers and sizes come from ``scale_servers``, ``scale_sizes`` and ``scale_people``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from tests.bench import scale_people, scale_servers, scale_sizes
from tests.bench.measure import Figure, Scale, high, middle
from tests.bench.scale_places import Database, Place, durable, founded, named, spread, together

COUNTS = (1, 2, 4, 8)
"""Writers, or hubs."""
STRETCH = 0.05
"""Seconds."""


class Turn(NamedTuple):
    """What one crew did."""

    did: list[dict[str, Any]]
    """See ``scale_worker``; writers before readers."""
    database: float
    """CPU seconds of the database's server meanwhile."""

    def rate(self) -> float:
        """Commands a second of all writers."""
        return float(sum(len(one["took"]) / one["wall"] for one in self.did if "cpu" in one))

    def each(self) -> float:
        """CPU milliseconds for each command, the database's included."""
        done = sum(len(one["took"]) for one in self.did if "cpu" in one)
        return float(1000 * (sum(one.get("cpu", 0.0) for one in self.did) + self.database) / done)


def run(folder: Path, scale: Scale) -> Iterator[Figure]:
    """Everything that the page says."""
    with TemporaryDirectory(prefix="hubconsole-scale-") as made:  # what others keep between runs is of no use here
        folder = Path(made)
        yield from on_a_file(folder, scale)
        with durable(folder / "pg") as database:
            yield from on_postgres(database, scale)
            yield from heard(database.url, scale)
            yield from scale_sizes.run(folder, database.url, scale)
            yield from scale_people.run(folder, database.url, scale)
            yield from scale_servers.run(folder, database.url, scale)


def on_a_file(folder: Path, scale: Scale) -> Iterator[Figure]:
    """Writers in several processes on one SQLite file, and what readers do to one of them."""
    place = founded(str(folder / "scale.db"), max(COUNTS))
    crews = {f"{n}w": [writing(place, ids) for ids in place.ids[:n]] for n in COUNTS}
    crews["1w2r"] = [*crews["1w"], *[reading(place)] * 2]
    found = taken_in_turns(crews, scale)
    yield from rates("one SQLite file", "writers", {n: found[f"{n}w"] for n in COUNTS})
    alone, beside = (middle(turn.rate() for turn in found[name]) for name in ("1w", "1w2r"))
    pages = middle(sum(len(one["took"]) / one["wall"] for one in turn.did[1:]) for turn in found["1w2r"])
    note = f"{beside:.0f} to {alone:.0f} a second, while two other processes read {pages:.0f} pages of 50 a second"
    yield Figure("one SQLite file: claims beside 2 readers that never pause", beside / alone, "x", "without readers", note=note)


def on_postgres(database: Database, scale: Scale) -> Iterator[Figure]:
    """Writers in several processes on one hub, and each on a hub of its own, in one database."""
    one = founded(database.url, max(COUNTS))
    several = [founded(named(database.url), 1) for _ in range(max(COUNTS))]
    crews = {f"{n} on one": [writing(one, ids) for ids in one.ids[:n]] for n in COUNTS}
    crews |= {f"{n} hubs": [writing(hub, hub.ids[0]) for hub in several[:n]] for n in COUNTS}
    # What the lock does is seen apart from what the machine's cores do when commits take long, and the cores wait.
    crews |= {f"{name}, stretched": [{**plan, "stretch": STRETCH} for plan in crew] for name, crew in crews.items()}
    found = taken_in_turns(crews, scale, database.cpu)
    for how, words in (("", ""), (", stretched", f", commits {STRETCH * 1000:.0f} ms longer")):
        yield from rates(f"one hub on PostgreSQL{words}", "server processes", {n: found[f"{n} on one{how}"] for n in COUNTS})
        yield from rates(f"hubs in one PostgreSQL database{words}", "hubs, a process each", {n: found[f"{n} hubs{how}"] for n in COUNTS})


def heard(url: str, scale: Scale) -> Iterator[Figure]:
    """How soon another process hears of a command, with the hint and when it is lost."""
    place = founded(named(url), 1)
    for unheard in (False, True):
        plan = {"place": place.at, "ids": place.ids[0], "times": 20 if scale.quick else 60, "unheard": unheard}
        listener, speaker = together([{"do": "listen", **plan}, {"do": "speak", **plan}])
        said = speaker["said"]
        late = [next(at for seen, at in listener["heard"] if seen >= seq) - begun for seq, begun, _ in said]
        commit = middle(end - begun for _, begun, end in said)
        note = f"{spread(late)}; a command takes {commit * 1000:.1f} ms"
        what = "a command is heard in another process, from its beginning on"
        if unheard:
            yield Figure(f"{what}; hint lost: most", max(late), "s", "", 1.2, note=note)
        else:
            yield Figure(f"{what}: median", middle(late) / commit, "x", "the command itself", 2.0, note=note)


def taken_in_turns(
    crews: Mapping[str, Sequence[dict[str, Any]]], scale: Scale, database: Callable[[], float] = lambda: 0.0
) -> dict[str, list[Turn]]:
    """Every crew at work once in each round, in turn."""
    seconds, rounds = (1.5, 2) if scale.quick else (3.0, 4)
    found: dict[str, list[Turn]] = {name: [] for name in crews}
    for _ in range(rounds):
        for name, crew in crews.items():
            before = database()
            did = together([{**one, "seconds": seconds} for one in crew])
            found[name].append(Turn(did, database() - before))
    return found


def rates(what: str, of: str, found: Mapping[int, list[Turn]]) -> Iterator[Figure]:
    """Claims a second with so many, against one of them."""
    first = middle(turn.rate() for turn in found[1])
    for n, turns in found.items():
        took = [one for turn in turns for worker in turn.did for one in worker["took"]]
        each = middle(turn.each() for turn in turns)
        note = f"a claim takes {middle(took):.1f} ms, p95 {high(took):.1f}, and {each:.2f} ms of CPU in all"
        rate = middle(turn.rate() for turn in turns)
        yield Figure(f"{what}, {n} {of}: claims", rate, "/s", "", note=note)
        if n > 1:
            yield Figure(f"{what}, {n} {of}: claims", rate / first, "x", "one of them")


def writing(place: Place, ids: Sequence[str]) -> dict[str, Any]:
    """A plan for a writer."""
    return {"do": "write", "place": place.at, "ids": list(ids)}


def reading(place: Place) -> dict[str, Any]:
    """A plan for a reader."""
    return {"do": "read", "place": place.at}
