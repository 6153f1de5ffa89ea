"""What waits for a hub that is away: one private file a member and hub, which nobody else's console reads."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from hubconsole.clock import HOUR, SECOND
from hubconsole.domain import commands as c
from hubconsole.domain.terms import Verdict
from hubconsole.errors import Unreachable
from hubconsole.hub.port import Connection
from hubconsole.ids import new_id
from hubconsole.tui.intents import LIFE, Intent, Intents
from hubconsole.tui.line import as_of, gone_for, is_away, place_of, signed_out, skew_words, state_words

AT = 1_763_474_400_000
DECIDE = c.Decide(enquiry_id=new_id(), gate="legal", verdict=Verdict.RETURN, digest="ab" * 32, reason="tone", note="so\udc80 \u202e")


def intent(command: c.Command = DECIDE, at: int = AT, seen: int | None = 7) -> Intent:
    return Intent(new_id(), command, "E-12", "return E-12 reply v2 for legal", seen, at)


def test_an_intent_comes_back_as_it_was_kept_from_a_file_of_its_owner_only(tmp_path: Path) -> None:
    kept = Intents(tmp_path / "deep" / "er", "hub1", "reyes")
    first, second = intent(at=AT + 1), intent(c.SetPriority(enquiry_id=new_id(), priority=1), at=AT)
    kept.add(first)
    kept.add(second)
    assert kept.read() == (second, first)
    assert stat.S_IMODE(os.stat(kept.path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(kept.path.parent).st_mode) == 0o700
    assert kept.remove(second.id) == (first,)
    assert kept.put_again(first.id, "tom noted") == (first._replace(moved="tom noted"),)


@pytest.mark.parametrize(("hub", "member"), [("hub2", "reyes"), ("hub1", "ito")])
def test_another_member_and_another_hub_see_none_of_it_even_in_the_same_file(tmp_path: Path, hub: str, member: str) -> None:
    kept, other = Intents(tmp_path, "hub1", "reyes"), Intents(tmp_path, hub, member)
    kept.add(intent())
    assert other.read() == ()
    other.path.write_bytes(kept.path.read_bytes())
    assert other.read() == ()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body.update(v=2),
        lambda body: body.update(intents="x"),
        lambda body: body["intents"][0].update(id="1"),
        lambda body: body["intents"][0].update(at="now"),
        lambda body: body["intents"][0].update(seen=True),
        lambda body: body["intents"][0].update(command={"kind": "decide"}),
        lambda body: body["intents"][0].update(command={"kind": "unheard_of"}),
        lambda body: body["intents"].insert(0, 3) or body["intents"].pop(),
    ],
)
def test_a_file_that_is_not_ours_is_nothing(tmp_path: Path, spoil: object) -> None:
    kept = Intents(tmp_path, "hub1", "reyes")
    kept.add(intent())
    body = json.loads(kept.path.read_text())
    spoil(body)  # type: ignore[operator]
    kept.path.write_text(json.dumps(body))
    assert kept.read() == ()


def test_of_words_to_be_saved_only_the_newest_of_an_enquiry_stay(tmp_path: Path) -> None:
    kept, one, other = Intents(tmp_path, "hub1", "agent1"), new_id(), new_id()
    for enquiry_id, text in ((one, "first"), (other, "elsewhere"), (one, "second")):
        kept.add(intent(c.SaveDraft(enquiry_id=enquiry_id, text=text, base=0), seen=None))
    assert [getattr(found.command, "text", "") for found in kept.read()] == ["elsewhere", "second"]


def test_a_decision_runs_out_and_words_do_not() -> None:
    decision, words = intent(), intent(c.SaveDraft(enquiry_id=new_id(), text="t", base=0))
    assert (decision.expired(AT + LIFE - 1), decision.expired(AT + LIFE)) == (False, True)
    assert decision.expired(AT - HOUR)  # kept under a clock that was ahead
    assert not words.expired(AT + 10 * LIFE)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unreachable, match="Nothing was queued"):
        Intents(tmp_path / "file", "hub1", "reyes").add(intent())


# --- the line in words --------------------------------------------------------------------------------


def test_the_line_is_said_in_words() -> None:
    live = Connection("live", AT, AT, 0, "")
    lost = Connection("offline", AT, AT, 0, "The line was lost.")
    assert state_words(live, AT + HOUR) == "live"
    assert state_words(lost, AT + 12 * SECOND) == "not connected 0:12, as of 14:00"
    assert state_words(lost._replace(state="connecting", error="", as_of=0), AT) == "connecting, nothing read yet"
    assert "Tue 18 Nov" in as_of(lost, AT + 48 * HOUR)
    expired = lost._replace(error="The token has expired. hubconsole login https://hub.example")
    assert signed_out(expired)
    assert state_words(expired, AT).startswith("signed out, as of")
    assert not signed_out(lost)
    assert not signed_out(live)


@pytest.mark.parametrize(
    ("ms", "words"), [(0, "0:00"), (-5, "0:00"), (59_999, "0:59"), (61_000, "1:01"), (HOUR - 1, "59:59"), (HOUR + 5 * 60_000, "1 h 05")]
)
def test_how_long_the_line_is_lost_counts_seconds(ms: int, words: str) -> None:
    assert gone_for(ms) == words


@pytest.mark.parametrize(
    ("skew", "words"),
    [(0, ""), (2_000, ""), (-2_000, ""), (14_200, "hub's clock +14 s"), (-3_000, "hub's clock -3 s"), (600_000, "hub's clock +10 min")],
)
def test_the_hubs_clock_is_spoken_of_when_it_matters(skew: int, words: str) -> None:
    assert skew_words(Connection("live", AT, AT, skew, "")) == words


def test_an_act_waits_a_moment_for_a_hub_that_is_being_connected_to() -> None:
    line = Connection("connecting", AT, AT, 0, "")
    assert not is_away(line, AT + 4_999)
    assert is_away(line, AT + 5_000)
    assert is_away(line._replace(error="refused"), AT)
    assert is_away(line._replace(state="offline"), AT)
    assert not is_away(line._replace(state="live"), AT + HOUR)


@pytest.mark.parametrize(
    ("location", "host"),
    [("https://hub.example.org/a", "hub.example.org"), ("http://me:secret@127.0.0.1:8750", "127.0.0.1:8750"), ("/tmp/hub.db", "")],
)
def test_the_place_of_a_hub_is_its_host_and_never_a_password(location: str, host: str) -> None:
    assert place_of(location) == host
