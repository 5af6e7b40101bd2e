"""Interpreting, protection, referrals, and several servers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _cases()
    _institutions()
    _leases()
    _notices()
    _pin_tries()
    _post_holders()
    _processes()
    _services()
    _test_calls()
    _upgrades()
    _word_counts()
    _bookings()
    _case_contacts()
    _case_documents()
    _case_steps()
    _certificates()
    _climbs()
    _concerns()
    _idempotency_keys()
    _institution_numbers()
    _institution_tokens()
    _interpreters()
    _officers()
    _referrals()
    _requests()
    _reveals()
    _stand_ins()
    _words_seen()
    _worker_pins()
    _booking_feedback()
    _booking_offers()
    _busy()
    _officer_sign_ins()
    _pages()
    _referral_links()
    _referral_views()
    _request_contacts()
    _link_visits()
    _assignments()
    _contacts()
    _duty()
    _legs()
    _texts()
    _worker_languages()


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("pseudonym", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=16), server_default="open", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("keeper", sa.String(length=36), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("opened_by", sa.String(length=36), nullable=False),
        sa.Column("circumstance", sa.String(length=40)),
        sa.Column("best_interests", sa.String(length=40)),
        sa.Column("primero_case", sa.String(length=64)),
        sa.Column("outcome", sa.String(length=40)),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("closed_by", sa.String(length=36)),
        sa.Column("closed_enc", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )


def _institutions() -> None:
    op.create_table(
        "institutions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("place_province", sa.String(length=40)),
        sa.Column("place_district", sa.String(length=40)),
        sa.Column("timezone", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=8), nullable=False),
        sa.Column("pin_hash", sa.String(length=100)),
        sa.Column("pin_set_at", sa.BigInteger()),
        sa.Column("may", sa.String(length=64), server_default="request book", nullable=False),
        sa.Column("line", sa.String(length=40)),
        sa.Column("demonstration", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institutions")),
        sa.UniqueConstraint("number", name=op.f("uq_institutions_number")),
    )


def _leases() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(length=36), nullable=False),
        sa.Column("renewed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=36), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("to_enc", sa.LargeBinary()),
        sa.Column("to_hash", sa.String(length=64)),
        sa.Column("subject_enc", sa.LargeBinary()),
        sa.Column("body_enc", sa.LargeBinary()),
        sa.Column("calendar_enc", sa.LargeBinary()),
        sa.Column("calendar_method", sa.String(length=12), server_default="REQUEST", nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("line", sa.String(length=40)),
        sa.Column("caller_id", sa.String(length=20)),
        sa.Column("ask_key", sa.String(length=1)),
        sa.Column("code_hash", sa.String(length=64)),
        sa.Column("tries_left", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.String(length=10), server_default="due", nullable=False),
        sa.Column("error", sa.String(length=40)),
        sa.Column("provider_id", sa.String(length=64)),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("good_until", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("answered_at", sa.BigInteger()),
        sa.Column("answered_how", sa.String(length=8)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_notices_provider_id")),
    )
    op.create_index("ix_notices_created", "notices", ["created_at"], unique=False)
    op.create_index(
        "ix_notices_reply",
        "notices",
        ["to_hash"],
        unique=False,
        sqlite_where=sa.text("code_hash IS NOT NULL"),
        postgresql_where=sa.text("code_hash IS NOT NULL"),
    )
    op.create_index("ix_notices_subject", "notices", ["subject_id"], unique=False)


def _pin_tries() -> None:
    op.create_table(
        "pin_tries",
        sa.Column("topic", sa.String(length=100), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic", name=op.f("pk_pin_tries")),
    )
    op.create_index(op.f("ix_pin_tries_last_at"), "pin_tries", ["last_at"], unique=False)


def _post_holders() -> None:
    op.create_table(
        "post_holders",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("post", sa.String(length=40), nullable=False),
        sa.Column("worker_id", sa.String(length=36)),
        sa.Column("name_enc", sa.LargeBinary()),
        sa.Column("phone_enc", sa.LargeBinary()),
        sa.Column("email_enc", sa.LargeBinary()),
        sa.Column("set_by", sa.String(length=36), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("removed_by", sa.String(length=36)),
        sa.Column("removed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_holders")),
    )
    op.create_index(op.f("ix_post_holders_post"), "post_holders", ["post"], unique=False)


def _processes() -> None:
    op.create_table(
        "processes",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("hints", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processes")),
    )


def _services() -> None:
    op.create_table(
        "services",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("concerns", sa.Text(), nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        sa.Column("languages", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("timezone", sa.String(length=40), nullable=False),
        sa.Column("hours_json", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("organisation", sa.String(length=160), nullable=False),
        sa.Column("aliases_json", sa.Text(), server_default="[]", nullable=False),
        sa.Column("enforcement", sa.Boolean(), nullable=False),
        sa.Column("contacts_enc", sa.LargeBinary(), nullable=False),
        sa.Column("person_enc", sa.LargeBinary()),
        sa.Column("texts_json", sa.Text(), server_default="{}", nullable=False),
        sa.Column("verified_on", sa.String(length=10), nullable=False),
        sa.Column("stale_days", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), server_default="open", nullable=False),
        sa.Column("demonstration", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_services")),
        sa.UniqueConstraint("code", name=op.f("uq_services_code")),
    )


def _test_calls() -> None:
    op.create_table(
        "test_calls",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("line", sa.String(length=40), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.String(length=36), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("placed_at", sa.BigInteger()),
        sa.Column("call_id", sa.String(length=64)),
        sa.Column("arrived_at", sa.BigInteger()),
        sa.Column("lost_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_test_calls")),
        sa.UniqueConstraint("line", name=op.f("uq_test_calls_line")),
    )


def _upgrades() -> None:
    op.create_table(
        "upgrades",
        sa.Column("revision", sa.String(length=40), nullable=False),
        sa.Column("works_with", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_upgrades")),
    )


def _word_counts() -> None:
    op.create_table(
        "word_counts",
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("entry", sa.String(length=80), nullable=False),
        sa.Column("seen", sa.Integer(), server_default="0", nullable=False),
        sa.Column("not_so", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("language", "entry", name=op.f("pk_word_counts")),
    )


def _bookings() -> None:
    op.create_table(
        "bookings",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("institution_id", sa.String(length=36), nullable=False),
        sa.Column("officer_id", sa.String(length=36)),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("state_since", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("reference_enc", sa.LargeBinary(), nullable=False),
        sa.Column("reference_hash", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("dialect", sa.String(length=40)),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("clock", sa.String(length=5), nullable=False),
        sa.Column("zone", sa.String(length=40), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("province", sa.String(length=40)),
        sa.Column("district", sa.String(length=40)),
        sa.Column("place_enc", sa.LargeBinary(), nullable=False),
        sa.Column("technique", sa.String(length=40), nullable=False),
        sa.Column("hearing", sa.String(length=40), nullable=False),
        sa.Column("person_role", sa.String(length=40), nullable=False),
        sa.Column("gender_wish", sa.String(length=8)),
        sa.Column("gender_required", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("child_friendly", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("certified", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("girls", sa.Integer(), server_default="0", nullable=False),
        sa.Column("boys", sa.Integer(), server_default="0", nullable=False),
        sa.Column("worker_id", sa.String(length=36)),
        sa.Column("confirmed_at", sa.BigInteger()),
        sa.Column("round", sa.Integer(), server_default="1", nullable=False),
        sa.Column("linked_contact_id", sa.String(length=36)),
        sa.Column("linked_by", sa.String(length=36)),
        sa.Column("adjourned_from", sa.String(length=36)),
        sa.Column("calendar_uid", sa.String(length=80), nullable=False),
        sa.Column("calendar_sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("contact_id", sa.String(length=36)),
        sa.Column("arrived_at", sa.BigInteger()),
        sa.Column("begun_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("cancelled_by", sa.String(length=12)),
        sa.Column("cancel_reason_enc", sa.LargeBinary()),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_bookings_length")),
        sa.ForeignKeyConstraint(["institution_id"], ["institutions.id"], name=op.f("fk_bookings_institution_id")),
        sa.ForeignKeyConstraint(["worker_id"], ["workers.id"], name=op.f("fk_bookings_worker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
    )
    op.create_index(op.f("ix_bookings_adjourned_from"), "bookings", ["adjourned_from"], unique=False)
    op.create_index("ix_bookings_contact_id", "bookings", ["contact_id"], unique=False)
    op.create_index("ix_bookings_institution", "bookings", ["institution_id", "starts_at"], unique=False)
    op.create_index("ix_bookings_reference", "bookings", ["institution_id", "reference_hash"], unique=False)
    op.create_index("ix_bookings_starts_at", "bookings", ["starts_at"], unique=False)
    op.create_index("ix_bookings_worker", "bookings", ["worker_id", "starts_at"], unique=False)


def _case_contacts() -> None:
    op.create_table(
        "case_contacts",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("added_by", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_contacts_case_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_case_contacts_contact_id")),
        sa.PrimaryKeyConstraint("case_id", "contact_id", name=op.f("pk_case_contacts")),
    )
    op.create_index("ix_case_contacts_contact", "case_contacts", ["contact_id"], unique=False)


def _case_documents() -> None:
    op.create_table(
        "case_documents",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("title_enc", sa.LargeBinary(), nullable=False),
        sa.Column("kept_enc", sa.LargeBinary(), nullable=False),
        sa.Column("dated_on", sa.String(length=10)),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("added_by", sa.String(length=36), nullable=False),
        sa.Column("removed_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_documents_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_documents")),
    )
    op.create_index(op.f("ix_case_documents_case_id"), "case_documents", ["case_id"], unique=False)


def _case_steps() -> None:
    op.create_table(
        "case_steps",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("what_enc", sa.LargeBinary(), nullable=False),
        sa.Column("who", sa.String(length=36), nullable=False),
        sa.Column("due_on", sa.String(length=10), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("added_by", sa.String(length=36), nullable=False),
        sa.Column("done_at", sa.BigInteger()),
        sa.Column("done_by", sa.String(length=36)),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_steps_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_steps")),
    )
    op.create_index(op.f("ix_case_steps_case_id"), "case_steps", ["case_id"], unique=False)


def _certificates() -> None:
    op.create_table(
        "certificates",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("worker_id", sa.String(length=36), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("body", sa.String(length=120), nullable=False),
        sa.Column("number_enc", sa.LargeBinary()),
        sa.Column("issued_on", sa.String(length=10)),
        sa.Column("expires_on", sa.String(length=10)),
        sa.ForeignKeyConstraint(["worker_id"], ["workers.id"], name=op.f("fk_certificates_worker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificates")),
    )
    op.create_index(op.f("ix_certificates_worker_id"), "certificates", ["worker_id"], unique=False)


def _climbs() -> None:
    op.create_table(
        "climbs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("topic", sa.String(length=120), nullable=False),
        sa.Column("concern_id", sa.String(length=36)),
        sa.Column("contact_id", sa.String(length=36)),
        sa.Column("line", sa.String(length=40)),
        sa.Column("language", sa.String(length=12)),
        sa.Column("worker_id", sa.String(length=36)),
        sa.Column("ladder", sa.String(length=40), nullable=False),
        sa.Column("ladder_json", sa.Text(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("ended_how", sa.String(length=40)),
        sa.Column("ended_by", sa.String(length=36)),
        sa.Column("ended_name_enc", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_climbs_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_climbs")),
    )
    op.create_index(op.f("ix_climbs_concern_id"), "climbs", ["concern_id"], unique=False)
    op.create_index(op.f("ix_climbs_contact_id"), "climbs", ["contact_id"], unique=False)
    op.create_index(
        "ux_climbs_open_topic",
        "climbs",
        ["topic"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _concerns() -> None:
    op.create_table(
        "concerns",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("contact_id", sa.String(length=36)),
        sa.Column("line", sa.String(length=40)),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("private", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("happening", sa.String(length=8), server_default="unknown", nullable=False),
        sa.Column("province", sa.String(length=40)),
        sa.Column("district", sa.String(length=40)),
        sa.Column("safe_tonight", sa.String(length=8), server_default="unknown", nullable=False),
        sa.Column("imminent", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("hazardous", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("incident_at", sa.BigInteger()),
        sa.Column("harmed_by", sa.String(length=40)),
        sa.Column("organisation_enc", sa.LargeBinary()),
        sa.Column("about_worker", sa.String(length=36)),
        sa.Column("consents_json", sa.Text(), server_default="{}", nullable=False),
        sa.Column("sentence_enc", sa.LargeBinary()),
        sa.Column("institution_id", sa.String(length=36)),
        sa.Column("girls", sa.Integer()),
        sa.Column("boys", sa.Integer()),
        sa.Column("flagged_by", sa.String(length=40), nullable=False),
        sa.Column("flagged_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("holds_flagger", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("act_by", sa.BigInteger(), nullable=False),
        sa.Column("acknowledge_by", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger()),
        sa.Column("acknowledged_by", sa.String(length=36)),
        sa.Column("acknowledged_name_enc", sa.LargeBinary()),
        sa.Column("acknowledged_how", sa.String(length=40)),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("closed_by", sa.String(length=36)),
        sa.Column("outcome", sa.String(length=40)),
        sa.Column("closed_enc", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_concerns_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concerns")),
    )
    op.create_index(op.f("ix_concerns_contact_id"), "concerns", ["contact_id"], unique=False)
    op.create_index("ix_concerns_flagged_by", "concerns", ["flagged_by", "state"], unique=False)
    op.create_index(
        "ix_concerns_not_closed",
        "concerns",
        ["state"],
        unique=False,
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )


def _idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("institution_id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_idempotency_keys_institution_id")
        ),
        sa.PrimaryKeyConstraint("institution_id", "key", name=op.f("pk_idempotency_keys")),
    )


def _institution_numbers() -> None:
    op.create_table(
        "institution_numbers",
        sa.Column("institution_id", sa.String(length=36), nullable=False),
        sa.Column("number_hash", sa.String(length=64), nullable=False),
        sa.Column("number_enc", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_institution_numbers_institution_id")
        ),
        sa.PrimaryKeyConstraint("institution_id", "number_hash", name=op.f("pk_institution_numbers")),
    )
    op.create_index("ix_institution_numbers_number_hash", "institution_numbers", ["number_hash"], unique=False)


def _institution_tokens() -> None:
    op.create_table(
        "institution_tokens",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("institution_id", sa.String(length=36), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_institution_tokens_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_institution_tokens_token_hash")),
    )
    op.create_index(
        op.f("ix_institution_tokens_institution_id"), "institution_tokens", ["institution_id"], unique=False
    )


def _interpreters() -> None:
    op.create_table(
        "interpreters",
        sa.Column("worker_id", sa.String(length=36), nullable=False),
        sa.Column("undertaking_on", sa.String(length=10)),
        sa.Column("undertaking_until", sa.String(length=10)),
        sa.Column("training", sa.String(length=200)),
        sa.Column("hours_json", sa.Text(), server_default="{}", nullable=False),
        sa.Column("timezone", sa.String(length=40), nullable=False),
        sa.Column("province", sa.String(length=40)),
        sa.Column("district", sa.String(length=40)),
        sa.Column("travels", sa.String(length=400)),
        sa.Column("by_phone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("email_enc", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["worker_id"], ["workers.id"], name=op.f("fk_interpreters_worker_id")),
        sa.PrimaryKeyConstraint("worker_id", name=op.f("pk_interpreters")),
    )


def _officers() -> None:
    op.create_table(
        "officers",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("institution_id", sa.String(length=36), nullable=False),
        sa.Column("sign_in", sa.String(length=64), nullable=False),
        sa.Column("alias", sa.String(length=64), nullable=False),
        sa.Column("email_enc", sa.LargeBinary()),
        sa.Column("phone_enc", sa.LargeBinary()),
        sa.Column("password_hash", sa.String(length=200)),
        sa.Column("password_temporary", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("locale", sa.String(length=8), server_default="en", nullable=False),
        sa.Column("demonstration", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["institution_id"], ["institutions.id"], name=op.f("fk_officers_institution_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officers")),
        sa.UniqueConstraint("sign_in", name=op.f("uq_officers_sign_in")),
    )
    op.create_index(op.f("ix_officers_institution_id"), "officers", ["institution_id"], unique=False)


def _referrals() -> None:
    op.create_table(
        "referrals",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("contact_id", sa.String(length=36)),
        sa.Column("concern_id", sa.String(length=36)),
        sa.Column("concern", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=36)),
        sa.Column("purpose", sa.String(length=40), server_default="concern", nullable=False),
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("follows_id", sa.String(length=36)),
        sa.Column("next_json", sa.Text(), server_default="[]", nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("consent_json", sa.Text(), nullable=False),
        sa.Column("override_reason", sa.String(length=40)),
        sa.Column("override_by", sa.String(length=36)),
        sa.Column("override_at", sa.BigInteger()),
        sa.Column("fields_json", sa.Text(), nullable=False),
        sa.Column("matter_enc", sa.LargeBinary(), nullable=False),
        sa.Column("content_enc", sa.LargeBinary(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("way", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.Column("sent_at", sa.BigInteger()),
        sa.Column("sent_by", sa.String(length=40)),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("ack_within", sa.BigInteger(), nullable=False),
        sa.Column("silent_at", sa.BigInteger()),
        sa.Column("failed_at", sa.BigInteger()),
        sa.Column("problem", sa.String(length=40)),
        sa.Column("lost_json", sa.Text()),
        sa.Column("delivered_at", sa.BigInteger()),
        sa.Column("acknowledged_at", sa.BigInteger()),
        sa.Column("acknowledged_how", sa.String(length=40)),
        sa.Column("acknowledged_enc", sa.LargeBinary()),
        sa.Column("answered_at", sa.BigInteger()),
        sa.Column("refused_reason", sa.String(length=40)),
        sa.Column("said_enc", sa.LargeBinary()),
        sa.Column("received_at", sa.BigInteger()),
        sa.Column("received_what", sa.String(length=40)),
        sa.Column("received_on", sa.String(length=10)),
        sa.Column("received_enc", sa.LargeBinary()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("closed_by", sa.String(length=40)),
        sa.Column("outcome", sa.String(length=40)),
        sa.Column("closed_enc", sa.LargeBinary()),
        sa.Column("follow_up_on", sa.String(length=10)),
        sa.Column("follow_up_at", sa.BigInteger()),
        sa.Column("follow_up_by", sa.String(length=36)),
        sa.Column("followed_up_at", sa.BigInteger()),
        sa.Column("external_json", sa.Text(), server_default="{}", nullable=False),
        sa.Column("making_until", sa.BigInteger()),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_referrals_contact_id")),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name=op.f("fk_referrals_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals")),
        sa.UniqueConstraint("reference", name=op.f("uq_referrals_reference")),
    )
    op.create_index(op.f("ix_referrals_case_id"), "referrals", ["case_id"], unique=False)
    op.create_index(op.f("ix_referrals_concern_id"), "referrals", ["concern_id"], unique=False)
    op.create_index(op.f("ix_referrals_contact_id"), "referrals", ["contact_id"], unique=False)
    op.create_index("ix_referrals_follow_up", "referrals", ["follow_up_at"], unique=False)
    op.create_index(op.f("ix_referrals_service_id"), "referrals", ["service_id"], unique=False)
    op.create_index("ix_referrals_state", "referrals", ["state", "service_id"], unique=False)


def _requests() -> None:
    op.create_table(
        "requests",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("institution_id", sa.String(length=36), nullable=False),
        sa.Column("officer_id", sa.String(length=36)),
        sa.Column("came_by", sa.String(length=8), nullable=False),
        sa.Column("line", sa.String(length=40), nullable=False),
        sa.Column("languages", sa.String(length=120), nullable=False),
        sa.Column("dialect", sa.String(length=40)),
        sa.Column("gender_wish", sa.String(length=8)),
        sa.Column("child_friendly", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("certified", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("girls", sa.Integer(), server_default="0", nullable=False),
        sa.Column("boys", sa.Integer(), server_default="0", nullable=False),
        sa.Column("detained", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("call_to_enc", sa.LargeBinary()),
        sa.Column("guest_enc", sa.LargeBinary()),
        sa.Column("group_of", sa.String(length=36)),
        sa.Column("not_before", sa.BigInteger()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("cancelled_at", sa.BigInteger()),
        sa.Column("done_at", sa.BigInteger()),
        sa.Column("outcome", sa.String(length=40)),
        sa.ForeignKeyConstraint(["institution_id"], ["institutions.id"], name=op.f("fk_requests_institution_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
    )
    op.create_index("ix_requests_created_at", "requests", ["created_at"], unique=False)
    op.create_index(op.f("ix_requests_group_of"), "requests", ["group_of"], unique=False)
    op.create_index("ix_requests_institution", "requests", ["institution_id", "created_at"], unique=False)


def _reveals() -> None:
    op.create_table(
        "reveals",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("by", sa.String(length=36), nullable=False),
        sa.Column("reason_enc", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_reveals_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reveals")),
    )
    op.create_index(op.f("ix_reveals_contact_id"), "reveals", ["contact_id"], unique=False)


def _stand_ins() -> None:
    op.create_table(
        "stand_ins",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("named_enc", sa.LargeBinary(), nullable=False),
        sa.Column("from_on", sa.String(length=10), nullable=False),
        sa.Column("until_on", sa.String(length=10), nullable=False),
        sa.Column("named_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=36)),
        sa.Column("confirmed_at", sa.BigInteger()),
        sa.Column("removed_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name=op.f("fk_stand_ins_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stand_ins")),
    )
    op.create_index(op.f("ix_stand_ins_service_id"), "stand_ins", ["service_id"], unique=False)


def _words_seen() -> None:
    op.create_table(
        "words_seen",
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("text_id", sa.String(length=36), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("entries_enc", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("not_so_by", sa.String(length=36)),
        sa.Column("not_so_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_words_seen_contact_id")),
        sa.PrimaryKeyConstraint("contact_id", "text_id", name=op.f("pk_words_seen")),
    )


def _worker_pins() -> None:
    op.create_table(
        "worker_pins",
        sa.Column("worker_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.String(length=8), nullable=False),
        sa.Column("pin_hash", sa.String(length=100), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["worker_id"], ["workers.id"], name=op.f("fk_worker_pins_worker_id")),
        sa.PrimaryKeyConstraint("worker_id", name=op.f("pk_worker_pins")),
        sa.UniqueConstraint("number", name=op.f("uq_worker_pins_number")),
    )


def _booking_feedback() -> None:
    op.create_table(
        "booking_feedback",
        sa.Column("booking_id", sa.String(length=36), nullable=False),
        sa.Column("side", sa.String(length=12), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("said_enc", sa.LargeBinary()),
        sa.Column("by", sa.String(length=36), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_booking_feedback_booking_id")),
        sa.PrimaryKeyConstraint("booking_id", "side", name=op.f("pk_booking_feedback")),
    )


def _booking_offers() -> None:
    op.create_table(
        "booking_offers",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("booking_id", sa.String(length=36), nullable=False),
        sa.Column("worker_id", sa.String(length=36), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("end", sa.String(length=40)),
        sa.Column("offered_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("channel", sa.String(length=8)),
        sa.Column("notice_id", sa.String(length=36)),
        sa.Column("reasons_json", sa.Text(), server_default="[]", nullable=False),
        sa.Column("reason_enc", sa.LargeBinary()),
        sa.Column("chosen_by", sa.String(length=36)),
        sa.Column("chosen_because_enc", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_booking_offers_booking_id")),
        sa.ForeignKeyConstraint(["worker_id"], ["workers.id"], name=op.f("fk_booking_offers_worker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_offers")),
    )
    op.create_index("ix_booking_offers_booking", "booking_offers", ["booking_id"], unique=False)
    op.create_index("ix_booking_offers_worker", "booking_offers", ["worker_id", "offered_at"], unique=False)
    op.create_index(
        "ux_booking_offers_live",
        "booking_offers",
        ["booking_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _busy() -> None:
    op.create_table(
        "busy",
        sa.Column("booking_id", sa.String(length=36), nullable=False),
        sa.Column("worker_id", sa.String(length=36), nullable=False),
        sa.Column("busy_from", sa.BigInteger(), nullable=False),
        sa.Column("busy_until", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("busy_until > busy_from", name=op.f("ck_busy_length")),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_busy_booking_id")),
        sa.ForeignKeyConstraint(["worker_id"], ["workers.id"], name=op.f("fk_busy_worker_id")),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_busy")),
    )
    op.create_index("ix_busy_until", "busy", ["busy_until"], unique=False)
    op.create_index("ix_busy_worker", "busy", ["worker_id", "busy_from"], unique=False)


def _officer_sign_ins() -> None:
    op.create_table(
        "officer_sign_ins",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("officer_id", sa.String(length=36), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.id"], name=op.f("fk_officer_sign_ins_officer_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_officer_sign_ins")),
    )
    op.create_index(op.f("ix_officer_sign_ins_officer_id"), "officer_sign_ins", ["officer_id"], unique=False)


def _pages() -> None:
    op.create_table(
        "pages",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("climb_id", sa.String(length=36), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.Column("worker_id", sa.String(length=36)),
        sa.Column("holder_id", sa.String(length=36)),
        sa.Column("service_id", sa.String(length=36)),
        sa.Column("notice_id", sa.String(length=36)),
        sa.Column("code", sa.String(length=8)),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("error", sa.String(length=40)),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("token_hash", sa.String(length=64)),
        sa.Column("link_until", sa.BigInteger()),
        sa.ForeignKeyConstraint(["climb_id"], ["climbs.id"], name=op.f("fk_pages_climb_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pages")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_pages_token_hash")),
    )
    op.create_index(op.f("ix_pages_climb_id"), "pages", ["climb_id"], unique=False)


def _referral_links() -> None:
    op.create_table(
        "referral_links",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("referral_id", sa.String(length=36), nullable=False),
        sa.Column("contact_id", sa.String(length=36)),
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.Column("opened_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_referral_links_contact_id")),
        sa.ForeignKeyConstraint(["referral_id"], ["referrals.id"], name=op.f("fk_referral_links_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_referral_links_token_hash")),
    )
    op.create_index(op.f("ix_referral_links_code_hash"), "referral_links", ["code_hash"], unique=False)
    op.create_index(op.f("ix_referral_links_contact_id"), "referral_links", ["contact_id"], unique=False)
    op.create_index(op.f("ix_referral_links_referral_id"), "referral_links", ["referral_id"], unique=False)


def _referral_views() -> None:
    op.create_table(
        "referral_views",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("referral_id", sa.String(length=36), nullable=False),
        sa.Column("contact_id", sa.String(length=36)),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("how", sa.String(length=40), nullable=False),
        sa.Column("who", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_referral_views_contact_id")),
        sa.ForeignKeyConstraint(["referral_id"], ["referrals.id"], name=op.f("fk_referral_views_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_views")),
    )
    op.create_index(op.f("ix_referral_views_contact_id"), "referral_views", ["contact_id"], unique=False)
    op.create_index(op.f("ix_referral_views_referral_id"), "referral_views", ["referral_id"], unique=False)


def _request_contacts() -> None:
    op.create_table(
        "request_contacts",
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_request_contacts_contact_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_request_contacts_request_id")),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_request_contacts")),
        sa.UniqueConstraint("request_id", "number", name=op.f("uq_request_contacts_request_id_number")),
    )
    op.create_index(op.f("ix_request_contacts_request_id"), "request_contacts", ["request_id"], unique=False)


def _link_visits() -> None:
    op.create_table(
        "link_visits",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("link_id", sa.String(length=36), nullable=False),
        sa.Column("contact_id", sa.String(length=36)),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_link_visits_contact_id")),
        sa.ForeignKeyConstraint(["link_id"], ["referral_links.id"], name=op.f("fk_link_visits_link_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_link_visits")),
    )
    op.create_index(op.f("ix_link_visits_contact_id"), "link_visits", ["contact_id"], unique=False)


def _assignments() -> None:
    op.add_column("assignments", sa.Column("language", sa.String(length=12)))
    op.add_column("assignments", sa.Column("relay", sa.String(length=12)))


def _contacts() -> None:
    op.add_column("contacts", sa.Column("wants", sa.String(length=12)))
    op.add_column("contacts", sa.Column("wants_since", sa.BigInteger()))
    op.add_column("contacts", sa.Column("dialect", sa.String(length=40)))
    op.add_column("contacts", sa.Column("certified", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("contacts", sa.Column("child_friendly", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_contacts_wants",
        "contacts",
        ["wants"],
        unique=False,
        sqlite_where=sa.text("wants IS NOT NULL"),
        postgresql_where=sa.text("wants IS NOT NULL"),
    )


def _duty() -> None:
    op.add_column("duty", sa.Column("by_phone", sa.Boolean(), server_default=sa.false(), nullable=False))


def _legs() -> None:
    op.add_column("legs", sa.Column("reach_enc", sa.LargeBinary()))


def _texts() -> None:
    op.add_column("texts", sa.Column("renders", sa.Integer()))
    op.add_column("texts", sa.Column("for_child", sa.Boolean(), server_default=sa.false(), nullable=False))


def _worker_languages() -> None:
    op.add_column("worker_languages", sa.Column("dialects", sa.String(length=120)))
