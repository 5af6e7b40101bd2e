"""Concerns, the ladders that are climbed for them, and what is done to save a life."""

import sqlalchemy as sa

from helpline.store.tables.base import Code, Id, Time, metadata

concerns = sa.Table(
    "concerns",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), index=True),  # null: heard elsewhere
    sa.Column("line", Code),
    sa.Column("origin", Code, nullable=False),  # conversation | record | interpreter | request
    sa.Column("kind", Code, nullable=False),
    sa.Column("private", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("happening", sa.String(8), nullable=False, server_default="unknown"),  # now | past | unknown
    sa.Column("province", Code),
    sa.Column("district", Code),
    sa.Column("safe_tonight", sa.String(8), nullable=False, server_default="unknown"),  # yes | no | unknown
    sa.Column("imminent", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("hazardous", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("incident_at", Time),
    sa.Column("harmed_by", Code),
    sa.Column("organisation_enc", sa.LargeBinary()),  # of who is said to have done harm: no referral goes there
    sa.Column("about_worker", Id),  # a complaint about one of our own
    sa.Column("consents_json", sa.Text(), nullable=False, server_default="{}"),
    sa.Column("sentence_enc", sa.LargeBinary()),
    sa.Column("institution_id", Id),  # that holds the children of a proposal
    sa.Column("girls", sa.Integer()),
    sa.Column("boys", sa.Integer()),
    sa.Column("flagged_by", sa.String(40), nullable=False),
    sa.Column("flagged_at", Time, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),  # proposed | open | acknowledged | closed
    sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
    sa.Column("holds_flagger", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("act_by", Time, nullable=False),
    sa.Column("acknowledge_by", Time, nullable=False),
    sa.Column("acknowledged_at", Time),
    sa.Column("acknowledged_by", Id),  # one of our own, else the name
    sa.Column("acknowledged_name_enc", sa.LargeBinary()),
    sa.Column("acknowledged_how", Code),  # console | key | reply | link
    sa.Column("closed_at", Time),
    sa.Column("closed_by", Id),
    sa.Column("outcome", Code),
    sa.Column("closed_enc", sa.LargeBinary()),  # what was done, in the person's words
    sa.Index("ix_concerns_flagged_by", "flagged_by", "state"),
    sa.Index(
        "ix_concerns_not_closed",
        "state",
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    ),
)

# A ladder that is climbed: where it stands, and when it goes on. The ladder itself is kept with it, so that a change of
# the configuration skips no step.
climbs = sa.Table(
    "climbs",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("cause", Code, nullable=False),  # concern, or one of config.ladders.CAUSES
    sa.Column("topic", sa.String(120), nullable=False),  # that of its alarm; one open climb a topic
    sa.Column("concern_id", Id, index=True),
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), index=True),
    sa.Column("line", Code),
    sa.Column("language", sa.String(12)),
    sa.Column("worker_id", Id),  # who is not to be told: it is about them, or they did it
    sa.Column("ladder", Code, nullable=False),
    sa.Column("ladder_json", sa.Text(), nullable=False),
    sa.Column("rung", sa.Integer(), nullable=False),
    sa.Column("round", sa.Integer(), nullable=False),
    sa.Column("due_at", Time, nullable=False),
    sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
    sa.Column("started_at", Time, nullable=False),
    sa.Column("ended_at", Time),
    sa.Column("ended_how", Code),  # console | key | reply | link, or mended: the cause is gone
    sa.Column("ended_by", Id),
    sa.Column("ended_name_enc", sa.LargeBinary()),
    sa.Index(
        "ux_climbs_open_topic",
        "topic",
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    ),
)

# One for each person who was told at a rung.
pages = sa.Table(
    "pages",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("climb_id", Id, sa.ForeignKey("climbs.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("rung", sa.Integer(), nullable=False),
    sa.Column("round", sa.Integer(), nullable=False),
    sa.Column("who", sa.String(80), nullable=False),  # role:..., post:..., service:...
    sa.Column("how", sa.String(8), nullable=False),  # console | sms | voice | email
    sa.Column("worker_id", Id),
    sa.Column("holder_id", Id),  # of a post
    sa.Column("service_id", Id),
    sa.Column("notice_id", Id),
    sa.Column("code", sa.String(8)),  # said in it, so that who calls in can name it
    sa.Column("state", sa.String(10), nullable=False),  # told | delivered | failed | answered | ended
    sa.Column("error", Code),
    sa.Column("told_at", Time, nullable=False),
    sa.Column("ended_at", Time),
    sa.Column("token_hash", sa.String(64), unique=True),  # of its link
    sa.Column("link_until", Time),
)

# Who holds a post: one of our own, or a name with a number and an address.
post_holders = sa.Table(
    "post_holders",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("post", Code, nullable=False, index=True),
    sa.Column("worker_id", Id),
    sa.Column("name_enc", sa.LargeBinary()),
    sa.Column("phone_enc", sa.LargeBinary()),
    sa.Column("email_enc", sa.LargeBinary()),
    sa.Column("set_by", Id, nullable=False),
    sa.Column("set_at", Time, nullable=False),
    sa.Column("removed_by", Id),
    sa.Column("removed_at", Time),
)

# A caller's number, in clear for some minutes, to save a life.
reveals = sa.Table(
    "reveals",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), nullable=False, index=True),
    sa.Column("by", Id, nullable=False),
    sa.Column("reason_enc", sa.LargeBinary(), nullable=False),
    sa.Column("at", Time, nullable=False),
    sa.Column("until", Time, nullable=False),
)

# Words of danger in a child's text, as the list has them.
words_seen = sa.Table(
    "words_seen",
    metadata,
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), primary_key=True),
    sa.Column("text_id", Id, primary_key=True),
    sa.Column("language", sa.String(12), nullable=False),
    sa.Column("entries_enc", sa.LargeBinary(), nullable=False),
    sa.Column("at", Time, nullable=False),
    sa.Column("not_so_by", Id),
    sa.Column("not_so_at", Time),
)

# How often an entry of a list was seen, and how often a counsellor said that it meant no danger.
word_counts = sa.Table(
    "word_counts",
    metadata,
    sa.Column("language", sa.String(12), primary_key=True),
    sa.Column("entry", sa.String(80), primary_key=True),
    sa.Column("seen", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("not_so", sa.Integer(), nullable=False, server_default="0"),
)

# A call of our own to a line, to see that it arrives: every day at this minute of the line's own day.
test_calls = sa.Table(
    "test_calls",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("line", Code, nullable=False, unique=True),
    sa.Column("minute", sa.Integer(), nullable=False),
    sa.Column("set_by", Id, nullable=False),
    sa.Column("set_at", Time, nullable=False),
    sa.Column("placed_at", Time),
    sa.Column("call_id", sa.String(64)),  # the carrier's
    sa.Column("arrived_at", Time),
    sa.Column("lost_at", Time),
)
