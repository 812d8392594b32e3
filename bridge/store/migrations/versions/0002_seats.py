"""Seats"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("visits", schema=None) as batch_op:
        batch_op.add_column(sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("notice", sa.Text(), nullable=True))
        batch_op.create_index(batch_op.f("ix_visits_notice"), ["notice"], unique=False)
    op.add_column("outbox", sa.Column("about_visit", sa.Uuid(), nullable=True))
    op.create_table(
        "seats",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit", sa.Uuid(), nullable=False),
        sa.Column("invitation", sa.Uuid(), nullable=False),
        sa.Column("occurrence", sa.Uuid(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("admitted_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("watched_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["visit"], ["visits.id"], name=op.f("fk_seats_visit"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["invitation"],
            ["invitations.id"],
            name=op.f("fk_seats_invitation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["occurrence"],
            ["occurrences.id"],
            name=op.f("fk_seats_occurrence"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seats")),
        sa.UniqueConstraint("identity", name=op.f("uq_seats_identity")),
    )
    with op.batch_alter_table("seats", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_seats_occurrence"), ["occurrence"], unique=False)
        batch_op.create_index(batch_op.f("ix_seats_visit"), ["visit"], unique=False)
        batch_op.create_index(batch_op.f("ix_seats_watched_until"), ["watched_until"], unique=False)


def downgrade() -> None:
    op.drop_table("seats")
    op.drop_column("outbox", "about_visit")
    with op.batch_alter_table("visits", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_visits_notice"))
        batch_op.drop_column("notice")
        batch_op.drop_column("refused_at")
        batch_op.drop_column("asked_at")
