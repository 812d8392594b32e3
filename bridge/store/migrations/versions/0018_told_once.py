"""Promises that a salon is told once"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("salons", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("promised", sa.String(), nullable=False, server_default="")
        )
    with op.batch_alter_table("salons", schema=None) as batch_op:
        batch_op.alter_column("promised", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("salons", schema=None) as batch_op:
        batch_op.drop_column("promised")
