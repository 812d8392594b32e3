"""Indexes for deleting rows that are past their time"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_REMOVED = sa.text("kind = 'removed'")


def upgrade() -> None:
    op.create_index(op.f("ix_agents_seen_at"), "agents", ["seen_at"])
    op.create_index(op.f("ix_seats_invitation"), "seats", ["invitation"])
    op.create_index(
        "ix_inbox_removed",
        "inbox",
        ["done_at"],
        sqlite_where=_REMOVED,
        postgresql_where=_REMOVED,
    )


def downgrade() -> None:
    op.drop_index("ix_inbox_removed", "inbox")
    op.drop_index(op.f("ix_seats_invitation"), "seats")
    op.drop_index(op.f("ix_agents_seen_at"), "agents")
