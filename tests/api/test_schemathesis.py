"""Every operation as its description says, by requests that schemathesis makes up: no server error, no answer that is not described."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from hubconsole.domain.commands import Receive
from hubconsole.domain.terms import Scope
from hubconsole.hub import access
from hubconsole.hub.local import LocalHub
from hubconsole.hub.transfer_lines import MEDIA
from hubconsole.ids import new_id
from hubconsole.server.openapi import describe
from hubconsole.server.routes import load
from tests.api.serving import QUIET, Served, make_hub, served

pytestmark = pytest.mark.slow

EXAMPLES = 100
ROLES = {"worker": "worker", "operation": "sue"}
"""Whose token the operations of a tag are asked with; everything else as somebody of the service team."""
WRONG = 40
load_all_checks()
_NOT_ASKED: Any = [CHECKS.get_one("positive_data_acceptance")]
"""What is well-formed may still be refused by the hub's rules."""
_BEHIND: Any = [CHECKS.get_one("not_a_server_error")]
_SETTINGS = hypothesis.settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@schemathesis.serializer(MEDIA)
def as_lines(context: schemathesis.SerializationContext, value: Any) -> bytes:
    """Whatever was made up, as the bytes of a body that is said to be lines."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@cache
def description() -> dict[str, Any]:
    """Made once: it is the same for every part."""
    return describe()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    hub = make_hub(tmp_path_factory.mktemp("fuzzed"))
    _furnish(hub)
    with served(hub, replace(QUIET, longest_wait=0.01, catch_up=0.01)) as found:
        yield found
    hub.close()


def _furnish(hub: LocalHub) -> None:
    for n in range(5):
        hub.execute(Receive(enquiry_id=new_id(), channel="x", text=f"Where is my card {n}?", customer=f"Customer {n}"), actor="ada")


def placed(place: Served, case: schemathesis.Case[Any]) -> None:
    """A place that was made up becomes one that the journal has, or just has not: else hardly anything would be answered."""
    if (case.query or {}).get("min_seq") is not None:
        case.query["min_seq"] = int(case.query["min_seq"]) % (place.hub.info().seq + 2)


def checked(place: Served, case: schemathesis.Case[Any], response: Any) -> None:
    """The answer is as described; only who asked for a place that the journal does not have may be told to come again."""
    behind = response.status_code == 503 and response.json()["code"] == "behind"
    if behind:
        assert int((case.query or {})["min_seq"]) > place.hub.info().seq
    case.validate_response(response, excluded_checks=_NOT_ASKED + (_BEHIND if behind else []))


OPERATIONS = sorted(load())


def described(place: Served, who: str, tags: list[str] | None = None) -> Any:
    """The description (or the part under some tags), asked of the real server with somebody's token."""
    schema: Any = schemathesis.openapi.from_dict(description())
    if tags:
        schema = schema.include(tag=tags)
    schema.config.update(base_url=place.url)
    rejected = schema.config.checks.negative_data_rejection
    rejected.expected_statuses = [*dict.fromkeys([*rejected.expected_statuses, "413", "414"])]
    kept = [place.tokens[who]]

    @schema.auth(refresh_interval=None)
    class Token:
        def get(self, case: schemathesis.Case[Any], context: schemathesis.AuthContext) -> str:
            # A request that was made up may have ended it.
            if not isinstance(access.lookup(place.hub, access.digest_of(kept[-1])), access.Grant):
                kept.append(access.issue(place.hub, who, Scope.MEMBER, label="another").secret)
            return kept[-1]

        def set(self, case: schemathesis.Case[Any], data: str, context: schemathesis.AuthContext) -> None:
            case.headers["Authorization"] = f"Bearer {data}"

    return schema


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_answers_as_it_is_described(operation: str, mode: GenerationMode, place: Served) -> None:
    who = ROLES.get(load()[operation].tag, "ada")
    found = described(place, who).find_operation_by_id(operation)
    if mode is GenerationMode.NEGATIVE and not (found.body or found.query or found.headers or found.path_parameters):
        pytest.skip("it takes nothing that could be wrong")
    asked = 0

    @hypothesis.given(case=found.as_strategy(generation_mode=mode))
    @hypothesis.settings(_SETTINGS, max_examples=EXAMPLES if mode is GenerationMode.POSITIVE else WRONG)
    def ask(case: schemathesis.Case[Any]) -> None:
        nonlocal asked
        asked += 1
        if mode is GenerationMode.POSITIVE:
            placed(place, case)
        response = case.call(timeout=30)
        checked(place, case, response)
        if mode is GenerationMode.POSITIVE and response.status_code == 422:
            assert response.json()["code"] != "malformed", response.text

    ask()
    assert asked >= (EXAMPLES if mode is GenerationMode.POSITIVE else 1) or not (found.body or found.query)


@pytest.mark.parametrize(
    ("tags", "led"),
    [
        (["enquiries"], {"GET /v1/enquiries/{key}", "POST /v1/enquiries/{key}/notes", "GET /v1/enquiries/{key}/journal"}),
        (["logins"], {"GET /v1/device/{user_code}", "POST /v1/device/{user_code}/answer"}),
        (["tokens"], {"DELETE /v1/tokens/{id}"}),
    ],
    ids=["enquiries", "logins", "tokens"],
)
def test_what_answers_lead_to_can_be_followed(tags: list[str], led: set[str], place: Served) -> None:
    schema = described(place, "ada", tags)
    schema.config.generation.modes = [GenerationMode.POSITIVE]
    # Only what the description says leads on: what else might, is guessed from answers that differ from run to run.
    schema.config.phases.stateful.inference.algorithms = []
    base = schema.as_state_machine()
    reached: list[tuple[str, int]] = []

    class Followed(base):  # type: ignore[misc, valid-type]
        def before_call(self, case: schemathesis.Case[Any]) -> None:
            placed(place, case)

        def validate_response(self, response: Any, case: schemathesis.Case[Any], *args: Any, **kwargs: Any) -> None:
            checked(place, case, response)
            reached.append((case.operation.label, response.status_code))

    run_state_machine_as_test(
        Followed, settings=hypothesis.settings(_SETTINGS, max_examples=60, stateful_step_count=8, phases=[Phase.generate])
    )
    assert led <= {label for label, status in reached if status < 300}, Counter(reached)
