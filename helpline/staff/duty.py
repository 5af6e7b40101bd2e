"""Being on duty: off, available, on a break, or set away. Each change is audited and moves the floor."""

from contextlib import suppress

from helpline import cover
from helpline.errors import Conflict
from helpline.house import House
from helpline.staff import roster
from helpline.store import assignments, audit, deadlines, workers
from helpline.store.db import Tx


def go_on_duty(tx: Tx, house: House, worker_id: str) -> None:
    """From off, in the browser. Raises `Conflict` ("duty_changed") otherwise, as each of these does from a state that
    does not fit.
    """
    workers.set_by_phone(tx, worker_id, False)
    _move(tx, house, worker_id, "available", ("off",), "duty_begun")


def be_on_by_phone(tx: Tx, house: House, worker_id: str) -> None:
    """On duty with only a telephone, whatever it was before: offers ring there, and only calls are offered."""
    was = workers.get(tx, worker_id).state
    workers.set_by_phone(tx, worker_id, True)
    if was == "available":
        audit.add(tx, worker_id, "duty_by_phone", subject_id=worker_id)
        return
    assignments.forget_missed(tx, worker_id)
    _move(tx, house, worker_id, "available", ("off", "break", "away"), "duty_begun" if was == "off" else "came_back")


def go_off_duty(tx: Tx, house: House, worker_id: str) -> None:
    """No new offers come, and one that rings goes on. A call goes on until it ends; text conversations that wait for
    an answer go back to the floor, and the others are parked.
    """
    _move(tx, house, worker_id, "off", ("available", "break", "away"), "duty_ended")
    deadlines.add(tx, "worker_left", worker_id, tx.now)


def take_break(tx: Tx, house: House, worker_id: str) -> None:
    _move(tx, house, worker_id, "break", ("available", "away"), "break_begun")


def come_back(tx: Tx, house: House, worker_id: str) -> None:
    """In the browser, from a break or from away. What was missed meanwhile is forgotten: the person says that they are
    there now.
    """
    workers.set_by_phone(tx, worker_id, False)
    assignments.forget_missed(tx, worker_id)
    _move(tx, house, worker_id, "available", ("break", "away"), "came_back")


def set_away(tx: Tx, house: House, worker_id: str, by: str, reason: str = "supervisor") -> None:
    """By a supervisor, or by the system when an offer was missed. One who is not available stays as they are."""
    if workers.set_state(tx, worker_id, "away", ("available",), reason):
        audit.add(tx, by, "set_away", subject_id=worker_id, detail={"reason": reason})
        _let_offers_go(tx, worker_id)
        cover.look(tx, house)


def _let_offers_go(tx: Tx, worker_id: str) -> None:
    """What still rings for somebody who has left goes on now, not when its time is over."""
    for assignment in assignments.live_of_worker(tx, worker_id):
        if assignment.state == "offered":
            with suppress(Conflict):  # taken at this very moment
                assignments.change(tx, assignment, "offered", until=tx.now)
                deadlines.clear(tx, assignment.id)
                deadlines.add(tx, "offer", assignment.id, tx.now)


def _move(tx: Tx, house: House, worker_id: str, to: str, was: tuple[str, ...], action: str) -> None:
    workers.get(tx, worker_id)
    if not workers.set_state(tx, worker_id, to, was):
        raise Conflict("duty_changed", "Your duty has changed in the meantime. Look again.")
    audit.add(tx, worker_id, action, subject_id=worker_id)
    if to != "available":
        _let_offers_go(tx, worker_id)
    else:
        roster.has_come(tx, worker_id)
    cover.look(tx, house)
