"""Meetings without a salon, whose organiser has the card"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.alter_column("salon", existing_type=sa.Text(), nullable=True)


def downgrade() -> None:
    # The older program finds no such salon, and leaves them alone.
    op.execute("UPDATE meetings SET salon = '!none' WHERE salon IS NULL")
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.alter_column("salon", existing_type=sa.Text(), nullable=False)
