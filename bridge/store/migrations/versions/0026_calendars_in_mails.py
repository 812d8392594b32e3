"""Mails say their meeting's time and hold a calendar file; answers of those who are invited"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# No meeting was ever moved to another start.
_TIMES = """
UPDATE mails SET
    starts_at = (
        SELECT o.starts_at FROM invitations i JOIN occurrences o ON o.id = i.occurrence
        WHERE i.id = mails.invitation
    ),
    ends_at = (
        SELECT o.ends_at FROM invitations i JOIN occurrences o ON o.id = i.occurrence
        WHERE i.id = mails.invitation
    )
WHERE sent_at IS NOT NULL OR offered_at IS NOT NULL
"""


def upgrade() -> None:
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.add_column(sa.Column("occurrence", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("sequence", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("fingerprint", sa.String(), nullable=True))
    op.execute(_TIMES)
    op.create_table(
        "answers",
        sa.Column("occurrence", sa.Uuid(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["occurrence"],
            ["occurrences.id"],
            name=op.f("fk_answers_occurrence"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("occurrence", "who", name=op.f("pk_answers")),
    )


def downgrade() -> None:
    op.execute("UPDATE mails SET kind = 'change' WHERE kind = 'moved'")
    op.drop_table("answers")
    with op.batch_alter_table("mails", schema=None) as batch_op:
        for column in ("fingerprint", "sequence", "ends_at", "starts_at", "occurrence"):
            batch_op.drop_column(column)
