"""Institutions that ask for interpreters, their officers, and what is known of interpreters beyond their languages.

Dates are text, year-month-day, so that both engines compare and give them alike.
"""

import sqlalchemy as sa

from helpline.store.tables.base import Code, Id, Time, metadata

Day = sa.String(10)

institutions = sa.Table(
    "institutions",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("kind", Code, nullable=False),  # court | police | immigration | prison | social_welfare | care | other
    sa.Column("place_province", Code),
    sa.Column("place_district", Code),
    sa.Column("timezone", sa.String(40), nullable=False),
    sa.Column("number", sa.String(8), nullable=False, unique=True),  # digits, keyed in on the partners' line
    sa.Column("pin_hash", sa.String(100)),  # null: cannot ask by phone
    sa.Column("pin_set_at", Time),
    sa.Column("may", sa.String(64), nullable=False, server_default="request book"),  # space separated
    sa.Column("line", Code),  # null: the first line
    sa.Column("demonstration", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("disabled_at", Time),
)

# Telephones of an institution: a PIN that comes from one of them is not slowed by strangers' wrong ones.
institution_numbers = sa.Table(
    "institution_numbers",
    metadata,
    sa.Column("institution_id", Id, sa.ForeignKey("institutions.id"), primary_key=True),
    sa.Column("number_hash", sa.String(64), primary_key=True),
    sa.Column("number_enc", sa.LargeBinary(), nullable=False),
    sa.Index("ix_institution_numbers_number_hash", "number_hash"),
)

officers = sa.Table(
    "officers",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("institution_id", Id, sa.ForeignKey("institutions.id"), nullable=False, index=True),
    sa.Column("sign_in", sa.String(64), nullable=False, unique=True),
    sa.Column("alias", sa.String(64), nullable=False),  # what screens show
    sa.Column("email_enc", sa.LargeBinary()),
    sa.Column("phone_enc", sa.LargeBinary()),
    sa.Column("password_hash", sa.String(200)),
    sa.Column("password_temporary", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("locale", sa.String(8), nullable=False, server_default="en"),
    sa.Column("demonstration", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("disabled_at", Time),
)

officer_sign_ins = sa.Table(
    "officer_sign_ins",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("officer_id", Id, sa.ForeignKey("officers.id"), nullable=False, index=True),
    sa.Column("csrf", sa.String(64), nullable=False),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("seen_at", Time, nullable=False),
    sa.Column("expires_at", Time, nullable=False),
)

# What an institution's own systems ask with. The token itself was shown once and is nowhere.
institution_tokens = sa.Table(
    "institution_tokens",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("institution_id", Id, sa.ForeignKey("institutions.id"), nullable=False, index=True),
    sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("label", sa.String(64), nullable=False),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("expires_at", Time, nullable=False),
    sa.Column("revoked_at", Time),
)

# What a booking needs to know of a worker with the role of an interpreter.
interpreters = sa.Table(
    "interpreters",
    metadata,
    sa.Column("worker_id", Id, sa.ForeignKey("workers.id"), primary_key=True),
    sa.Column("undertaking_on", Day),  # when the undertaking of confidentiality was signed; null: never
    sa.Column("undertaking_until", Day),  # its last day; null: it does not end
    sa.Column("training", sa.String(200)),  # space separated: child_friendly ...
    sa.Column("hours_json", sa.Text(), nullable=False, server_default="{}"),  # weekday: [["08:00", "16:00"], ...]
    sa.Column("timezone", sa.String(40), nullable=False),
    sa.Column("province", Code),
    sa.Column("district", Code),
    sa.Column("travels", sa.String(400)),  # space separated places
    sa.Column("by_phone", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("email_enc", sa.LargeBinary()),
)

certificates = sa.Table(
    "certificates",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("worker_id", Id, sa.ForeignKey("workers.id"), nullable=False, index=True),
    sa.Column("language", sa.String(12), nullable=False),
    sa.Column("body", sa.String(120), nullable=False),  # who gave it
    sa.Column("number_enc", sa.LargeBinary()),
    sa.Column("issued_on", Day),
    sa.Column("expires_on", Day),  # its last day; null: it does not end
)

# The number and PIN with which a worker goes on duty by phone alone.
worker_pins = sa.Table(
    "worker_pins",
    metadata,
    sa.Column("worker_id", Id, sa.ForeignKey("workers.id"), primary_key=True),
    sa.Column("number", sa.String(8), nullable=False, unique=True),
    sa.Column("pin_hash", sa.String(100), nullable=False),
    sa.Column("set_at", Time, nullable=False),
)

# Wrong PINs, counted for each caller and for each number that was tried. `topic` names which, without the number.
pin_tries = sa.Table(
    "pin_tries",
    metadata,
    sa.Column("topic", sa.String(100), primary_key=True),
    sa.Column("wrong", sa.Integer(), nullable=False),
    sa.Column("last_at", Time, nullable=False, index=True),
)
