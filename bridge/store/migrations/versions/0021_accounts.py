"""The account that speaks of a meeting, and that sends a message"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("meetings", "outbox"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("account", sa.Text(), nullable=True))


def downgrade() -> None:
    for table in ("outbox", "meetings"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("account")
