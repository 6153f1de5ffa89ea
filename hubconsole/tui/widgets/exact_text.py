"""Exactly what would go out: the words, where to, to whom, in answer to what, and the digest that binds them.

Nothing is smoothed over: hidden characters are marked, line ends and trailing blanks are drawn, links show the host they
really lead to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from textual.content import Content

from hubconsole.store.rows import DraftRow, EnquiryView
from hubconsole.text import is_hidden, one_line, visible
from hubconsole.tui.widgets.lines import ACCENT, ALARM, CARE, DIM, GOOD, PLAIN, STRONG, Lines, hang, label, stamp, wrap
from hubconsole.tui.widgets.signs import ALERT, DOT, RULE, TICK

if TYPE_CHECKING:
    from hubconsole.domain.policy import Policy

_LINK = re.compile(r"(?i)\b(?:https?://|www\.)[^\s<>\"']+")
_TRAILING = re.compile(r"[ \t]+(?=\n|\Z)")


class Outgoing(NamedTuple):
    """A reply as it would leave."""

    key: str
    version: int
    text: str
    channel: str
    visibility: str
    account: str
    recipient: str
    subject: str
    """Subject line; empty when the conversation has none."""
    answers: str
    """The customer's message that it answers: its first words (raw, hostile)."""
    answers_at: int
    length: int
    limit: int | None
    digest: str
    """Empty when the words are not yet a version of the hub's."""
    moved: bool
    """A condition moves it to another visibility than its author chose."""
    checked: bool
    """Whether this console computed the same digest from what it shows."""
    differs: bool = False
    """Whether it computed another one than the reply's that waits for a decision: the hub's tables were changed."""


def badge(channel: str, visibility: str) -> Content:
    """``X PUBLIC`` or ``X DM``: who will be able to read it, in words."""
    private = visibility == "private"
    name = {"x": "X", "dm": "DM", "email": "E-MAIL"}.get(channel, one_line(channel, 14).upper().replace("_", " "))
    if channel == "dm" or (private and channel in ("email", "phone", "paper", "walk_in")):
        return Content.assemble((name, STRONG), (" private", PLAIN))
    return Content.assemble((name, STRONG), " ", ("DM", STRONG) if private else ("PUBLIC", STRONG))


def counter(length: int, limit: int | None) -> Content:
    """``217 of 280``, red with a sign when it is too long."""
    if limit is None:
        return Content.styled(f"{length} characters", DIM)
    if length > limit:
        return Content.assemble((f"{ALERT} {length} of {limit}, {length - limit} too many", ALARM))
    return Content.styled(f"{length} of {limit}", CARE if length > limit * 0.9 else PLAIN)


def grouped(digest: str, groups: int = 3) -> str:
    """The digest's first groups of four hex digits: ``9c1f 4e07 a3d2``; 0 for all of them."""
    parts = [digest[n : n + 4] for n in range(0, len(digest), 4)]
    return " ".join(parts[:groups] if groups else parts)


def hosts(text: str) -> tuple[str, ...]:
    """The hosts that links in the text really lead to, in order; a name that is not plain ASCII in its wire form."""
    found: dict[str, None] = {}
    for match in _LINK.finditer(text):
        words = match[0].rstrip(".,;:!?)]")
        link = words if "//" in words else f"//{words}"
        try:
            host = urlsplit(link).hostname or ""
            host = host if host.isascii() else f"{host} ({host.encode('idna').decode('ascii')})"
        except (ValueError, UnicodeError):
            host = link
        if host:
            found[host] = None
    return tuple(found)


def hidden(text: str) -> tuple[str, ...]:
    """Code points of the characters in the text that nobody sees, in order of first appearance; line ends are not hidden."""
    return tuple(dict.fromkeys(f"U+{ord(char):04X}" for char in text if char != "\n" and is_hidden(char)))


def exact_words(text: str, style: str = PLAIN) -> Content:
    """The words with line ends drawn and trailing blanks blocked out."""
    parts: list[Content | str | tuple[str, str]] = []
    last = 0
    for match in _TRAILING.finditer(text):
        parts += [*_ended(text[last : match.start()], style), Content.styled(DOT * len(match[0]), "reverse dim")]
        last = match.end()
    parts += _ended(text[last:], style)
    return Content.assemble(*parts)


def bound(view: EnquiryView, text: str, visibility: str, policy: Policy) -> str:
    """The digest of these words as this console would compute it from what it shows."""
    from hubconsole.hub.agreement import shown_digest

    return shown_digest(view, text, visibility, policy)


def draft_visibility(view: EnquiryView, draft: DraftRow | None, policy: Policy | None) -> str:
    """Who would be able to read this version: what it was saved as, else what its digest binds, else what the enquiry is."""
    if draft is not None and draft.visibility:
        return draft.visibility
    if draft is not None and policy is not None:
        for visibility in (view.row.visibility, "public", "private"):
            if bound(view, draft.text, visibility, policy) == draft.digest:
                return visibility
    return view.row.visibility


def outgoing_of(
    view: EnquiryView, draft: DraftRow, policy: Policy | None, *, text: str | None = None, conditions: Sequence[str] = ()
) -> Outgoing:
    """The reply of this version as it would leave, with other words or under conditions where given."""
    from hubconsole.hub.agreement import agrees
    from hubconsole.tui.widgets.flags_view import measured

    words = draft.text if text is None else text
    chosen = draft_visibility(view, draft, policy)
    visibility = "private" if "dm_only" in conditions else chosen
    asked = next((message for message in view.messages if message.id == view.in_reply_to), None)
    length, limit = measured(policy, words, view.row.channel, visibility)
    return Outgoing(
        key=view.row.key,
        version=draft.version if text is None else draft.version + 1,
        text=words,
        channel=view.row.channel,
        visibility=visibility,
        account=view.account,
        recipient=view.recipient or view.row.customer,
        subject=view.subject,
        answers=asked.text if asked else view.row.words,
        answers_at=asked.at if asked else view.row.received_at,
        length=length,
        limit=limit,
        digest=draft.digest if text is None else "",
        moved=visibility != chosen,
        checked=policy is not None and text is None and bound(view, words, chosen, policy) == draft.digest,
        differs=policy is not None and agrees(view, policy) is False,
    )


def exact_lines(exact: Outgoing, now: int, width: int) -> list[Content]:
    """The words beside a rule, then what surrounds them, one line each."""
    words = wrap(exact_words(exact.text), max(1, width - 2)) or [Content("")]
    rows = [label("EXACTLY THESE WORDS"), *(Content.assemble((f"{RULE} ", ACCENT), row) for row in words), Content("")]
    where = Content.assemble(badge(exact.channel, exact.visibility), ("  moved there by the condition", CARE) if exact.moved else "")
    rows += hang(label("ON", 12), where, width)
    to = Content.assemble(
        (one_line(exact.recipient, 80), STRONG), (f"  from our account {one_line(exact.account, 40)}" if exact.account else "", DIM)
    )
    rows += hang(label("TO", 12), to, width)
    if exact.subject:
        rows += hang(label("SUBJECT", 12), visible(exact.subject), width)
    said = Content.assemble((f"{stamp(exact.answers_at, now)}  ", DIM), one_line(exact.answers, max(12, width - 26)))
    rows += hang(label("IN REPLY TO", 12), said, width)
    rows += hang(label("LENGTH", 12), counter(exact.length, exact.limit), width)
    found, unseen = hosts(exact.text), hidden(exact.text)
    rows += hang(label("LINKS", 12), visible(", ".join(found)) if found else Content.styled("none", DIM), width)
    if unseen:
        told = f"{ALERT} {', '.join(unseen)}: nobody sees these, and they would be sent"
        rows += hang(label("HIDDEN", 12), Content.styled(told, ALARM), width)
    if exact.digest:
        rows += hang(label("DIGEST", 12), Content.styled(grouped(exact.digest, 0), ACCENT), width)
        if exact.differs:
            same = Content.styled(f"{ALERT} what stands above does not give this digest: the hub's tables were changed", ALARM)
        elif exact.checked:
            same = Content.assemble((f"{TICK} ", GOOD), ("computed here again from what stands above", DIM))
        else:
            same = Content.styled("not computed here: the hub's policy is not known yet, or it was another one then", CARE)
        rows += hang(label("", 12), same, width)
    return rows


class ExactText(Lines):
    """An :class:`Outgoing` drawn whole."""

    def __init__(self, exact: Outgoing, now: int, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.exact = exact
        self.now = now

    def lines(self, width: int) -> list[Content]:
        """See :func:`exact_lines`."""
        return exact_lines(self.exact, self.now, width)


def _ended(text: str, style: str) -> list[Content | str | tuple[str, str]]:
    parts: list[Content | str | tuple[str, str]] = []
    for n, line in enumerate(text.split("\n")):
        if n:
            parts += [("↵", DIM), "\n"]
        parts.append(visible(line).stylize_before(style))
    return parts
