"""Of several things that happened meanwhile, who acts too late is told what settled the matter."""

import json

import pytest

from hubconsole.domain.meanwhile import Happened, what_decided

APPROVED = ("lou", "review.decided", {"verdict": "approve", "version": 2, "gate": "legal"})
_Facts = dict[str, object]
READIED: tuple[str, str, _Facts] = ("lou", "reply.readied", {})
REVOKED = ("lou", "review.revoked", {"version": 2, "gate": "legal"})
NOTED: tuple[str, str, _Facts] = ("ben", "note.added", {})
TAKEN: tuple[str, str, _Facts] = ("ada", "enquiry.claimed", {})
OWNED = ("ada", "enquiry.assigned", {"owner": "ada"})
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
        ("claim", [[TAKEN, OWNED], [NOTED]], "ada is on it; since then ben noted something"),
        ("set_priority", [[PRIORITY], [APPROVED]], "sue set P1 (was P3); since then lou approved version 2 (legal)"),
        ("set_priority", [[APPROVED], [NOTED]], "lou approved version 2 (legal); since then ben noted something"),
        ("add_note", [[NOTED]], "ben noted something"),
    ],
)
def test_what_settled_it_comes_first(command: str, commands: list[list[tuple[str, str, dict[str, object]]]], words: str) -> None:
    settled, said = what_decided(command, happened(*commands))
    assert said == words
    assert words.startswith(settled.by)
