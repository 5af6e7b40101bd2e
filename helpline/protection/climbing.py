"""Climbing a ladder: `ladder` says what follows, and here it is written down and done, in one transaction."""

from dataclasses import replace

import structlog

from config.ladders import Ladder
from helpline import notices
from helpline.contacts.alone import has_no_counsellor
from helpline.house import House
from helpline.protection import ladder as ladders
from helpline.protection import paging
from helpline.protection.ladder import Effect, Event, Standing, TellRung
from helpline.store import audit, climbs, contacts, deadlines
from helpline.store.climbs import Climb
from helpline.store.db import Tx

DEADLINE = "climb"
MENDING = frozenset(
    {
        "danger_waiting",
        "line_uncovered",
        "language_uncovered",
        "line_silent",
        "test_call_lost",
        "referral_silent",
        "referral_refused",
        "referral_failed",
        "referral_pending",
        "service_shut_out",
    }
)
"""Causes that may go away by themselves."""

log = structlog.get_logger()


def begin(
    tx: Tx, house: House, cause: str, topic: str, name: str, *, concern_id: str | None = None,
    contact_id: str | None = None, line: str | None = None, language: str | None = None, worker_id: str | None = None,
) -> str:  # fmt: skip
    """Begin to climb the ladder of this name: its first rung is told, its first deadline set. Gives the climb's id.

    ``worker_id`` is not told. A topic that is climbed already goes on as it is: its id is given.
    """
    going = climbs.open_of(tx, topic)
    if going is not None:
        return going.id
    chosen = house.directory.ladders.ladder[name]
    standing, effects, due = ladders.begin(chosen, tx.now, mends=cause in MENDING)
    id = climbs.add(tx, {
        "cause": cause, "topic": topic, "concern_id": concern_id, "contact_id": contact_id, "line": line,
        "language": language, "worker_id": worker_id, "ladder": name, "ladder_json": chosen.model_dump_json(),
        "rung": 0, "round": 0, "due_at": due,
    })  # fmt: skip
    audit.add(tx, "system", "ladder_begun", contact_id, concern_id or id, {"cause": cause, "ladder": name})
    _carry_out(tx, house, climbs.get(tx, id), chosen, standing, effects, due)
    return id


def change_ladder(tx: Tx, house: House, climb: Climb, name: str) -> None:
    """More is known: another ladder is climbed from its first rung on."""
    if climb.ladder == name or climb.ended_at is not None:
        return
    chosen = house.directory.ladders.ladder[name]
    standing, effects, due = ladders.begin(chosen, tx.now, mends=climb.cause in MENDING)
    climbs.change(tx, climb, ladder=name, ladder_json=chosen.model_dump_json())
    audit.add(tx, "system", "ladder_changed", climb.contact_id, climb.concern_id or climb.id, {"ladder": name})
    # Rounds go on counting, so that no page of the ladder before is taken for one of this.
    rounds = 1 + max((page.round for page in climbs.pages_of(tx, climb.id)), default=0)
    standing = replace(standing, round=rounds)
    effects = (TellRung(0, rounds),)
    _carry_out(tx, house, climbs.get(tx, climb.id), chosen, standing, effects, due)


def happen(tx: Tx, house: House, climb: Climb, event: Event) -> Climb:
    """What an event that does not end the climb does to it; it was read for a change. Gives it as it is then."""
    chosen = ladder_of(climb)
    standing, effects, due = ladders.step(chosen, standing_of(tx, climb), event, tx.now)
    _carry_out(tx, house, climb, chosen, standing, effects, due)
    return climbs.get(tx, climb.id)


def end(
    tx: Tx, climb: Climb, event: ladders.Acknowledged | ladders.Mended, how: str, *, by: str | None = None,
    name_enc: bytes | None = None,
) -> bool:  # fmt: skip
    """A person takes it, or its cause is gone. False when it had ended, or does not end by this."""
    before = standing_of(tx, climb)
    standing, _, _ = ladders.step(ladder_of(climb), before, event, tx.now)
    if before.ended is not None or standing.ended is None:
        return False
    climbs.change(tx, climb, ended_at=tx.now, ended_how=how, ended_by=by, ended_name_enc=name_enc)
    deadlines.clear(tx, climb.id)
    for page in climbs.pages_of(tx, climb.id):
        if climbs.page_goes(tx, page.id, "ended") and page.notice_id is not None:
            notices.cancel(tx, page.notice_id)
    return True


def _carry_out(
    tx: Tx, house: House, climb: Climb, chosen: Ladder, standing: Standing, effects: tuple[Effect, ...], due: int | None
) -> None:
    """Tell rung after rung until one is reached or the last was tried, and write down where it stands then."""
    while effects:
        tell = next(effect for effect in effects if isinstance(effect, TellRung))
        told = paging.tell_rung(tx, house, climb, chosen, tell.rung, tell.round)
        detail = {"rung": tell.rung, "round": tell.round, "pages": len(told), "cause": climb.cause}
        audit.add(tx, "system", "rung_told", climb.contact_id, climb.concern_id or climb.id, detail)
        standing, effects, due = ladders.step(chosen, standing, ladders.Told(told), tx.now)
    assert due is not None
    if (standing.rung, standing.round, due) != (climb.rung, climb.round, climb.due_at):
        climbs.change(tx, climb, rung=standing.rung, round=standing.round, due_at=due)
    deadlines.clear(tx, climb.id)
    deadlines.add(tx, DEADLINE, climb.id, due)
    tx.hint("concern", climb.id)


def standing_of(tx: Tx, climb: Climb) -> Standing:
    now = frozenset(
        page.id
        for page in climbs.pages_of(tx, climb.id)
        if (page.rung, page.round) == (climb.rung, climb.round) and page.state in climbs.OPEN
    )
    ended = None if climb.ended_at is None else climb.ended_how or "ended"
    return Standing(climb.rung, climb.round, climb.due_at, now, ended, climb.cause in MENDING)


def ladder_of(climb: Climb) -> Ladder:
    """As it was when it was begun."""
    return Ladder.model_validate_json(climb.ladder_json)


def due(tx: Tx, house: House, climb_id: str) -> None:
    """Timer: nobody has answered in time, so the next rung is told."""
    climb = climbs.get_for_change(tx, climb_id)
    if climb.ended_at is not None:
        return
    if climb.cause == "danger_waiting" and not _still_waits(tx, climb):
        end(tx, climb, ladders.Mended(), ladders.MENDED)
    else:
        happen(tx, house, climb, ladders.Due())


def _still_waits(tx: Tx, climb: Climb) -> bool:
    """Whether the child has no counsellor yet, be it with an interpreter. One who left is lost: another matter."""
    return climb.contact_id is None or has_no_counsellor(tx, contacts.get(tx, climb.contact_id))


def take_up(tx: Tx, house: House) -> None:
    """A process begins: every climb has its timer, and none is further away than its rung waits."""
    for each in climbs.going(tx):
        standing, _, at = ladders.step(ladder_of(each), standing_of(tx, each), ladders.Restarted(), tx.now)
        if at is not None and (at != each.due_at or not climbs.waits(tx, each.id)):
            climbs.change(tx, each, due_at=standing.due)
            deadlines.clear(tx, each.id)
            deadlines.add(tx, DEADLINE, each.id, at)


# What becomes of a page (`helpline.heard_back`).


def page_failed(tx: Tx, house: House, page_id: str, code: str) -> None:
    """It could not be delivered: that is silence at once."""
    page = climbs.find_page(tx, page_id)
    if page is None:
        return
    climb = climbs.get_for_change(tx, page.climb_id)
    event = ladders.Failed(page_id)
    standing = standing_of(tx, climb)  # while the page still counts as open
    if not climbs.page_goes(tx, page_id, "failed", error=code):
        return
    tx.hint("concern", climb.id)
    if climb.ended_at is not None:
        return
    chosen = ladder_of(climb)
    after, effects, at = ladders.step(chosen, standing, event, tx.now)
    if effects or at != climb.due_at:
        _carry_out(tx, house, climb, chosen, after, effects, at)


def page_delivered(tx: Tx, house: House, page_id: str) -> None:
    """It is on the phone, which says nothing of a person."""
    if climbs.page_goes(tx, page_id, "delivered", was=("told",)):
        page = climbs.find_page(tx, page_id)
        assert page is not None
        tx.hint("concern", page.climb_id)
