"""A Visio room for one date of a series"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    no = sa.false()
    op.add_column("occurrences", sa.Column("apart", sa.Boolean(), nullable=False, server_default=no))
    op.add_column("occurrences", sa.Column("room_id", sa.Uuid(), nullable=True))
    op.add_column("occurrences", sa.Column("room", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.drop_column("room")
        batch_op.drop_column("room_id")
        batch_op.drop_column("apart")
