"""What is wrong, and what is closed."""

import sqlalchemy as sa

from helpline.store.tables.base import Code, Id, Time, metadata

alarms = sa.Table(
    "alarms",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("kind", Code, nullable=False),
    sa.Column("topic", sa.String(120), nullable=False),  # one open alarm a topic
    sa.Column("line", Code),
    sa.Column("language", sa.String(12)),
    sa.Column("contact_id", Id),
    sa.Column("worker_id", Id),
    sa.Column("raised_at", Time, nullable=False),
    sa.Column("taken_by", Id),
    sa.Column("taken_at", Time),
    sa.Column("closed_by", Id),
    sa.Column("closed_at", Time),
    sa.Column("said_enc", sa.LargeBinary()),  # what was done, in the person's words
    sa.Index(
        "ux_alarms_open_topic",
        "topic",
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    ),
)

# A number that may reach nobody for some hours, but by the key for danger. It ends by itself.
blocks = sa.Table(
    "blocks",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("line", Code, nullable=False),
    sa.Column("caller_hash", sa.String(64), nullable=False),
    sa.Column("contact_id", Id),  # where it was set
    sa.Column("reason_enc", sa.LargeBinary(), nullable=False),
    sa.Column("set_by", Id, nullable=False),
    sa.Column("set_at", Time, nullable=False),
    sa.Column("until", Time, nullable=False),
    sa.Column("lifted_by", Id),
    sa.Column("lifted_at", Time),
    sa.Index("ix_blocks_caller", "caller_hash", "line"),
    sa.Index("ix_blocks_until", "until"),
)

# A line that is closed though its hours say otherwise. Without `until`, until somebody opens it.
closures = sa.Table(
    "closures",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("line", Code, nullable=False),
    sa.Column("begins_at", Time, nullable=False),
    sa.Column("until", Time),
    sa.Column("reason_enc", sa.LargeBinary(), nullable=False),
    sa.Column("set_by", Id, nullable=False),
    sa.Column("set_at", Time, nullable=False),
    sa.Column("lifted_by", Id),
    sa.Column("lifted_at", Time),
    sa.Index("ix_closures_line", "line", "begins_at"),
)
