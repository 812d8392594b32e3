"""The audit, whose records the database itself refuses to change or delete"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_SAME = ("id", "at", "kind", "body", "key", "mac", "cut")
"""Columns that are written once; the chainer fills the others, once."""
_WAITS, _CUTS = sa.text("position IS NULL"), sa.text("cut IS NOT NULL")

_SQLITE = (
    "CREATE TRIGGER audit_change BEFORE UPDATE ON audit WHEN OLD.position IS NOT NULL"
    " OR NEW.position IS NULL"
    + "".join(f' OR NEW."{name}" IS NOT OLD."{name}"' for name in _SAME)
    + " BEGIN SELECT RAISE(ABORT, 'records of the audit are never changed'); END",
    "CREATE TRIGGER audit_delete BEFORE DELETE ON audit WHEN OLD.position IS NULL"
    " OR OLD.position > coalesce((SELECT max(cut) FROM audit WHERE cut IS NOT NULL), 0)"
    " BEGIN SELECT RAISE(ABORT, 'records of the audit are never deleted'); END",
)
_POSTGRESQL = (
    "CREATE FUNCTION audit_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF OLD.position IS NOT NULL OR NEW.position IS NULL"
    + "".join(f' OR NEW."{name}" IS DISTINCT FROM OLD."{name}"' for name in _SAME)
    + " THEN RAISE EXCEPTION 'records of the audit are never changed'"
    " USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$",
    "CREATE FUNCTION audit_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF OLD.position IS NULL"
    " OR OLD.position > coalesce((SELECT max(cut) FROM audit WHERE cut IS NOT NULL), 0)"
    " THEN RAISE EXCEPTION 'records of the audit are never deleted'"
    " USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD; END $$",
    "CREATE FUNCTION audit_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " RAISE EXCEPTION 'records of the audit are never deleted'"
    " USING ERRCODE = 'integrity_constraint_violation'; END $$",
    "CREATE TRIGGER audit_change BEFORE UPDATE ON audit"
    " FOR EACH ROW EXECUTE FUNCTION audit_change()",
    "CREATE TRIGGER audit_delete BEFORE DELETE ON audit"
    " FOR EACH ROW EXECUTE FUNCTION audit_delete()",
    "CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON audit"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_truncate()",
)


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("link", sa.LargeBinary(), nullable=True),
        sa.Column("link_key", sa.String(), nullable=True),
        sa.Column("cut", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint("position", name=op.f("uq_audit_position")),
    )
    for name, columns, where in (
        ("ix_audit_waiting", ["at", "id"], _WAITS),
        ("ix_audit_cut", ["cut"], _CUTS),
    ):
        op.create_index(name, "audit", columns, sqlite_where=where, postgresql_where=where)
    for statement in _SQLITE if _is_sqlite() else _POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("audit")
    if not _is_sqlite():
        for name in ("change", "delete", "truncate"):
            op.execute(f"DROP FUNCTION audit_{name}()")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
