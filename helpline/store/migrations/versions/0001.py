"""The tables of the first version."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _alarms()
    _audit()
    _blocks()
    _broadcasts()
    _callers()
    _closures()
    _contacts()
    _deadlines()
    _deliveries()
    _effects()
    _heartbeats()
    _workers()
    _assignments()
    _broadcasts_read()
    _drafts()
    _duty()
    _hand_overs()
    _legs()
    _messages()
    _questions()
    _record_words()
    _records()
    _refusals()
    _same_child()
    _shifts()
    _sign_ins()
    _texts()
    _threads()
    _worker_languages()
    _text_parts()


def _alarms() -> None:
    op.create_table(
        "alarms",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("topic", sa.String(length=120), nullable=False),
        sa.Column("line", sa.String(length=40)),
        sa.Column("language", sa.String(length=12)),
        sa.Column("contact_id", sa.String(length=36)),
        sa.Column("worker_id", sa.String(length=36)),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("taken_by", sa.String(length=36)),
        sa.Column("taken_at", sa.BigInteger()),
        sa.Column("closed_by", sa.String(length=36)),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("said_enc", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
    )
    op.create_index(
        "ux_alarms_open_topic",
        "alarms",
        ["topic"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("contact_id", sa.String(length=36)),
        sa.Column("subject_id", sa.String(length=36)),
        sa.Column("detail_json", sa.Text()),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_contact_id"), "audit", ["contact_id"], unique=False)


def _blocks() -> None:
    op.create_table(
        "blocks",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("line", sa.String(length=40), nullable=False),
        sa.Column("caller_hash", sa.String(length=64), nullable=False),
        sa.Column("contact_id", sa.String(length=36)),
        sa.Column("reason_enc", sa.LargeBinary(), nullable=False),
        sa.Column("set_by", sa.String(length=36), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("lifted_by", sa.String(length=36)),
        sa.Column("lifted_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocks")),
    )
    op.create_index("ix_blocks_caller", "blocks", ["caller_hash", "line"], unique=False)
    op.create_index("ix_blocks_until", "blocks", ["until"], unique=False)


def _broadcasts() -> None:
    op.create_table(
        "broadcasts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("body_enc", sa.LargeBinary(), nullable=False),
        sa.Column("set_by", sa.String(length=36), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("ended_by", sa.String(length=36)),
        sa.Column("ended_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcasts")),
    )
    op.create_index("ix_broadcasts_until", "broadcasts", ["until"], unique=False)


def _callers() -> None:
    op.create_table(
        "callers",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=12)),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_callers")),
    )


def _closures() -> None:
    op.create_table(
        "closures",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("line", sa.String(length=40), nullable=False),
        sa.Column("begins_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger()),
        sa.Column("reason_enc", sa.LargeBinary(), nullable=False),
        sa.Column("set_by", sa.String(length=36), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("lifted_by", sa.String(length=36)),
        sa.Column("lifted_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closures")),
    )
    op.create_index("ix_closures_line", "closures", ["line", "begins_at"], unique=False)


def _contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("pseudonym", sa.String(length=24), nullable=False),
        sa.Column("line", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=10), server_default="call", nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state_since", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(length=12)),
        sa.Column("language_known_at", sa.BigInteger()),
        sa.Column("priority", sa.String(length=40), server_default="normal", nullable=False),
        sa.Column("danger", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("cannot_speak", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("resumed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("moved_up", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("gender_wish", sa.String(length=8)),
        sa.Column("gender_required", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("preferred_worker", sa.String(length=36)),
        sa.Column("only_worker", sa.String(length=36)),
        sa.Column("first_arrival", sa.BigInteger(), nullable=False),
        sa.Column("queued_at", sa.BigInteger()),
        sa.Column("not_before", sa.BigInteger()),
        sa.Column("safe_when", sa.String(length=40)),
        sa.Column("connected_at", sa.BigInteger()),
        sa.Column("left_at", sa.BigInteger()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("outcome", sa.String(length=40)),
        sa.Column("ended_by", sa.String(length=12)),
        sa.Column("stop_reason_enc", sa.LargeBinary()),
        sa.Column("caller_hash", sa.String(length=64)),
        sa.Column("caller_enc", sa.LargeBinary()),
        sa.Column("resumes_id", sa.String(length=36)),
        sa.Column("generation", sa.Integer(), server_default="0", nullable=False),
        sa.Column("asking", sa.String(length=40)),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("keep_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_index("ix_contacts_caller", "contacts", ["caller_hash", "first_arrival"], unique=False)
    op.create_index("ix_contacts_first_arrival", "contacts", ["first_arrival"], unique=False)
    op.create_index(
        "ix_contacts_open",
        "contacts",
        ["state", "line"],
        unique=False,
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )


def _deadlines() -> None:
    op.create_table(
        "deadlines",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=36), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadlines")),
    )
    op.create_index(op.f("ix_deadlines_due_at"), "deadlines", ["due_at"], unique=False)
    op.create_index(op.f("ix_deadlines_subject_id"), "deadlines", ["subject_id"], unique=False)


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.String(length=36)),
        sa.Column("answer", sa.Text()),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_deliveries")),
    )
    op.create_index("ix_deliveries_received_at", "deliveries", ["received_at"], unique=False)


def _effects() -> None:
    op.create_table(
        "effects",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("contact_id", sa.String(length=36)),
        sa.Column("subject_id", sa.String(length=36)),
        sa.Column("payload_json", sa.Text(), server_default="{}", nullable=False),
        sa.Column("state", sa.String(length=8), server_default="due", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_by", sa.String(length=36)),
        sa.Column("claimed_until", sa.BigInteger()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger()),
        sa.Column("error", sa.String(length=40)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effects")),
    )
    op.create_index(op.f("ix_effects_contact_id"), "effects", ["contact_id"], unique=False)
    op.create_index(
        "ix_effects_pending",
        "effects",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('due', 'claimed')"),
        postgresql_where=sa.text("state IN ('due', 'claimed')"),
    )


def _heartbeats() -> None:
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeats")),
    )


def _workers() -> None:
    op.create_table(
        "workers",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("sign_in", sa.String(length=64), nullable=False),
        sa.Column("alias", sa.String(length=64), nullable=False),
        sa.Column("name_enc", sa.LargeBinary()),
        sa.Column("password_hash", sa.String(length=200)),
        sa.Column("roles", sa.String(length=64), nullable=False),
        sa.Column("gender", sa.String(length=8), server_default="unknown", nullable=False),
        sa.Column("lines", sa.String(length=200)),
        sa.Column("capacity_voice", sa.Integer(), server_default="1", nullable=False),
        sa.Column("capacity_text", sa.Integer(), server_default="5", nullable=False),
        sa.Column("reach_kind", sa.String(length=8), server_default="phone", nullable=False),
        sa.Column("reach_enc", sa.LargeBinary()),
        sa.Column("locale", sa.String(length=8), server_default="en", nullable=False),
        sa.Column("demonstration", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workers")),
        sa.UniqueConstraint("sign_in", name=op.f("uq_workers_sign_in")),
    )


def _assignments() -> None:
    op.create_table(
        "assignments",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("worker_id", sa.String(length=36), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("contact_version", sa.Integer(), nullable=False),
        sa.Column("load_class", sa.String(length=8), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("reasons_json", sa.Text(), nullable=False),
        sa.Column("offered_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("accepted_at", sa.BigInteger()),
        sa.Column("connected_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("end", sa.String(length=40)),
        sa.Column("read_seq", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_assignments_contact_id")),
        sa.ForeignKeyConstraint(["worker_id"], ["workers.id"], name=op.f("fk_assignments_worker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
    )
    op.create_index(op.f("ix_assignments_contact_id"), "assignments", ["contact_id"], unique=False)
    op.create_index(
        "ix_assignments_live_worker",
        "assignments",
        ["worker_id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_assignments_of_worker", "assignments", ["worker_id", "contact_id"], unique=False)
    op.create_index(
        "ux_assignments_live_contact",
        "assignments",
        ["contact_id", "role"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _broadcasts_read() -> None:
    op.create_table(
        "broadcasts_read",
        sa.Column("broadcast_id", sa.String(length=36), nullable=False),
        sa.Column("worker_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcasts.id"], name=op.f("fk_broadcasts_read_broadcast_id")),
        sa.ForeignKeyConstraint(["worker_id"], ["workers.id"], name=op.f("fk_broadcasts_read_worker_id")),
        sa.PrimaryKeyConstraint("broadcast_id", "worker_id", name=op.f("pk_broadcasts_read")),
    )


def _drafts() -> None:
    op.create_table(
        "drafts",
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("worker_id", sa.String(length=36), nullable=False),
        sa.Column("body_enc", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_drafts_contact_id")),
        sa.PrimaryKeyConstraint("contact_id", "worker_id", name=op.f("pk_drafts")),
    )


def _duty() -> None:
    op.create_table(
        "duty",
        sa.Column("worker_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=40)),
        sa.Column("idle_since", sa.BigInteger(), nullable=False),
        sa.Column("load_voice", sa.Integer(), server_default="0", nullable=False),
        sa.Column("load_text", sa.Integer(), server_default="0", nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("load_voice >= 0 AND load_text >= 0", name=op.f("ck_duty_load")),
        sa.ForeignKeyConstraint(["worker_id"], ["workers.id"], name=op.f("fk_duty_worker_id")),
        sa.PrimaryKeyConstraint("worker_id", name=op.f("pk_duty")),
    )


def _hand_overs() -> None:
    op.create_table(
        "hand_overs",
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("assignment_id", sa.String(length=36), nullable=False),
        sa.Column("from_worker", sa.String(length=36), nullable=False),
        sa.Column("to_worker", sa.String(length=36), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("declined_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_hand_overs_contact_id")),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_hand_overs")),
    )
    op.create_index(op.f("ix_hand_overs_to_worker"), "hand_overs", ["to_worker"], unique=False)


def _legs() -> None:
    op.create_table(
        "legs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("assignment_id", sa.String(length=36)),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("worker_id", sa.String(length=36)),
        sa.Column("provider_id", sa.String(length=64)),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sequence", sa.Integer(), server_default="-1", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("joined_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("end_reason", sa.String(length=40)),
        sa.Column("session_json", sa.Text()),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_legs_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legs")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_legs_provider_id")),
    )
    op.create_index(op.f("ix_legs_contact_id"), "legs", ["contact_id"], unique=False)


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("recording_id", sa.String(length=64)),
        sa.Column("left_at", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("media_enc", sa.LargeBinary()),
        sa.Column("fetched_at", sa.BigInteger()),
        sa.Column("carrier_deleted_at", sa.BigInteger()),
        sa.Column("heard_by", sa.String(length=36)),
        sa.Column("heard_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_messages_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("contact_id", name=op.f("uq_messages_contact_id")),
        sa.UniqueConstraint("recording_id", name=op.f("uq_messages_recording_id")),
    )


def _questions() -> None:
    op.create_table(
        "questions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.String(length=36), nullable=False),
        sa.Column("answer", sa.String(length=12)),
        sa.Column("answered_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_questions_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
    )
    op.create_index(op.f("ix_questions_contact_id"), "questions", ["contact_id"], unique=False)


def _record_words() -> None:
    op.create_table(
        "record_words",
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("word_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_record_words_contact_id")),
        sa.PrimaryKeyConstraint("contact_id", "word_hash", name=op.f("pk_record_words")),
    )
    op.create_index("ix_record_words_word", "record_words", ["word_hash", "contact_id"], unique=False)


def _records() -> None:
    op.create_table(
        "records",
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("form", sa.String(length=40), server_default="contact", nullable=False),
        sa.Column("form_version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("contact_type", sa.String(length=40)),
        sa.Column("content_enc", sa.LargeBinary(), nullable=False),
        sa.Column("written_by", sa.String(length=36), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_records_contact_id")),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_records")),
    )


def _refusals() -> None:
    op.create_table(
        "refusals",
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("worker_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("how", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_refusals_contact_id")),
        sa.PrimaryKeyConstraint("contact_id", "worker_id", name=op.f("pk_refusals")),
    )


def _same_child() -> None:
    op.create_table(
        "same_child",
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("other_id", sa.String(length=36), nullable=False),
        sa.Column("says", sa.String(length=8), nullable=False),
        sa.Column("by", sa.String(length=36), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_same_child_contact_id")),
        sa.ForeignKeyConstraint(["other_id"], ["contacts.id"], name=op.f("fk_same_child_other_id")),
        sa.PrimaryKeyConstraint("contact_id", "other_id", name=op.f("pk_same_child")),
    )
    op.create_index("ix_same_child_other_id", "same_child", ["other_id"], unique=False)


def _shifts() -> None:
    op.create_table(
        "shifts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("worker_id", sa.String(length=36), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.String(length=40)),
        sa.Column("set_by", sa.String(length=36), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_shifts_length")),
        sa.ForeignKeyConstraint(["worker_id"], ["workers.id"], name=op.f("fk_shifts_worker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shifts")),
    )
    op.create_index("ix_shifts_ends_at", "shifts", ["ends_at"], unique=False)
    op.create_index("ix_shifts_worker", "shifts", ["worker_id", "ends_at"], unique=False)


def _sign_ins() -> None:
    op.create_table(
        "sign_ins",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("worker_id", sa.String(length=36), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["worker_id"], ["workers.id"], name=op.f("fk_sign_ins_worker_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_ins")),
    )
    op.create_index(op.f("ix_sign_ins_worker_id"), "sign_ins", ["worker_id"], unique=False)


def _texts() -> None:
    op.create_table(
        "texts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=8), nullable=False),
        sa.Column("worker_id", sa.String(length=36)),
        sa.Column("audience", sa.String(length=8), server_default="all", nullable=False),
        sa.Column("body_enc", sa.LargeBinary(), nullable=False),
        sa.Column("cut", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("media", sa.Integer(), server_default="0", nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("client_key", sa.String(length=64)),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("error", sa.String(length=40)),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_texts_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_texts")),
        sa.UniqueConstraint("contact_id", "client_key", name=op.f("uq_texts_contact_id_client_key")),
        sa.UniqueConstraint("contact_id", "seq", name=op.f("uq_texts_contact_id_seq")),
    )


def _threads() -> None:
    op.create_table(
        "threads",
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("open_key", sa.String(length=120)),
        sa.Column("address", sa.String(length=120)),
        sa.Column("visit_hash", sa.String(length=64)),
        sa.Column("session_json", sa.Text()),
        sa.Column("last_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("child_wrote_at", sa.BigInteger()),
        sa.Column("adult_wrote_at", sa.BigInteger()),
        sa.Column("owed_since", sa.BigInteger()),
        sa.Column("safe_asked_at", sa.BigInteger()),
        sa.Column("stopped_at", sa.BigInteger()),
        sa.Column("look_first", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_threads_contact_id")),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_threads")),
        sa.UniqueConstraint("open_key", name=op.f("uq_threads_open_key")),
        sa.UniqueConstraint("visit_hash", name=op.f("uq_threads_visit_hash")),
    )


def _worker_languages() -> None:
    op.create_table(
        "worker_languages",
        sa.Column("worker_id", sa.String(length=36), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(["worker_id"], ["workers.id"], name=op.f("fk_worker_languages_worker_id")),
        sa.PrimaryKeyConstraint("worker_id", "language", name=op.f("pk_worker_languages")),
    )


def _text_parts() -> None:
    op.create_table(
        "text_parts",
        sa.Column("text_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.String(length=64)),
        sa.Column("state", sa.String(length=10), server_default="due", nullable=False),
        sa.Column("error", sa.String(length=40)),
        sa.ForeignKeyConstraint(["text_id"], ["texts.id"], name=op.f("fk_text_parts_text_id")),
        sa.PrimaryKeyConstraint("text_id", "number", name=op.f("pk_text_parts")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_text_parts_provider_id")),
    )
