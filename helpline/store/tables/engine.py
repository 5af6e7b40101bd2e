"""Timers, effects and the audit."""

import sqlalchemy as sa

from helpline.store.tables.base import Code, Growing, Id, Time, metadata

# Durable timers. Taking one and doing what it says is one transaction, so a row is gone when it is done.
deadlines = sa.Table(
    "deadlines",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("kind", Code, nullable=False),
    sa.Column("subject_id", Id, nullable=False, index=True),  # contact, assignment, ... by kind
    sa.Column("due_at", Time, nullable=False, index=True),
    sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
)

# What is to be done in the outside world, written with its cause.
effects = sa.Table(
    "effects",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("kind", Code, nullable=False),
    sa.Column("contact_id", Id, index=True),
    sa.Column("subject_id", Id),  # leg, message, ... by kind
    sa.Column("payload_json", sa.Text(), nullable=False, server_default="{}"),  # references only
    sa.Column("state", sa.String(8), nullable=False, server_default="due"),  # due | claimed | done | failed
    sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("next_at", Time, nullable=False),
    sa.Column("claimed_by", Id),
    sa.Column("claimed_until", Time),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("done_at", Time),
    sa.Column("error", Code),
    sa.Index(
        "ix_effects_pending",
        "next_at",
        sqlite_where=sa.text("state IN ('due', 'claimed')"),
        postgresql_where=sa.text("state IN ('due', 'claimed')"),
    ),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("seq", Growing, primary_key=True, autoincrement=True),
    sa.Column("at", Time, nullable=False),
    sa.Column("actor", sa.String(40), nullable=False),  # a worker's id, or child | carrier | system
    sa.Column("action", Code, nullable=False),
    sa.Column("contact_id", Id, index=True),
    sa.Column("subject_id", Id),
    sa.Column("detail_json", sa.Text()),
)

# The latest time that this store has seen, a row for each thing that beats.
heartbeats = sa.Table(
    "heartbeats",
    metadata,
    sa.Column("name", Code, primary_key=True),
    sa.Column("at", Time, nullable=False),
)
