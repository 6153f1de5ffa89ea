"""An index on how long open enquiries have waited, so that the oldest is found without reading any."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OPEN = sa.text("open = 1")


def upgrade() -> None:
    """Add the index."""
    columns = ["hub_id", "open", "waiting_since", "snoozed_until"]
    op.create_index("enquiry_waiting", "enquiry", columns, sqlite_where=_OPEN, postgresql_where=_OPEN)
