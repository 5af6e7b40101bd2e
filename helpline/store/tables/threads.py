"""Conversations of texts."""

import sqlalchemy as sa

from helpline.store.tables.base import Code, Id, Time, metadata

# A text conversation: one a contact. `open_key` (channel, line and hashed number) is unique while the contact is open,
# so that two first messages at once are one contact.
threads = sa.Table(
    "threads",
    metadata,
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), primary_key=True),
    sa.Column("open_key", sa.String(120), unique=True),
    sa.Column("address", sa.String(120)),  # of the line, from which we write
    sa.Column("visit_hash", sa.String(64), unique=True),  # of a web chat's visit
    sa.Column("session_json", sa.Text()),  # where the child is in the text script
    sa.Column("last_seq", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("child_wrote_at", Time),
    sa.Column("adult_wrote_at", Time),
    sa.Column("owed_since", Time),  # the child's oldest text that nobody has answered
    sa.Column("safe_asked_at", Time),  # whether it is safe to write: asked, not yet answered
    sa.Column("stopped_at", Time),  # the child wrote a stop word, and nothing since
    sa.Column("look_first", sa.Boolean(), nullable=False, server_default=sa.false()),
)

texts = sa.Table(
    "texts",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), nullable=False),
    sa.Column("seq", sa.Integer(), nullable=False),  # grows by one in its contact
    sa.Column("author", sa.String(8), nullable=False),  # child | worker | line
    sa.Column("worker_id", Id),
    sa.Column("audience", sa.String(8), nullable=False, server_default="all"),  # all | adults: never reaches the child
    sa.Column("body_enc", sa.LargeBinary(), nullable=False),
    sa.Column("cut", sa.Boolean(), nullable=False, server_default=sa.false()),  # it was longer than we keep
    sa.Column("media", sa.Integer(), nullable=False, server_default="0"),  # attachments that were not taken
    sa.Column("at", Time, nullable=False),
    sa.Column("client_key", sa.String(64)),  # the page's own id, so that a repeat is not a second text
    sa.Column("state", sa.String(10), nullable=False),  # received | held | due | sent | delivered | failed
    sa.Column("error", Code),
    sa.Column("renders", sa.Integer()),  # the number of the text that this is the rendering of
    sa.Column("for_child", sa.Boolean(), nullable=False, server_default=sa.false()),  # once an interpreter renders it
    sa.UniqueConstraint("contact_id", "seq"),
    sa.UniqueConstraint("contact_id", "client_key"),
)

# The pieces in which a text goes out, each of a size that its alphabet allows.
text_parts = sa.Table(
    "text_parts",
    metadata,
    sa.Column("text_id", Id, sa.ForeignKey("texts.id"), primary_key=True),
    sa.Column("number", sa.Integer(), primary_key=True),
    sa.Column("provider_id", sa.String(64), unique=True),
    sa.Column("state", sa.String(10), nullable=False, server_default="due"),  # due | sent | delivered | failed
    sa.Column("error", Code),
)
