"""Reminders; a salon's choice of its own, and an agent's zone"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_WAITS = sa.text("done_at IS NULL")


def upgrade() -> None:
    op.add_column("salons", sa.Column("remind", sa.Integer(), nullable=True))
    op.add_column("agents", sa.Column("zone", sa.String(), nullable=True))
    op.create_table(
        "reminders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("occurrence", sa.Uuid(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("before", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["occurrence"],
            ["occurrences.id"],
            name=op.f("fk_reminders_occurrence"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
    )
    op.create_index(op.f("ix_reminders_occurrence"), "reminders", ["occurrence"])
    for name, column in (("ix_reminders_waiting", "user"), ("ix_reminders_due", "at")):
        op.create_index(
            name, "reminders", [column], sqlite_where=_WAITS, postgresql_where=_WAITS
        )


def downgrade() -> None:
    op.drop_table("reminders")
    with op.batch_alter_table("agents", schema=None) as batch_op:
        batch_op.drop_column("zone")
    with op.batch_alter_table("salons", schema=None) as batch_op:
        batch_op.drop_column("remind")
