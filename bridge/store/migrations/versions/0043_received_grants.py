"""Grants that partners gave our people"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_LIVING = sa.text("ended_at IS NULL")
_MOMENTS = ("opens", "closes", "starts", "ends", "ended_at")


def upgrade() -> None:
    op.create_table(
        "received_grants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("partner", sa.Text(), nullable=True),
        sa.Column("resource", sa.LargeBinary(), nullable=False),
        sa.Column("resource_digest", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("request", sa.String(), nullable=False),
        sa.Column("grant", sa.String(), nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=True),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("privacy", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(one, sa.DateTime(timezone=True), nullable=True) for one in _MOMENTS),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("waiting_room", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received_grants")),
    )
    for name in ("user", "partner", "resource_digest"):
        op.create_index(
            f"ix_received_grants_{name}",
            "received_grants",
            [name],
            sqlite_where=_LIVING,
            postgresql_where=_LIVING,
        )
    op.create_index(op.f("ix_received_grants_ended_at"), "received_grants", ["ended_at"])


def downgrade() -> None:
    op.drop_table("received_grants")
