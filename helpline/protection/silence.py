"""A line that is never silent has been silent: its usual traffic by hour, learned from what came, says what is odd."""

from collections.abc import Mapping

from helpline.clock import DAY, HOUR, MINUTE
from helpline.house import House
from helpline.lines import is_open
from helpline.protection import starting
from helpline.store import climbs, deadlines, traffic
from helpline.store.db import Tx

DEADLINE = "silence_look"
LOOK_EVERY = 10 * MINUTE
LEARNED_FROM = 28 * DAY
KNOWN_AFTER = 14 * DAY
"""A line that is younger is not known well enough."""

ODD = 8.0
"""Contacts that usually come in such a time: by chance none comes once in three thousand times."""

_WEEK_H = 7 * 24


def expected(by_hour: Mapping[int, int], since: int, now: int) -> float:
    """How many contacts usually come between two times (µs). Pure.

    ``by_hour``: contacts of the four weeks until now, by the hour (since 1970) in which they came. An hour is as the
    same hour of the same weekday was on average.
    """
    weeks = LEARNED_FROM // (7 * DAY)
    usual: dict[int, float] = {}
    for hour, count in by_hour.items():
        usual[hour % _WEEK_H] = usual.get(hour % _WEEK_H, 0.0) + count / weeks
    total, at = 0.0, since
    while at < now:
        end = min(now, at - at % HOUR + HOUR)
        total += usual.get(at // HOUR % _WEEK_H, 0.0) * (end - at) / HOUR
        at = end
    return total


def look(tx: Tx, house: House, line: str) -> None:
    """Timer: whether the line is oddly silent now."""
    if line not in house.directory.lines:
        return
    topic = f"line_silent:{line}"
    first, last = traffic.span(tx, line)
    known = first is not None and last is not None and tx.now - first >= KNOWN_AFTER
    silent = (
        known
        and is_open(tx, house, line)
        and expected(traffic.by_hour(tx, line, tx.now - LEARNED_FROM), last or tx.now, tx.now) >= ODD
    )
    if silent:
        starting.alarm(tx, house, "line_silent", topic, line=line)
    else:
        starting.mended(tx, topic)
    deadlines.add(tx, DEADLINE, line, tx.now + LOOK_EVERY)


def take_up(tx: Tx, house: House) -> None:
    """A process begins: every line is looked at."""
    for line in (one.id for one in house.for_children()):
        if not climbs.waits(tx, line):
            deadlines.add(tx, DEADLINE, line, tx.now + LOOK_EVERY)
