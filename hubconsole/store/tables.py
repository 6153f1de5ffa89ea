"""The tables as SQLModel classes: the shape that migrations, tests and late code agree on.

This module is never imported on the way to the first screen. Reads go through :mod:`hubconsole.store.reads`
with plain SQL; a test holds the two together. Times are milliseconds since the Unix epoch (UTC); empty text
means "none"; ``hub_id`` leads every key and index.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

_OPEN = text("open = 1")

_NO_ROWID = {"sqlite_with_rowid": False}
"""For narrow tables read by their whole key: the key is the table, so each row is written once."""


def _text(primary: bool = False) -> Any:
    """A text column that is never null."""
    return Field(default="", sa_column=Column(Text, primary_key=primary, nullable=False, server_default=text("''")))


def _number(default: int = 0) -> Any:
    """A whole number (or a time) that is never null."""
    return Field(default=default, sa_column=Column(BigInteger, nullable=False, server_default=text(str(default))))


def _small(default: int = 0) -> Any:
    """A small whole number or a yes/no that is never null."""
    return Field(default=default, sa_column=Column(Integer, nullable=False, server_default=text(str(default))))


def _key(*columns: str) -> PrimaryKeyConstraint:
    """The primary key, its column order spelled out."""
    return PrimaryKeyConstraint(*columns)


class HubTable(SQLModel, table=True):
    """One row a hub: its name, policy and the end of its journal."""

    __tablename__ = "hub"
    __table_args__ = (_key("hub_id"),)
    hub_id: str = _text(primary=True)
    name: str = _text()
    created_at: int = _number()
    last_seq: int = _number()
    """Place of the newest event; the counter from which ``seq`` is taken."""
    last_number: int = _number()
    """The newest enquiry's running number."""
    head: str = _text()
    """Hash (hex) of the newest event."""
    policy: str = _text()
    """The policy in force, as TOML text."""
    policy_version: int = _number()


class EventTable(SQLModel, table=True):
    """The journal: append-only, hash-chained, gapless for each hub."""

    __tablename__ = "event"
    __table_args__ = (
        _key("hub_id", "seq"),
        UniqueConstraint("hub_id", "stream", "version", name="event_stream"),
        UniqueConstraint("hub_id", "command_id", "n", name="event_command"),
    )
    hub_id: str = _text(primary=True)
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, nullable=False, autoincrement=False))
    id: str = _text()
    stream: str = _text()
    version: int = _number()
    at: int = _number()
    actor: str = _text()
    via: str = _text()
    kind: str = _text()
    body: str = _text()
    """Canonical JSON."""
    prev_hash: str = _text()
    hash: str = _text()
    command_id: str = _text()
    n: int = _small()
    """Which of the command's events this is, from 0."""
    fingerprint: str = _text()
    """Digest of the command, so that one id cannot be used for two requests."""


class PrivateTable(SQLModel, table=True):
    """Text kept beside the chain, which holds only its salted hash; it can be erased."""

    __tablename__ = "private"
    __table_args__ = (_key("hub_id", "seq", "field"),)
    hub_id: str = _text(primary=True)
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, nullable=False, autoincrement=False))
    field: str = _text(primary=True)
    salt: str = _text()
    value: str = _text()


class EnquiryTable(SQLModel, table=True):
    """One enquiry as the board shows it (see :class:`hubconsole.store.rows.BoardRow`) and its envelope."""

    __tablename__ = "enquiry"
    __table_args__ = (
        _key("hub_id", "id"),
        UniqueConstraint("hub_id", "number", name="enquiry_number"),
        Index("enquiry_by_state", "hub_id", "state", "rank", "number"),
        Index("enquiry_by_open", "hub_id", "open", "rank", "number"),
        Index("enquiry_by_owner", "hub_id", "owner", "open", "rank", "number"),
        Index("enquiry_by_function", "hub_id", "function", "state", "rank", "number"),
        Index("enquiry_by_handle", "hub_id", "handle", "number"),
        Index("enquiry_waiting", "hub_id", "open", "waiting_since", "snoozed_until", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index(
            "enquiry_snoozed", "hub_id", "snoozed_until", sqlite_where=text("snoozed_until > 0"), postgresql_where=text("snoozed_until > 0")
        ),
    )
    hub_id: str = _text(primary=True)
    id: str = _text(primary=True)
    number: int = _number()
    state: str = _text()
    open: int = _small()
    """1 while the hub has the next move (OPEN_STATES)."""
    function: str = _text()
    """Whose move it is."""
    channel: str = _text()
    visibility: str = _text()
    customer: str = _text()
    words: str = _text()
    priority: int = _small(3)
    owner: str = _text()
    gates: str = _text()
    flags: str = _text()
    on_it: str = _text()
    on_it_until: int = _number()
    due_at: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    waiting_since: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    received_at: int = _number()
    updated_at: int = _number()
    snoozed_until: int = _number()
    disposition: str = _text()
    draft: int = _small()
    last_author: str = _text()
    reopened: int = _small()
    rank: int = _number()
    version: int = _number()
    account: str = _text()
    recipient: str = _text()
    handle: str = _text()
    in_reply_to: str = _text()
    thread: str = _text()
    subject: str = _text()


class MessageTable(SQLModel, table=True):
    """Messages of the conversation and internal notes."""

    __tablename__ = "message"
    __table_args__ = (_key("hub_id", "id"), Index("message_of", "hub_id", "enquiry_id", "at", "seq"))
    hub_id: str = _text(primary=True)
    id: str = _text(primary=True)
    enquiry_id: str = _text()
    seq: int = _number()
    direction: str = _text()
    visibility: str = _text()
    channel: str = _text()
    author: str = _text()
    text: str = _text()
    at: int = _number()
    external_id: str = _text()
    erased: int = _small()
    privileged: int = _small()


class IntakeTable(SQLModel, table=True):
    """External message ids already taken in, so that each is taken in once."""

    __tablename__ = "intake"
    __table_args__ = (_key("hub_id", "channel", "external_id"), _NO_ROWID)
    hub_id: str = _text(primary=True)
    channel: str = _text(primary=True)
    external_id: str = _text(primary=True)
    enquiry_id: str = _text()


class ThreadTable(SQLModel, table=True):
    """Which enquiry a channel's thread belongs to."""

    __tablename__ = "thread"
    __table_args__ = (_key("hub_id", "channel", "thread"), _NO_ROWID)
    hub_id: str = _text(primary=True)
    channel: str = _text(primary=True)
    thread: str = _text(primary=True)
    enquiry_id: str = _text()


class DraftTable(SQLModel, table=True):
    """Immutable versions of replies."""

    __tablename__ = "draft"
    __table_args__ = (_key("hub_id", "enquiry_id", "version"),)
    hub_id: str = _text(primary=True)
    enquiry_id: str = _text(primary=True)
    version: int = Field(sa_column=Column(BigInteger, primary_key=True, nullable=False, autoincrement=False))
    text: str = _text()
    author: str = _text()
    contributors: str = _text()
    """JSON list of members' names."""
    at: int = _number()
    base: int = _small()
    flags: str = _text()
    visibility: str = _text()
    digest: str = _text()


class ReviewTable(SQLModel, table=True):
    """One gate's question about one draft version, and its answer."""

    __tablename__ = "review"
    __table_args__ = (
        _key("hub_id", "id"),
        Index("review_of", "hub_id", "enquiry_id"),
        Index("review_queue", "hub_id", "gate", "state", "requested_at"),
    )
    hub_id: str = _text(primary=True)
    id: str = _text(primary=True)
    enquiry_id: str = _text()
    gate: str = _text()
    version: int = _small()
    state: str = _text()
    verdict: str = _text()
    digest: str = _text()
    requested_at: int = _number()
    requested_by: str = _text()
    opened_by: str = _text()
    opened_at: int = _number()
    decided_by: str = _text()
    decided_at: int = _number()
    reason: str = _text()
    note: str = _text()
    conditions: str = _text()
    expires_at: int = _number()
    because: str = _text()
    after: int = _small()


_SEND_DUE = text("state IN ('queued', 'delivering')")


class SendTable(SQLModel, table=True):
    """One attempt to publish one approved draft version."""

    __tablename__ = "send"
    __table_args__ = (
        _key("hub_id", "id"),
        Index("send_of", "hub_id", "enquiry_id"),
        Index("send_due", "hub_id", "not_before", sqlite_where=_SEND_DUE, postgresql_where=_SEND_DUE),
    )
    hub_id: str = _text(primary=True)
    id: str = _text(primary=True)
    enquiry_id: str = _text()
    version: int = _small()
    digest: str = _text()
    state: str = _text()
    via: str = _text()
    not_before: int = _number()
    queued_by: str = _text()
    queued_at: int = _number()
    finished_at: int = _number()
    link: str = _text()
    reason: str = _text()
    external_id: str = _text()


class MemberTable(SQLModel, table=True):
    """Members of a hub; somebody who left stays, inactive."""

    __tablename__ = "member"
    __table_args__ = (_key("hub_id", "name"), _NO_ROWID)
    hub_id: str = _text(primary=True)
    name: str = _text(primary=True)
    functions: str = _text()
    """JSON list of functions."""
    active: int = _small(1)


class SettingTable(SQLModel, table=True):
    """Named settings kept in the hub: saved views, import mappings."""

    __tablename__ = "setting"
    __table_args__ = (_key("hub_id", "kind", "owner", "name"), _NO_ROWID)
    hub_id: str = _text(primary=True)
    kind: str = _text(primary=True)
    owner: str = _text(primary=True)
    name: str = _text(primary=True)
    value: str = _text()


class TokenTable(SQLModel, table=True):
    """Tokens by the digest of their secret; one that ended stays."""

    __tablename__ = "token"
    __table_args__ = (
        _key("hub_id", "id"),
        UniqueConstraint("hub_id", "digest", name="token_digest"),
        Index("token_of", "hub_id", "member", "issued_at"),
    )
    hub_id: str = _text(primary=True)
    id: str = _text(primary=True)
    digest: str = _text()
    """SHA-256 (hex) of the secret, which is kept nowhere."""
    member: str = _text()
    scope: str = _text()
    label: str = _text()
    issued_at: int = _number()
    issued_by: str = _text()
    expires_at: int = _number()
    revoked_at: int = _number()
    """0 while it has not been revoked."""


class DeviceTable(SQLModel, table=True):
    """Logins that wait for somebody to confirm them by their short code; not journalled."""

    __tablename__ = "device"
    __table_args__ = (_key("hub_id", "digest"), UniqueConstraint("hub_id", "user_code", name="device_code"))
    hub_id: str = _text(primary=True)
    digest: str = _text(primary=True)
    """SHA-256 (hex) of the device code."""
    user_code: str = _text()
    client: str = _text()
    """What the program says it is."""
    place: str = _text()
    """Where the request came from, as the server saw it."""
    scope: str = _text()
    created_at: int = _number()
    expires_at: int = _number()
    state: str = _text()
    """``waiting``, ``approved``, ``denied``, ``taken``."""
    member: str = _text()
    """Who answered."""
    polled_at: int = _number()
    every: int = _number()
    """The least time (ms) between two polls; it grows for a program that does not keep to it."""


class TallyTable(SQLModel, table=True):
    """Kept counts: enquiries in one state whose move is one function's."""

    __tablename__ = "tally"
    __table_args__ = (_key("hub_id", "state", "function"), _NO_ROWID)
    hub_id: str = _text(primary=True)
    state: str = _text(primary=True)
    function: str = _text(primary=True)
    n: int = _number()


class PresenceTable(SQLModel, table=True):
    """What each console has open now; not journalled."""

    __tablename__ = "presence"
    __table_args__ = (_key("hub_id", "session"), _NO_ROWID)
    hub_id: str = _text(primary=True)
    session: str = _text(primary=True)
    member: str = _text()
    enquiry_id: str = _text()
    doing: str = _text()
    at: int = _number()


class LeaseTable(SQLModel, table=True):
    """Who may do a job that only one process may do at a time, and until when; not journalled."""

    __tablename__ = "lease"
    __table_args__ = (_key("hub_id", "name"), _NO_ROWID)
    hub_id: str = _text(primary=True)
    name: str = _text(primary=True)
    holder: str = _text()
    token: int = _number()
    until: int = _number()
