"""The mail files of the channel ``outbox``: exactly the approved text, and no header that somebody smuggled in."""

import os
from collections.abc import Callable
from dataclasses import replace
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubconsole.channels import files
from hubconsole.channels.manual import ManualChannel
from hubconsole.channels.outbox import DIGEST_HEADER, OutboxChannel, compose, message_id
from tests.contract.test_channel_contract import OUTGOING

NOW = 1_763_474_400_000


def parsed(content: bytes) -> EmailMessage:
    return BytesParser(policy=policy.default).parsebytes(content)


def body(content: bytes) -> bytes:
    return cast(bytes, parsed(content).get_payload(decode=True))


def test_the_mail_carries_envelope_thread_and_digest() -> None:
    mail = parsed(compose(OUTGOING, sender="hub@bank.example", now=NOW))
    assert (mail["From"], mail["To"], mail["Subject"]) == ("care@bank.example", "cy@example.net", "My card")
    assert (mail["In-Reply-To"], mail["References"]) == ("<a1@example.net>", "<a1@example.net>")
    assert mail["Message-ID"] == message_id(OUTGOING)
    assert mail[DIGEST_HEADER] == OUTGOING.digest
    assert mail["Date"] == "Tue, 18 Nov 2025 14:00:00 +0000"
    assert mail.get_content_charset() == "utf-8"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_the_body_decodes_to_exactly_the_approved_text(text: str) -> None:
    assert body(compose(replace(OUTGOING, text=text), sender="hub@bank.example", now=NOW)) == text.encode()


HEADERS = {"From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "X-Hubconsole-Send", "X-Hubconsole-Enquiry"} | {
    "X-Hubconsole-Channel", "X-Hubconsole-Visibility", DIGEST_HEADER, "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
}  # fmt: skip


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=60), st.text(max_size=60))
def test_no_outside_text_adds_a_header(subject: str, recipient: str, channel: str, reference: str) -> None:
    hostile = replace(OUTGOING, subject=subject, recipient=recipient, account=recipient, channel=channel, in_reply_to=reference)
    content = compose(hostile, sender="hub@bank.example", now=NOW)
    mail = parsed(content)
    assert set(mail.keys()) <= HEADERS
    assert len(mail.keys()) == len(set(mail.keys()))
    assert body(content) == OUTGOING.text.encode()


@pytest.mark.parametrize(
    "smuggled",
    [
        "a\r\nBcc: all@example.net",
        "a\nBcc: all@example.net",
        "a\rBcc: x",
        "a\u2028Bcc: x",
        "a\x85Bcc: x",
        "\r\n\r\nbody",
        'x" <evil@example.net>, "y',
    ],
)
def test_line_ends_and_second_addresses_in_names_stay_in_the_name(smuggled: str) -> None:
    mail = parsed(compose(replace(OUTGOING, channel="x", subject=smuggled, recipient=smuggled), sender="hub@bank.example", now=NOW))
    assert mail["Bcc"] is None
    assert len(mail["To"].addresses) == 1
    assert mail["To"].addresses[0].domain == "x.invalid"


@pytest.mark.parametrize(
    "recipient", ["unknown", "@maren_oak", "", "Cy <cy@example.net>", "cy@example.net, evil@example.net", "a..b@example.net"]
)
def test_a_mail_to_nobody_in_particular_is_handed_to_a_person(tmp_path: Path, recipient: str) -> None:
    channel = OutboxChannel(tmp_path)
    said = channel.deliver(replace(OUTGOING, recipient=recipient))
    assert (said.outcome, "is no mail address" in said.reason, said.link) == ("handed_over", True, str(channel.path(OUTGOING)))
    assert channel.lookup(replace(OUTGOING, recipient=recipient)) == said
    [mail] = [parsed(file.read_bytes()) for file in tmp_path.iterdir()]
    assert all(address.domain.endswith(".invalid") for address in mail["To"].addresses)


def test_a_handle_becomes_an_address_that_no_server_delivers() -> None:
    mail = parsed(compose(replace(OUTGOING, channel="x", recipient="@maren_oak"), sender="hub@bank.example", now=NOW))
    assert mail["To"].addresses[0].addr_spec == "maren_oak@x.invalid"
    assert mail["To"].addresses[0].display_name == "@maren_oak"


def test_a_file_with_another_reply_under_the_sends_name_is_in_doubt_and_left_alone(tmp_path: Path) -> None:
    channel = OutboxChannel(tmp_path)
    channel.deliver(OUTGOING)
    before = channel.path(OUTGOING).read_bytes()
    said = channel.deliver(replace(OUTGOING, text="other", digest="cd" * 32))
    assert said.outcome == "in_doubt"
    assert channel.path(OUTGOING).read_bytes() == before


def test_a_full_disk_leaves_no_file_and_fails_certainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    said = OutboxChannel(tmp_path).deliver(OUTGOING)
    assert (said.outcome, "No space left" in said.reason) == ("failed", True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_whose_name_may_be_lost_is_in_doubt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(folder: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(files, "sync_folder", broken)
    assert OutboxChannel(tmp_path).deliver(OUTGOING).outcome == "in_doubt"


@pytest.mark.parametrize(
    "planted",
    [
        lambda mail: mail.replace(b"To: cy@example.net", b"To: evil@example.net"),
        lambda mail: mail.replace(b"Subject: My card", b"Subject: Pay here"),
        lambda mail: mail.partition(b"\r\n\r\n")[0] + b"\r\n\r\nRVZJTA==\r\n",
        lambda mail: mail.replace(b"Date:", b"Bcc: all@example.net\r\nDate:"),
        lambda mail: mail + b"RVZJTA==\r\n",
        lambda mail: b"To: evil@example.net\n" + f"{DIGEST_HEADER}: {OUTGOING.digest}".encode() + b"\n\nEVIL\n",
        lambda mail: b"",
    ],
)
def test_only_the_very_mail_that_was_approved_counts_as_delivered(tmp_path: Path, planted: Callable[[bytes], bytes]) -> None:
    channel = OutboxChannel(tmp_path, clock=lambda: NOW)
    mail = compose(OUTGOING, sender=channel.sender, now=NOW)
    content = planted(mail)
    assert content != mail, "the planted file must differ"
    channel.path(OUTGOING).write_bytes(content)
    for said in (channel.deliver(OUTGOING), channel.lookup(OUTGOING)):
        assert said is not None
        assert (said.outcome, "another mail" in said.reason) == ("in_doubt", True)
    assert channel.path(OUTGOING).read_bytes() == content


def test_the_same_mail_at_another_time_is_the_same_mail(tmp_path: Path) -> None:
    OutboxChannel(tmp_path, clock=lambda: NOW).deliver(OUTGOING)
    later = OutboxChannel(tmp_path, clock=lambda: NOW + 40 * 86_400_000)
    for said in (later.deliver(OUTGOING), later.lookup(OUTGOING)):
        assert said is not None and said.outcome == "delivered"


@pytest.mark.parametrize("what", ["dangling link", "link to the mail", "folder", "pipe"])
@pytest.mark.parametrize("kind", [OutboxChannel, ManualChannel])
def test_what_is_no_file_under_the_sends_name_never_counts_as_written(
    tmp_path: Path, what: str, kind: type[OutboxChannel] | type[ManualChannel]
) -> None:
    elsewhere = kind(tmp_path / "elsewhere")
    elsewhere.deliver(OUTGOING)
    channel = kind(tmp_path / "out")
    path = channel.path(OUTGOING)
    path.parent.mkdir()
    match what:
        case "dangling link":
            path.symlink_to(tmp_path / "gone")
        case "link to the mail":
            path.symlink_to(elsewhere.path(OUTGOING))
        case "folder":
            path.mkdir()
        case _:
            os.mkfifo(path)
    assert (channel.deliver(OUTGOING).outcome, not (tmp_path / "gone").exists()) == ("failed", True)
    found = channel.lookup(OUTGOING)
    assert found is None if kind is ManualChannel else found is not None and found.outcome == "in_doubt"
