"""Asking interpreters for a booking, one after the other, until one agrees or nobody is left. Units of work."""

import json
from collections.abc import Mapping, Sequence
from datetime import date

from helpline.clock import DAY, HOUR, SECOND
from helpline.errors import Conflict, Invalid, Refused
from helpline.house import House
from helpline.interpreting import booking_mail as mail
from helpline.interpreting import civil, qualified
from helpline.interpreting.booking_lifecycle import SEEKING, Event, State
from helpline.interpreting.booking_moves import move, raise_alarm, touch
from helpline.interpreting.calendar import (
    ASK_AGAIN,
    NEVER_WAIVED,
    Candidate,
    Needs,
    Place,
    answer_until,
    relaxations,
    shortlist,
    span_of,
)
from helpline.interpreting.qualified import Qualifications
from helpline.notices import Notice, cancel, send
from helpline.store import assignments, audit, bookings, busy, deadlines, institutions
from helpline.store import booking_offers as offers
from helpline.store.booking_offers import Offer
from helpline.store.bookings import Booking
from helpline.store.db import Tx

PURPOSE = "booking_offer"
CODE_DIGITS = 4
REASON_MAX = 500
"""Characters of a reason."""

YES = frozenset({"yes", "y", "oui", "ndiyo", "ok"})
NO = frozenset({"no", "n", "non", "hapana"})
CONFLICT = frozenset({"conflict", "conflit", "know"})
"""Words of a reply by text, beside its code."""

_STILL_OUT = ("declined", "silent", "unreachable", "let_go", "no_show", "taken_off", "unfit")
"""Ends of an offer that keep its interpreter out of the same round; a conflict of interest keeps out of the case.

Who only passed is asked once more when somebody who had agreed does not come.
"""


def places(tx: Tx, house: House, booking: Booking) -> tuple[Place, ...]:
    """The shortlist as it is now: who fits, in the order in which they are asked, and the others with why not."""
    needs, rules = needs_of(booking), house.directory.bookings
    known = qualified.of(tx, None, date.fromisoformat(booking.day))
    taken = busy.between(tx, booking.starts_at - DAY, booking.ends_at + DAY)
    loads = bookings.loads(tx, tx.now - rules.fair_days * DAY)
    out = _excluded(tx, booking, list(known))
    candidates = []
    for worker_id, one in known.items():
        spans = tuple((each.begins, each.ends) for each in taken.get(worker_id, ()) if each.booking_id != booking.id)
        minutes, served_at = loads.get(worker_id, (0, 0))
        candidates.append(Candidate(one, spans, minutes, served_at, tuple(out.get(worker_id, ()))))
    return shortlist(needs, candidates, rules)


def needs_of(booking: Booking) -> Needs:
    return Needs(
        booking.language, booking.dialect, booking.starts_at, booking.ends_at, booking.mode, booking.province,
        booking.district, booking.certified, booking.child_friendly, booking.gender_wish, booking.gender_required,
    )  # fmt: skip


def _excluded(tx: Tx, booking: Booking, worker_ids: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for offer in offers.of_booking(tx, booking.id):
        if offer.round != booking.round:
            continue
        if offer.answered_at is not None and offer.end is not None:
            # Somebody had agreed and is gone: whoever passed before that may be asked once more.
            found = {
                who: kept for who, ends in found.items() if (kept := [one for one in ends if one not in ASK_AGAIN])
            }
        if offer.end in _STILL_OUT:
            found.setdefault(offer.worker_id, []).append(offer.end)
    for worker_id in offers.conflicts(tx, booking.institution_id, booking.reference_hash):
        found.setdefault(worker_id, []).append("conflict_declared")
    if booking.linked_contact_id is not None:
        for worker_id in worker_ids:
            if assignments.served(tx, booking.linked_contact_id, worker_id):
                found.setdefault(worker_id, []).append("served_child")
    return found


def seek(tx: Tx, house: House, booking: Booking) -> Booking:
    """Ask the first of the list; a coordinator is alarmed when there is nobody. From `requested` only."""
    if booking.ends_at <= tx.now:
        return move(tx, house, booking, Event.LAPSED, "system")
    listed = places(tx, house, booking)
    first = next((place for place in listed if place.fits), None)
    if first is None:
        return _exhausted(tx, house, booking, listed)
    return _ask(tx, house, booking, first)


def _ask(tx: Tx, house: House, booking: Booking, place: Place) -> Booking:
    party = mail.interpreter(tx, house, place.worker_id)
    until = answer_until(tx.now, booking.starts_at, party.zone or booking.zone, house.directory.bookings)
    values = {"booking_id": booking.id, "worker_id": place.worker_id, "round": booking.round, "state": "open",
              "until": until, "reasons_json": json.dumps(place.reasons)}  # fmt: skip
    offer_id = offers.add(tx, values)
    deadlines.add(tx, "booking_offer", offer_id, until)
    booking = move(tx, house, booking, Event.OFFERED, "system")
    _tell(tx, house, booking, offer_id, ("sms", "email"))
    return booking


def _tell(tx: Tx, house: House, booking: Booking, offer_id: str, channels: Sequence[str]) -> bool:
    """Send the offer by the first of these channels that there is; False when there is none. It stands in the console
    as well.
    """
    offer = offers.get(tx, offer_id)
    assert offer is not None
    party = mail.interpreter(tx, house, offer.worker_id)
    good_for = max(60, (offer.until - tx.now) // SECOND)
    line = f"{mail.told_of(house, booking, party.zone)}, {institutions.get(tx, booking.institution_id).name[:60]}"
    by = civil.said(offer.until, party.zone or booking.zone)
    for channel in channels:
        if channel == "sms" and party.number is not None:
            code = "".join(house.chance.choice("0123456789") for _ in range(CODE_DIGITS))
            body = (
                f"Can you interpret? {line}. Answer by {by}: reply YES {code} or NO {code}, or CONFLICT {code} if you "
                "may know the person."
            )
            notice = Notice(PURPOSE, offer_id, "sms", party.number, body=body, reply_code=code, good_for_s=good_for)
        elif channel == "email" and party.email is not None:
            body = f"{line}.\n\nPlease answer by {by}:\n{house.public_url}/console/bookings\n"
            notice = Notice(PURPOSE, offer_id, "email", party.email, subject="Can you interpret?", body=body,
                            good_for_s=good_for)  # fmt: skip
        else:
            continue
        offers.change(tx, offer, channel=channel, notice_id=send(tx, house, notice))
        return True
    return False


def _exhausted(tx: Tx, house: House, booking: Booking, listed: Sequence[Place]) -> Booking:
    booking = move(tx, house, booking, Event.EXHAUSTED, "system")
    alarm_unfilled(tx, house, booking, listed)
    return booking


def alarm_unfilled(tx: Tx, house: House, booking: Booking, listed: Sequence[Place]) -> None:
    """In the console once; by text as well when the hearing is near."""
    if not raise_alarm(tx, booking, "booking_unfilled"):
        return
    audit.add(tx, "system", "booking_unfilled", subject_id=booking.id,
              detail={one.code: one.people for one in relaxations(listed)})  # fmt: skip
    if booking.starts_at - tx.now <= house.directory.bookings.unfilled_alarm_h * HOUR:
        text = f"No interpreter yet: {mail.told_of(house, booking, None)}. {house.public_url}/console/calendar"
        mail.alarm_coordinators(tx, house, booking, text)


# What interpreters answer


def accept(tx: Tx, house: House, offer_id: str, worker_id: str) -> Booking:
    """The interpreter agrees, and their time is taken.

    Raises `Conflict` ("offer_gone") for one that is no longer open, or ("interpreter_busy") where the time is taken by
    another booking; nothing changes then.
    """
    offer, booking = _open(tx, offer_id, worker_id)
    return _agree(tx, house, booking, offer, Event.ACCEPTED, worker_id)


def decline(tx: Tx, house: House, offer_id: str, worker_id: str, conflict: bool = False) -> Booking:
    """Not this one, which costs nothing; or a conflict of interest, which keeps the person out of the whole case."""
    offer, booking = _open(tx, offer_id, worker_id)
    return _pass(tx, house, booking, offer, "conflict" if conflict else "declined", worker_id)


def _open(tx: Tx, offer_id: str, worker_id: str) -> tuple[Offer, Booking]:
    offer = offers.get(tx, offer_id)
    if offer is None or offer.worker_id != worker_id:
        raise Invalid("offer_unknown", "There is no such offer for you.")
    booking = bookings.get_for_change(tx, offer.booking_id)
    offer = offers.get(tx, offer_id) or offer
    if offer.state != "open" or offer.until <= tx.now:
        raise Conflict("offer_gone", "This offer is no longer open.")
    return offer, booking


def _agree(tx: Tx, house: House, booking: Booking, offer: Offer, event: Event, actor: str) -> Booking:
    known = qualified.of(tx, [offer.worker_id], date.fromisoformat(booking.day)).get(offer.worker_id)
    take_time(tx, house, booking, offer.worker_id, known)
    offers.change(tx, offer, state="agreed", answered_at=tx.now)
    deadlines.clear(tx, offer.id)
    values = {"worker_id": offer.worker_id, "confirmed_at": tx.now, "arrived_at": None}
    return mail.confirmed(tx, house, move(tx, house, booking, event, actor, **values))


def take_time(tx: Tx, house: House, booking: Booking, worker_id: str, known: Qualifications | None) -> None:
    """Whatever else they were asked for at that time is looked at again. Raises `Conflict` ("interpreter_busy")."""
    begins, ends = span_of(needs_of(booking), known, house.directory.bookings)
    busy.take(tx, booking.id, worker_id, begins, ends)
    for offer in offers.open_of_worker(tx, worker_id):
        if offer.booking_id != booking.id:
            deadlines.add(tx, "booking_offer_clash", offer.id, tx.now)  # by a timer: it is another booking's row


def offer_clashes(tx: Tx, house: House, offer_id: str) -> None:
    """Timer: an interpreter who was asked has agreed to another booking. If the two clash, the next one is asked."""
    asked = offers.get(tx, offer_id)
    if asked is None:
        return
    booking = bookings.get_for_change(tx, asked.booking_id)
    offer = offers.get(tx, offer_id)
    if offer is None or offer.state != "open":
        return
    known = qualified.of(tx, [offer.worker_id], date.fromisoformat(booking.day)).get(offer.worker_id)
    begins, ends = span_of(needs_of(booking), known, house.directory.bookings)
    if any(each.booking_id != booking.id for each in busy.between(tx, begins, ends).get(offer.worker_id, ())):
        _pass(tx, house, booking, offer, "withdrawn", "system")


def _pass(
    tx: Tx, house: House, booking: Booking, offer: Offer, how: str, actor: str, reason: str | None = None
) -> Booking:
    end_offer(tx, house, offer, how, reason)
    booking = move(tx, house, booking, Event.PASSED, actor)
    return seek(tx, house, booking)


def end_offer(tx: Tx, house: House, offer: Offer, how: str, reason: str | None = None) -> None:
    """Its timer goes with it, and a message that was not sent yet is not sent."""
    offers.end(tx, offer, how, house.vault.seal(reason) if reason else None)
    deadlines.clear(tx, offer.id)
    if offer.notice_id is not None and offer.state == "open":
        cancel(tx, offer.notice_id)


# What becomes of the message, and silence


def offer_over(tx: Tx, house: House, offer_id: str) -> None:
    """Timer: silence goes to the next."""
    _lost(tx, house, offer_id, "silent")


def offer_failed(tx: Tx, house: House, offer_id: str, code: str) -> None:
    """Hook: the message did not arrive. Another channel, else whoever is next."""
    offer = offers.get(tx, offer_id)
    if offer is None or offer.state != "open" or offer.until <= tx.now:
        return
    booking = bookings.get_for_change(tx, offer.booking_id)
    if offer.channel == "sms" and _tell(tx, house, booking, offer_id, ("email",)):
        return
    _lost(tx, house, offer_id, "unreachable")


def _lost(tx: Tx, house: House, offer_id: str, how: str) -> None:
    offer = offers.get(tx, offer_id)
    if offer is None:
        return
    booking = bookings.get_for_change(tx, offer.booking_id)
    offer = offers.get(tx, offer_id)
    if offer is not None and offer.state == "open":
        _pass(tx, house, booking, offer, how, "system")


def offer_withdrawn(tx: Tx, house: House, offer: Offer, by: str) -> None:
    """The interpreter is not to be asked any more; the next one is."""
    booking = bookings.get_for_change(tx, offer.booking_id)
    _pass(tx, house, booking, offer, "taken_off", by)


def offer_answered(tx: Tx, house: House, offer_id: str, how: str, said: str) -> None:
    """Hook: a reply by text that held the code. One that cannot be understood, or comes too late, is told so."""
    offer = offers.get(tx, offer_id)
    if offer is None:
        return
    words = {word.strip(".,!?;:()").casefold() for word in said.split()}
    gone = offer.state != "open" or offer.until <= tx.now
    if gone or not words & (YES | NO | CONFLICT):
        text = "This booking is no longer open." if gone else f"Please answer here: {house.public_url}/console/bookings"
        _reply(tx, house, offer, text)
        return
    if words & CONFLICT:
        decline(tx, house, offer_id, offer.worker_id, conflict=True)
    elif words & NO:
        decline(tx, house, offer_id, offer.worker_id)
    else:
        accept_or_pass(tx, house, offer)


def accept_or_pass(tx: Tx, house: House, offer: Offer) -> None:
    """Somebody who agreed by text to what clashes with another booking of theirs is told, and the next is asked."""
    try:
        with tx.savepoint():
            accept(tx, house, offer.id, offer.worker_id)
    except Conflict as conflict:
        if conflict.code != "interpreter_busy":
            raise
        _lost(tx, house, offer.id, "unfit")
        _reply(tx, house, offer, "You are booked at that time already, so somebody else is asked.")


def _reply(tx: Tx, house: House, offer: Offer, text: str) -> None:
    party = mail.interpreter(tx, house, offer.worker_id)
    if party.number is not None:
        send(tx, house, Notice(mail.PURPOSE, offer.booking_id, "sms", party.number, body=text))


# What a coordinator does


def assign(tx: Tx, house: House, booking_id: str, worker_id: str, by: str, because: str) -> Booking:
    """Put an interpreter in, who has said yes to the coordinator, whatever the calendar says against it.

    What is set aside is written down with the reason and the person. Raises `Refused` ("not_waivable") for what nobody
    may set aside: a language that they do not speak, no undertaking of confidentiality, another booking. Raises
    `Invalid` ("reason_missing", "worker_unknown").
    """
    because = _reason(because)
    booking = bookings.get_for_change(tx, booking_id)
    place = next((one for one in places(tx, house, booking) if one.worker_id == worker_id), None)
    if place is None:
        raise Invalid("worker_unknown", "This person does not interpret that language.")
    if NEVER_WAIVED & set(place.against):
        raise Refused("not_waivable", "This cannot be set aside.")
    before = offers.live(tx, booking.id)
    if before is not None:
        if before.worker_id == worker_id and before.state == "agreed":
            raise Conflict("booking_moved_on", "This interpreter has the booking already.")
        end_offer(tx, house, before, "taken_off" if before.state == "agreed" else "withdrawn")
    if booking.worker_id is not None:
        booking = mail.called_off(tx, house, booking, booking.worker_id, "Somebody else interprets.", officer_too=False)
    audit.add(tx, by, "booking_chosen", subject_id=booking.id, detail={"set_aside": list(place.against)})
    chosen = {"chosen_by": by, "chosen_because_enc": house.vault.seal(because)}
    return put_in(tx, house, booking, place, by, chosen)


def put_in(
    tx: Tx, house: House, booking: Booking, place: Place, by: str, chosen: Mapping[str, object] | None = None
) -> Booking:
    """This interpreter has the booking, unasked: they are told, and may let it go."""
    values = {"booking_id": booking.id, "worker_id": place.worker_id, "round": booking.round, "state": "open",
              "until": max(booking.starts_at, tx.now + 1), "reasons_json": json.dumps([*place.reasons, *place.against]),
              **(chosen or {})}  # fmt: skip
    offer = offers.get(tx, offers.add(tx, values))
    assert offer is not None
    return _agree(tx, house, booking, offer, Event.ASSIGNED, by)


def seek_again(tx: Tx, house: House, booking_id: str, by: str, give_up: Sequence[str] = ()) -> Booking:
    """Ask everybody anew, without what is given up. Raises `Invalid` ("choice_unknown") for what cannot be."""
    booking = bookings.get_for_change(tx, booking_id)
    relaxed: dict[str, object] = {}
    for code in give_up:
        if code not in _RELAXED:
            raise Invalid("choice_unknown", "This cannot be given up.")
        relaxed |= _RELAXED[code]
    booking = move(tx, house, booking, Event.SOUGHT_AGAIN, by, round=booking.round + 1, **relaxed)
    if relaxed:
        audit.add(tx, by, "booking_relaxed", subject_id=booking.id, detail={"given_up": list(give_up)})
    return seek(tx, house, booking)


_RELAXED: dict[str, dict[str, object]] = {
    "dialect_not_spoken": {"dialect": None},
    "wish_not_met": {"gender_wish": None, "gender_required": False},
    "no_child_training": {"child_friendly": False},
    "not_certified": {"certified": False},
}
"""What a coordinator can give up of a booking itself; the rest is the officer's to change."""

RELAXABLE = frozenset(_RELAXED)


def link(tx: Tx, house: House, booking_id: str, contact_id: str | None, by: str) -> Booking:
    """The booking is about a child who was in this contact of the helpline: whoever counselled it does not interpret.

    One who is asked or has agreed, and served that contact, is taken off.
    """
    booking = bookings.get_for_change(tx, booking_id)
    values = {"linked_contact_id": contact_id, "linked_by": by if contact_id else None}
    booking = touch(tx, house, booking, by, "booking_linked", **values)
    live = offers.live(tx, booking_id)
    if contact_id is None or live is None or not assignments.served(tx, contact_id, live.worker_id):
        return booking
    return replace_interpreter(tx, house, booking, live, "conflict", Event.LET_GO, by, "Somebody else interprets.")


def replace_interpreter(
    tx: Tx, house: House, booking: Booking, live: Offer, how: str, event: Event, actor: str, why: str,
    reason: str | None = None,
) -> Booking:  # fmt: skip
    """Whoever is asked or has agreed is let go, and another is sought at once."""
    if live.state == "open":
        return _pass(tx, house, booking, live, how, actor, reason)
    end_offer(tx, house, live, how, reason)
    busy.free(tx, booking.id)
    booking = mail.called_off(tx, house, booking, live.worker_id, why, officer_too=False)
    booking = move(tx, house, booking, event, actor, worker_id=None, confirmed_at=None, arrived_at=None)
    mail.tell_officer(tx, house, booking, "Another interpreter is sought",
                      "The interpreter of this booking cannot come. Another is sought now.")  # fmt: skip
    return seek(tx, house, booking)


def still_sought(booking: Booking) -> bool:
    return State(booking.state) in SEEKING


def _reason(text: str) -> str:
    text = text.strip()
    if not text or len(text) > REASON_MAX:
        raise Invalid("reason_missing", f"Give a reason of at most {REASON_MAX} characters.")
    return text
