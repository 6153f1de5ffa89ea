"""What every channel owes the dispatcher, whatever it does with a reply."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hubconsole.channels.base import Channel, Outgoing
from hubconsole.channels.manual import ManualChannel
from hubconsole.channels.outbox import OutboxChannel
from hubconsole.channels.registry import BrokenChannel
from hubconsole.domain.terms import Visibility

Make = Callable[[Path], Channel]

WORKING: list[Make] = [ManualChannel, OutboxChannel]
ALL: list[Make] = [*WORKING, lambda folder: BrokenChannel("pigeon", "The channel 'pigeon' could not be loaded.")]

OUTGOING = Outgoing(
    send_id="018bcfe5-6800-7000-8000-000000000001/9",
    enquiry_id="018bcfe5-6800-7000-8000-000000000001",
    key="E-12",
    channel="email",
    account="care@bank.example",
    recipient="cy@example.net",
    visibility=Visibility.PRIVATE,
    in_reply_to="<a1@example.net>",
    answers="018bcfe5-6800-7000-8000-000000000001/1",
    subject="My card",
    text="Thank you.\nWe are on it – promptly.\n",
    attachments=(),
    digest="ab" * 32,
    policy_version="0123456789abcdef",
)


@pytest.mark.parametrize("make", ALL)
def test_it_says_its_name_and_how_much_it_can_know(make: Make, tmp_path: Path) -> None:
    channel = make(tmp_path)
    assert channel.name
    assert channel.knowledge in ("idempotent", "lookup", "blind")


@pytest.mark.parametrize("make", ALL)
def test_there_is_no_trace_of_a_send_that_was_never_delivered(make: Make, tmp_path: Path) -> None:
    assert make(tmp_path).lookup(OUTGOING) is None


@pytest.mark.parametrize("make", WORKING)
def test_after_a_delivery_the_read_back_says_the_same(make: Make, tmp_path: Path) -> None:
    channel = make(tmp_path)
    delivered = channel.deliver(OUTGOING)
    assert delivered.outcome in ("delivered", "handed_over")
    assert channel.lookup(OUTGOING) == delivered
    assert make(tmp_path).lookup(OUTGOING) == delivered, "another process must find it too"


@pytest.mark.parametrize("make", WORKING)
def test_a_second_delivery_of_the_same_send_publishes_nothing_more(make: Make, tmp_path: Path) -> None:
    channel = make(tmp_path)
    first = channel.deliver(OUTGOING)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*")}
    assert channel.deliver(OUTGOING) == first
    assert {path: path.read_bytes() for path in tmp_path.rglob("*")} == before


@pytest.mark.parametrize("make", WORKING)
def test_two_sends_are_kept_apart(make: Make, tmp_path: Path) -> None:
    channel = make(tmp_path)
    channel.deliver(OUTGOING)
    other = replace(OUTGOING, send_id=OUTGOING.send_id + "0")
    assert channel.lookup(other) is None
    channel.deliver(other)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("make", WORKING)
@pytest.mark.parametrize("send_id", ["../../escape", "/etc/passwd", "a\x00b", "", "x" * 400, "..", "a/b/c", "\ud800"])
def test_no_send_id_reaches_another_folder(make: Make, tmp_path: Path, send_id: str) -> None:
    folder = tmp_path / "deep" / "down"
    channel = make(folder)
    assert channel.deliver(replace(OUTGOING, send_id=send_id)).outcome in ("delivered", "handed_over")
    assert [path.parent for path in tmp_path.rglob("*") if path.is_file()] == [folder]


@pytest.mark.parametrize("make", WORKING)
def test_what_it_writes_only_its_owner_can_read_and_no_scraps_are_left(make: Make, tmp_path: Path) -> None:
    make(tmp_path / "out").deliver(OUTGOING)
    files = list((tmp_path / "out").iterdir())
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600]


@pytest.mark.parametrize("make", ALL)
def test_a_folder_that_cannot_be_used_is_a_certain_failure_with_a_reason(make: Make, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    said = make(blocked / "out").deliver(OUTGOING)
    assert said.outcome == "failed"
    assert said.reason.endswith(".")
    assert blocked.read_text() == "not a folder"
