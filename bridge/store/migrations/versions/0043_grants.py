"""Grants to partners' people"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_LIVE = sa.text("ended_at IS NULL")


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.add_column("invitations", sa.Column("terms", sa.String(), nullable=True))
    op.create_index(op.f("ix_meetings_room_slug_created_at"), "meetings", ["room_slug", "created_at"])
    op.create_table(
        "partner_statements",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        _moment("fetched_at"),
        sa.PrimaryKeyConstraint("issuer", name=op.f("pk_partner_statements")),
    )
    op.create_table(
        "used_assertions",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        _moment("until"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_used_assertions")),
    )
    op.create_index(op.f("ix_used_assertions_until"), "used_assertions", ["until"])
    _grants()
    _requests()
    op.create_table(
        "opened_meetings",
        sa.Column("meeting", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        _moment("opened_at"),
        sa.ForeignKeyConstraint(
            ["meeting"],
            ["meetings.id"],
            name=op.f("fk_opened_meetings_meeting_meetings"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("meeting", "issuer", name=op.f("pk_opened_meetings")),
    )


def _grants() -> None:
    op.create_table(
        "grants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("invitation", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        _moment("created_at"),
        _moment("ended_at", nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["invitation"],
            ["invitations.id"],
            name=op.f("fk_grants_invitation_invitations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        sa.UniqueConstraint("token", name=op.f("uq_grants_token")),
    )
    op.create_index(op.f("ix_grants_issuer_created_at"), "grants", ["issuer", "created_at"])
    op.create_index(op.f("ix_grants_created_at"), "grants", ["created_at"])
    op.create_index(op.f("ix_grants_invitation"), "grants", ["invitation"])
    op.create_index(
        "ix_grants_live",
        "grants",
        ["issuer", "subject"],
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )


def _requests() -> None:
    op.create_table(
        "grant_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("occurrence", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        _moment("asked_at"),
        _moment("expires_at"),
        _moment("polled_at"),
        _moment("decided_at", nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["occurrence"],
            ["occurrences.id"],
            name=op.f("fk_grant_requests_occurrence_occurrences"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant_requests")),
    )
    op.create_index(op.f("ix_grant_requests_occurrence"), "grant_requests", ["occurrence"])
    op.create_index(op.f("ix_grant_requests_expires_at"), "grant_requests", ["expires_at"])


def downgrade() -> None:
    for table in (
        "opened_meetings",
        "grant_requests",
        "grants",
        "used_assertions",
        "partner_statements",
    ):
        op.drop_table(table)
    op.drop_index(op.f("ix_meetings_room_slug_created_at"), table_name="meetings")
    op.drop_column("invitations", "terms")
