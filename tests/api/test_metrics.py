"""What `/metrics` says: what docs/deploy.md promises, true, cheap, and told apart by process."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from hubconsole.clock import HOUR, MINUTE, FrozenClock
from hubconsole.domain.commands import ClaimSend, Send
from hubconsole.domain.hub_commands import ShutOutbox
from hubconsole.errors import StoreProblem
from hubconsole.hub.local import LocalHub
from hubconsole.server import metrics
from hubconsole.server.service import Service
from tests.api.acting import in_review, ready, received
from tests.api.conftest import Clients
from tests.api.serving import QUIET

pytestmark = pytest.mark.slow


class Scrape:
    """One answer, read as Prometheus reads it."""

    def __init__(self, text: str) -> None:
        self.samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]

    def of(self, name: str, **labels: str) -> float:
        """The one value of that name (without the prefix) whose labels hold these."""
        found = [one for one in self.samples if one.name == f"hubconsole_{name}" and labels.items() <= one.labels.items()]
        assert len(found) == 1, (name, labels, found)
        return found[0].value


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub is asked at every scrape."""
    monkeypatch.setattr(metrics, "KEPT", -1.0)
    monkeypatch.setattr(metrics, "_SHARE", 0)


async def scrape(client: Clients, who: str = "ada") -> Scrape:
    answer = await client(who).get("/metrics")
    assert answer.status_code == 200 and answer.headers["content-type"] == metrics.TYPE
    return Scrape(answer.text)


@pytest.mark.usefixtures("at_once")
async def test_commands_a_commit_can_be_computed(client: Clients) -> None:
    ada, before = client("ada"), await scrape(client)
    orders = [{"command": {"kind": "receive", "enquiry_id": f"01a2019c-4546-7e73-b77c-a4d4dbb4100{n}", "channel": "x", "text": "hi",
                           "customer": "M"}} for n in range(4)]  # fmt: skip
    assert (await ada.post("/v1/commands/batch", json={"commands": orders})).status_code == 200
    assert (await ada.post("/v1/enquiries", json={"channel": "x", "text": "hi", "customer": "M"})).status_code == 201
    refused = await ada.post("/v1/commands", json={"command": {"kind": "claim", "enquiry_id": "E-99"}})
    assert refused.status_code == 422
    after = await scrape(client)
    assert after.of("commands_total") - before.of("commands_total") == 5, "what was refused was not carried out"
    assert after.of("commits_total") - before.of("commits_total") == 2


@pytest.mark.usefixtures("at_once")
async def test_what_waits_in_the_outbox_and_at_the_gates(client: Clients, hub: LocalHub, clock: FrozenClock) -> None:
    empty = await scrape(client)
    assert [empty.of("outbox_sends", state=state) for state in metrics.UNFINISHED] == [0.0] * 4
    assert (empty.of("outbox_overdue_seconds"), empty.of("outbox_shut")) == (0, 0)
    assert (empty.of("reviews_waiting", gate="legal"), empty.of("review_longest_wait_seconds", gate="legal")) == (0, 0)
    first, digest = ready(hub)
    second, other = ready(hub)
    for id, said in ((first.enquiry_id, digest), (second.enquiry_id, other)):
        hub.execute(Send(enquiry_id=id, via="outbox", digest=said), actor="ada")
    in_review(hub)
    clock.advance(HOUR)
    in_review(hub)
    due = hub.due(clock())[0]
    said = {first.enquiry_id: digest, second.enquiry_id: other}[due.enquiry_id]
    hub.execute(ClaimSend(enquiry_id=due.enquiry_id, send_id=due.send_id, wire_digest=said), actor="system", via="worker")
    clock.advance(MINUTE)
    now = await scrape(client, "wall")
    assert [now.of("outbox_sends", state=state) for state in ("queued", "delivering", "in_doubt")] == [1, 1, 0]
    assert HOUR / 1000 - 60 < now.of("outbox_overdue_seconds") <= HOUR / 1000 + 60
    assert now.of("reviews_waiting", gate="legal") == 2
    assert now.of("review_longest_wait_seconds", gate="legal") == (HOUR + MINUTE) / 1000
    assert now.of("newest_event_age_seconds") == 60 and now.of("journal_seq") == hub.info().seq
    hub.execute(ShutOutbox(reason="we look first"), actor="sue")
    assert (await scrape(client)).of("outbox_shut") == 1


async def test_how_far_the_feed_is_behind(hub: LocalHub) -> None:
    service = Service(hub, QUIET)  # nothing follows the journal here
    for _ in range(3):
        received(hub)
    service.feed.seq = hub.info().seq - 2
    assert Scrape((await service.metrics.text()).decode()).of("feed_lag_events") == 2


async def test_the_hub_is_asked_at_most_once_in_five_seconds(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[LocalHub] = []
    now, takes = 1000.0, 0.0
    real = metrics.figures

    def counted(hub: LocalHub) -> metrics.Figures:
        nonlocal now
        asked.append(hub)
        now += takes
        return real(hub)

    monkeypatch.setattr(metrics, "figures", counted)
    service = Service(hub, QUIET)
    monkeypatch.setattr(time, "monotonic", lambda: now)
    for _ in range(3):
        await service.metrics.text()
    assert len(asked) == 1
    now, takes = now + metrics.KEPT + 0.1, 1.0
    await service.metrics.text()
    assert len(asked) == 2
    now += metrics.KEPT + 0.1
    await service.metrics.text()
    assert len(asked) == 2, "a hub that takes a second to ask is left alone for longer"


async def test_a_store_that_does_not_answer_leaves_the_process_s_own_figures(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(hub: LocalHub) -> metrics.Figures:
        raise StoreProblem("store_unreachable", "postgresql://kim@db/hub cannot be reached.")

    monkeypatch.setattr(metrics, "figures", gone)
    text = (await Service(hub, QUIET).metrics.text()).decode()
    assert Scrape(text).of("store_up") == 0 and "hubconsole_outbox" not in text and "kim" not in text


async def test_processes_are_told_apart_and_what_is_the_hub_s_is_not(hub: LocalHub) -> None:
    one, other = Service(hub, QUIET).metrics, Service(hub, QUIET).metrics
    one.answered("hub", 200, 0.001)
    other.answered("hub", 200, 0.001)
    assert one.process != other.process
    series = [set(re.findall(r"^(hubconsole_\w+(?:\{[^}]*\})?) ", (await each.text()).decode(), re.MULTILINE)) for each in (one, other)]
    shared = series[0] & series[1]
    assert {"hubconsole_journal_seq", 'hubconsole_outbox_sends{state="queued"}', "hubconsole_outbox_shut"} <= shared
    assert all("process=" in each for each in series[0] - shared) and not [each for each in shared if "process=" in each]
    assert any(each.startswith("hubconsole_requests_total") for each in series[0] - shared)


async def test_every_figure_that_the_page_names_is_there_and_none_is_missing_from_it(hub: LocalHub) -> None:
    service = Service(hub, QUIET)
    service.metrics.answered("hub", 200, 0.001)
    given = {family.name for family in text_string_to_metric_families((await service.metrics.text()).decode())}
    page = (Path(__file__).parents[2] / "docs" / "deploy.md").read_text(encoding="utf-8")
    named = {re.sub(r"_total$", "", name) for name in re.findall(r"^\| `(hubconsole_\w+)", page, re.MULTILINE)}
    assert named == {name for name in given if not name.endswith("_created")}
