"""A salon's own line on its guests' page"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("salons", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("welcome", sa.String(), nullable=False, server_default="")
        )
    with op.batch_alter_table("salons", schema=None) as batch_op:
        batch_op.alter_column("welcome", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("salons", schema=None) as batch_op:
        batch_op.drop_column("welcome")
