"""Series, and the wall time of each occurrence, from which its moment derives"""

from datetime import UTC
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_OF_SERIES = sa.text("original IS NOT NULL")
_OCCURRENCES = sa.table(
    "occurrences",
    sa.column("id", sa.Uuid()),
    sa.column("starts_at", sa.DateTime(timezone=True)),
    sa.column("zone", sa.String()),
    sa.column("wall_start", sa.DateTime()),
)
_AT_ONCE = 1000


def upgrade() -> None:
    op.create_table(
        "series",
        sa.Column("meeting", sa.Uuid(), nullable=False),
        sa.Column("start", sa.DateTime(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("without", sa.JSON(), nullable=False),
        sa.Column("besides", sa.JSON(), nullable=False),
        sa.Column("holidays", sa.String(), nullable=True),
        sa.Column("closed", sa.JSON(), nullable=False),
        sa.Column("closed_until", sa.DateTime(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["meeting"], ["meetings.id"], name=op.f("fk_series_meeting"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("meeting", name=op.f("pk_series")),
    )
    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.add_column(sa.Column("wall_start", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("original", sa.DateTime(), nullable=True))
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("dated", sa.Uuid(), nullable=True))
    _read_the_clocks()
    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.alter_column("wall_start", existing_type=sa.DateTime(), nullable=False)
    op.create_index(
        "ix_occurrences_original",
        "occurrences",
        ["meeting", "original"],
        sqlite_where=_OF_SERIES,
        postgresql_where=_OF_SERIES,
    )


def _read_the_clocks() -> None:
    """Fill the wall times: the databases know no zones, or other rules than the program's."""
    connection, of = op.get_bind(), _OCCURRENCES.c
    found = sa.select(of.id, of.starts_at, of.zone).where(of.wall_start.is_(None)).limit(_AT_ONCE)
    fill = (
        sa.update(_OCCURRENCES)
        .where(of.id == sa.bindparam("of"))
        .values(wall_start=sa.bindparam("wall"))
    )
    while rows := connection.execute(found).all():
        walls = [
            {
                "of": row.id,
                "wall": row.starts_at.replace(tzinfo=row.starts_at.tzinfo or UTC)
                .astimezone(ZoneInfo(row.zone))
                .replace(tzinfo=None, fold=0),
            }
            for row in rows
        ]
        connection.execute(fill, walls)


def downgrade() -> None:
    # For the older program an end of its own would open each date's window until then.
    op.execute("UPDATE invitations SET until = NULL WHERE occurrence IS NULL")
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_column("dated")
    op.drop_index("ix_occurrences_original", "occurrences")
    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.drop_column("original")
        batch_op.drop_column("wall_start")
    op.drop_table("series")
