"""One question for all guests who wait with a link"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_OPEN = sa.text("closed_at IS NULL")

# Until now each question was about one visit. It keeps its id, by which messages and the agenda
# name it.
_KEEP = """
INSERT INTO questions
    (id, invitation, asked_at, told_at, version, told, last, back, notice, closed_at)
SELECT v.id, v.invitation, v.asked_at, v.asked_at, 1, 1, v.number, false, v.notice,
    CASE
        WHEN v.refused_at IS NOT NULL THEN v.refused_at
        WHEN EXISTS (SELECT 1 FROM seats s WHERE s.visit = v.id AND s.admitted_at >= v.asked_at)
        THEN v.asked_at
    END
FROM visits v WHERE v.asked_at IS NOT NULL
"""
_NUMBER = """
UPDATE visits SET question = id, number = (
    SELECT count(*) FROM visits o
    JOIN invitations oi ON oi.id = o.invitation
    JOIN invitations vi ON vi.id = visits.invitation
    WHERE oi.occurrence = vi.occurrence AND o.asked_at IS NOT NULL AND o.id <= visits.id
) WHERE asked_at IS NOT NULL
"""
_GIVE_BACK = """
UPDATE visits SET notice = (SELECT q.notice FROM questions q WHERE q.id = visits.question)
WHERE question IS NOT NULL
"""


def upgrade() -> None:
    with op.batch_alter_table("visits", schema=None) as batch_op:
        batch_op.add_column(sa.Column("question", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("number", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("refused_by", sa.Text(), nullable=True))
    with op.batch_alter_table("visits", schema=None) as batch_op:
        batch_op.alter_column("number", server_default=None)
        batch_op.create_index(batch_op.f("ix_visits_question"), ["question"], unique=False)
    op.create_table(
        "questions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invitation", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("back", sa.Boolean(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["invitation"],
            ["invitations.id"],
            name=op.f("fk_questions_invitation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
    )
    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_questions_invitation"), ["invitation"], unique=False)
        batch_op.create_index(batch_op.f("ix_questions_notice"), ["notice"], unique=False)
        batch_op.create_index(
            "ix_questions_open", ["closed_at"], sqlite_where=_OPEN, postgresql_where=_OPEN
        )
    op.execute(_NUMBER)
    op.execute(_KEEP)
    with op.batch_alter_table("visits", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_visits_notice"))
        batch_op.drop_column("notice")
    op.execute("ALTER TABLE outbox RENAME COLUMN about_visit TO about_question")


def downgrade() -> None:
    op.execute("ALTER TABLE outbox RENAME COLUMN about_question TO about_visit")
    with op.batch_alter_table("visits", schema=None) as batch_op:
        batch_op.add_column(sa.Column("notice", sa.Text(), nullable=True))
    op.execute(_GIVE_BACK)
    with op.batch_alter_table("visits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visits_notice"), ["notice"], unique=False)
        batch_op.drop_index(batch_op.f("ix_visits_question"))
        for name in ("refused_by", "left_at", "seen_at", "number", "question"):
            batch_op.drop_column(name)
    op.drop_table("questions")
