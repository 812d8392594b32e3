"""Mails keep the series that their calendar file says"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.add_column(sa.Column("series", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.execute("UPDATE mails SET kind = 'change' WHERE kind = 'dates'")
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.drop_column("series")
