"""A call of our own to a line, every day, to see that calls arrive. One that does not is an alarm, and climbs a ladder.

It comes from another number of ours, which no child has: it makes no contact, and is hung up when it has arrived. A
number cannot call itself, at a carrier no more than at a telephone.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from config.lines import Line, spelled
from helpline import notices
from helpline.clock import MINUTE, SECOND
from helpline.errors import Invalid
from helpline.house import House
from helpline.notices import Notice
from helpline.protection import starting
from helpline.store import audit, deadlines, trial_calls
from helpline.store.db import Tx
from webhooks.events import CallArrived

PURPOSE = "test_call"
PLACE = "test_call"
LOOK = "test_call_look"
ARRIVES_WITHIN = 3 * MINUTE
SENTENCE = "This is a test call of the helpline to itself."


def schedule(tx: Tx, house: House, by: str, line: str, at: str) -> None:
    """Call the line every day at this time (HH:MM) of its own day, or no more when ``at`` is empty.

    Raises `Invalid` ("line_unknown", "time_unreadable", "test_from_missing").
    """
    if line not in house.directory.lines:
        raise Invalid("line_unknown", "Choose a line from the list.")
    if at and _from_number(house, house.line(line)) is None:
        raise Invalid("test_from_missing", "A line cannot call itself. Name another number of yours: test_from.")
    before = trial_calls.of_line(tx, line)
    if before is not None:
        deadlines.clear(tx, before.id)
        trial_calls.remove(tx, before.id)
        starting.mended(tx, _topic(line))
    if at:
        minute = _minute(at)
        id = trial_calls.add(tx, line, minute, by)
        deadlines.add(tx, PLACE, id, next_time(house.line(line), minute, tx.now))
    audit.add(tx, by, "test_call_scheduled" if at else "test_call_ended", detail={"line": line})


def place(tx: Tx, house: House, id: str) -> None:
    """Timer: ring the line, and look a little later whether it has arrived."""
    call = trial_calls.find(tx, id)
    if call is None or call.line not in house.directory.lines:
        return
    line = house.line(call.line)
    trial_calls.change(tx, id, placed_at=tx.now)
    deadlines.add(tx, PLACE, id, next_time(line, call.minute, tx.now))
    audit.add(tx, "system", "test_call_placed", subject_id=id, detail={"line": line.id})
    ours = _from_number(house, line)
    if ours is None:  # the configuration had one when it was scheduled
        look(tx, house, id)
        return
    notices.send(tx, house, Notice(PURPOSE, id, "voice", _number_of(line), body=SENTENCE, line=line.id, caller_id=ours))
    deadlines.add(tx, LOOK, id, tx.now + ARRIVES_WITHIN)


def has_arrived(tx: Tx, house: House, event: CallArrived) -> bool:
    """Whether a call that comes in is the one that we are placing; then it is written down, and wants no contact."""
    call = trial_calls.of_line(tx, event.line)
    if call is None or not is_one(tx, house, event, tx.now):
        return False
    trial_calls.change(tx, call.id, arrived_at=tx.now)
    audit.add(tx, "system", "test_call_arrived", subject_id=call.id)
    starting.mended(tx, _topic(event.line))
    return True


def is_one(tx: Tx, house: House, event: CallArrived, at: int) -> bool:
    """Whether a call that came then (µs) is one of ours, be it that we have seen it arrive or not."""
    call = trial_calls.of_line(tx, event.line)
    ours = _from_number(house, house.line(event.line))
    if call is None or call.placed_at is None or event.caller is None or ours is None:
        return False
    placed_just_now = call.placed_at - SECOND <= at <= call.placed_at + ARRIVES_WITHIN
    return placed_just_now and house.vault.hash_number(event.caller.number) == house.vault.hash_number(ours)


def look(tx: Tx, house: House, id: str) -> None:
    """Timer: it should have arrived by now."""
    call = trial_calls.find(tx, id)
    if call is None or call.placed_at is None or (call.arrived_at or 0) >= call.placed_at:
        return
    trial_calls.change(tx, id, lost_at=tx.now)
    starting.alarm(tx, house, "test_call_lost", _topic(call.line), line=call.line)


def not_placed(tx: Tx, house: House, id: str, code: str) -> None:
    """The carrier did not ring (`helpline.heard_back`): it is looked at now, and not in some minutes."""
    look(tx, house, id)


def answered(tx: Tx, house: House, id: str, how: str, said: str) -> None:
    """Nobody is asked for a key."""


def next_time(line: Line, minute: int, now: int) -> int:
    """The next moment (µs) after now that is this minute of the line's own day. Pure."""
    zone = ZoneInfo(line.timezone)
    today = datetime.fromtimestamp(now // SECOND, UTC).astimezone(zone).date()
    for ahead in range(3):
        at = datetime.combine(today + timedelta(days=ahead), time(minute // 60, minute % 60), zone)
        moment = int(at.timestamp()) * SECOND
        if moment > now:
            return moment
    raise AssertionError("there is a tomorrow")


def _minute(at: str) -> int:
    try:
        civil = time.fromisoformat(at.strip())
    except ValueError:
        raise Invalid("time_unreadable", "Write a time such as 06:30.") from None
    return civil.hour * 60 + civil.minute


def _number_of(line: Line) -> str:
    """As it is dialled from outside: with a country, if one of its addresses has it."""
    return next((one for one in line.addresses if one.startswith("+")), line.addresses[0])


def _from_number(house: House, line: Line) -> str | None:
    """The number that calls: the one that is set, or another line's."""
    others = (one.caller_id for one in house.directory.lines.values())
    return next((one for one in (line.test_from, *others) if one and spelled(one) != spelled(_number_of(line))), None)


def _topic(line: str) -> str:
    return f"test_call_lost:{line}"
