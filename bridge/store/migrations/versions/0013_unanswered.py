"""Counts of mails sent, and rooms asked for, without an answer"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.add_column(sa.Column("offers", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("unanswered", sa.Integer(), nullable=False, server_default="0")
        )
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.alter_column("offers", server_default=None)
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.alter_column("unanswered", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.drop_column("unanswered")
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.drop_column("offered_at")
        batch_op.drop_column("offers")
