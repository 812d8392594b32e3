"""Agents' accounts at calendar servers, their calendars and events, links to link them"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("home", sa.String(), nullable=False),
        sa.Column("login", sa.LargeBinary(), nullable=False),
        sa.Column("addresses", sa.LargeBinary(), nullable=True),
        sa.Column("schedules", sa.Boolean(), nullable=False),
        sa.Column("shares_free", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        *(_moment(name) for name in ("polled_at", "ok_at", "changed_at")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_accounts")),
        sa.UniqueConstraint("owner", name=op.f("uq_calendar_accounts_owner")),
    )
    op.create_index(op.f("ix_calendar_accounts_linked_at"), "calendar_accounts", ["linked_at"])
    op.create_table(
        "calendars",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("ctag", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.Column("salon", sa.Text(), nullable=True),
        *(_moment(name) for name in ("reconciled_at", "suspect_since")),
        sa.ForeignKeyConstraint(
            ["account"],
            ["calendar_accounts.id"],
            name=op.f("fk_calendars_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendars")),
    )
    op.create_index(op.f("ix_calendars_account"), "calendars", ["account"])
    _index_where("ix_calendars_salon", "calendars", "salon")
    op.create_table(
        "calendar_objects",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("calendar", sa.Uuid(), nullable=False),
        sa.Column("href", sa.String(), nullable=False),
        sa.Column("etag", sa.String(), nullable=False),
        sa.Column("uid", sa.LargeBinary(), nullable=True),
        sa.Column("uid_digest", sa.LargeBinary(), nullable=True),
        sa.Column("meeting", sa.Uuid(), nullable=True),
        sa.Column("base", sa.JSON(), nullable=False),
        _moment("gone_at"),
        sa.Column("writes", sa.Integer(), nullable=False),
        _moment("wrote_at"),
        sa.ForeignKeyConstraint(
            ["calendar"],
            ["calendars.id"],
            name=op.f("fk_calendar_objects_calendar"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["meeting"],
            ["meetings.id"],
            name=op.f("fk_calendar_objects_meeting"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_objects")),
        sa.UniqueConstraint("calendar", "href", name=op.f("uq_calendar_objects_calendar_href")),
    )
    _index_where("ix_calendar_objects_meeting", "calendar_objects", "meeting")
    _index_where("ix_calendar_objects_uid_digest", "calendar_objects", "uid_digest")
    op.create_table(
        "calendar_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        _moment("used_at"),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_links")),
        sa.UniqueConstraint("digest", name=op.f("uq_calendar_links_digest")),
    )
    op.create_index(op.f("ix_calendar_links_owner"), "calendar_links", ["owner"])
    op.create_index(op.f("ix_calendar_links_created_at"), "calendar_links", ["created_at"])


def downgrade() -> None:
    for table in ("calendar_links", "calendar_objects", "calendars", "calendar_accounts"):
        op.drop_table(table)


def _moment(name: str) -> "sa.Column[datetime]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def _index_where(name: str, table: str, column: str) -> None:
    some = sa.text(f"{column} IS NOT NULL")
    op.create_index(name, table, [column], sqlite_where=some, postgresql_where=some)
