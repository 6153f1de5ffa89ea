"""Tokens by the digest of their secret, and logins that wait for somebody to confirm them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[Any]:
    """Text, never null."""
    return sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False)


def _number(name: str) -> sa.Column[Any]:
    """A whole number or a time in milliseconds, never null."""
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "token",
        _text("hub_id"),
        _text("id"),
        _text("digest"),
        _text("member"),
        _text("scope"),
        _text("label"),
        _number("issued_at"),
        _text("issued_by"),
        _number("expires_at"),
        _number("revoked_at"),
        sa.PrimaryKeyConstraint("hub_id", "id"),
        sa.UniqueConstraint("hub_id", "digest", name="token_digest"),
    )
    op.create_index("token_of", "token", ["hub_id", "member", "issued_at"])
    op.create_table(
        "device",
        _text("hub_id"),
        _text("digest"),
        _text("user_code"),
        _text("client"),
        _text("place"),
        _text("scope"),
        _number("created_at"),
        _number("expires_at"),
        _text("state"),
        _text("member"),
        _number("polled_at"),
        _number("every"),
        sa.PrimaryKeyConstraint("hub_id", "digest"),
        sa.UniqueConstraint("hub_id", "user_code", name="device_code"),
    )
