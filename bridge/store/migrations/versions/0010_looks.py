"""Guests' name and mark as others see them"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("seats", sa.Column("name", sa.String(), nullable=True))
    op.add_column("seats", sa.Column("color", sa.String(), nullable=True))
    op.add_column("seats", sa.Column("altered_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("seats", sa.Column("altered_before", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("seats", "altered_before")
    op.drop_column("seats", "altered_at")
    op.drop_column("seats", "color")
    op.drop_column("seats", "name")
