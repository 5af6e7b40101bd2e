"""What a supervisor must see: raised by rules, closed by a person who says what was done."""

from helpline.errors import Invalid
from helpline.house import House
from helpline.lines import is_open
from helpline.protection import acknowledging, starting
from helpline.store import alarms, workers
from helpline.store.db import Tx
from helpline.store.workers import Worker

SAID_MAX = 2_000
"""Characters of what was done."""


def take_alarm(tx: Tx, alarm_id: str, worker_id: str) -> None:
    """Raises `Conflict` ("alarm_taken"), or `Refused` ("not_by_oneself").

    Who sees to it has acknowledged the ladder that is climbed for it.
    """
    alarms.take(tx, alarm_id, worker_id)
    acknowledging.by_alarm(tx, alarms.topic_of(tx, alarm_id), worker_id)


def close_alarm(tx: Tx, house: House, alarm_id: str, worker_id: str, said: str) -> None:
    """Raises `Invalid` ("said_missing", "said_too_long", "alarm_unknown")."""
    said = said.strip()
    if not said:
        raise Invalid("said_missing", "Say what was done.")
    if len(said) > SAID_MAX:
        raise Invalid("said_too_long", f"At most {SAID_MAX} characters.")
    acknowledging.by_alarm(tx, alarms.topic_of(tx, alarm_id), worker_id)
    alarms.close(tx, alarm_id, worker_id, house.vault.seal(said))


def look_at_cover(tx: Tx, house: House, worker_id: str) -> None:
    """Raise or close the alarms about what this worker's coming or going leaves without anyone on duty.

    A language counts as covered while a counsellor who speaks it is on duty, busy or free, and not away; and while the
    line is closed, since nobody is to be there then.
    """
    there = look_at_lines(tx, house)
    spoken = workers.languages(tx)
    for line in house.for_children():
        closed = not is_open(tx, house, line.id)
        for language in spoken.get(worker_id, {}):
            if language in line.menu:
                covered = closed or any(language in spoken.get(worker.id, {}) for worker in there[line.id])
                topic = f"language:{line.id}:{language}"
                _settle(tx, house, "language_uncovered", topic, covered=covered, line=line.id, language=language)


def look_at_lines(tx: Tx, house: House) -> dict[str, list[Worker]]:
    """Raise or close the alarm of each line that is open and has nobody for a call; gives who is there, by line."""
    there = [worker for worker in workers.on_duty(tx) if worker.state == "available" and _takes_calls(worker)]
    by_line = {}
    for line in house.for_children():
        serving = [worker for worker in there if worker.lines is None or line.id in worker.lines.split()]
        covered = bool(serving) or not is_open(tx, house, line.id)
        _settle(tx, house, "line_uncovered", f"line:{line.id}", covered=covered, line=line.id)
        by_line[line.id] = serving
    return by_line


def _takes_calls(worker: Worker) -> bool:
    return "counsellor" in worker.roles and worker.capacity_voice > 0


def _settle(tx: Tx, house: House, kind: str, topic: str, *, covered: bool, **about: str) -> None:
    if covered:
        starting.mended(tx, topic)
    else:
        starting.alarm(tx, house, kind, topic, **about)
