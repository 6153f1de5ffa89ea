"""The pieces the enquiry screen and the legal pane are drawn from: nothing lost, nothing smoothed over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.content import Content

from hubconsole.clock import HOUR, MINUTE
from hubconsole.errors import UsageProblem
from hubconsole.store.rows import BoardRow, EnquiryView, MessageRow, ReviewRow, TrailRow
from hubconsole.text import visible
from hubconsole.times import END_OF_DAY, coming
from hubconsole.tui.widgets.customer_box import ordinal
from hubconsole.tui.widgets.exact_text import exact_words, grouped, hidden, hosts
from hubconsole.tui.widgets.flags_view import look_over, rule_words
from hubconsole.tui.widgets.gates_view import words_for
from hubconsole.tui.widgets.lines import columns, hang, spread, stamp, wrap
from hubconsole.tui.widgets.redline_view import redlined
from hubconsole.tui.widgets.signs import TICK, drawn
from hubconsole.tui.widgets.timeline import bar, lanes

NOW = 1_763_474_400_000


@given(st.text(max_size=200), st.integers(2, 40))
def test_breaking_lines_keeps_every_character(text: str, width: int) -> None:
    shown = visible(text)
    rows = wrap(shown, width)
    assert "".join(row.plain for row in rows) == shown.plain.replace("\n", "")
    assert all(cell_len(row.plain) <= width for row in rows)


def test_lines_break_at_spaces() -> None:
    assert [row.plain for row in wrap(Content("one two three"), 8)] == ["one two ", "three"]


def test_a_hanging_block_stays_beside_its_head() -> None:
    rows = hang(Content("HEAD "), Content("one two three"), 12)
    assert [row.plain for row in rows] == ["HEAD one ", "     two ", "     three"]


def test_columns_wrap_as_wholes() -> None:
    assert [row.plain for row in columns([Content("a b"), Content("c d"), Content("e")], 9)] == ["a b   c d", "e"]


def test_the_right_end_of_a_line_stays_and_the_left_gives_way() -> None:
    assert spread(Content("a long beginning"), Content("end"), 12).plain == "a long … end"


def test_a_redline_reads_in_order_with_a_space_between_old_and_new() -> None:
    assert redlined("we will pay you", "we may pay you").plain == "we will may pay you"
    assert redlined("we will pay", "we will").plain == "we will pay"
    assert redlined("", "new\x1b words").plain == "new␛ words"


def test_a_redline_never_tells_by_colour_alone() -> None:
    styles = {str(span.style) for span in redlined("we will refund", "we may refund").spans}
    assert any("strike" in style for style in styles) and any("underline" in style and "bold" in style for style in styles)


def test_exact_words_draw_line_ends_and_trailing_blanks() -> None:
    assert drawn(exact_words("one  \ntwo\n")).plain == "one··↵\ntwo↵\n"


def test_links_show_where_they_really_lead() -> None:
    text = "see https://bank.example@evil.example/a and www.plain.example, or https://bücher.example"
    assert hosts(text) == ("evil.example", "www.plain.example", "bücher.example (xn--bcher-kva.example)")


def test_hidden_characters_are_named_and_line_ends_are_not_hidden() -> None:
    assert hidden("a\u200bb\nc\u202e\u200b") == ("U+200B", "U+202E")


def test_a_digest_is_read_in_groups_of_four() -> None:
    assert grouped("9c1f4e07a3d2ffff") == "9c1f 4e07 a3d2"
    assert grouped("9c1f4e07a3d2ffff", 0) == "9c1f 4e07 a3d2 ffff"


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("30m", 30 * MINUTE),
        ("4h", 4 * HOUR),
        ("2 days", 48 * HOUR),
        ("15:00", HOUR),
        ("13:00", 23 * HOUR),
        ("2025-11-19 14:00", 24 * HOUR),
        ("19 Nov 14:00", 24 * HOUR),
    ],
)
def test_the_end_of_an_approval_is_read(text: str, after: int) -> None:
    assert coming(text, NOW, day=END_OF_DAY) == NOW + after


@pytest.mark.parametrize("text", ["", "soon", "0h", "25:00", "-1h", "4 fortnights", "31 Feb 10:00", "2025-13-01"])
def test_no_end_is_made_up(text: str) -> None:
    with pytest.raises(UsageProblem):
        coming(text, NOW, day=END_OF_DAY)


def test_times_are_said_as_a_person_does() -> None:
    assert stamp(NOW, NOW) == "14:00"
    assert stamp(NOW - 20 * HOUR, NOW) == "17 Nov 18:00"
    assert stamp(NOW - 365 * 24 * HOUR, NOW) == "18 Nov 2024 14:00"


def test_words_of_rules_conditions_and_counts() -> None:
    assert rule_words("personal_data") == "personal data"
    assert words_for("dm_only") == "by DM" and words_for("personal_data") == "personal data"
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 21, 112)] == ["1st", "2nd", "3rd", "4th", "11th", "12th", "21st", "112th"]


def test_signs_of_ours_turn_ascii_and_words_of_others_do_not() -> None:
    content = Content.assemble((TICK, "bold"), " ✓ said the customer")
    assert drawn(content, ascii_only=True).plain == "+ ✓ said the customer"
    assert drawn(content).plain == "✓ ✓ said the customer"
    assert drawn(content).spans == content.spans
    assert TICK not in visible(TICK).plain


def test_looking_a_text_over_puts_what_blocks_first() -> None:
    looked = look_over(None, "We guarantee it. Card 4111 1111 1111 1111\u200b", "x", "public")
    assert looked.limit == 280
    assert looked.flags[0].severity == "block"
    assert {flag.words for flag in looked.flags} >= {"guarantee", "\u200b"}


def trail(at: int, actor: str, kind: str) -> TrailRow:
    return TrailRow(0, NOW + at * MINUTE, actor, "tui", kind, kind)


def enquiry(rows: tuple[TrailRow, ...], reviews: tuple[ReviewRow, ...] = ()) -> EnquiryView:
    row = BoardRow(
        id="i", number=1, key="E-1", state="in_review", channel="x", visibility="public", customer="@c", words="w", priority=2,
        owner="", gates="", flags="", on_it="", on_it_until=0, due_at=None, waiting_since=None, received_at=NOW, updated_at=NOW,
        snoozed_until=0, disposition="", draft=1, last_author="a", reopened=0, rank=0, version=1,
    )  # fmt: skip
    message = MessageRow("m", "in", "public", "x", "@c", "w", NOW, "", False)
    return EnquiryView(row, "", "@c", "m", "", (message,), (), reviews, (), rows, (), ())


def review(asked: int, decided: int) -> ReviewRow:
    return ReviewRow(
        id="r", gate="legal", version=1, state="decided", verdict="", digest="", requested_at=NOW + asked * MINUTE,
        requested_by="a", opened_by="", opened_at=0, decided_by="", decided_at=NOW + decided * MINUTE, reason="", note="",
        conditions="", expires_at=0, because="", after=False,
    )  # fmt: skip


def test_touch_and_wait_are_told_apart_by_function() -> None:
    rows = (
        trail(0, "a", "enquiry.received"), trail(5, "a", "draft.saved"), trail(8, "a", "draft.submitted"),
        trail(18, "l", "review.opened"), trail(20, "l", "review.decided"),
    )  # fmt: skip
    found = {lane.name: lane for lane in lanes(enquiry(rows, (review(8, 20),)), {"a": "service", "l": "legal"}, NOW + 30 * MINUTE)}
    assert found["service"].touched() == 3 * MINUTE and found["service"].waited() == 15 * MINUTE
    assert found["legal"].touched() == 2 * MINUTE and found["legal"].waited() == 10 * MINUTE


def test_the_bar_is_drawn_to_scale() -> None:
    rows = (trail(0, "a", "enquiry.received"), trail(5, "a", "draft.saved"), trail(9, "a", "draft.submitted"))
    (lane,) = lanes(enquiry(rows), {"a": "service"}, NOW + 20 * MINUTE)
    assert drawn(Content(bar(lane, NOW, NOW + 20 * MINUTE, 10))).plain == "░░■■■░░░░░"


def test_time_with_the_customer_is_nobodys_wait() -> None:
    rows = (trail(0, "a", "enquiry.received"), trail(10, "system", "send.finished"), trail(50, "a", "message.recorded"))
    (lane,) = lanes(enquiry(rows), {"a": "service"}, NOW + 60 * MINUTE)
    assert lane.held == ((NOW, NOW + 10 * MINUTE), (NOW + 50 * MINUTE, NOW + 60 * MINUTE))
