"""One row of a table, or one JSON record, becomes one message."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo

from hubconsole.domain.channel_names import channel_of_cell
from hubconsole.domain.terms import Direction, Visibility
from hubconsole.intake import dates
from hubconsole.intake.columns import Layout
from hubconsole.intake.encoding import undecodable
from hubconsole.intake.records import MAX_TEXT, Incoming

_FLOATED = re.compile(r"(\d+)\.0+")
_SEPARATORS = re.compile(r"[\s,;|\[\]\"'<>]+")
_NOTHING = {"", "nan", "none", "null", "n/a", "na", "-", "nat"}
_IN = {
    "true", "1", "yes", "y", "t", "in", "inbound", "incoming", "received", "customer", "user", "client", "visitor", "end-user", "end_user",
    "consumer", "eingehend", "kunde", "entrant", "entrante", "ja", "oui", "si",
}  # fmt: skip
_OUT = {
    "false", "0", "no", "n", "f", "out", "outbound", "outgoing", "sent", "agent", "brand", "company", "support", "admin", "bot", "operator",
    "assistant", "ausgehend", "agentin", "sortant", "saliente", "nein", "non",
}  # fmt: skip
_SWAP = {Direction.IN: Direction.OUT, Direction.OUT: Direction.IN}
_FLAGS = {"true", "false", "1", "0", "yes", "no", "y", "n", "t", "f", "ja", "nein", "oui", "non", "si"}
_PUBLIC = {"public", "true", "1", "yes", "open", "offentlich", "öffentlich", "everyone"}
_PRIVATE = {"private", "false", "0", "no", "dm", "direct", "privat", "closed", "internal"}
Cells = Sequence[str]


def normal_id(cell: str) -> str:
    """An id as it is compared: trimmed, ``3.0`` is ``3``, and the words for "nothing" are empty."""
    cell = cell.strip()
    if cell.isdigit():
        return cell
    match = _FLOATED.fullmatch(cell)
    if match:
        return match[1]
    if cell.lower() in _NOTHING:
        return ""
    return cell[1:-1] if cell[0] == "<" and cell[-1] == ">" else cell


def id_list(cell: str) -> tuple[str, ...]:
    """The ids in a cell such as ``9,6,10,`` or ``["9", "6"]``."""
    if not cell:
        return ()
    if cell.isdigit():
        return (cell,)
    return tuple(found for found in map(normal_id, _SEPARATORS.split(cell)) if found)


def message_maker(layout: Layout, zone: tzinfo = UTC) -> Callable[[Cells, int, str], Incoming]:
    """A function (cells, line, source) to a message; it raises ValueError with the reason when they make none."""
    at = layout.fields.get
    id_at, reply_at, replies_at, thread_at, subject_at = at("id"), at("reply_to"), at("replies"), at("thread"), at("subject")
    text_at, who_at, handle_at, time_at = layout.fields["text"], at("customer"), at("handle"), at("time")
    way_at, account_at, seen_at, channel_at = at("direction"), at("account"), at("visibility"), at("channel")
    private_flag = seen_at is not None and "priva" in layout.columns[seen_at].lower()
    when = dates.reader(layout.date_style, zone)

    def make(cells: Cells, line: int, source: str) -> Incoming:
        text = cells[text_at]
        subject = _word(cells, subject_at)
        if not text.strip():
            text = subject
            if not text:
                raise ValueError("there is no text")
        if len(text) > MAX_TEXT:
            raise ValueError(f"the text is longer than {MAX_TEXT:,} characters")
        author = normal_id(cells[who_at]) if who_at is not None else ""
        return Incoming(
            line,
            source,
            text,
            channel_of_cell(_word(cells, channel_at)),
            normal_id(cells[id_at]) if id_at is not None else "",
            normal_id(cells[reply_at]) if reply_at is not None else "",
            id_list(cells[replies_at]) if replies_at is not None else (),
            normal_id(cells[thread_at]) if thread_at is not None else "",
            author,
            normal_id(cells[handle_at]) if handle_at is not None else author,
            subject,
            when(cells[time_at]) if time_at is not None else None,
            _direction(cells[way_at], layout.outbound) if way_at is not None else None,
            _word(cells, account_at),
            _visibility(cells[seen_at], private_flag) if seen_at is not None else None,
        )

    return make


def check(text: str) -> str | None:
    """Why raw text cannot be taken in whatever its fields are, or None."""
    if "\0" in text:
        return "it holds a NUL byte"
    if undecodable(text):
        return "it holds bytes that are not text in the file's encoding"
    return None


def _word(cells: Cells, position: int | None) -> str:
    if position is None:
        return ""
    word = cells[position].strip()
    return "" if word.lower() in _NOTHING else word


def _direction(cell: str, swapped: bool) -> Direction | None:
    word = cell.strip().lower()
    way = Direction.IN if word in _IN else Direction.OUT if word in _OUT else None
    return _SWAP[way] if way and swapped and word in _FLAGS else way


def _visibility(cell: str, private_flag: bool) -> Visibility | None:
    word = cell.strip().lower()
    if word in _FLAGS:
        return Visibility.PUBLIC if (word in _IN) is not private_flag else Visibility.PRIVATE
    return Visibility.PUBLIC if word in _PUBLIC else Visibility.PRIVATE if word in _PRIVATE else None
