"""Everybody at work on servers that something happens to; afterwards nothing may be lost or doubled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hubconsole.hub.local import LocalHub
from tests.faults.following import Follower
from tests.faults.load import MEMBERS, Load
from tests.faults.proving import Checker, effects, mails, prove
from tests.faults.servers import RULES, ServerProcess, make_hub, serving, until


def seq_of(store: str) -> int:
    """The end of the journal."""
    hub = LocalHub.open(store)
    try:
        return hub.info().seq
    finally:
        hub.close()


def settled(store: str) -> bool:
    """Whether no send is on its way any more."""
    hub = LocalHub.open(store)
    try:
        with hub.store.reading() as conn:
            (n,) = conn.execute("SELECT COUNT(*) FROM send WHERE state IN ('queued', 'delivering')").fetchone()
        return bool(n == 0)
    finally:
        hub.close()


@dataclass
class AtWork:
    """The servers of one hub, those who work there, and one who follows the feed."""

    servers: list[ServerProcess]
    follower: Follower
    load: Load
    checker: Checker = field(init=False)
    """What was proven; there once all is over."""


@contextmanager
def at_work(place: str | Path, folder: Path, n: int) -> Iterator[AtWork]:
    """Work at ``n`` servers over a new hub while the body lasts; then let everything come to its end and prove P1 to P10.

    Fails when the feed lost, doubled or misplaced an event, or a command that was answered was not carried out once.
    """
    store, tokens = make_hub(place, MEMBERS)
    start = seq_of(store)
    with serving(store, folder, n, worker=True) as servers:
        urls = [one.url for one in servers]
        with Follower(urls, tokens["ben"], start) as follower, Load(urls, tokens) as load:
            scene = AtWork(servers, follower, load)
            yield scene
            load.stop()
            until(lambda: settled(store), what="the end of every send")
            end = seq_of(store)
            follower.reach(end)
    follower.in_order(end)
    scene.checker = prove(store, RULES, published=mails(servers[0].outbox))
    load.check(effects(store))
