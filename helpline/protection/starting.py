"""Ladders that begin by themselves: nobody has flagged anything, and somebody must know."""

from typing import Any

from helpline.house import House
from helpline.protection import acknowledging, climbing
from helpline.store import alarms
from helpline.store.db import Tx


def start(
    tx: Tx, house: House, cause: str, topic: str, *, line: str | None = None, language: str | None = None,
    contact_id: str | None = None, worker_id: str | None = None, concern_id: str | None = None,
) -> str | None:  # fmt: skip
    """Climb the ladder of this cause, unless this topic is climbed already; gives the climb's id.

    ``cause`` is one of `config.ladders.CAUSES`; None is given for one that the configuration leaves to its alarm.
    ``worker_id`` is not told: it is about them, or they did it.
    """
    name = house.directory.ladders.causes.get(cause)
    if name is None:
        return None
    return climbing.begin(
        tx, house, cause, topic, name, concern_id=concern_id, contact_id=contact_id, line=line, language=language,
        worker_id=worker_id,
    )  # fmt: skip


def alarm(tx: Tx, house: House, kind: str, topic: str, **about: Any) -> None:
    """Raise an alarm on the floor and climb its ladder. ``about``: line, language, contact_id, worker_id.

    One that is open already was started with it.
    """
    if alarms.raise_alarm(tx, kind, topic, **about):
        start(tx, house, kind, topic, **about)


def mended(tx: Tx, topic: str) -> None:
    """The cause is gone: the alarm closes, and a ladder that may end by itself ends."""
    alarms.close_topic(tx, topic)
    acknowledging.mended(tx, topic)
