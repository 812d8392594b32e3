"""Index meetings' copies by calendar"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_COPY = sa.text("meeting IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_calendar_objects_copies",
        "calendar_objects",
        ["calendar"],
        sqlite_where=_COPY,
        postgresql_where=_COPY,
    )


def downgrade() -> None:
    op.drop_index("ix_calendar_objects_copies", "calendar_objects")
