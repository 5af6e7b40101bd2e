"""Messages to adults at work."""

import sqlalchemy as sa

from helpline.store.tables.base import Code, Id, Time, metadata

# One message by one channel. `said` is not kept: it goes to whoever asked for the answer. Words and recipient are
# erased some days after nothing is expected of it any more, the row some months after it was written.
notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("purpose", Code, nullable=False),
    sa.Column("subject_id", Id, nullable=False),  # in the table of its purpose
    sa.Column("channel", sa.String(8), nullable=False),  # email | sms | voice
    sa.Column("to_enc", sa.LargeBinary()),
    sa.Column("to_hash", sa.String(64)),  # of a number
    sa.Column("subject_enc", sa.LargeBinary()),
    sa.Column("body_enc", sa.LargeBinary()),
    sa.Column("calendar_enc", sa.LargeBinary()),
    sa.Column("calendar_method", sa.String(12), nullable=False, server_default="REQUEST"),
    sa.Column("language", sa.String(12), nullable=False),
    sa.Column("line", Code),
    sa.Column("caller_id", sa.String(20)),  # of a call: another number of ours than the line's
    sa.Column("ask_key", sa.String(1)),
    sa.Column("code_hash", sa.String(64)),  # of the code that a reply holds
    sa.Column("tries_left", sa.Integer(), nullable=False, server_default="0"),  # for that code
    # due | sent | delivered | failed | cancelled
    sa.Column("state", sa.String(10), nullable=False, server_default="due"),
    sa.Column("error", Code),
    sa.Column("provider_id", sa.String(64), unique=True),  # the carrier's, of a text or a call
    sa.Column("created_at", Time, nullable=False),
    sa.Column("good_until", Time, nullable=False),  # not sent later, and its code answers no more
    sa.Column("sent_at", Time),
    sa.Column("ended_at", Time),  # delivered, failed or cancelled
    sa.Column("answered_at", Time),
    sa.Column("answered_how", sa.String(8)),  # key | reply
    sa.Index("ix_notices_subject", "subject_id"),
    sa.Index("ix_notices_created", "created_at"),
    sa.Index(
        "ix_notices_reply",
        "to_hash",
        sqlite_where=sa.text("code_hash IS NOT NULL"),
        postgresql_where=sa.text("code_hash IS NOT NULL"),
    ),
)
