"""Columns and indexes from which quotas are counted"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.add_column(sa.Column("asked_by", sa.Text(), nullable=True))
        batch_op.add_column(
            sa.Column("kind", sa.Text(), nullable=False, server_default="invitation")
        )
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.alter_column("kind", server_default=None)
        batch_op.create_index(
            batch_op.f("ix_mails_asked_by_asked_at"), ["asked_by", "asked_at"], unique=False
        )
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_invitations_invited_by_created_at"),
            ["invited_by", "created_at"],
            unique=False,
        )
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meetings_salon"))
        batch_op.drop_index(batch_op.f("ix_meetings_organiser"))
        batch_op.create_index(
            batch_op.f("ix_meetings_salon_created_at"), ["salon", "created_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_meetings_organiser_created_at"),
            ["organiser", "created_at"],
            unique=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meetings_organiser_created_at"))
        batch_op.drop_index(batch_op.f("ix_meetings_salon_created_at"))
        batch_op.create_index(batch_op.f("ix_meetings_organiser"), ["organiser"], unique=False)
        batch_op.create_index(batch_op.f("ix_meetings_salon"), ["salon"], unique=False)
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitations_invited_by_created_at"))
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mails_asked_by_asked_at"))
        batch_op.drop_column("kind")
        batch_op.drop_column("asked_by")
