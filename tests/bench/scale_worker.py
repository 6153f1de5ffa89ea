"""One process that writes to a hub, reads from it or listens to it: ``python -m tests.bench.scale_worker``, a plan as JSON on stdin.

It opens the hub, says ``ready``, waits for another line and answers with what it did.
"""

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import cycle
from typing import Any

from hubconsole.domain.commands import Claim, Command, Release
from hubconsole.domain.query import parse
from hubconsole.hub.local import LocalHub
from hubconsole.store.engine import Connection, Store

ACTOR = "agent1"


def write(hub: LocalHub, plan: dict[str, Any]) -> dict[str, Any]:
    """Claims and releases as fast as they are answered, for some seconds; the time (ms) that each took."""
    took: list[float] = []
    commands = _commands(plan["ids"])
    if plan.get("stretch"):
        vars(hub.store)["write"] = _stretched(hub.store, plan["stretch"])
    cpu, begun = time.process_time(), time.perf_counter()
    while (now := time.perf_counter()) < begun + plan["seconds"]:
        hub.execute(next(commands), actor=ACTOR)
        took.append((time.perf_counter() - now) * 1000)
    return {"took": took, "wall": time.perf_counter() - begun, "cpu": time.process_time() - cpu}


def _stretched(store: Store, seconds: float) -> Callable[[Connection, str], AbstractContextManager[object]]:
    """The store's write transaction, lasting so much longer: as with the database on a slow disk, or far away."""
    real = store.write

    @contextmanager
    def write(conn: Connection, hub_id: str) -> Iterator[None]:
        with real(conn, hub_id):
            yield
            conn.execute("SELECT pg_sleep(?)", (seconds,))

    return write


def read(hub: LocalHub, plan: dict[str, Any]) -> dict[str, Any]:
    """Pages of 50 as fast as they come."""
    query, took = parse("state:open"), []
    begun = time.perf_counter()
    while (now := time.perf_counter()) < begun + plan["seconds"]:
        hub.page(query, limit=50)
        took.append((time.perf_counter() - now) * 1000)
    return {"took": took, "wall": time.perf_counter() - begun}


def speak(hub: LocalHub, plan: dict[str, Any]) -> dict[str, Any]:
    """A command now and then: its place in the journal, and when it began and was answered."""
    if plan["unheard"]:
        from hubconsole.store import postgres

        vars(postgres)["channel"] = lambda hub_id: "nobody"
    dice, said = random.Random(5), []
    time.sleep(1)  # the others are listening by then
    for command, _ in zip(_commands(plan["ids"]), range(plan["times"]), strict=False):
        time.sleep(dice.uniform(0.1, 0.3))
        begun = time.monotonic()
        receipt = hub.execute(command, actor=ACTOR)
        said.append((receipt.seq, begun, time.monotonic()))
    return {"said": said}


def listen(hub: LocalHub, plan: dict[str, Any]) -> dict[str, Any]:
    """When the journal was seen to have moved, and how far; until nothing has come for some seconds."""
    heard, seq = [], hub.info().seq
    while hub.wait(seq, 5):
        at, seq = time.monotonic(), hub.changes(seq).seq
        heard.append((seq, at))
    return {"heard": heard}


def _commands(ids: list[str]) -> "cycle[Command]":
    return cycle([kind(enquiry_id=one) for one in ids for kind in (Claim, Release)])


def main() -> None:
    """See the module's text."""
    plan = json.loads(sys.stdin.readline())
    hub = LocalHub.open(plan["place"])
    hub.counts()
    if plan["do"] in ("write", "speak"):  # what is imported late is imported before time is taken
        for command, _ in zip(_commands(plan["ids"]), range(20), strict=False):
            hub.execute(command, actor=ACTOR)
    print("ready", flush=True)
    sys.stdin.readline()
    work = {"write": write, "read": read, "speak": speak, "listen": listen}[plan["do"]]
    print(json.dumps(work(hub, plan)), flush=True)
    hub.close()


if __name__ == "__main__":
    main()
