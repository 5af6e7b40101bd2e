"""People who work here."""

import sqlalchemy as sa

from helpline.store.tables.base import Code, Id, Time, metadata

workers = sa.Table(
    "workers",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("sign_in", sa.String(64), nullable=False, unique=True),
    sa.Column("alias", sa.String(64), nullable=False),  # what screens show; not a legal name
    sa.Column("name_enc", sa.LargeBinary()),
    sa.Column("password_hash", sa.String(200)),
    sa.Column("roles", sa.String(64), nullable=False),  # space separated: counsellor interpreter supervisor coordinator
    sa.Column("gender", sa.String(8), nullable=False, server_default="unknown"),
    sa.Column("lines", sa.String(200)),  # space separated; null: every line
    sa.Column("capacity_voice", sa.Integer(), nullable=False, server_default="1"),
    sa.Column("capacity_text", sa.Integer(), nullable=False, server_default="5"),
    sa.Column("reach_kind", sa.String(8), nullable=False, server_default="phone"),  # phone | sip | client
    sa.Column("reach_enc", sa.LargeBinary()),
    sa.Column("locale", sa.String(8), nullable=False, server_default="en"),
    sa.Column("demonstration", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("disabled_at", Time),
)

worker_languages = sa.Table(
    "worker_languages",
    metadata,
    sa.Column("worker_id", Id, sa.ForeignKey("workers.id"), primary_key=True),
    sa.Column("language", sa.String(12), primary_key=True),
    sa.Column("level", sa.String(8), nullable=False),  # fluent | basic
    sa.Column("dialects", sa.String(120)),  # space separated
)

duty = sa.Table(
    "duty",
    metadata,
    sa.Column("worker_id", Id, sa.ForeignKey("workers.id"), primary_key=True),
    sa.Column("state", sa.String(10), nullable=False),  # off | available | break | away
    sa.Column("since", Time, nullable=False),
    sa.Column("reason", Code),  # why away: missed_offer | no_key | supervisor
    sa.Column("idle_since", Time, nullable=False),
    sa.Column("load_voice", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("load_text", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("by_phone", sa.Boolean(), nullable=False, server_default=sa.false()),  # works with only a telephone
    sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
    sa.CheckConstraint("load_voice >= 0 AND load_text >= 0", name="load"),
)

sign_ins = sa.Table(
    "sign_ins",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("worker_id", Id, sa.ForeignKey("workers.id"), nullable=False, index=True),
    sa.Column("csrf", sa.String(64), nullable=False),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("seen_at", Time, nullable=False),
    sa.Column("expires_at", Time, nullable=False),
)

# Who is due on duty, from when to when. `line` is null for every line.
shifts = sa.Table(
    "shifts",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("worker_id", Id, sa.ForeignKey("workers.id"), nullable=False),
    sa.Column("starts_at", Time, nullable=False),
    sa.Column("ends_at", Time, nullable=False),
    sa.Column("line", Code),
    sa.Column("set_by", Id, nullable=False),
    sa.Column("set_at", Time, nullable=False),
    sa.CheckConstraint("ends_at > starts_at", name="length"),
    sa.Index("ix_shifts_ends_at", "ends_at"),
    sa.Index("ix_shifts_worker", "worker_id", "ends_at"),
)

# What is told to everyone who works here, until its end or until each has put it away.
broadcasts = sa.Table(
    "broadcasts",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("body_enc", sa.LargeBinary(), nullable=False),
    sa.Column("set_by", Id, nullable=False),
    sa.Column("set_at", Time, nullable=False),
    sa.Column("until", Time, nullable=False),
    sa.Column("ended_by", Id),
    sa.Column("ended_at", Time),
    sa.Index("ix_broadcasts_until", "until"),
)

broadcasts_read = sa.Table(
    "broadcasts_read",
    metadata,
    sa.Column("broadcast_id", Id, sa.ForeignKey("broadcasts.id"), primary_key=True),
    sa.Column("worker_id", Id, sa.ForeignKey("workers.id"), primary_key=True),
    sa.Column("at", Time, nullable=False),
)
