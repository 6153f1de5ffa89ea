"""Which column of a table holds which field of a message: told by name, and by content where the name does not help."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hubconsole.errors import UsageProblem
from hubconsole.intake import dates

FIELDS = (
    "id", "reply_to", "replies", "thread", "customer", "handle", "text", "subject", "time",
    "direction", "account", "visibility", "channel",
)  # fmt: skip
"""Names of the fields that a column can be mapped to."""

_ALIASES = {
    "author": "customer", "name": "customer", "from": "customer", "message": "text", "body": "text", "date": "time",
    "posted_at": "time", "created_at": "time", "external_id": "id", "message_id": "id", "inbound": "direction",
    "in_reply_to": "reply_to", "parent": "reply_to", "conversation": "thread", "category": "subject", "title": "subject",
}  # fmt: skip

_SYNONYMS: dict[str, str] = {
    # most telling first: of two columns that fit one field, the earlier word wins
    "id": "tweet_id message_id post_id comment_id status_id mail_id external_id msg_id id_str complaint_id ticket_id case_id request_id"
    " inquiry_id enquiry_id record_id reference case_number ticket_number nachricht_id identifiant id uid uuid guid nr number nummer",
    "reply_to": "in_response_to_tweet_id in_reply_to_status_id_str in_reply_to_status_id in_reply_to_tweet_id in_reply_to_id"
    " in_response_to in_reply_to reply_to_id reply_to replied_to_id parent_id parent_message_id parent"
    " antwort_auf en_reponse_a reponse_a antwort_an respuesta_a",
    "replies": "response_tweet_id response_ids reply_ids responses replies response_id antworten reponses respuestas",
    "thread": "conversation_id thread_id conversation thread gesprach_id konversation discussion_id references dialogue_id",
    "customer": "customer_name customer author_name display_name full_name author from_name sender_name sender from_address from author_id"
    " user_name username screen_name user_screen_name user_id user contact_name contact client kunde absender verfasser autor auteur"
    " expediteur nom cliente nombre remitente mittente klant name requester submitter reviewer",
    "handle": "handle screen_name user_screen_name username from_email email_address email e_mail mail mail_address author_handle"
    " customer_id author_id user_id phone phone_number telefon telephone telefono courriel correo",
    "text": "text full_text message_text body message content consumer_complaint_narrative narrative tweet post comment description"
    " question query complaint enquiry inquiry request review nachricht inhalt frage anfrage anliegen beschreibung texte contenu"
    " question_text demande mensaje contenido consulta texto messaggio testo richiesta bericht vraag utterance instruction",
    "subject": "subject title topic betreff thema titel objet sujet titre asunto tema oggetto onderwerp category kategorie"
    " categorie categoria intent label issue reason grund",
    "time": "created_at posted_at sent_at received_at date_created created_time created timestamp time_stamp datetime date_time date"
    " time posted sent received date_received published_at published datum zeit zeitstempel erstellt eingang erstellt_am"
    " date_de_creation date_creation fecha hora fecha_de_creacion data ora datum_tijd",
    "direction": "inbound is_inbound direction incoming outbound message_direction richtung eingehend sens direccion sent_by role"
    " sender_type author_type",
    "account": "account our_account brand page page_name mailbox inbox recipient to to_address konto empfanger destinataire cuenta"
    " destinatario profile company",
    "visibility": "visibility privacy is_public public is_private private sichtbarkeit",
    "channel": "channel source platform network medium submitted_via kanal quelle canal canale kanaal",
}
_TWEETS = re.compile(r"tweet|in_reply_to_status|retweet")
_HINTS = (
    (_TWEETS, "x"),
    (re.compile(r"facebook|\bfb_"), "facebook"),
    (re.compile(r"instagram"), "instagram"),
    (re.compile(r"^(?:from_)?(?:e_?mail|from_address|betreff|courriel|mailbox)"), "email"),
)


class Layout(NamedTuple):
    """Which column (by position) holds which field."""

    columns: tuple[str, ...]
    """Names as in the header, or ``1``, ``2``... without one."""
    fields: dict[str, int]
    """Position by field; a field without a column is missing."""
    date_style: str
    outbound: bool = False
    """The direction column says "is outbound" rather than "is inbound"."""

    def mapping(self) -> dict[str, str]:
        """Column name by field, as people write it behind ``--map``."""
        return {field: self.columns[position] for field, position in self.fields.items()}

    def channel(self) -> str:
        """The channel that the column names speak of; ``email`` where nothing tells of one, nor of who wrote; else empty."""
        for pattern, channel in _HINTS:
            if any(pattern.search(plain(name)) for name in self.columns):
                return channel
        return "" if {"channel", "customer", "handle"} & self.fields.keys() else "email"


def plain(name: str) -> str:
    """A column's name reduced to lower-case ASCII words joined by ``_``: ``Réponse à`` becomes ``reponse_a``."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    folded = unicodedata.normalize("NFKD", split).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", folded).strip("_")


def known_name(name: str) -> bool:
    """Whether a cell is a word that column headers use."""
    return any(plain(name) in words.split() for words in _SYNONYMS.values())


def signature(columns: Sequence[str]) -> str:
    """A short, stable name for a header; files of the same export share it."""
    return hashlib.sha256("\x1f".join(map(plain, columns)).encode()).hexdigest()[:16]


def parse_mapping(mapping: Mapping[str, str]) -> dict[str, str]:
    """Field names in their one spelling. Raises UsageProblem ``unknown_field``."""
    result = {}
    for given, column in mapping.items():
        field = plain(given)
        field = field if field in FIELDS else _ALIASES.get(field, "")
        if not field:
            raise UsageProblem("unknown_field", f"'{given[:40]}' is not a field of a message.", f"Fields are: {', '.join(FIELDS)}.")
        result[field] = column
    return result


def layout(
    columns: Sequence[str], sample: Sequence[Sequence[str]], mapping: Mapping[str, str] | None = None, *, named: bool = True
) -> Layout:
    """Guess the layout from names and sample rows; ``mapping`` (field to column, empty for none) has the last word.

    ``named`` is False when the file has no header. Raises UsageProblem ``unknown_field``, ``unknown_column`` or ``no_text_column``.
    """
    wanted = parse_mapping(mapping or {})
    fields = _told(columns, wanted)
    taken = set(fields.values())
    if named:
        _by_name([plain(name) for name in columns], fields, taken, wanted)
    cells = [[row[position].strip() for row in sample if position < len(row)] for position in range(len(columns))]
    _by_content(cells, fields, taken, wanted, named)
    if not named and len(columns) == 1 and "text" not in wanted:
        raise UsageProblem(
            "no_columns",
            "The file has neither columns nor a header, so it may be anything.",
            f"If every line of it is a message: --map text={columns[0]}.",
        )
    if "text" not in fields:
        raise UsageProblem(
            "no_text_column",
            f"None of the {len(columns)} columns looks like the text of a message.",
            "Say which it is: --map text=COLUMN.",
        )
    if "handle" in fields and "customer" not in fields and "customer" not in wanted:
        fields["customer"] = fields["handle"]
    fields = {field: position for field, position in fields.items() if position >= 0}
    style = dates.guess_style(cells[fields["time"]]) if "time" in fields else None
    outbound = "direction" in fields and plain(columns[fields["direction"]]).endswith("outbound")
    return Layout(tuple(columns), fields, style or "iso", outbound)


def _told(columns: Sequence[str], wanted: Mapping[str, str]) -> dict[str, int]:
    fields = {}
    plains = [plain(name) for name in columns]
    for field, column in wanted.items():
        if not column:
            continue
        if column in columns:
            fields[field] = list(columns).index(column)
        elif plain(column) and plain(column) in plains:
            fields[field] = plains.index(plain(column))
        elif column.isascii() and column.isdigit() and 1 <= int(column) <= len(columns):
            fields[field] = int(column) - 1
        else:
            names = ", ".join(repr(name[:40]) for name in columns[:20])
            raise UsageProblem("unknown_column", f"There is no column '{column[:40]}' for {field}.", f"Columns are: {names}.")
    return fields


def _by_name(plains: Sequence[str], fields: dict[str, int], taken: set[int], wanted: Mapping[str, str]) -> None:
    ranked = []
    for field, words in _SYNONYMS.items():
        if field not in wanted:
            order = {word: rank for rank, word in enumerate(words.split())}
            ranked += [(order[name], FIELDS.index(field), field, at) for at, name in enumerate(plains) if name in order]
    for _, _, field, position in sorted(ranked):
        if field not in fields and position not in taken:
            fields[field] = position
            taken.add(position)


def _by_content(cells: list[list[str]], fields: dict[str, int], taken: set[int], wanted: Mapping[str, str], named: bool) -> None:
    free = [position for position in range(len(cells)) if position not in taken and any(cells[position])]
    if "time" not in fields and "time" not in wanted:
        for position in free:
            if dates.guess_style(cells[position], numbers=False):
                fields["time"] = position
                free.remove(position)
                break
    if "text" not in fields and "text" not in wanted:
        lengths = {at: sum(len(cell) for cell in cells[at] if " " in cell or not named) / len(cells[at]) for at in free}
        best = max(lengths, key=lambda at: lengths[at], default=-1)
        if best >= 0 and (lengths[best] >= 8 or len(cells) == 1):
            fields["text"] = best
            free.remove(best)
    if not named and "id" not in fields and "id" not in wanted:
        for position in free:
            values = [cell for cell in cells[position] if cell]
            if len(values) == len(cells[position]) and len(set(values)) == len(values) > 1 and not any(" " in value for value in values):
                fields["id"] = position
                free.remove(position)
                break
    if not named and "subject" not in fields and "subject" not in wanted and len(cells) == 2 and len(free) == 1:
        fields["subject"] = free[0]
