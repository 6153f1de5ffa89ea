"""The channel by hand, the clipboard sequence, and finding channels."""

import base64
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from hubconsole.channels.base import wire_digest
from hubconsole.channels.clipboard import MAX_ENCODED, osc52
from hubconsole.channels.files import stem_of
from hubconsole.channels.manual import ManualChannel
from hubconsole.channels.registry import channel_named, open_channels
from hubconsole.domain.terms import Visibility
from hubconsole.errors import UsageProblem
from tests.contract.test_channel_contract import OUTGOING


@pytest.mark.parametrize("text", ["plain", "two\r\nlines\n", "caf\u0065\u0301 – ✓", "\x1b]0;title\x07", ""])
def test_the_manual_channel_hands_over_exactly_the_approved_bytes(tmp_path: Path, text: str) -> None:
    said = ManualChannel(tmp_path).deliver(replace(OUTGOING, text=text))
    assert said.outcome == "handed_over"
    assert Path(said.external_id).read_bytes() == text.encode()
    assert Path(said.external_id).name.startswith("E-12-")


def test_the_manual_channel_does_not_overwrite_another_text(tmp_path: Path) -> None:
    channel = ManualChannel(tmp_path)
    channel.deliver(OUTGOING)
    said = channel.deliver(replace(OUTGOING, text="something else"))
    assert said.outcome == "failed"
    assert channel.path(OUTGOING).read_text() == OUTGOING.text


def test_text_that_cannot_be_encoded_fails_with_a_reason(tmp_path: Path) -> None:
    said = ManualChannel(tmp_path).deliver(replace(OUTGOING, text="half \ud800"))
    assert (said.outcome, "UTF-8" in said.reason) == ("failed", True)


def test_the_clipboard_sequence_carries_every_byte_and_nothing_that_could_end_it() -> None:
    text = 'a\x07b\x1b\\c "é" \x00'
    sequence = osc52(text)
    assert sequence is not None
    assert sequence.startswith("\x1b]52;c;") and sequence.endswith("\x07")
    assert base64.b64decode(sequence[7:-1]).decode() == text
    assert set(sequence[7:-1]).isdisjoint("\x07\x1b\x00\\")


def test_the_clipboard_sequence_is_wrapped_for_tmux() -> None:
    assert osc52("hi", tmux=True) == "\x1bPtmux;\x1b\x1b]52;c;aGk=\x07\x1b\\"


def test_text_too_long_for_the_clipboard_is_not_offered() -> None:
    longest = "x" * (MAX_ENCODED // 4 * 3)
    assert osc52(longest) is not None
    assert osc52(longest + "x") is None


def test_send_ids_make_different_file_names() -> None:
    ids = ["018b/1", "018b_1", "018b-1", "018b/1/", "018b//1", "a/b", "a_b", ".", ""]
    assert len({stem_of(send_id) for send_id in ids}) == len(ids)
    assert all("/" not in stem_of(send_id) for send_id in ids)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", "Thank you!"),
        ("recipient", "other@example.net"),
        ("account", "sales@bank.example"),
        ("channel", "x"),
        ("visibility", Visibility.PUBLIC),
        ("answers", "018bcfe5-6800-7000-8000-000000000001/4"),
        ("attachments", ("00" * 32,)),
        ("policy_version", "fedcba9876543210"),
        ("enquiry_id", "018bcfe5-6800-7000-8000-000000000002"),
    ],
)
def test_the_wire_digest_changes_with_everything_that_an_approval_binds(field: str, value: object) -> None:
    changed = replace(OUTGOING, **{field: value})  # type: ignore[arg-type]
    assert wire_digest(changed) != wire_digest(OUTGOING)


def test_the_built_in_channels_are_there_and_a_package_cannot_replace_them(tmp_path: Path) -> None:
    thief = EntryPoint("manual", "hubconsole.channels.outbox:OutboxChannel", "hubconsole.channels")
    channels = open_channels(tmp_path / "out", tmp_path / "outbox", [thief])
    assert set(channels) == {"manual", "outbox"}
    assert isinstance(channels["manual"], ManualChannel)
    assert channels["outbox"].deliver(OUTGOING).outcome == "delivered"
    assert list((tmp_path / "outbox").iterdir())


def test_a_package_announces_a_channel_of_its_own(tmp_path: Path) -> None:
    point = EntryPoint("pigeon", "hubconsole.channels.outbox:OutboxChannel", "hubconsole.channels")
    channels = open_channels(tmp_path / "out", tmp_path / "outbox", [point])
    assert channels["pigeon"].deliver(OUTGOING).outcome == "delivered"
    assert list((tmp_path / "out" / "pigeon").iterdir())


def test_a_package_that_cannot_be_loaded_fails_its_own_sends_only(tmp_path: Path) -> None:
    broken = EntryPoint("pigeon", "no.such.module:Channel", "hubconsole.channels")
    channels = open_channels(tmp_path / "out", tmp_path / "outbox", [broken])
    said = channels["pigeon"].deliver(OUTGOING)
    assert (said.outcome, "pigeon" in said.reason) == ("failed", True)
    assert channels["manual"].deliver(OUTGOING).outcome == "handed_over"


def test_an_unknown_channel_is_refused_with_the_names_there_are(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match=r"manual, outbox") as problem:
        channel_named(open_channels(tmp_path, tmp_path, []), "pigeon")
    assert problem.value.code == "unknown_channel"
