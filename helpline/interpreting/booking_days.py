"""The day itself: reminders, arrival, the beginning, who did not come, and how it ended. Units of work."""

from helpline.clock import MINUTE
from helpline.errors import Conflict, Invalid, Unavailable
from helpline.house import House
from helpline.interpreting import booking_mail as mail
from helpline.interpreting import booking_offers as asking
from helpline.interpreting import bookings as service
from helpline.interpreting import conversing
from helpline.interpreting.booking_lifecycle import Event, State
from helpline.interpreting.booking_moves import close_alarm, move, raise_alarm, touch
from helpline.store import assignments, audit, bookings, busy
from helpline.store import booking_offers as offers
from helpline.store.bookings import Booking
from helpline.store.db import Tx

HERE = frozenset({"here", "yes", "arrived", "oui", "nipo"})
SIDES = ("interpreter", "requester")
EARLY = 120 * MINUTE
"""Nobody is there earlier than this before the hour."""


# Before it


def remind_on_the_day_before(tx: Tx, house: House, booking_id: str) -> None:
    """Timer: at the same time of day on the day before. Whoever cannot come any more is replaced in time."""
    booking = bookings.get_for_change(tx, booking_id)
    if booking.state != State.CONFIRMED:
        return
    if _cannot_come(tx, house, booking):
        live = offers.live(tx, booking_id)
        assert live is not None
        asking.replace_interpreter(
            tx, house, booking, live, "unfit", Event.LET_GO, "system", "Somebody else interprets."
        )
        return
    mail.remind(tx, house, booking, code=None)
    audit.add(tx, "system", "booking_reminded", subject_id=booking_id)


def remind_hours_before(tx: Tx, house: House, booking_id: str) -> None:
    """Timer: the interpreter's reminder holds the code by which they say that they are there."""
    booking = bookings.get_for_change(tx, booking_id)
    if booking.state == State.CONFIRMED:
        code = "".join(house.chance.choice("0123456789") for _ in range(asking.CODE_DIGITS))
        mail.remind(tx, house, booking, code)
        audit.add(tx, "system", "booking_reminded", subject_id=booking_id)


def _cannot_come(tx: Tx, house: House, booking: Booking) -> bool:
    """Disabled since, or without an undertaking or a certificate that holds on the day."""
    place = next((one for one in asking.places(tx, house, booking) if one.worker_id == booking.worker_id), None)
    live = offers.live(tx, booking.id)
    if place is None or "no_undertaking" in place.against:
        return True
    return "not_certified" in place.against and (live is None or live.chosen_by is None)


def near(tx: Tx, house: House, booking_id: str) -> None:
    """Timer: from here on the interpreter's time is taken. Who is still with somebody is a supervisor's matter."""
    booking = bookings.get(tx, booking_id)
    if booking.state != State.CONFIRMED or booking.worker_id is None:
        return
    tx.hint("worker", booking.worker_id)
    held = assignments.live_of_worker(tx, booking.worker_id)
    if any(each.contact_id != booking.contact_id and each.state != "offered" for each in held):
        raise_alarm(tx, booking, "booking_near", worker_id=booking.worker_id)


def freed(tx: Tx, house: House, booking_id: str) -> None:
    """Timer: the interpreter's time is free again, and the floor looks."""
    booking = bookings.get(tx, booking_id)
    if booking.worker_id is not None:
        tx.hint("worker", booking.worker_id)


def still_unfilled(tx: Tx, house: House, booking_id: str) -> None:
    """Timer: nobody has agreed, and the hearing comes nearer. People are still asked."""
    booking = bookings.get(tx, booking_id)
    if asking.still_sought(booking):
        asking.alarm_unfilled(tx, house, booking, asking.places(tx, house, booking))


def lapses(tx: Tx, house: House, booking_id: str) -> None:
    """Timer: its time has come and gone with nobody."""
    booking = bookings.get_for_change(tx, booking_id)
    if not asking.still_sought(booking):
        return
    live = offers.live(tx, booking_id)
    if live is not None:
        asking.end_offer(tx, house, live, "withdrawn")
    booking = move(tx, house, booking, Event.LAPSED, "system")
    mail.tell_officer(tx, house, booking, "No interpreter was found", "No interpreter could be found for this booking.")


# The hour


def arrived(tx: Tx, house: House, booking_id: str, worker_id: str) -> None:
    """The interpreter is there. Said twice, the first counts. Raises `Conflict` ("booking_moved_on", "too_early")."""
    booking = bookings.get_for_change(tx, booking_id)
    if booking.worker_id != worker_id or State(booking.state) not in (State.CONFIRMED, State.BEGUN):
        raise Conflict("booking_moved_on", "This booking is not with you any more.")
    if tx.now < booking.starts_at - EARLY:
        raise Conflict("too_early", "It is not time yet.")
    if booking.arrived_at is None:
        touch(tx, house, booking, worker_id, "booking_arrived", arrived_at=tx.now)
        close_alarm(tx, booking_id, "booking_not_begun")


def arrival_answered(tx: Tx, house: House, booking_id: str, how: str, said: str) -> None:
    """Hook: the reply to the last reminder."""
    booking = bookings.get(tx, booking_id)
    words = {word.strip(".,!?;:()").casefold() for word in said.split()}
    if booking.worker_id is not None and words & HERE:
        arrived(tx, house, booking_id, booking.worker_id)


def begin(tx: Tx, house: House, booking_id: str) -> None:
    """Timer: a booking by telephone or video begins by itself: both are called and joined.

    Where no conversation can be created, a coordinator is alarmed and it stays confirmed.
    """
    booking = bookings.get_for_change(tx, booking_id)
    if booking.state != State.CONFIRMED or booking.mode == "in_person":
        return
    try:
        with tx.savepoint():
            contact_id = conversing.start_booked(tx, house, booking)
            move(tx, house, booking, Event.BEGAN, "system", contact_id=contact_id)
    except Unavailable as error:
        if error.code != "conversation_not_there":
            raise
        raise_alarm(tx, booking, "booking_not_begun", worker_id=booking.worker_id)


def spoke(tx: Tx, house: House, booking_id: str) -> None:
    """Both are together on the line now: the true beginning. Again after a lost connection, the first counts."""
    booking = bookings.get_for_change(tx, booking_id)
    if booking.state == State.BEGUN and booking.begun_at is None:
        touch(tx, house, booking, "system", "booking_spoke", begun_at=tx.now, arrived_at=booking.arrived_at or tx.now)


def finished(tx: Tx, house: House, booking_id: str) -> None:
    """The conversation has ended. One in which the two never spoke is nobody's success: see `missed`."""
    booking = bookings.get_for_change(tx, booking_id)
    if booking.state == State.BEGUN and booking.begun_at is not None:
        service.completed(tx, house, booking, booking.begun_at, tx.now, "system")


def begin_in_person(tx: Tx, house: House, booking: Booking, by: str) -> Booking:
    """The officer or the interpreter says that it begins. Raises `Conflict` ("booking_moved_on", "too_early")."""
    if booking.mode != "in_person":
        raise Conflict("booking_moved_on", "This one begins by itself at the hour.")
    if tx.now < booking.starts_at - EARLY:
        raise Conflict("too_early", "It is not time yet.")
    booking = move(tx, house, booking, Event.BEGAN, by, begun_at=tx.now, arrived_at=booking.arrived_at or tx.now)
    close_alarm(tx, booking.id, "booking_not_begun")
    return booking


def late(tx: Tx, house: House, booking_id: str) -> None:
    """Timer: some minutes after the hour nobody is known to be there."""
    booking = bookings.get(tx, booking_id)
    if booking.state == State.CONFIRMED and booking.arrived_at is None:
        raise_alarm(tx, booking, "booking_not_begun", worker_id=booking.worker_id)


def missed(tx: Tx, house: House, booking: Booking, side: str, by: str) -> Booking:
    """One side has not come. For an interpreter another is sought at once; without the institution it is over.

    Raises `Invalid` ("side_unknown"), or `Conflict` ("too_early", "booking_moved_on").
    """
    if side not in SIDES:
        raise Invalid("side_unknown")
    if tx.now < booking.starts_at:
        raise Conflict("too_early", "It is not time yet.")
    live = offers.live(tx, booking.id)
    if live is None or booking.worker_id is None:
        raise Conflict("booking_moved_on", "Nobody has this booking now.")
    close_alarm(tx, booking.id, "booking_not_begun")
    if side == "interpreter":
        values = {"begun_at": None, "contact_id": None} if booking.state == State.BEGUN else {}
        if values:
            booking = touch(tx, house, booking, by, "booking_not_spoken", **values)
        why = "You were not there at the hour, so somebody else is asked."
        return asking.replace_interpreter(tx, house, booking, live, "no_show", Event.INTERPRETER_MISSED, by, why)
    asking.end_offer(tx, house, live, "done")
    busy.free(tx, booking.id)
    return move(tx, house, booking, Event.REQUESTER_MISSED, by)


def unreported(tx: Tx, house: House, booking_id: str) -> None:
    """Timer: long after its end nobody has said how it went."""
    booking = bookings.get(tx, booking_id)
    if State(booking.state) in (State.CONFIRMED, State.BEGUN):
        raise_alarm(tx, booking, "booking_unreported", worker_id=booking.worker_id)


def officer_letter_failed(tx: Tx, house: House, booking_id: str, code: str) -> None:
    """Hook: the gist goes by text, where there is a number."""
    _letter_failed(tx, house, booking_id, "officer", code)


def interpreter_letter_failed(tx: Tx, house: House, booking_id: str, code: str) -> None:
    """Hook: as for the officer."""
    _letter_failed(tx, house, booking_id, "interpreter", code)


def _letter_failed(tx: Tx, house: House, booking_id: str, side: str, code: str) -> None:
    booking = bookings.find(tx, booking_id)
    if booking is not None and not mail.letter_failed(tx, house, booking, side):
        mail_failed(tx, house, booking_id, code)


def mail_failed(tx: Tx, house: House, booking_id: str, code: str) -> None:
    """Hook: what one of the two was written did not arrive. Somebody is to tell them, while it still matters."""
    booking = bookings.find(tx, booking_id)
    if booking is not None and booking.ends_at > tx.now and State(booking.state) in (State.CONFIRMED, State.CANCELLED):
        raise_alarm(tx, booking, "booking_untold", worker_id=booking.worker_id)


def not_answered(tx: Tx, house: House, booking_id: str, how: str, said: str) -> None:
    """Hook: nothing is expected of a confirmation."""
