"""What a supervisor must see: raised by rules, closed by a person who says what was done."""

from helpline.errors import Invalid
from helpline.house import House
from helpline.protection import acknowledging
from helpline.store import alarms
from helpline.store.db import Tx

SAID_MAX = 2_000
"""Characters of what was done."""


def take_alarm(tx: Tx, alarm_id: str, worker_id: str) -> None:
    """Raises `Conflict` ("alarm_taken"), or `Refused` ("not_by_oneself").

    Who sees to it has acknowledged the ladder that is climbed for it.
    """
    alarms.take(tx, alarm_id, worker_id)
    acknowledging.by_alarm(tx, alarms.topic_of(tx, alarm_id), worker_id)


def close_alarm(tx: Tx, house: House, alarm_id: str, worker_id: str, said: str) -> None:
    """What was done holds for all languages of the line that this person sees to.

    Raises `Invalid` ("said_missing", "said_too_long", "alarm_unknown").
    """
    said = said.strip()
    if not said:
        raise Invalid("said_missing", "Say what was done.")
    if len(said) > SAID_MAX:
        raise Invalid("said_too_long", f"At most {SAID_MAX} characters.")
    acknowledging.by_alarm(tx, alarms.topic_of(tx, alarm_id), worker_id)
    for id in (alarm_id, *alarms.beside(tx, alarm_id, worker_id)):
        alarms.close(tx, id, worker_id, house.vault.seal(said))
