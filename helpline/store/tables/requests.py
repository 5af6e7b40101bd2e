"""Interpreters wanted now by institutions, and the conversations that came of it."""

import sqlalchemy as sa

from helpline.store.tables.base import Code, Id, Time, metadata

# How many children, of which gender, and nothing else about them. `group_of` is the first request for the same group:
# children who are asked for three times count once.
requests = sa.Table(
    "requests",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("institution_id", Id, sa.ForeignKey("institutions.id"), nullable=False),
    sa.Column("officer_id", Id),  # null: by telephone or by a machine
    sa.Column("came_by", sa.String(8), nullable=False),  # phone | page | api
    sa.Column("line", Code, nullable=False),
    sa.Column("languages", sa.String(120), nullable=False),  # space separated, the first wanted most; empty: not known
    sa.Column("dialect", Code),
    sa.Column("gender_wish", sa.String(8)),  # woman | man
    sa.Column("child_friendly", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("certified", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("purpose", Code, nullable=False),  # welfare | medical | interview | hearing
    sa.Column("girls", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("boys", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("detained", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("call_to_enc", sa.LargeBinary()),  # whom to call; null: they called us
    sa.Column("guest_enc", sa.LargeBinary()),  # a second party, dialled in once both are together
    sa.Column("group_of", Id, index=True),
    sa.Column("not_before", Time),  # an interview at night that can wait for the day
    sa.Column("created_at", Time, nullable=False),
    sa.Column("cancelled_at", Time),
    sa.Column("done_at", Time),
    sa.Column("outcome", Code),  # served | unreached | cancelled | nobody_came
    sa.Index("ix_requests_institution", "institution_id", "created_at"),
    sa.Index("ix_requests_created_at", "created_at"),
)

# One request can hold several conversations in a row with the same interpreter.
request_contacts = sa.Table(
    "request_contacts",
    metadata,
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), primary_key=True),
    sa.Column("request_id", Id, sa.ForeignKey("requests.id"), nullable=False, index=True),
    sa.Column("number", sa.Integer(), nullable=False),
    sa.UniqueConstraint("request_id", "number"),
)

# A repeat of a request by a machine gets the first answer; with another body it is refused.
idempotency_keys = sa.Table(
    "idempotency_keys",
    metadata,
    sa.Column("institution_id", Id, sa.ForeignKey("institutions.id"), primary_key=True),
    sa.Column("key", sa.String(120), primary_key=True),
    sa.Column("body_hash", sa.String(64), nullable=False),
    sa.Column("status", sa.Integer(), nullable=False),
    sa.Column("answer", sa.Text(), nullable=False),
    sa.Column("created_at", Time, nullable=False),
)
