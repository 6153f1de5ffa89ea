"""Triage and who has it; and who may do what at all, command by command."""

from collections.abc import Callable
from typing import Any

import pytest

from hubconsole.domain import commands as c
from hubconsole.domain.terms import CLOSING, Direction, Disposition, State, Verdict
from hubconsole.errors import Conflict, HubError
from tests.unit.workflow_dsl import EID, LEASE, NOBODY, START, Story, policy

ACCEPT = policy("legal", amend='"author_accepts"')

FUNCTIONS = {"S": "bo", "M": "mia", "A": "sal", "L": "lex", "V": "sue", "N": "ana", "W": "system"}
"""Service, Marketing, sAles, Legal, superVisor, aNalytics and the hub's own Worker."""


def away(story: Story) -> Story:
    """Whoever was on it has let go, so that only the function decides."""
    story.later(LEASE)
    return story


def waiting_for_acceptance() -> Story:
    story = Story(ACCEPT).submitted()
    story.amended()
    return story


def suspended() -> Story:
    story = Story().submitted()
    story.writes_again()
    return story


def snoozed() -> Story:
    story = Story().new()
    story.does("ada", c.Snooze, until=START * 2)
    return story


def resolved() -> Story:
    story = Story().sent()
    story.does("ada", c.Resolve)
    return story


def branded() -> Story:
    return Story(policy("brand")).submitted()


Given = Callable[[], Story]
Facts = Callable[[Story], dict[str, Any]]
MATRIX: list[tuple[str, type[c.EnquiryCommand], Given, Facts]] = [
    # may it                 command              given                                 with
    ("S M A L V N W", c.Receive, Story, lambda s: {"channel": "x", "text": "Hi", "customer": "Ola"}),
    ("S M A L V N W", c.RecordMessage, lambda: Story().new(), lambda s: {"direction": Direction.IN, "text": "Hi", "author": "x"}),
    ("S M A L V N W", c.AddNote, lambda: Story().new(), lambda s: {"text": "Hm."}),
    (". . . L V . .", c.AddNote, lambda: Story().new(), lambda s: {"text": "Hm.", "privileged": True}),
    (". . . L V . .", c.Revoke, lambda: Story().approved(), lambda s: {"gate": "legal", "digest": s.live}),
    ("S M A . V . .", c.SetRecipient, lambda: Story().new(), lambda s: {"recipient": "@ola"}),
    ("S M A L V . .", c.Triage, lambda: Story().new(), lambda s: {"disposition": Disposition.ENGAGE}),
    ("S M A L V . .", c.Claim, lambda: Story().new(), lambda s: {}),
    ("S M A L V N W", c.Release, lambda: Story().new(), lambda s: {}),
    ("S M A L V . .", c.Assign, lambda: Story().new(), lambda s: {"owner": "bo", "owner_function": "service"}),
    (". . . . V . .", c.Assign, lambda: Story().draft(), lambda s: {"owner": "bo", "owner_function": "service"}),
    ("S M A L V . .", c.SetPriority, lambda: Story().new(), lambda s: {"priority": 1}),
    (". . . . V . .", c.SetPriority, lambda: Story().draft(), lambda s: {"priority": 1}),
    ("S M A L V . .", c.Snooze, lambda: Story().new(), lambda s: {"until": START * 2}),
    ("S M A L V . .", c.Wake, snoozed, lambda s: {}),
    ("S M A L V . .", c.SaveDraft, lambda: Story().new(), lambda s: {"text": "Hello.", "base": 0}),
    ("S M A . V . .", c.Submit, lambda: Story().draft(), lambda s: {}),
    ("S M A . V . .", c.Withdraw, lambda: Story().submitted(), lambda s: {}),
    (". . . L . . .", c.OpenReview, lambda: Story().submitted(), lambda s: {"gate": "legal", "digest": s.live}),
    (". . . L . . .", c.Decide, lambda: Story().submitted(), lambda s: {"gate": "legal", "digest": s.live, "verdict": Verdict.APPROVE}),
    (". M . . . . .", c.Decide, branded, lambda s: {"gate": "brand", "digest": s.live, "verdict": Verdict.APPROVE}),
    (". . . . . . .", c.AcceptAmendment, waiting_for_acceptance, lambda s: {"digest": s.live}),
    (". . . L . . .", c.AskAuthor, lambda: Story().submitted(), lambda s: {"gate": "legal", "text": "Why?"}),
    ("S M A L V . .", c.Resume, suspended, lambda s: {"seen_message": s.q.last_in}),
    ("S M A . V . .", c.Send, lambda: Story().approved(), lambda s: {"via": "manual"}),
    ("S M A . V . .", c.UndoSend, lambda: Story().queued(), lambda s: {}),
    (". . . . . . W", c.ClaimSend, lambda: Story().queued(), lambda s: {"send_id": s.send_id, "wire_digest": s.live}),
    (". . . . . . W", c.FinishSend, lambda: Story().delivering(), lambda s: {"send_id": s.send_id, "outcome": "delivered"}),
    ("S M A . V . .", c.MarkSent, lambda: Story().open_ended(), lambda s: {}),
    ("S M A . V . .", c.MarkNotSent, lambda: Story().open_ended(), lambda s: {}),
    ("S M A L V . .", c.AwaitCustomer, lambda: Story().sent(), lambda s: {}),
    ("S M A L V . .", c.Resolve, lambda: Story().sent(), lambda s: {}),
    ("S M A L V . W", c.Close, resolved, lambda s: {}),
    ("S M A L V . .", c.Reopen, resolved, lambda s: {}),
    (". . . . . . W", c.Expire, lambda: Story().approved(), lambda s: {}),
]  # fmt: skip


def test_the_table_speaks_of_every_command_about_an_enquiry() -> None:
    assert {row[1] for row in MATRIX} == {cls for cls in c.COMMANDS.values() if issubclass(cls, c.EnquiryCommand)}


@pytest.mark.parametrize("function", FUNCTIONS, ids=FUNCTIONS.values())
@pytest.mark.parametrize("row", MATRIX, ids=[f"{row[1].kind} {row[0].replace(' ', '')}" for row in MATRIX])
def test_who_may_do_what(row: tuple[str, type[c.EnquiryCommand], Given, Facts], function: str) -> None:
    allowed, command, given, facts = row
    story = away(given())
    try:
        story.does(FUNCTIONS[function], command, **facts(story))
        told = ""
    except HubError as refusal:
        told = refusal.code
    assert told == ("" if function in allowed.split() else told or "was allowed")
    assert told in ("", "not_permitted", "not_the_author")


# --- triage ---


@pytest.mark.parametrize("disposition", sorted(CLOSING))
def test_a_closing_disposition_puts_it_away_and_lets_go(disposition: Disposition) -> None:
    story = Story().new()
    story.does("ada", c.Claim)
    story.does("ada", c.Triage, disposition=disposition, reason="rant", duplicate_of="other")
    assert (story.q.state, story.q.waiting_since, story.q.claimed(story.now)) == (State.CLOSED, None, "")


@pytest.mark.parametrize("disposition", [Disposition.ENGAGE, Disposition.CORRECT_FACTS])
def test_a_disposition_that_answers_makes_whoever_chose_it_the_owner(disposition: Disposition) -> None:
    story = Story().new()
    story.does("ada", c.Triage, disposition=disposition)
    assert (story.q.state, story.q.owner, story.q.owner_function) == (State.WORKING, "ada", "service")
    assert story.does("ada", c.Triage, disposition=disposition) == ()


def test_a_transfer_is_new_again_for_everybody_and_keeps_the_draft() -> None:
    story = Story().draft()
    story.does("ada", c.Triage, disposition=Disposition.TRANSFER, reason="mortgages")
    assert (story.q.state, story.q.owner, story.q.claimed(story.now), story.version) == (State.NEW, "", "", 1)
    story.does("bo", c.Triage, disposition=Disposition.ENGAGE)
    assert story.does("bo", c.Submit)[0] == "draft.submitted"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"disposition": Disposition.LET_STAND}, "no_reason"),
        ({"disposition": Disposition.LET_STAND, "reason": "  "}, "no_reason"),
        ({"disposition": Disposition.TRANSFER}, "no_reason"),
        ({"disposition": Disposition.DUPLICATE}, "no_original"),
        ({"disposition": Disposition.DUPLICATE, "duplicate_of": EID}, "no_original"),
    ],
)
def test_a_disposition_that_needs_saying_why_or_which_is_refused_without(facts: dict[str, Any], code: str) -> None:
    assert Story().new().no("ada", c.Triage, **facts).code == code


def test_the_customer_brings_a_let_stand_back_to_triage_without_the_old_disposition() -> None:
    story = Story().new()
    story.does("ada", c.Triage, disposition=Disposition.LET_STAND, reason="rant")
    story.writes_again()
    assert (story.q.state, story.q.disposition, story.q.reopened) == (State.NEW, None, 1)
    assert story.q.waiting_since == story.now


# --- claims ---


def test_a_claim_is_a_lease_that_ends_by_itself() -> None:
    story = Story().new()
    story.does("ada", c.Claim)
    refusal = story.later(LEASE - 1).no("bo", c.Claim)
    assert isinstance(refusal, Conflict) and (refusal.code, refusal.winner) == ("claimed", "ada")
    assert story.later(1).does("bo", c.Claim) == ("enquiry.claimed",)
    assert (story.q.claimed_by, story.q.owner) == ("bo", "ada")


def test_ones_own_claim_is_renewed() -> None:
    story = Story().new()
    story.does("ada", c.Claim)
    story.later(LEASE // 2).does("ada", c.Claim)
    assert story.q.claimed_until == story.now + LEASE


def test_only_a_supervisor_takes_over_a_live_claim_and_it_is_said_from_whom() -> None:
    story = Story().new()
    story.does("ada", c.Claim)
    assert story.no("bo", c.Claim, take_over=True).code == "not_permitted"
    refusal = story.no("sue", c.Claim)
    assert (refusal.code, refusal.hint) == ("claimed", "Wait for the release, or take it over first.")
    assert "have a supervisor" in story.no("bo", c.Claim).hint
    story.does("sue", c.Claim, take_over=True)
    assert story.q.claimed_by == "sue" and getattr(story.said[0], "from_whom", "") == "ada"
    assert story.no("ada", c.SaveDraft, text="Mine.", base=0).code == "claimed"


def test_a_dead_claim_may_be_taken_over_by_anybody() -> None:
    story = Story().new()
    story.does("ada", c.Claim)
    assert story.later(LEASE).does("bo", c.Claim, take_over=True) == ("enquiry.claimed",)


def test_only_the_holder_releases_and_a_dead_claim_needs_nothing() -> None:
    story = Story().new()
    story.does("ada", c.Claim)
    assert story.no("bo", c.Release).code == "claimed"
    assert story.copy().does("ada", c.Release) == ("enquiry.released",)
    assert story.later(LEASE).does("ada", c.Release) == ()


@pytest.mark.parametrize(
    ("command", "facts"),
    [
        (c.Triage, {"disposition": Disposition.ENGAGE}),
        (c.SaveDraft, {"text": "Mine.", "base": 1}),
        (c.Submit, {}),
        (c.Snooze, {"until": START * 2}),
        (c.Resolve, {}),
    ],
)
def test_what_somebody_is_on_others_leave_alone(command: type[c.EnquiryCommand], facts: dict[str, Any]) -> None:
    assert Story().draft().no("bo", command, **facts).code == "claimed"


@pytest.mark.parametrize("command", [c.Claim, c.Assign])
def test_what_is_closed_is_reopened_first(command: type[c.EnquiryCommand]) -> None:
    story = resolved()
    story.does("ada", c.Close)
    facts = {"owner": "bo", "owner_function": "service"} if command is c.Assign else {}
    assert story.no("ada", command, **facts).code == "wrong_state"


def test_resolving_lets_go_of_the_claim() -> None:
    story = Story().sent()
    story.does("bo", c.Claim)
    story.does("bo", c.Resolve)
    assert story.q.claimed(story.now) == ""


# --- owner, priority, snooze ---


def test_the_owner_passes_it_on_and_another_does_not() -> None:
    story = Story().draft()
    assert story.no("bo", c.Assign, owner="bo", owner_function="service").code == "not_permitted"
    story.does("ada", c.Assign, owner="bo", owner_function="service")
    assert story.q.owner == "bo"
    assert story.no("ada", c.Assign, owner="ada", owner_function="service").code == "not_permitted"
    assert story.does("bo", c.Assign, owner="bo", owner_function="service") == ()


@pytest.mark.parametrize("priority", [0, 5, -1])
def test_there_are_four_priorities(priority: int) -> None:
    assert Story().new().no("ada", c.SetPriority, priority=priority).code == "bad_priority"
    assert Story().no("ada", c.Receive, channel="x", text="a", customer="b", priority=priority).code == "bad_priority"


def test_the_same_priority_changes_nothing_and_another_says_both() -> None:
    story = Story().new()
    assert story.does("ada", c.SetPriority, priority=3) == ()
    story.does("ada", c.SetPriority, priority=1)
    assert (story.q.priority, getattr(story.said[0], "before", 0)) == (1, 3)


def test_a_snooze_ends_in_the_future() -> None:
    story = Story().new()
    assert story.no("ada", c.Snooze, until=story.now).code == "past_time"
    assert story.does("ada", c.Snooze, until=story.now + 1) == ("enquiry.snoozed",)
    assert story.does("ada", c.Wake) == ("enquiry.snoozed",)
    assert story.does("ada", c.Wake) == ()


def test_what_is_in_review_is_not_hidden_from_the_reviewer() -> None:
    story = Story().submitted()
    assert story.no("ada", c.Snooze, until=START * 2).code == "wrong_state"
    hidden = Story().draft()
    hidden.does("ada", c.Snooze, until=START * 2)
    hidden.does("ada", c.Submit)
    assert hidden.q.snoozed_until == 0


@pytest.mark.parametrize("event", ["customer", "elsewhere", "blocked", "expired", "doubt", "returned", "reopened"])
def test_whatever_needs_eyes_ends_a_snooze(event: str) -> None:
    story = Story(NOBODY).submitted() if event == "returned" else Story().sent() if event == "reopened" else Story().approved()
    if event in ("blocked", "doubt"):
        story.queued()
    story.does("ada", c.Snooze, until=START * 2)
    match event:
        case "customer":
            story.writes_again()
        case "elsewhere" | "returned":
            story.answered_elsewhere()
        case "blocked":
            story.claim("0" * 64)
        case "expired":
            story.later(10**9).does("system", c.Expire)
        case "doubt":
            story.claim()
            story.finish("in_doubt")
        case "reopened":
            story.does("ada", c.Reopen)
    assert story.q.snoozed_until == 0


# --- putting away and taking up again ---


def test_waiting_for_the_customer_needs_something_they_could_answer() -> None:
    assert Story().draft().no("ada", c.AwaitCustomer).code == "nothing_sent"
    story = Story().sent()
    story.does("ada", c.AwaitCustomer)
    assert story.q.state is State.WAITING_CUSTOMER and story.does("ada", c.AwaitCustomer) == ()
    story.writes_again()
    assert (story.q.state, story.q.reopened) == (State.WORKING, 0)


@pytest.mark.parametrize("given", ["new", "draft", "submitted", "approved"])
def test_only_what_is_at_rest_is_closed(given: str) -> None:
    story: Story = getattr(Story(), given)()
    assert story.no("ada", c.Close).code == "wrong_state"


def test_a_reply_to_something_resolved_or_closed_takes_it_up_and_counts() -> None:
    story = resolved()
    story.writes_again()
    assert (story.q.state, story.q.reopened) == (State.WORKING, 1)
    story.does("ada", c.Resolve)
    story.does("ada", c.Close)
    story.writes_again()
    assert (story.q.state, story.q.reopened) == (State.WORKING, 2)


def test_reopening_by_hand_counts_and_starts_the_clock() -> None:
    story = Story().new()
    story.does("ada", c.Triage, disposition=Disposition.SPAM)
    story.later(50).does("bo", c.Reopen)
    assert (story.q.state, story.q.reopened, story.q.waiting_since, story.q.disposition) == (State.NEW, 1, story.now, None)
    assert story.no("bo", c.Reopen).code == "wrong_state"
    answered = resolved()
    answered.does("bo", c.Reopen)
    assert answered.q.state is State.WORKING
    assert answered.no("ada", c.Submit).code == "already_sent"


def test_what_is_done_already_changes_nothing() -> None:
    story = resolved()
    assert story.does("ada", c.Resolve) == ()
    story.does("ada", c.Close)
    assert story.does("ada", c.Close) == ()
