"""Somebody writes past the program into the tables, or is quicker than the worker: what leaves is still what was approved."""

import sqlite3
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from hubconsole.channels.registry import open_channels
from hubconsole.clock import FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.terms import Visibility
from hubconsole.hub.local import LocalHub
from hubconsole.store.rows import OutgoingRow
from hubconsole.worker.dispatcher import Dispatcher
from tests.contract import acts
from tests.contract.hubs import MEMBERS

TEXT = "Thank you, we are on it."
RECIPIENT = "cy@example.net"
SUBJECT = "My card"


@pytest.fixture
def hub(tmp_path: Path, clock: FrozenClock) -> Iterator[LocalHub]:
    """A hub with a reply by mail that is approved, queued and due."""
    opened = LocalHub.create(tmp_path / "hub.db", name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
    acts.queued(opened, text=TEXT, channel="email", customer="Cy", handle=RECIPIENT, subject=SUBJECT, visibility=Visibility.PUBLIC)
    yield opened
    opened.close()


def left(tmp_path: Path) -> list[EmailMessage]:
    """The mails that left; nothing else may lie in either folder."""
    assert not (tmp_path / "out").exists()
    found: list[EmailMessage] = []
    for file in sorted((tmp_path / "outbox").glob("*")):
        mail = message_from_bytes(file.read_bytes(), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        found.append(mail)
    return found


def work(hub: LocalHub, tmp_path: Path) -> None:
    """One round of the worker."""
    Dispatcher(hub, open_channels(tmp_path / "out", tmp_path / "outbox", []), hub.clock, "worker").tick()


@pytest.mark.parametrize(
    ("edit", "leaves"),
    [
        ("UPDATE draft SET text = 'We promise you a million.'", False),
        ("UPDATE draft SET visibility = 'private'", False),
        ("UPDATE enquiry SET recipient = 'thief@example.net'", False),
        ("UPDATE enquiry SET account = 'thief@example.net'", False),
        ("UPDATE private SET value = 'We promise you a million.' WHERE field = 'text'", False),
        ("DELETE FROM private WHERE field = 'text'", False),
        ("DELETE FROM message", False),
        ("UPDATE enquiry SET state = 'working'", True),
        ("UPDATE enquiry SET handle = 'thief@example.net', customer = 'Thief'", True),
        ("UPDATE enquiry SET version = version - 1", True),
        ("UPDATE review SET state = 'requested', digest = ''", True),
        ("UPDATE member SET functions = 'legal'", True),
        ("UPDATE hub SET policy_version = 1", True),
    ],
)
def test_an_edit_of_the_tables_after_the_approval_lets_nothing_else_leave(
    hub: LocalHub, tmp_path: Path, clock: FrozenClock, edit: str, leaves: bool
) -> None:
    hub.close()
    conn = sqlite3.connect(tmp_path / "hub.db")
    assert conn.execute(edit).rowcount > 0
    conn.commit()
    conn.close()
    opened = LocalHub.open(tmp_path / "hub.db", clock=clock)
    work(opened, tmp_path)
    opened.close()
    mails = left(tmp_path)
    assert len(mails) == leaves
    for mail in mails:
        assert (mail["To"], mail["Subject"], mail.get_content()) == (RECIPIENT, SUBJECT, TEXT)


def withdrawn(hub: LocalHub, eid: str) -> None:
    hub.execute(c.Withdraw(enquiry_id=eid), actor="ada")


def taken_back(hub: LocalHub, eid: str) -> None:
    hub.execute(c.UndoSend(enquiry_id=eid), actor="ada")


def rewritten(hub: LocalHub, eid: str) -> None:
    acts.draft(hub, eid, "We promise you a million.")


def decomposed(hub: LocalHub, eid: str) -> None:
    acts.draft(hub, eid, TEXT.replace("a", "a\u0301", 1))


def made_private(hub: LocalHub, eid: str) -> None:
    acts.draft(hub, eid, TEXT, visibility=Visibility.PRIVATE)


def answered(hub: LocalHub, eid: str) -> None:
    acts.write_again(hub, eid)


def ruled_anew(hub: LocalHub, eid: str) -> None:
    hub.execute(c.AdoptPolicy(policy=f"tiny_team = true\n{ALL_LEGAL}"), actor="sue")


def ruled_to_and_fro(hub: LocalHub, eid: str) -> None:
    ruled_anew(hub, eid)
    hub.execute(c.AdoptPolicy(policy=ALL_LEGAL), actor="sue")


@pytest.mark.parametrize("act", [withdrawn, taken_back, rewritten, decomposed, made_private, answered, ruled_anew, ruled_to_and_fro])
def test_whoever_is_quicker_than_the_claim_keeps_the_reply_back(
    hub: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: Callable[[LocalHub, str], None]
) -> None:
    (due,) = hub.due(hub.clock())
    read = hub.outgoing

    def read_then_act(send_id: str) -> OutgoingRow | None:
        row = read(send_id)
        act(hub, due.enquiry_id)
        return row

    monkeypatch.setattr(hub, "outgoing", read_then_act)
    work(hub, tmp_path)
    monkeypatch.undo()
    assert left(tmp_path) == []
    work(hub, tmp_path)
    assert left(tmp_path) == []
    assert hub.verify().ok
