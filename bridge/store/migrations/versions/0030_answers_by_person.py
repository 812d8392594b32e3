"""An index of answers by who gave them"""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_answers_who"), "answers", ["who"])


def downgrade() -> None:
    op.drop_index(op.f("ix_answers_who"), "answers")
