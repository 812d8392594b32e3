"""The host of an agent's calendar account, and a digest of what was written into a copy"""

from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_ACCOUNTS = sa.table("calendar_accounts", sa.column("home"), sa.column("host"))


def upgrade() -> None:
    op.add_column(
        "calendar_accounts", sa.Column("host", sa.String(), nullable=False, server_default="")
    )
    connection = op.get_bind()
    homes = connection.execute(sa.select(_ACCOUNTS.c.home).distinct()).scalars().all()
    for home in homes:
        host = urlsplit(home).hostname or ""
        connection.execute(
            sa.update(_ACCOUNTS).where(_ACCOUNTS.c.home == home).values(host=host)
        )
    op.add_column(
        "calendar_objects", sa.Column("wrote", sa.String(), nullable=False, server_default="")
    )
    for name, column in (("calendar_accounts", "host"), ("calendar_objects", "wrote")):
        with op.batch_alter_table(name) as table:
            table.alter_column(column, server_default=None)
    op.create_index(op.f("ix_calendar_accounts_host"), "calendar_accounts", ["host"])


def downgrade() -> None:
    op.drop_index(op.f("ix_calendar_accounts_host"), "calendar_accounts")
    op.drop_column("calendar_accounts", "host")
    op.drop_column("calendar_objects", "wrote")
