"""Of several things that happened meanwhile, who acts too late is told what settled the matter."""

import json

import pytest

from hubconsole.domain.meanwhile import WROTE_AGAIN, Happened, what_decided

APPROVED = ("lou", "review.decided", {"verdict": "approve", "version": 2, "gate": "legal"})
_Facts = dict[str, object]
READIED: tuple[str, str, _Facts] = ("lou", "reply.readied", {})
REVOKED = ("lou", "review.revoked", {"version": 2, "gate": "legal"})
NOTED: tuple[str, str, _Facts] = ("ben", "note.added", {})
TAKEN: tuple[str, str, _Facts] = ("ada", "enquiry.claimed", {})
OWNED = ("ada", "enquiry.assigned", {"owner": "ada"})
OVER: tuple[str, str, _Facts] = ("sue", "enquiry.claimed", {"from_whom": "ada"})
WROTE: tuple[str, str, _Facts] = ("ada", "message.recorded", {"direction": "in"})
OTHER_DOOR: tuple[str, str, _Facts] = ("ada", "message.recorded", {"direction": "out"})
SUSPENDED: tuple[str, str, _Facts] = ("ada", "review.suspended", {"because": WROTE_AGAIN})
CANCELLED: tuple[str, str, _Facts] = ("ada", "send.cancelled", {"because": WROTE_AGAIN})
SAVED: tuple[str, str, _Facts] = ("ada", "draft.saved", {"version": 3})
SUBMITTED: tuple[str, str, _Facts] = ("ada", "draft.submitted", {"version": 3})
QUEUED = ("ada", "send.queued", {"via": "manual"})
PRIORITY = ("sue", "enquiry.prioritised", {"priority": 1, "before": 3})


def happened(*commands: list[tuple[str, str, dict[str, object]]]) -> list[Happened]:
    """The events of commands, oldest first, as they are read: newest first."""
    events = [Happened(by, kind, n, json.dumps(body), str(n)) for n, one in enumerate(commands) for by, kind, body in one]
    return events[::-1]


@pytest.mark.parametrize(
    ("command", "commands", "words"),
    [
        ("decide", [[APPROVED, READIED], [NOTED]], "lou approved version 2 (legal); since then ben noted something"),
        ("decide", [[APPROVED, READIED]], "lou approved version 2 (legal)"),
        ("decide", [[APPROVED, READIED], [REVOKED]], "lou took back the approval of version 2 (legal)"),
        ("decide", [[APPROVED, READIED], [QUEUED], [NOTED]], "lou approved version 2 (legal); since then ben noted something (and 1 more)"),
        ("send", [[APPROVED], [QUEUED], [PRIORITY]], "ada queued it to go out by hand; since then sue set P1 (was P3)"),
        ("claim", [[TAKEN, OWNED], [NOTED]], "ada took it; since then ben noted something"),
        ("claim", [[OWNED]], "ada made it their own"),
        ("claim", [[OVER]], "sue took it over from ada"),
        ("claim", [[TAKEN, OWNED], [WROTE, SUSPENDED]], "ada took it; since then the customer wrote again"),
        ("decide", [[WROTE, SUSPENDED]], "the customer wrote again"),
        ("decide", [[WROTE, CANCELLED, SUSPENDED], [SAVED]], "the customer wrote again; since then ada saved version 3"),
        ("decide", [[WROTE, SUSPENDED], [APPROVED, READIED]], "lou approved version 2 (legal)"),
        ("decide", [[OTHER_DOOR, SUSPENDED]], "ada recorded a reply that left by another door"),
        ("decide", [[SAVED], [SUBMITTED]], "ada saved version 3; since then ada submitted version 3"),
        ("send", [[WROTE, CANCELLED, SUSPENDED]], "the customer wrote again"),
        ("save_draft", [[WROTE], [SAVED]], "the customer wrote again; since then ada saved version 3"),
        ("set_priority", [[WROTE], [NOTED]], "the customer wrote again; since then ben noted something"),
        ("set_priority", [[PRIORITY], [APPROVED]], "sue set P1 (was P3); since then lou approved version 2 (legal)"),
        ("set_priority", [[APPROVED], [NOTED]], "lou approved version 2 (legal); since then ben noted something"),
        ("add_note", [[NOTED]], "ben noted something"),
    ],
)
def test_what_settled_it_comes_first(command: str, commands: list[list[tuple[str, str, dict[str, object]]]], words: str) -> None:
    settled, said = what_decided(command, happened(*commands))
    assert said == words
    assert words.startswith((settled.by, WROTE_AGAIN))
