"""Guests who sign in at their organisation"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("visits", sa.Column("vouched_by", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("visits", "vouched_by")
