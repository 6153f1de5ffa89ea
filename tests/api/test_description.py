"""The description is complete, and the documentation tells about all of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from hubconsole.domain.commands import COMMANDS
from hubconsole.server.openapi import describe
from hubconsole.server.routes import load
from hubconsole.server.schemas import NOT_BY_WIRE
from hubconsole.server.settings import Settings
from tests.api.conftest import Clients

DOCS = Path(__file__).parents[2] / "docs" / "api.md"


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return describe()


async def test_it_is_given_to_anybody_and_is_the_same(client: Clients, described: dict[str, Any]) -> None:
    answer = await client("").get("/openapi.json")
    assert answer.status_code == 200 and answer.json() == described


def test_every_operation_has_a_name_a_sentence_and_every_error_as_problem_details(described: dict[str, Any]) -> None:
    seen = set()
    for methods in described["paths"].values():
        for operation in methods.values():
            seen.add(operation["operationId"])
            assert operation["summary"] and operation["description"]
            for status, answer in operation["responses"].items():
                assert answer["description"]
                if int(status) >= 400:
                    ((media, content),) = answer["content"].items()
                    assert media == "application/problem+json" and content["schema"]["$ref"].endswith("Details")
    assert seen == set(load())


def test_every_reference_leads_somewhere_and_no_framework_shape_is_left(described: dict[str, Any]) -> None:
    text = str(described)
    for name in re.findall(r"#/components/schemas/([A-Za-z0-9_.-]+)", text):
        assert name in described["components"]["schemas"], name
    assert "HTTPValidationError" not in text
    links = [link for methods in described["paths"].values() for one in methods.values() for answer in one["responses"].values()
             for link in answer.get("links", {}).values()]  # fmt: skip
    assert {link["operationId"] for link in links} <= set(load()) and len(links) > 10


def test_commands_are_told_apart_by_their_kind(described: dict[str, Any]) -> None:
    union = described["components"]["schemas"]["Order"]["properties"]["command"]
    assert set(union["discriminator"]["mapping"]) == set(COMMANDS) - NOT_BY_WIRE
    for kind, ref in union["discriminator"]["mapping"].items():
        model = described["components"]["schemas"][ref.rpartition("/")[2]]
        assert model["properties"]["kind"]["const"] == kind and model["additionalProperties"] is False


def test_the_page_tells_about_every_operation_limit_and_problem() -> None:
    text = DOCS.read_text("utf-8")
    for one in load().values():
        assert f"`{one.method} {one.path}`" in text, f"docs/api.md does not tell about {one.method} {one.path}"
    for name in Settings.__dataclass_fields__:
        if name != "oidc":
            assert f"`{name}`" in text, f"docs/api.md does not tell about the limit {name}"
    statuses = {status for methods in describe()["paths"].values() for one in methods.values() for status in one["responses"]}
    for status in statuses | {"404", "405"}:
        assert re.search(rf"^\| {status} \|", text, re.M), f"docs/api.md does not tell about the status {status}"
