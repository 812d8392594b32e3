"""Dates whose room is never their meeting's, where colleagues are expected, the words of mails"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    no = sa.false()
    op.add_column("occurrences", sa.Column("apart", sa.Boolean(), nullable=False, server_default=no))
    op.add_column("mails", sa.Column("words", sa.LargeBinary(), nullable=True))
    op.create_table(
        "expected",
        sa.Column("occurrence", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["occurrence"],
            ["occurrences.id"],
            name=op.f("fk_expected_occurrence_occurrences"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("occurrence", "digest", name=op.f("pk_expected")),
    )
    op.create_index(op.f("ix_expected_digest"), "expected", ["digest"])


def downgrade() -> None:
    op.drop_table("expected")
    op.execute("UPDATE mails SET kind = 'change' WHERE kind IN ('renamed', 'topics')")
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.drop_column("words")
    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.drop_column("apart")
