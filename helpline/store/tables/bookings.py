"""Interpreters booked for a date, who was asked, and the time that is taken by what is agreed."""

import sqlalchemy as sa

from helpline.store.tables.base import Code, Id, Time, metadata

bookings = sa.Table(
    "bookings",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("institution_id", Id, sa.ForeignKey("institutions.id"), nullable=False),
    sa.Column("officer_id", Id),  # null: a coordinator wrote it down for the institution
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("state_since", Time, nullable=False),
    sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("reference_enc", sa.LargeBinary(), nullable=False),
    sa.Column("reference_hash", sa.String(32), nullable=False),  # of the institution's reference, to know a case again
    sa.Column("language", sa.String(12), nullable=False),
    sa.Column("dialect", Code),
    # Civil time as it was written down, beside the moments that it means.
    sa.Column("day", sa.String(10), nullable=False),  # year-month-day
    sa.Column("clock", sa.String(5), nullable=False),  # hour:minute
    sa.Column("zone", sa.String(40), nullable=False),
    sa.Column("minutes", sa.Integer(), nullable=False),
    sa.Column("starts_at", Time, nullable=False),
    sa.Column("ends_at", Time, nullable=False),
    sa.Column("mode", sa.String(10), nullable=False),  # in_person | phone | video
    sa.Column("province", Code),
    sa.Column("district", Code),
    sa.Column("place_enc", sa.LargeBinary(), nullable=False),  # venue, room, whom to ask for, phone, link, notes
    sa.Column("technique", Code, nullable=False),  # consecutive | whispered | simultaneous
    sa.Column("hearing", Code, nullable=False),
    sa.Column("person_role", Code, nullable=False),
    sa.Column("gender_wish", sa.String(8)),  # woman | man
    sa.Column("gender_required", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("child_friendly", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("certified", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("girls", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("boys", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("worker_id", Id, sa.ForeignKey("workers.id")),  # the interpreter who has agreed
    sa.Column("confirmed_at", Time),
    sa.Column("round", sa.Integer(), nullable=False, server_default="1"),  # grows when everybody is to be asked anew
    sa.Column("linked_contact_id", Id),  # of the helpline, set by a coordinator; never shown to an officer
    sa.Column("linked_by", Id),
    sa.Column("adjourned_from", Id, index=True),
    sa.Column("calendar_uid", sa.String(80), nullable=False),
    sa.Column("calendar_sequence", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("contact_id", Id),  # the telephone conversation, once it began by itself
    sa.Column("arrived_at", Time),  # the interpreter said so
    sa.Column("begun_at", Time),  # truly
    sa.Column("ended_at", Time),  # truly
    sa.Column("closed_at", Time),
    sa.Column("cancelled_by", sa.String(12)),  # officer | interpreter | coordinator
    sa.Column("cancel_reason_enc", sa.LargeBinary()),
    sa.CheckConstraint("ends_at > starts_at", name="length"),
    sa.Index("ix_bookings_starts_at", "starts_at"),
    sa.Index("ix_bookings_institution", "institution_id", "starts_at"),
    sa.Index("ix_bookings_worker", "worker_id", "starts_at"),
    sa.Index("ix_bookings_reference", "institution_id", "reference_hash"),
    sa.Index("ix_bookings_contact_id", "contact_id"),
)

# Who was asked, in order, and what they said. The live one is open or agreed; it ends once.
booking_offers = sa.Table(
    "booking_offers",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("booking_id", Id, sa.ForeignKey("bookings.id"), nullable=False),
    sa.Column("worker_id", Id, sa.ForeignKey("workers.id"), nullable=False),
    sa.Column("round", sa.Integer(), nullable=False),  # the booking's when this was asked
    sa.Column("state", sa.String(12), nullable=False),  # open | agreed | ended
    sa.Column("end", Code),  # declined | silent | conflict | unreachable | withdrawn | let_go | no_show | done ...
    sa.Column("offered_at", Time, nullable=False),
    sa.Column("until", Time, nullable=False),
    sa.Column("answered_at", Time),
    sa.Column("ended_at", Time),
    sa.Column("channel", sa.String(8)),  # that it was sent by last: sms | email; null: the console alone
    sa.Column("notice_id", Id),
    sa.Column("reasons_json", sa.Text(), nullable=False, server_default="[]"),
    sa.Column("reason_enc", sa.LargeBinary()),  # why it ended, in a person's words
    sa.Column("chosen_by", Id),  # the coordinator who took the choice from the calendar
    sa.Column("chosen_because_enc", sa.LargeBinary()),
    sa.Index("ix_booking_offers_worker", "worker_id", "offered_at"),
    sa.Index("ix_booking_offers_booking", "booking_id"),
    sa.Index(
        "ux_booking_offers_live",
        "booking_id",
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    ),
)

# What was said after it, once by each side.
booking_feedback = sa.Table(
    "booking_feedback",
    metadata,
    sa.Column("booking_id", Id, sa.ForeignKey("bookings.id"), primary_key=True),
    sa.Column("side", sa.String(12), primary_key=True),  # officer | interpreter
    sa.Column("rating", sa.Integer(), nullable=False),  # 1 to 5
    sa.Column("said_enc", sa.LargeBinary()),
    sa.Column("by", Id, nullable=False),
    sa.Column("at", Time, nullable=False),
)

# Time of an interpreter that is taken, with buffers and travel. Two never overlap: the database itself refuses it.
busy = sa.Table(
    "busy",
    metadata,
    sa.Column("booking_id", Id, sa.ForeignKey("bookings.id"), primary_key=True),
    sa.Column("worker_id", Id, sa.ForeignKey("workers.id"), nullable=False),
    sa.Column("busy_from", Time, nullable=False),
    sa.Column("busy_until", Time, nullable=False),
    sa.CheckConstraint("busy_until > busy_from", name="length"),
    sa.Index("ix_busy_worker", "worker_id", "busy_from"),
    sa.Index("ix_busy_until", "busy_until"),
)

# No extension is at hand for ids in such an index, so a worker stands there as a range of one number. Two workers
# with the same number (one chance in 2^64) would merely not be booked for the same hour.
_NEVER_TWICE_POSTGRES = (
    "ALTER TABLE busy ADD CONSTRAINT ex_busy_worker EXCLUDE USING gist ("
    "int8range(hashtextextended(worker_id, 0), hashtextextended(worker_id, 0), '[]') WITH &&, "
    "int8range(busy_from, busy_until) WITH &&)"
)
_NEVER_TWICE_SQLITE = """
CREATE TRIGGER busy_never_twice_{when} BEFORE {when} ON busy
WHEN EXISTS (
    SELECT 1 FROM busy WHERE worker_id = NEW.worker_id AND booking_id <> NEW.booking_id
    AND busy_from < NEW.busy_until AND busy_until > NEW.busy_from
)
BEGIN SELECT RAISE(ABORT, 'busy_twice'); END
"""


def never_twice(engine: str) -> tuple[str, ...]:
    """The statements, beyond what metadata can say, by which an engine refuses it. A migration has its own copy."""
    if engine == "postgresql":
        return (_NEVER_TWICE_POSTGRES,)
    return tuple(_NEVER_TWICE_SQLITE.format(when=when) for when in ("insert", "update"))


@sa.event.listens_for(busy, "after_create")
def _refuse_two(_table: sa.Table, conn: sa.Connection, **_options: object) -> None:
    for statement in never_twice(conn.dialect.name):
        conn.exec_driver_sql(statement)
