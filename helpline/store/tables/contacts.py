"""Contacts, their legs, and who was given them."""

import sqlalchemy as sa

from helpline.store.tables.base import Code, Id, Time, metadata

# What came from outside, once: the key is the provider's id with the step or sequence number of the delivery.
deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("key", sa.String(160), primary_key=True),
    sa.Column("received_at", Time, nullable=False),
    sa.Column("contact_id", Id),
    sa.Column("answer", sa.Text()),  # the document that was answered, given again to a repeat
    sa.Index("ix_deliveries_received_at", "received_at"),
)

contacts = sa.Table(
    "contacts",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("pseudonym", sa.String(24), nullable=False),
    sa.Column("line", Code, nullable=False),
    sa.Column("channel", sa.String(10), nullable=False),
    sa.Column(
        "kind", sa.String(10), nullable=False, server_default="call"
    ),  # call | callback | message | request | office | duty
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("state_since", Time, nullable=False),
    sa.Column("language", sa.String(12)),  # null: not known
    sa.Column("language_known_at", Time),
    sa.Column("priority", Code, nullable=False, server_default="normal"),
    sa.Column("danger", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("cannot_speak", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("resumed", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("moved_up", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("gender_wish", sa.String(8)),  # woman | man
    sa.Column("gender_required", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("preferred_worker", Id),
    sa.Column("only_worker", Id),
    sa.Column("first_arrival", Time, nullable=False),
    sa.Column("queued_at", Time),  # first entered the queue
    sa.Column("not_before", Time),  # a call-back: when it is safe to call
    sa.Column("safe_when", Code),  # a call-back: what the caller said of it (any, morning, ...)
    sa.Column("connected_at", Time),  # first heard a person
    sa.Column("left_at", Time),  # the child's connection ended
    sa.Column("closed_at", Time),
    sa.Column("outcome", Code),
    sa.Column("ended_by", sa.String(12)),  # child | counsellor | staff | system
    sa.Column("stop_reason_enc", sa.LargeBinary()),  # why a supervisor ended it
    sa.Column("caller_hash", sa.String(64)),  # null: withheld, nobody's
    sa.Column("caller_enc", sa.LargeBinary()),
    sa.Column("resumes_id", Id),  # the contact that was cut off shortly before
    sa.Column("generation", sa.Integer(), nullable=False, server_default="0"),  # of its conference
    sa.Column("asking", Code),  # the card's question that the child hears now
    sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),  # of a call-back
    sa.Column("keep_until", Time, nullable=False),
    sa.Column("wants", sa.String(12)),  # one more adult, while others stay: interpreter | counsellor
    sa.Column("wants_since", Time),
    sa.Column("dialect", Code),  # what an interpreter had better speak
    sa.Column("certified", sa.Boolean(), nullable=False, server_default=sa.false()),  # what an interpreter must be
    sa.Column("child_friendly", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Index(
        "ix_contacts_open",
        "state",
        "line",
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    ),
    sa.Index(
        "ix_contacts_wants",
        "wants",
        sqlite_where=sa.text("wants IS NOT NULL"),
        postgresql_where=sa.text("wants IS NOT NULL"),
    ),
    sa.Index("ix_contacts_caller", "caller_hash", "first_arrival"),
    sa.Index("ix_contacts_first_arrival", "first_arrival"),
)

# One telephone connection each.
legs = sa.Table(
    "legs",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), nullable=False, index=True),
    sa.Column("assignment_id", Id),
    sa.Column("role", sa.String(12), nullable=False),  # child | counsellor | interpreter | guest
    sa.Column("worker_id", Id),
    sa.Column("provider_id", sa.String(64), unique=True),  # the carrier's call id, once it is known
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("step", sa.Integer(), nullable=False, server_default="0"),  # of the follow-up that is awaited
    sa.Column("sequence", sa.Integer(), nullable=False, server_default="-1"),  # of the last status that counted
    sa.Column("created_at", Time, nullable=False),
    sa.Column("joined_at", Time),
    sa.Column("ended_at", Time),
    sa.Column("end_reason", Code),
    sa.Column("session_json", sa.Text()),  # where a child's leg is in the script
    sa.Column("reach_enc", sa.LargeBinary()),  # of a guest whom no worker is: the number to call
)

assignments = sa.Table(
    "assignments",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), nullable=False, index=True),
    sa.Column("worker_id", Id, sa.ForeignKey("workers.id"), nullable=False),
    sa.Column("role", sa.String(12), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),  # offered | connecting | connected | wrap_up | ended
    sa.Column("contact_version", sa.Integer(), nullable=False),
    sa.Column("load_class", sa.String(8), nullable=False),  # voice | text
    sa.Column("stage", Code, nullable=False),
    sa.Column("reasons_json", sa.Text(), nullable=False),
    sa.Column("offered_at", Time, nullable=False),
    sa.Column("until", Time, nullable=False),
    sa.Column("accepted_at", Time),
    sa.Column("connected_at", Time),
    sa.Column("ended_at", Time),
    sa.Column("end", Code),  # declined | expired | lost | handed_over | finished | ...
    sa.Column("language", sa.String(12)),  # of an interpreter: between this language
    sa.Column("relay", sa.String(12)),  # and this
    sa.Column("read_seq", sa.Integer(), nullable=False, server_default="0"),  # of its texts, the last this worker saw
    sa.Index("ix_assignments_of_worker", "worker_id", "contact_id"),
    sa.Index(
        "ux_assignments_live_contact",
        "contact_id",
        "role",
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    ),
    sa.Index(
        "ix_assignments_live_worker",
        "worker_id",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    ),
)

# Who has let a contact pass by, so that it meets others first.
refusals = sa.Table(
    "refusals",
    metadata,
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), primary_key=True),
    sa.Column("worker_id", Id, primary_key=True),
    sa.Column("at", Time, nullable=False),
    sa.Column("how", sa.String(12), nullable=False),  # declined | expired | lost | handed_over | knows
)

# A number that called before, known only by its hash: the language it chose last.
callers = sa.Table(
    "callers",
    metadata,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("language", sa.String(12)),
    sa.Column("seen_at", Time, nullable=False),
)

# The card of questions for a child who cannot speak.
questions = sa.Table(
    "questions",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), nullable=False, index=True),
    sa.Column("question", Code, nullable=False),
    sa.Column("asked_at", Time, nullable=False),
    sa.Column("asked_by", Id, nullable=False),
    sa.Column("answer", sa.String(12)),  # yes | no | unknown | silence
    sa.Column("answered_at", Time),
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), nullable=False, unique=True),
    sa.Column("recording_id", sa.String(64), unique=True),
    sa.Column("left_at", Time, nullable=False),
    sa.Column("seconds", sa.Integer(), nullable=False),
    sa.Column("media_enc", sa.LargeBinary()),
    sa.Column("fetched_at", Time),
    sa.Column("carrier_deleted_at", Time),
    sa.Column("heard_by", Id),
    sa.Column("heard_at", Time),
)

# A colleague was asked to take over a conversation of texts, which stays with who has it until they do.
hand_overs = sa.Table(
    "hand_overs",
    metadata,
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), primary_key=True),
    sa.Column("assignment_id", Id, nullable=False),  # of who asks: with its end the question has ended
    sa.Column("from_worker", Id, nullable=False),
    sa.Column("to_worker", Id, nullable=False, index=True),
    sa.Column("asked_at", Time, nullable=False),
    sa.Column("declined_at", Time),
)

# Whether two contacts from one number were one child: a person's answer, never the phone's.
same_child = sa.Table(
    "same_child",
    metadata,
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), primary_key=True),
    sa.Column("other_id", Id, sa.ForeignKey("contacts.id"), primary_key=True),
    sa.Column("says", sa.String(8), nullable=False),  # same | not | unknown
    sa.Column("by", Id, nullable=False),
    sa.Column("at", Time, nullable=False),
    sa.Index("ix_same_child_other_id", "other_id"),
)
