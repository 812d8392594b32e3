"""Offers"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("takeovers", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.alter_column("takeovers", server_default=None)
    op.add_column("outbox", sa.Column("about_offer", sa.Uuid(), nullable=True))
    op.create_table(
        "offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("occurrence", sa.Uuid(), nullable=False),
        sa.Column("closes", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notice", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["occurrence"],
            ["occurrences.id"],
            name=op.f("fk_offers_occurrence"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
    )
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offers_occurrence"), ["occurrence"], unique=False)
        batch_op.create_index(batch_op.f("ix_offers_notice"), ["notice"], unique=False)


def downgrade() -> None:
    op.drop_table("offers")
    op.drop_column("outbox", "about_offer")
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_column("takeovers")
