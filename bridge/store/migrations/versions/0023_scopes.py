"""Invitations to a series or to named dates; visits and questions of one date; own titles"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# An invitation was to one occurrence, and so were its visits and questions.
_DATE = """
UPDATE {table} SET occurrence = (
    SELECT i.occurrence FROM invitations i WHERE i.id = {table}.invitation
)
"""
# The older program knows one occurrence for each invitation: the last one that it covers. Where
# all named dates are deleted, its guest is forgotten, and any occurrence will do.
_LAST = """
UPDATE invitations SET occurrence = COALESCE(
    (
        SELECT o.id FROM invitation_dates d JOIN occurrences o ON o.id = d.occurrence
        WHERE d.invitation = invitations.id ORDER BY o.ends_at DESC LIMIT 1
    ),
    (
        SELECT o.id FROM occurrences o
        WHERE o.meeting = invitations.meeting ORDER BY o.ends_at DESC LIMIT 1
    )
) WHERE occurrence IS NULL
"""


def upgrade() -> None:
    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.add_column(sa.Column("title", sa.String(), nullable=True))
    for table in ("visits", "questions"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("occurrence", sa.Uuid(), nullable=True))
        op.execute(_DATE.format(table=table))
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column("occurrence", existing_type=sa.Uuid(), nullable=False)
            batch_op.create_foreign_key(
                batch_op.f(f"fk_{table}_occurrence"),
                "occurrences",
                ["occurrence"],
                ["id"],
                ondelete="CASCADE",
            )
            batch_op.create_index(batch_op.f(f"ix_{table}_occurrence"), ["occurrence"])
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.alter_column("occurrence", existing_type=sa.Uuid(), nullable=True)
        batch_op.add_column(
            sa.Column("series", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.alter_column("series", server_default=None)
    op.create_table(
        "invitation_dates",
        sa.Column("invitation", sa.Uuid(), nullable=False),
        sa.Column("occurrence", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation"],
            ["invitations.id"],
            name=op.f("fk_invitation_dates_invitation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["occurrence"],
            ["occurrences.id"],
            name=op.f("fk_invitation_dates_occurrence"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("invitation", "occurrence", name=op.f("pk_invitation_dates")),
    )
    with op.batch_alter_table("invitation_dates", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_dates_occurrence"), ["occurrence"])


def downgrade() -> None:
    op.execute(_LAST)
    op.drop_table("invitation_dates")
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_column("series")
        batch_op.alter_column("occurrence", existing_type=sa.Uuid(), nullable=False)
    for table in ("questions", "visits"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_index(batch_op.f(f"ix_{table}_occurrence"))
            batch_op.drop_constraint(batch_op.f(f"fk_{table}_occurrence"), type_="foreignkey")
            batch_op.drop_column("occurrence")
    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.drop_column("title")
