"""What a program far away has seen of its hub it does not see undone, whichever server answers."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from hubconsole.clock import FrozenClock
from hubconsole.domain.commands import AddNote
from hubconsole.errors import Unreachable
from hubconsole.hub.remote.client import RemoteHub
from tests.unit.scripted_hub import URL, ScriptedHub, done, problem, row


@pytest.fixture
def there(clock: FrozenClock) -> ScriptedHub:
    found = ScriptedHub(clock)
    found.put(row(1))
    found.answers["/v1/commands"] = done(row(1), 12)
    found.answers["/v1/counts"] = {"seq": 12, "counts": [], "oldest_wait": None}
    return found


@pytest.fixture
def hub(there: ScriptedHub) -> Iterator[RemoteHub]:
    made = RemoteHub(URL, lambda name: "hct_x", member="ada", transport=there)
    yield made
    made.close()


def asked(there: ScriptedHub) -> list[str | None]:
    """The place that each read named, in order."""
    return [one.url.params.get("min_seq") for one in there.asked if one.method == "GET"]


def noted(hub: RemoteHub) -> None:
    hub.execute(AddNote(enquiry_id=row(1).row.id, text="hm"), actor="ada")


def test_reads_name_the_furthest_place_that_was_seen(hub: RemoteHub, there: ScriptedHub) -> None:
    hub.counts()
    noted(hub)
    hub.counts()
    there.seq = 30
    hub.changes(12)
    hub.counts()
    noted(hub)
    hub.counts()
    assert asked(there) == [None, "12", "12", "30", "30"], "an older place takes nothing back"


def test_commands_name_no_place(hub: RemoteHub, there: ScriptedHub) -> None:
    noted(hub)
    there.answers["/v1/commands"] = done(row(1), 13)
    noted(hub)
    assert [one.url.params.get("min_seq") for one in there.asked] == [None, None]


def test_a_server_that_is_behind_is_asked_again(hub: RemoteHub, there: ScriptedHub) -> None:
    noted(hub)
    late = [problem(503, "behind", "unreachable")]
    there.fail = lambda request: late.pop() if late else None
    assert hub.counts() == ()
    assert asked(there) == ["12", "12"]


def test_one_that_stays_behind_is_told_of_once_and_then_taken_as_it_is(hub: RemoteHub, there: ScriptedHub) -> None:
    noted(hub)
    there.fail = lambda request: problem(503, "behind", "unreachable") if "min_seq" in request.url.params else None
    with pytest.raises(Unreachable) as error:
        hub.counts()
    assert error.value.code == "behind"
    assert hub.counts() == ()
    assert asked(there) == ["12", "12", "12", None]


def test_an_answer_behind_another_problem_forgets_nothing(hub: RemoteHub, there: ScriptedHub) -> None:
    noted(hub)
    busy: list[httpx.Response] = [problem(503, "busy", "unreachable") for _ in range(3)]
    there.fail = lambda request: busy.pop() if busy else None
    with pytest.raises(Unreachable):
        hub.counts()
    hub.counts()
    assert asked(there)[-1] == "12"
