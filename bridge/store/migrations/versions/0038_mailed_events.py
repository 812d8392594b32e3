"""Events to which agents invite us by mail, their senders, and mails to their organisers"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_FOLLOWED, _ALONE = sa.text("meeting IS NOT NULL"), sa.text("meeting IS NULL")


def upgrade() -> None:
    op.create_table(
        "mail_senders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_senders")),
    )
    op.create_index(op.f("ix_mail_senders_asked_at"), "mail_senders", ["asked_at"])
    op.create_table(
        "mailed_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("uid_digest", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("meeting", sa.Uuid(), nullable=True),
        sa.Column("base", sa.JSON(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting"],
            ["meetings.id"],
            name=op.f("fk_mailed_events_meeting"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailed_events")),
    )
    op.create_index(op.f("ix_mailed_events_uid_digest"), "mailed_events", ["uid_digest"])
    op.create_index(op.f("ix_mailed_events_owner"), "mailed_events", ["owner"])
    op.create_index(
        "ix_mailed_events_meeting",
        "mailed_events",
        ["meeting"],
        sqlite_where=_FOLLOWED,
        postgresql_where=_FOLLOWED,
    )
    op.create_index(
        "ix_mailed_events_changed_at",
        "mailed_events",
        ["changed_at"],
        sqlite_where=_ALONE,
        postgresql_where=_ALONE,
    )
    op.create_table(
        "organiser_mails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event"],
            ["mailed_events.id"],
            name=op.f("fk_organiser_mails_event"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organiser_mails")),
    )
    op.create_index(op.f("ix_organiser_mails_event"), "organiser_mails", ["event"])


def downgrade() -> None:
    for table in ("organiser_mails", "mailed_events", "mail_senders"):
        op.drop_table(table)
