"""The tables, for SQLite and PostgreSQL alike.

Ids are UUIDv7 text. Times are UTC in integer microseconds. Columns that end in ``_enc`` hold ciphertext
(`helpline.privacy`); ``_json`` holds JSON text without personal data. A boolean is stored as the engine stores it.
"""

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = sa.String(36)
Time = sa.BigInteger()
Code = sa.String(40)
Growing = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

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
    sa.Column("kind", sa.String(10), nullable=False, server_default="call"),  # call | callback | message
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
    sa.Index(
        "ix_contacts_open",
        "state",
        "line",
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
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
    sa.Column("how", sa.String(12), nullable=False),  # declined | expired | lost | handed_over
)

# A number that called before, known only by its hash: the language it chose last.
callers = sa.Table(
    "callers",
    metadata,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("language", sa.String(12)),
    sa.Column("seen_at", Time, nullable=False),
)

workers = sa.Table(
    "workers",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("sign_in", sa.String(64), nullable=False, unique=True),
    sa.Column("alias", sa.String(64), nullable=False),  # what screens show; not a legal name
    sa.Column("name_enc", sa.LargeBinary()),
    sa.Column("password_hash", sa.String(200)),
    sa.Column("roles", sa.String(64), nullable=False),  # space separated: counsellor interpreter supervisor
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

# What somebody has typed for a child and not sent, so that a closed laptop keeps it.
drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), primary_key=True),
    sa.Column("worker_id", Id, primary_key=True),
    sa.Column("body_enc", sa.LargeBinary(), nullable=False),
    sa.Column("at", Time, nullable=False),
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

# The latest time that this store has seen, a row for each thing that beats.
heartbeats = sa.Table(
    "heartbeats",
    metadata,
    sa.Column("name", Code, primary_key=True),
    sa.Column("at", Time, nullable=False),
)
