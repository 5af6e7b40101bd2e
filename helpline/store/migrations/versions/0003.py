"""An interpreter's time is never taken twice: what the tables' metadata cannot say."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_SQLITE = """
CREATE TRIGGER busy_never_twice_{when} BEFORE {when} ON busy
WHEN EXISTS (
    SELECT 1 FROM busy WHERE worker_id = NEW.worker_id AND booking_id <> NEW.booking_id
    AND busy_from < NEW.busy_until AND busy_until > NEW.busy_from
)
BEGIN SELECT RAISE(ABORT, 'busy_twice'); END
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "ALTER TABLE busy ADD CONSTRAINT ex_busy_worker EXCLUDE USING gist ("
            "int8range(hashtextextended(worker_id, 0), hashtextextended(worker_id, 0), '[]') WITH &&, "
            "int8range(busy_from, busy_until) WITH &&)"
        )
        return
    for when in ("insert", "update"):
        op.execute(_SQLITE.format(when=when))
