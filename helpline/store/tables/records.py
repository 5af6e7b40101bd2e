"""What is written of a contact."""

import sqlalchemy as sa

from helpline.store.tables.base import Code, Id, Time, metadata

records = sa.Table(
    "records",
    metadata,
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), primary_key=True),
    sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("form", Code, nullable=False, server_default="contact"),
    sa.Column("form_version", sa.Integer(), nullable=False, server_default="1"),
    sa.Column("contact_type", Code),
    sa.Column("content_enc", sa.LargeBinary(), nullable=False),
    sa.Column("written_by", Id, nullable=False),
    sa.Column("written_at", Time, nullable=False),
    sa.Column("finished_at", Time),
)

# What a record can be found by, under the hash key: the words of its summary, and its reasons.
record_words = sa.Table(
    "record_words",
    metadata,
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), primary_key=True),
    sa.Column("word_hash", sa.String(32), primary_key=True),
    sa.Index("ix_record_words_word", "word_hash", "contact_id"),
)

# What somebody has typed for a child and not sent, so that a closed laptop keeps it.
drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), primary_key=True),
    sa.Column("worker_id", Id, primary_key=True),
    sa.Column("body_enc", sa.LargeBinary(), nullable=False),
    sa.Column("at", Time, nullable=False),
)
