"""The hub API against other trackers with as many enquiries, over HTTP, one client, in turns."""

import contextlib
import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from tests.bench.api import PAGE, WORDS, ours
from tests.bench.measure import Figure, Scale, middle
from tests.bench.other_trackers import Ask, Tracker, helpdesk, roundup
from tests.bench.serving import hub_serving

OURS = "the hub"
ROUNDUP, HELPDESK = "Roundup", "django-helpdesk"
BUDGETS = {
    (ROUNDUP, "create"): 1 / 15,
    (ROUNDUP, "page"): 1 / 50,
    (HELPDESK, "create"): 1 / 4,
    (HELPDESK, "page"): 1 / 50,
}
CREATES = ("create", "title")
WHAT = {
    "create": "create",
    "title": "create, theirs without the text",
    "page": f"page of {PAGE} by its REST interface",
    "shown": f"page of {PAGE} as its own list fetches it",
}


def run(folder: Path, scale: Scale) -> Iterator[Figure]:
    """Creates and pages of 50, p50."""
    rounds = 5 if scale.quick else 9
    with contextlib.ExitStack() as stack:
        # Filling takes longest, and the network may fail: both before anything is measured.
        sides = {
            ROUNDUP: stack.enter_context(roundup(folder, scale.small)),
            HELPDESK: stack.enter_context(helpdesk(folder, scale.small)),
            OURS: stack.enter_context(_ours(folder, scale)),
        }
        times: dict[tuple[str, str], list[float]] = {(name, what): [] for name, asks in sides.items() for what in asks}
        for turn in range(rounds + 1):
            for name, what in times:
                took = [sides[name][what]() for _ in range(5 if what in CREATES or name == OURS else 1)]
                if turn:
                    times[name, what] += took
    for name in (ROUNDUP, HELPDESK):
        for what, words in WHAT.items():
            if (name, what) not in times:
                continue
            own = middle(times[OURS, "create" if what in CREATES else "page"])
            theirs = middle(times[name, what])
            note = f"{own:.1f} to {theirs:.0f} ms, 1/{theirs / own:.0f}"
            yield Figure(f"hub API, {words}: p50", own / theirs, "x", name, BUDGETS.get((name, what)), note=note)


@contextlib.contextmanager
def _ours(folder: Path, scale: Scale) -> Iterator[dict[str, Ask]]:
    store, token = ours(folder, scale, "peers-hub")
    with hub_serving(store, folder / "peers-hub.log") as server:
        hub = Tracker("hubconsole serve", server.port)
        hub.headers["Authorization"] = f"Bearer {token}"
        numbers = count(1)

        def create() -> float:
            number = next(numbers)
            body = json.dumps({"channel": "x", "customer": f"ola{number}", "text": f"{WORDS} ({number})"})
            return hub.ask("POST", "/v1/enquiries", 201, body)[0]

        yield {"create": create, "page": hub.timing("GET", f"/v1/enquiries?query=state:open&limit={PAGE}", 200)}
        hub.line.close()
