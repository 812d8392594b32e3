"""Feeds, their colleagues, and indexes of what is over"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_OVER = sa.text("over_at IS NOT NULL")
_INDEXES = (("ix_occurrences_over_salon", "salon"), ("ix_occurrences_over_organiser", "organiser"))


def upgrade() -> None:
    op.create_table(
        "feeds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("whose", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
        sa.UniqueConstraint("digest", name=op.f("uq_feeds_digest")),
        sa.UniqueConstraint("whose", name=op.f("uq_feeds_whose")),
    )
    op.create_index(op.f("ix_feeds_created_at"), "feeds", ["created_at"])
    op.create_table(
        "feed_colleagues",
        sa.Column("occurrence", sa.Uuid(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["occurrence"],
            ["occurrences.id"],
            name=op.f("fk_feed_colleagues_occurrence"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("occurrence", "user", name=op.f("pk_feed_colleagues")),
    )
    op.create_index(op.f("ix_feed_colleagues_user"), "feed_colleagues", ["user"])
    op.create_table(
        "feed_absences",
        sa.Column("feed", sa.Uuid(), nullable=False),
        sa.Column("salon", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feed"], ["feeds.id"], name=op.f("fk_feed_absences_feed"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("feed", "salon", name=op.f("pk_feed_absences")),
    )
    for name, column in _INDEXES:
        op.create_index(
            name,
            "occurrences",
            [column, "ends_at"],
            sqlite_where=_OVER,
            postgresql_where=_OVER,
        )


def downgrade() -> None:
    for name, _ in _INDEXES:
        op.drop_index(name, "occurrences")
    for table in ("feed_absences", "feed_colleagues", "feeds"):
        op.drop_table(table)
