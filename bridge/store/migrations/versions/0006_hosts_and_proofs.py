"""Hosts' links, guests' proofs"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("proof", sa.Text(), nullable=False, server_default="none"))
        batch_op.add_column(
            sa.Column("pin_tries", sa.Integer(), nullable=False, server_default="0")
        )
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.alter_column("proof", server_default=None)
        batch_op.alter_column("pin_tries", server_default=None)
    with op.batch_alter_table("visits", schema=None) as batch_op:
        batch_op.add_column(sa.Column("proved", sa.Text(), nullable=True))
    op.create_table(
        "challenges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit", sa.Uuid(), nullable=False),
        sa.Column("invitation", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed", sa.String(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["visit"], ["visits.id"], name=op.f("fk_challenges_visit"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["invitation"],
            ["invitations.id"],
            name=op.f("fk_challenges_invitation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenges")),
    )
    with op.batch_alter_table("challenges", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_challenges_invitation"), ["invitation"], unique=False)
        batch_op.create_index(batch_op.f("ix_challenges_visit"), ["visit"], unique=False)
    op.create_table(
        "hosts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("occurrence", sa.Uuid(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("session", sa.LargeBinary(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["occurrence"],
            ["occurrences.id"],
            name=op.f("fk_hosts_occurrence"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hosts")),
        sa.UniqueConstraint("digest", name=op.f("uq_hosts_digest")),
        sa.UniqueConstraint("occurrence", "user", name=op.f("uq_hosts_occurrence_user")),
    )


def downgrade() -> None:
    op.drop_table("hosts")
    op.drop_table("challenges")
    with op.batch_alter_table("visits", schema=None) as batch_op:
        batch_op.drop_column("proved")
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_column("pin_tries")
        batch_op.drop_column("proof")
