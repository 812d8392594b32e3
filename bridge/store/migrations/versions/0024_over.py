"""Meetings that are over, apart from those to come; searches by salon need no join"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_NOT_OVER = sa.text("over_at IS NULL")
_UNMADE = sa.text("room_id IS NULL")
_OCCURRENCES = {
    "ix_occurrences_salon": ["salon", "starts_at", "id"],
    "ix_occurrences_organiser": ["organiser", "starts_at", "id"],
    "ix_occurrences_begun": ["starts_at"],
    "ix_occurrences_ended": ["ends_at"],
}
_MEETINGS = {"ix_meetings_unmade_salon": ["salon"], "ix_meetings_unmade_organiser": ["organiser"]}


def upgrade() -> None:
    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.add_column(sa.Column("salon", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("organiser", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("over_at", sa.DateTime(timezone=True), nullable=True))
    for column in ("salon", "organiser"):
        op.execute(
            f"UPDATE occurrences SET {column} ="
            f" (SELECT {column} FROM meetings WHERE meetings.id = occurrences.meeting)"
        )
    # Those that are over by time alone are noted by the program, which knows how late guests stay.
    op.execute("UPDATE occurrences SET over_at = touched WHERE state <> 'planned'")
    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.alter_column("organiser", existing_type=sa.Text(), nullable=False)
    with op.batch_alter_table("hosts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("salon", sa.Text(), nullable=True))
    op.execute(
        "UPDATE hosts SET salon ="
        " (SELECT salon FROM occurrences WHERE occurrences.id = hosts.occurrence)"
    )
    op.create_index(op.f("ix_hosts_salon"), "hosts", ["salon"])
    op.create_index(op.f("ix_meetings_thread"), "meetings", ["thread"])
    op.create_index(op.f("ix_once_at"), "once", ["at"])
    _create(_OCCURRENCES, "occurrences", _NOT_OVER)
    _create(_MEETINGS, "meetings", _UNMADE)


def _create(indexes: dict[str, list[str]], table: str, where: sa.TextClause) -> None:
    for name, columns in indexes.items():
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name in _MEETINGS:
        op.drop_index(name, "meetings")
    for name in _OCCURRENCES:
        op.drop_index(name, "occurrences")
    op.drop_index(op.f("ix_once_at"), "once")
    op.drop_index(op.f("ix_meetings_thread"), "meetings")
    op.drop_index(op.f("ix_hosts_salon"), "hosts")
    with op.batch_alter_table("hosts", schema=None) as batch_op:
        batch_op.drop_column("salon")
    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        for column in ("over_at", "organiser", "salon"):
            batch_op.drop_column(column)
