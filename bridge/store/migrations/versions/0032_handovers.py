"""Handovers of meetings: who is to organise them, rooms that dates keep, organisers in mails"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, of in (
        ("missing", sa.Text()),
        ("hand_to", sa.Text()),
        ("hand_by", sa.Text()),
        ("hand_at", sa.DateTime(timezone=True)),
        ("hand_line", sa.Text()),
    ):
        op.add_column("meetings", sa.Column(name, of, nullable=True))
    op.add_column("occurrences", sa.Column("room_id", sa.Uuid(), nullable=True))
    op.add_column("occurrences", sa.Column("room", sa.LargeBinary(), nullable=True))
    op.add_column("mails", sa.Column("organiser", sa.Text(), nullable=True))
    op.execute(
        "UPDATE mails SET organiser = (SELECT meetings.organiser FROM meetings"
        " JOIN invitations ON invitations.meeting = meetings.id"
        " WHERE invitations.id = mails.invitation) WHERE sequence IS NOT NULL"
    )


def downgrade() -> None:
    op.execute("UPDATE mails SET kind = 'change' WHERE kind = 'organiser'")
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.drop_column("organiser")
    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.drop_column("room")
        batch_op.drop_column("room_id")
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        for name in ("hand_line", "hand_at", "hand_by", "hand_to", "missing"):
            batch_op.drop_column(name)
