"""The agenda's rows by their kind: the first of a kind is found without reading the others"""

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_agenda_kind_ready"), "agenda", ["kind", "ready"])


def downgrade() -> None:
    op.drop_index(op.f("ix_agenda_kind_ready"), "agenda")
