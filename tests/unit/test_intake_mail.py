"""Mail: threads, charsets however broken, HTML, mbox separators, folders."""

import os
import time
from pathlib import Path

import pytest

from hubconsole.domain.terms import Direction, Visibility
from hubconsole.errors import UsageProblem
from hubconsole.intake.html_text import html_to_text
from hubconsole.intake.mail import EmlFiles, Mbox, parse
from hubconsole.intake.records import Incoming, Reject

HEAD = b"From: Ann <ann@mail.example>\nDate: Mon, 3 Nov 2025 09:00:00 +0100\nMessage-ID: <m@mail.example>\n"


def mail(headers: bytes = b"", body: bytes = b"words") -> Incoming:
    return parse(HEAD + headers + b"\n" + body, 1, "a.eml")


def test_headers_become_fields() -> None:
    found = mail(b"To: Service <Service@bank.example>\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nIn-Reply-To: <p@x>\nReferences: <r@x> <p@x>\n")
    assert (found.author, found.handle, found.account) == ("Ann", "ann@mail.example", "service@bank.example")
    assert (found.subject, found.external_id, found.reply_to, found.replies) == ("Grüße", "m@mail.example", "p@x", ("r@x",))
    assert found.posted_at == 1_762_156_800_000
    assert (found.channel, found.visibility, found.text) == ("email", Visibility.PRIVATE, "words")


def test_references_alone_thread_to_the_nearest_ancestor() -> None:
    found = mail(b"References: <a@x>\n <b@x>\n")
    assert (found.reply_to, found.replies) == ("b@x", ("a@x",))


@pytest.mark.parametrize(
    ("charset", "body", "expected"),
    [
        (b"utf-8", "Grüße €".encode(), "Grüße €"),
        (b"iso-8859-1", b"f\xe9vrier", "février"),
        (b"us-ascii", "Grüße".encode(), "Grüße"),
        (b"us-ascii", b"5 \x80", "5 €"),
        (b"no-such-charset", "Grüße".encode(), "Grüße"),
        (b"utf-8", b"broken \xff here", "broken ÿ here"),
        (b"koi8-r", "письмо".encode("koi8-r"), "письмо"),
        (b"shift_jis", "手紙".encode("shift_jis"), "手紙"),
        (b"utf-8", b"nul \x00 byte", "nul \ufffd byte"),
    ],
)
def test_a_body_is_decoded_even_where_its_charset_is_wrong(charset: bytes, body: bytes, expected: str) -> None:
    assert mail(b"Content-Type: text/plain; charset=" + charset + b"\nContent-Transfer-Encoding: 8bit\n", body).text == expected


def test_raw_and_broken_headers_come_as_well_as_they_can_be_read() -> None:
    assert mail("Subject: Grüße\n".encode()).subject == "Grüße"
    assert mail(b"Subject: f\xe9vrier\n").subject == "février"
    assert mail(b"Subject: =?utf-8?b?not base64?=\n").subject
    assert mail(b"Subject: =?nope?q?caf=C3=A9?=\n").subject == "café"


def test_plain_text_is_preferred_and_its_quoted_tail_kept() -> None:
    parts = (
        b"--c\nContent-Type: text/html\n\n<b>rich</b>\n--c\nContent-Type: text/plain\n\nplain\n\n> earlier\n"
        b"--c\nContent-Type: text/plain\nContent-Disposition: attachment; filename=x.txt\n\nattached\n--c--\n"
    )
    assert mail(b"MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=c\n", parts).text == "plain\n\n> earlier"


def test_a_mail_of_html_only_is_read_as_text() -> None:
    found = mail(b"Content-Type: text/html; charset=utf-8\n", "<p>Guten Tag</p><p>Grüße</p>".encode())
    assert found.text == "Guten Tag\n\nGrüße"


def test_html_shows_where_links_lead_and_hides_scripts() -> None:
    html = "<head><title>t</title><style>p{}</style></head><p>Pay&nbsp;<a href='https://evil.example/x'>here</a><script>alert(1)</script><ul><li>a<li>b</ul>"
    assert html_to_text(html) == "Pay here (https://evil.example/x)\n\n- a\n- b"
    assert html_to_text("<p>unclosed <b <i").startswith("unclosed")
    assert html_to_text("<!DOCTYPE html><!-- hidden --><![if !mso]>shown<![endif]><![x[odd]]>&amp; <em>more</em>") == "shown& more"


@pytest.mark.parametrize("piece", ["<!--", "<![x", "<a", "<a ", "</", "<?", "&", "<a href='", "<script>", "<p"])
def test_html_made_to_be_slow_is_read_in_linear_time(piece: str) -> None:
    def effort(times: int) -> float:
        start = time.process_time()
        html_to_text(piece * times)
        html_to_text(piece * times + ">")
        return time.process_time() - start

    assert effort(40_000) < 40 * max(effort(4_000), 0.005)


def test_a_mail_without_words_has_its_subject_for_text_and_one_without_either_is_refused() -> None:
    assert mail(b"Subject: Call me\n", b"").text == "Call me"
    with pytest.raises(ValueError, match="no text"):
        mail(b"", b"  \n")
    with pytest.raises(ValueError, match="no header"):
        parse(b"just some text\nin a file\n", 1, "a.eml")


def test_a_missing_date_falls_back_to_when_it_was_received() -> None:
    received = b"Received: from a by b; Mon, 3 Nov 2025 08:00:00 +0000 (UTC)\n"
    assert parse(b"From: a@x\nDate: someday\n" + received + b"\nhi", 1, "a").posted_at == 1_762_156_800_000
    assert parse(b"From: a@x\n\nhi", 1, "a").posted_at is None


def test_mail_that_was_sent_from_here_is_outbound() -> None:
    assert mail(b"X-Gmail-Labels: Sent,Important\n").direction is Direction.OUT
    assert mail().direction is None


def test_an_mbox_is_split_at_separators_only(tmp_path: Path) -> None:
    path = tmp_path / "box"
    body = b"first\n\nFrom here on it is body text\nmore\n\n>From quoted\n"
    path.write_bytes(
        b"From ann Mon Nov  3 09:00:00 2025\n" + HEAD + b"\n" + body + b"\nFrom bob Mon Nov  3 10:00:00 2025\n" + HEAD + b"\nsecond\n"
    )
    first, second = Mbox(path).records()
    assert isinstance(first, Incoming) and isinstance(second, Incoming)
    assert first.text == "first\n\nFrom here on it is body text\nmore\n\nFrom quoted"
    assert (first.line, second.line, second.text) == (1, 13, "second")


def test_a_broken_message_in_an_mbox_is_a_reject_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "box.mbox"
    path.write_bytes(b"From a\nFrom: a@x\n\n\nFrom b\n" + HEAD + b"\nwords\n")
    found = list(Mbox(path).records())
    assert isinstance(found[0], Reject) and isinstance(found[1], Incoming)
    assert (found[0].line, found[0].reason, found[1].line) == (1, "there is no text", 5)


def test_only_an_mbox_has_quoted_separators() -> None:
    assert mail(body=b">From me\n").text == ">From me"


def test_a_folder_is_searched_to_the_bottom(tmp_path: Path) -> None:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "deep" / "a.EML").write_bytes(HEAD + b"\nwords\n")
    (tmp_path / "in" / "b.eml").write_bytes(b"\x00\xff" * 100)
    os.mkfifo(tmp_path / "in" / "pipe.eml")
    (tmp_path / "in" / "notes.txt").write_text("not mail")
    found = list(EmlFiles(tmp_path / "in").records())
    assert [(type(one).__name__, Path(one.source).as_posix()) for one in found] == [("Reject", "b.eml"), ("Incoming", "deep/a.EML")]


def test_a_folder_without_mail_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem) as problem:
        EmlFiles(tmp_path)
    assert problem.value.code == "empty_folder"
