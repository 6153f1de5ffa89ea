"""The codec of the wire: everything that travels comes back as it was, and nothing else gets in."""

import dataclasses
import json
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubconsole.domain import commands as c
from hubconsole.domain.terms import Verdict
from hubconsole.errors import Conflict, HubError, Refused, StoreProblem, Unreachable, UsageProblem
from hubconsole.hub.port import Changes, HubInfo, JournalEntry, Receipt, Verification, Viewer
from hubconsole.hub.wire import WireProblem, WireRow, command_in, command_out, plain, problem_in, problem_out, revive, row_in, row_out
from hubconsole.store.rows import BoardRow, Count, EnquiryView, MemberRow, OutgoingRow

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
DECISION = {"kind": "decide", "enquiry_id": "a", "gate": "legal", "verdict": "approve", "digest": ""}
TRAVELLERS = (HubInfo, Receipt, Changes, JournalEntry, Verification, Viewer, BoardRow, Count, MemberRow, EnquiryView, OutgoingRow)


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a declared type."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is tuple:
        if len(args) == 2 and args[1] is Ellipsis:
            return st.lists(values(args[0]), max_size=2).map(tuple)
        return st.tuples(*map(values, args))
    if origin is frozenset:
        return st.frozensets(values(args[0]), max_size=3)
    if origin is dict:
        return st.dictionaries(TEXT, st.none() | st.integers() | TEXT | st.lists(TEXT, max_size=2), max_size=2)
    if origin is not None:
        return st.one_of(*map(values, args))
    if hint is type(None):
        return st.none()
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    if hint is bool:
        return st.booleans()
    if hint is int:
        return st.integers(-(2**53), 2**53)
    if hint is str:
        return TEXT
    hints = get_type_hints(hint)
    names = [f.name for f in dataclasses.fields(hint)] if dataclasses.is_dataclass(hint) else hint._fields
    return st.builds(hint, **{name: values(hints[name]) for name in names})


@pytest.mark.parametrize("kind", TRAVELLERS, ids=lambda kind: kind.__name__)
def test_what_a_hub_says_comes_back_as_it_was(kind: Any) -> None:
    @given(values(kind))
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    def travels(value: Any) -> None:
        assert revive(kind, json.loads(json.dumps(plain(value)))) == value

    travels()


@pytest.mark.parametrize("kind", sorted(c.COMMANDS))
def test_every_command_comes_back_as_it_was(kind: str) -> None:
    @given(values(c.COMMANDS[kind]))
    @settings(max_examples=15, deadline=None)
    def travels(command: c.Command) -> None:
        assert command_in(json.loads(json.dumps(command_out(command)))) == command

    travels()


@given(values(BoardRow), TEXT, st.booleans())
@settings(max_examples=20, deadline=None)
def test_a_row_travels_flat(row: BoardRow, function: str, is_open: bool) -> None:
    sent = WireRow(row, function, is_open)
    assert row_in(json.loads(json.dumps(row_out(sent)))) == sent


@pytest.mark.parametrize(
    ("sent", "where"),
    [
        ([], "command"),
        ({}, "command.kind"),
        ({"kind": ["claim"]}, "command.kind"),
        ({"kind": "drop_everything"}, "command.kind"),
        ({"kind": "claim"}, "command.enquiry_id"),
        ({"kind": "claim", "enquiry_id": 7}, "command.enquiry_id"),
        ({"kind": "claim", "enquiry_id": "a", "actor": "lex"}, "command.actor"),
        ({"kind": "claim", "enquiry_id": "a", "take_over": 1}, "command.take_over"),
        ({"kind": "set_priority", "enquiry_id": "a", "priority": True}, "command.priority"),
        (DECISION | {"verdict": "yes"}, "command.verdict"),
        (DECISION | {"conditions": ["a", 2]}, "command.conditions[1]"),
    ],
)  # fmt: skip
def test_a_wrong_command_says_which_part_is_wrong(sent: Any, where: str) -> None:
    with pytest.raises(WireProblem) as caught:
        command_in(sent)
    assert caught.value.where == where
    assert where in caught.value.message


def test_fields_that_a_newer_hub_adds_are_passed_over() -> None:
    assert revive(Count, {"state": "new", "function": "service", "n": 1, "colour": "red"}) == Count("new", "service", 1)


def test_defaults_do_not_travel() -> None:
    sent = command_out(c.Decide(enquiry_id="a", gate="legal", verdict=Verdict.APPROVE, digest="d"))
    assert sent == {"kind": "decide", "enquiry_id": "a", "gate": "legal", "verdict": "approve", "digest": "d"}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UsageProblem("bad_name", "No.", "Yes."), 422),
        (Refused("not_permitted", "You may not."), 403),
        (Conflict("changed", "Moved.", "Look.", winner="lex", at=5, version=9), 409),
        (Unreachable("offline", "Away."), 503),
        (StoreProblem("disk_full", "Full."), 503),
    ],
)
def test_errors_come_back_in_their_family(error: HubError, status: int) -> None:
    body = json.loads(json.dumps(problem_out(error)))
    assert body["status"] == status
    back = problem_in(body, status)
    assert isinstance(error, type(back))
    assert (back.code, back.message, back.hint, back.exit_code) == (error.code, error.message, error.hint, error.exit_code)
    if isinstance(error, Conflict):
        assert isinstance(back, Conflict)
        assert (back.winner, back.at, back.version) == ("lex", 5, 9)


@pytest.mark.parametrize(
    "body", [None, [], "x", {}, {"family": "x", "code": "y"}, {"family": "usage", "code": 3}, {"family": [], "code": "y"}]
)
def test_an_answer_that_is_no_problem_is_one(body: Any) -> None:
    back = problem_in(body, 502)
    assert isinstance(back, Unreachable)
    assert "502" in back.message
