"""The first schema: journal, projections, full-text search and the guards that keep the journal append-only."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_EMPTY = sa.text("''")
_SNOOZED = sa.text("snoozed_until > 0")
_DUE = sa.text("state IN ('queued', 'delivering')")


def _text(name: str) -> sa.Column[Any]:
    """Text, never null."""
    return sa.Column(name, sa.Text(), server_default=_EMPTY, nullable=False)


def _number(name: str, default: int = 0) -> sa.Column[Any]:
    """A whole number or a time in milliseconds, never null."""
    return sa.Column(name, sa.BigInteger(), server_default=sa.text(str(default)), nullable=False)


def _small(name: str, default: int = 0) -> sa.Column[Any]:
    """A small whole number or a yes/no, never null."""
    return sa.Column(name, sa.Integer(), server_default=sa.text(str(default)), nullable=False)


def _place(name: str) -> sa.Column[Any]:
    """A number that is part of a key and always given."""
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def _when(name: str) -> sa.Column[Any]:
    """A time that may be unknown."""
    return sa.Column(name, sa.BigInteger(), nullable=True)


def upgrade() -> None:
    """Make everything."""
    _journal()
    _board()
    _conversation()
    _approval()
    _people()
    if op.get_bind().dialect.name == "sqlite":
        _sqlite_only()
    else:
        _postgres_only()


def _journal() -> None:
    """The truth: hub counters, events, and the text beside the chain."""
    op.create_table(
        "hub",
        _text("hub_id"),
        _text("name"),
        _number("created_at"),
        _number("last_seq"),
        _number("last_number"),
        _text("head"),
        _text("policy"),
        _number("policy_version"),
        sa.PrimaryKeyConstraint("hub_id"),
    )
    op.create_table(
        "event",
        _text("hub_id"),
        _place("seq"),
        _text("id"),
        _text("stream"),
        _number("version"),
        _number("at"),
        _text("actor"),
        _text("via"),
        _text("kind"),
        _text("body"),
        _text("prev_hash"),
        _text("hash"),
        _text("command_id"),
        _small("n"),
        _text("fingerprint"),
        sa.PrimaryKeyConstraint("hub_id", "seq"),
        sa.UniqueConstraint("hub_id", "command_id", "n", name="event_command"),
        sa.UniqueConstraint("hub_id", "stream", "version", name="event_stream"),
    )
    op.create_table(
        "private",
        _text("hub_id"),
        _place("seq"),
        _text("field"),
        _text("salt"),
        _text("value"),
        sa.PrimaryKeyConstraint("hub_id", "seq", "field"),
    )


def _board() -> None:
    """What the board reads."""
    op.create_table(
        "enquiry",
        _text("hub_id"),
        _text("id"),
        _number("number"),
        _text("state"),
        _small("open"),
        _text("function"),
        _text("channel"),
        _text("visibility"),
        _text("customer"),
        _text("words"),
        _small("priority", 3),
        _text("owner"),
        _text("gates"),
        _text("flags"),
        _text("on_it"),
        _number("on_it_until"),
        _when("due_at"),
        _when("waiting_since"),
        _number("received_at"),
        _number("updated_at"),
        _number("snoozed_until"),
        _text("disposition"),
        _small("draft"),
        _text("last_author"),
        _small("reopened"),
        _number("rank"),
        _number("version"),
        _text("account"),
        _text("recipient"),
        _text("handle"),
        _text("in_reply_to"),
        _text("thread"),
        _text("subject"),
        sa.PrimaryKeyConstraint("hub_id", "id"),
        sa.UniqueConstraint("hub_id", "number", name="enquiry_number"),
    )
    op.create_index("enquiry_by_function", "enquiry", ["hub_id", "function", "state", "rank", "number"])
    op.create_index("enquiry_by_handle", "enquiry", ["hub_id", "handle", "number"])
    op.create_index("enquiry_by_open", "enquiry", ["hub_id", "open", "rank", "number"])
    op.create_index("enquiry_by_owner", "enquiry", ["hub_id", "owner", "open", "rank", "number"])
    op.create_index("enquiry_by_state", "enquiry", ["hub_id", "state", "rank", "number"])
    op.create_index("enquiry_snoozed", "enquiry", ["hub_id", "snoozed_until"], sqlite_where=_SNOOZED, postgresql_where=_SNOOZED)
    op.create_table(
        "tally",
        _text("hub_id"),
        _text("state"),
        _text("function"),
        _number("n"),
        sa.PrimaryKeyConstraint("hub_id", "state", "function"),
        sqlite_with_rowid=False,
    )


def _conversation() -> None:
    """Messages, and how they find their enquiry."""
    op.create_table(
        "message",
        _text("hub_id"),
        _text("id"),
        _text("enquiry_id"),
        _number("seq"),
        _text("direction"),
        _text("visibility"),
        _text("channel"),
        _text("author"),
        _text("text"),
        _number("at"),
        _text("external_id"),
        _small("erased"),
        _small("privileged"),
        sa.PrimaryKeyConstraint("hub_id", "id"),
    )
    op.create_index("message_of", "message", ["hub_id", "enquiry_id", "at", "seq"])
    op.create_table(
        "intake",
        _text("hub_id"),
        _text("channel"),
        _text("external_id"),
        _text("enquiry_id"),
        sa.PrimaryKeyConstraint("hub_id", "channel", "external_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "thread",
        _text("hub_id"),
        _text("channel"),
        _text("thread"),
        _text("enquiry_id"),
        sa.PrimaryKeyConstraint("hub_id", "channel", "thread"),
        sqlite_with_rowid=False,
    )


def _approval() -> None:
    """Drafts, reviews and sends."""
    op.create_table(
        "draft",
        _text("hub_id"),
        _text("enquiry_id"),
        _place("version"),
        _text("text"),
        _text("author"),
        _text("contributors"),
        _number("at"),
        _small("base"),
        _text("flags"),
        _text("visibility"),
        _text("digest"),
        sa.PrimaryKeyConstraint("hub_id", "enquiry_id", "version"),
    )
    op.create_table(
        "review",
        _text("hub_id"),
        _text("id"),
        _text("enquiry_id"),
        _text("gate"),
        _small("version"),
        _text("state"),
        _text("verdict"),
        _text("digest"),
        _number("requested_at"),
        _text("requested_by"),
        _text("opened_by"),
        _number("opened_at"),
        _text("decided_by"),
        _number("decided_at"),
        _text("reason"),
        _text("note"),
        _text("conditions"),
        _number("expires_at"),
        _text("because"),
        _small("after"),
        sa.PrimaryKeyConstraint("hub_id", "id"),
    )
    op.create_index("review_of", "review", ["hub_id", "enquiry_id"])
    op.create_index("review_queue", "review", ["hub_id", "gate", "state", "requested_at"])
    op.create_table(
        "send",
        _text("hub_id"),
        _text("id"),
        _text("enquiry_id"),
        _small("version"),
        _text("digest"),
        _text("state"),
        _text("via"),
        _number("not_before"),
        _text("queued_by"),
        _number("queued_at"),
        _number("finished_at"),
        _text("link"),
        _text("reason"),
        _text("external_id"),
        sa.PrimaryKeyConstraint("hub_id", "id"),
    )
    op.create_index("send_due", "send", ["hub_id", "not_before"], sqlite_where=_DUE, postgresql_where=_DUE)
    op.create_index("send_of", "send", ["hub_id", "enquiry_id"])


def _people() -> None:
    """Members, settings, and what consoles tell each other."""
    op.create_table(
        "member",
        _text("hub_id"),
        _text("name"),
        _text("functions"),
        _small("active", 1),
        sa.PrimaryKeyConstraint("hub_id", "name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "setting",
        _text("hub_id"),
        _text("kind"),
        _text("owner"),
        _text("name"),
        _text("value"),
        sa.PrimaryKeyConstraint("hub_id", "kind", "owner", "name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "presence",
        _text("hub_id"),
        _text("session"),
        _text("member"),
        _text("enquiry_id"),
        _text("doing"),
        _number("at"),
        sa.PrimaryKeyConstraint("hub_id", "session"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "lease",
        _text("hub_id"),
        _text("name"),
        _text("holder"),
        _number("token"),
        _number("until"),
        sa.PrimaryKeyConstraint("hub_id", "name"),
        sqlite_with_rowid=False,
    )


def _sqlite_only() -> None:
    """Search, and triggers that refuse to change or remove what the journal holds."""
    op.execute('CREATE VIRTUAL TABLE search USING fts5(enquiry_id UNINDEXED, text, tokenize = "unicode61 remove_diacritics 2")')
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER event_no_{verb.lower()} BEFORE {verb} ON event BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
        )


def _postgres_only() -> None:
    """The same: words as vectors, many hubs in one table, and a trigger for the journal."""
    op.create_table(
        "search",
        _text("hub_id"),
        _place("seq"),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        _text("enquiry_id"),
        _text("text"),
        sa.Column("words", TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("hub_id", "seq", "part"),
    )
    op.create_index("search_words", "search", ["words"], postgresql_using="gin")
    op.execute(
        "CREATE FUNCTION event_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event "
        "FOR EACH STATEMENT EXECUTE FUNCTION event_append_only()"
    )
