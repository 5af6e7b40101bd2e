"""Services outside, what is referred to them, and cases in the small."""

import sqlalchemy as sa

from helpline.store.tables.base import Code, Id, Time, metadata

Date = sa.String(10)  # a civil date, as 2027-01-18
State = sa.String(16)

# The directory of services. Lists of codes are separated by spaces; places are "*", "lusaka" or "lusaka/kafue".
services = sa.Table(
    "services",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("code", Code, nullable=False, unique=True),  # by which a file knows it
    sa.Column("name", sa.String(160), nullable=False),
    sa.Column("kind", Code, nullable=False),
    sa.Column("concerns", sa.Text(), nullable=False),
    sa.Column("places", sa.Text(), nullable=False),
    sa.Column("languages", sa.Text(), nullable=False),
    sa.Column("language", sa.String(12), nullable=False),  # in which a referral is written to it
    sa.Column("timezone", sa.String(40), nullable=False),
    sa.Column("hours_json", sa.Text(), nullable=False),  # "always", or periods by day
    sa.Column("country", sa.String(2), nullable=False),
    sa.Column("legal_basis", sa.Text(), nullable=False),
    sa.Column("organisation", sa.String(160), nullable=False),
    sa.Column("aliases_json", sa.Text(), nullable=False, server_default="[]"),
    sa.Column("enforcement", sa.Boolean(), nullable=False),
    sa.Column("contacts_enc", sa.LargeBinary(), nullable=False),  # ways to reach it, the first that is used first
    sa.Column("person_enc", sa.LargeBinary()),  # who answers for it
    sa.Column("texts_json", sa.Text(), nullable=False, server_default="{}"),  # what a child is told of it, by language
    sa.Column("verified_on", Date, nullable=False),
    sa.Column("stale_days", sa.Integer(), nullable=False),
    sa.Column("state", State, nullable=False, server_default="open"),  # open | paused
    sa.Column("demonstration", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
    sa.Column("changed_at", Time, nullable=False),
    sa.Column("changed_by", sa.String(40), nullable=False),
)

# Who takes the place of an officer who is away; counts once one of ours has confirmed it.
stand_ins = sa.Table(
    "stand_ins",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("service_id", Id, sa.ForeignKey("services.id"), nullable=False, index=True),
    sa.Column("named_enc", sa.LargeBinary(), nullable=False),  # name, email, phone
    sa.Column("from_on", Date, nullable=False),
    sa.Column("until_on", Date, nullable=False),
    sa.Column("named_at", Time, nullable=False),
    sa.Column("confirmed_by", Id),
    sa.Column("confirmed_at", Time),
    sa.Column("removed_at", Time),
)

referrals = sa.Table(
    "referrals",
    metadata,
    sa.Column("id", Id, primary_key=True),  # the key by which other systems know it as one and the same
    sa.Column("reference", sa.String(16), nullable=False, unique=True),  # to be said aloud; says nothing of the child
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), index=True),
    sa.Column("concern_id", Id, index=True),
    sa.Column("concern", Code, nullable=False),  # its kind
    sa.Column("case_id", Id, index=True),
    sa.Column("purpose", Code, nullable=False, server_default="concern"),  # concern | best_interests
    sa.Column("service_id", Id, sa.ForeignKey("services.id"), nullable=False, index=True),
    sa.Column("follows_id", Id),  # the one that was refused, silent or failed before it
    sa.Column("next_json", sa.Text(), nullable=False, server_default="[]"),  # services to go on to, in order
    sa.Column("state", State, nullable=False),
    sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
    sa.Column("consent_json", sa.Text(), nullable=False),  # the child's answers, as they were when it was written
    sa.Column("override_reason", Code),
    sa.Column("override_by", Id),
    sa.Column("override_at", Time),
    sa.Column("fields_json", sa.Text(), nullable=False),  # names of what goes out
    sa.Column("matter_enc", sa.LargeBinary(), nullable=False),  # what is known, for the service that follows
    sa.Column("content_enc", sa.LargeBinary(), nullable=False),  # what goes out, and nothing else
    sa.Column("channel", Code, nullable=False),  # email | sms | voice | primero | webhook
    sa.Column("way", sa.Integer(), nullable=False, server_default="0"),  # which of the service's ways, from 0
    sa.Column("created_at", Time, nullable=False),
    sa.Column("created_by", Id, nullable=False),
    sa.Column("sent_at", Time),
    sa.Column("sent_by", sa.String(40)),
    sa.Column("due_at", Time),  # a person there is to have taken note by then
    sa.Column("ack_within", Time, nullable=False),  # µs
    sa.Column("silent_at", Time),  # nobody had
    sa.Column("failed_at", Time),
    sa.Column("problem", Code),  # of the delivery, the last
    sa.Column("lost_json", sa.Text()),  # fields that their system did not take
    sa.Column("delivered_at", Time),
    sa.Column("acknowledged_at", Time),
    sa.Column("acknowledged_how", Code),  # link | reply | key | call | system | console
    sa.Column("acknowledged_enc", sa.LargeBinary()),  # the name that was given
    sa.Column("answered_at", Time),  # accepted or refused
    sa.Column("refused_reason", Code),
    sa.Column("said_enc", sa.LargeBinary()),  # in their words
    sa.Column("received_at", Time),
    sa.Column("received_what", Code),
    sa.Column("received_on", Date),
    sa.Column("received_enc", sa.LargeBinary()),
    sa.Column("closed_at", Time),
    sa.Column("closed_by", sa.String(40)),
    sa.Column("outcome", Code),
    sa.Column("closed_enc", sa.LargeBinary()),
    sa.Column("follow_up_on", Date),
    sa.Column("follow_up_at", Time),
    sa.Column("follow_up_by", Id),  # whose desk it comes back to
    sa.Column("followed_up_at", Time),
    sa.Column("external_json", sa.Text(), nullable=False, server_default="{}"),  # what their system calls it
    sa.Column("making_until", Time),  # by then what a try is making there can be seen there
    sa.Index("ix_referrals_follow_up", "follow_up_at"),
    sa.Index("ix_referrals_state", "state", "service_id"),
)

# Who has looked at what went out.
referral_views = sa.Table(
    "referral_views",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("referral_id", Id, sa.ForeignKey("referrals.id"), nullable=False, index=True),
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), index=True),
    sa.Column("at", Time, nullable=False),
    sa.Column("how", Code, nullable=False),  # link | read_out | console
    sa.Column("who", Id, nullable=False),  # a link's id or a worker's
)

# The way of one service to one referral: a token in the link, and a code that goes another way.
referral_links = sa.Table(
    "referral_links",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("referral_id", Id, sa.ForeignKey("referrals.id"), nullable=False, index=True),
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), index=True),
    sa.Column("service_id", Id, nullable=False),
    sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("code_hash", sa.String(64), nullable=False, index=True),
    sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("made_at", Time, nullable=False),
    sa.Column("expires_at", Time, nullable=False),
    sa.Column("revoked_at", Time),
    sa.Column("opened_at", Time),
)

# A browser at the service that has given the code.
link_visits = sa.Table(
    "link_visits",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("link_id", Id, sa.ForeignKey("referral_links.id"), nullable=False),
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), index=True),
    sa.Column("begun_at", Time, nullable=False),
    sa.Column("expires_at", Time, nullable=False),
)

# All that belongs to one child, by a pseudonym. Case management proper is in Primero.
cases = sa.Table(
    "cases",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("pseudonym", sa.String(40), nullable=False),
    sa.Column("state", State, nullable=False, server_default="open"),  # open | closed
    sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
    sa.Column("keeper", Id, nullable=False),  # the worker who looks after it
    sa.Column("opened_at", Time, nullable=False),
    sa.Column("opened_by", Id, nullable=False),
    sa.Column("circumstance", Code),  # unaccompanied | separated | other
    sa.Column("best_interests", Code),  # why an assessment was asked for, if it was
    sa.Column("primero_case", sa.String(64)),
    sa.Column("outcome", Code),
    sa.Column("closed_at", Time),
    sa.Column("closed_by", Id),
    sa.Column("closed_enc", sa.LargeBinary()),
)

case_contacts = sa.Table(
    "case_contacts",
    metadata,
    sa.Column("case_id", Id, sa.ForeignKey("cases.id"), primary_key=True),
    sa.Column("contact_id", Id, sa.ForeignKey("contacts.id"), primary_key=True),
    sa.Column("added_at", Time, nullable=False),
    sa.Column("added_by", Id, nullable=False),
    sa.Index("ix_case_contacts_contact", "contact_id"),
)

case_steps = sa.Table(
    "case_steps",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("case_id", Id, sa.ForeignKey("cases.id"), nullable=False, index=True),
    sa.Column("what_enc", sa.LargeBinary(), nullable=False),
    sa.Column("who", Id, nullable=False),
    sa.Column("due_on", Date, nullable=False),
    sa.Column("added_at", Time, nullable=False),
    sa.Column("added_by", Id, nullable=False),
    sa.Column("done_at", Time),
    sa.Column("done_by", Id),
)

# Which papers there are and who has them; never the papers themselves.
case_documents = sa.Table(
    "case_documents",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("case_id", Id, sa.ForeignKey("cases.id"), nullable=False, index=True),
    sa.Column("title_enc", sa.LargeBinary(), nullable=False),
    sa.Column("kept_enc", sa.LargeBinary(), nullable=False),  # where it is, and with whom
    sa.Column("dated_on", Date),
    sa.Column("added_at", Time, nullable=False),
    sa.Column("added_by", Id, nullable=False),
    sa.Column("removed_at", Time),
)
