"""The present membership of a host's link's holder; messages found by their event"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("hosts", schema=None) as batch_op:
        # Older links have no right until the next change in their salon: the host asks for another
        # link.
        batch_op.add_column(
            sa.Column("present", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(
            sa.Column("level", sa.BigInteger(), nullable=False, server_default="0")
        )
    with op.batch_alter_table("hosts", schema=None) as batch_op:
        batch_op.alter_column("present", server_default=None)
        batch_op.alter_column("level", server_default=None)
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_event"), ["event"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_event"))
    with op.batch_alter_table("hosts", schema=None) as batch_op:
        batch_op.drop_column("level")
        batch_op.drop_column("present")
