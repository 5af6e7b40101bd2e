"""Undertakings and certificates that end: a warning weeks before, and an alarm on the day after the last.

The timer of a worker looks at everything of theirs, and is set again for the next day on which something changes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from helpline.clock import SECOND
from helpline.house import House
from helpline.interpreting.qualified import lapsed
from helpline.store import alarms, deadlines, interpreters
from helpline.store.db import Tx
from helpline.store.interpreters import Certificate, Interpreter

WARN_DAYS = 28
"""So many days before the last one, a coordinator is told."""

TIMER = "qualification_look"
KINDS = frozenset({"undertaking_lapsing", "undertaking_lapsed", "certificate_lapsing", "certificate_lapsed"})


@dataclass(frozen=True, slots=True)
class Ending:
    """Something of an interpreter's that ends. ``what``: undertaking | certificate; ``until`` is its last day."""

    what: str
    id: str
    until: str
    language: str | None = None


def standing(begins: str | None, until: str | None, today: date) -> str:
    """holds, lapsing (its last day is near), lapsed, or coming (its first day has not come)."""
    day = today.isoformat()
    if begins is not None and day < begins:
        return "coming"
    if lapsed(begins, until, today):
        return "lapsed"
    soon = until is not None and date.fromisoformat(until) - today < timedelta(days=WARN_DAYS)
    return "lapsing" if soon else "holds"


def endings(one: Interpreter, papers: Sequence[Certificate]) -> tuple[Ending, ...]:
    """What ends one day. A certificate beside which another of the same language holds longer is let go quietly."""
    return (*_of_undertaking(one), *_of_certificates(papers))


def _of_undertaking(one: Interpreter) -> Iterator[Ending]:
    if one.undertaking_until is not None:
        yield Ending("undertaking", one.worker_id, one.undertaking_until)


def _of_certificates(papers: Sequence[Certificate]) -> Iterator[Ending]:
    for paper in papers:
        others = [other for other in papers if other.language == paper.language and other.id != paper.id]
        if paper.expires_on is not None and not any(_holds_longer(other, paper.expires_on) for other in others):
            yield Ending("certificate", paper.id, paper.expires_on, paper.language)


def _holds_longer(other: Certificate, until: str) -> bool:
    begins = other.issued_on is None or other.issued_on <= until
    return begins and (other.expires_on is None or other.expires_on > until)


def look(tx: Tx, house: House, worker_id: str) -> None:
    """Raise what has come near or is over, close what was mended, and look again when the next day comes.

    Each warning is raised once for each last day: one that a person has closed does not come back.
    """
    one = interpreters.find(tx, worker_id)
    works = one is not None and not one.disabled and "interpreter" in one.roles
    papers = interpreters.certificates_of(tx, [worker_id]).get(worker_id, ()) if works else ()
    found = endings(one, papers) if one is not None and works else ()
    zone = zone_of(house, one)
    today = datetime.fromtimestamp(tx.now / SECOND, UTC).astimezone(zone).date()
    topics = {}
    for ending in found:
        now = standing(None, ending.until, today)
        if now in ("lapsing", "lapsed"):
            kind = f"{ending.what}_{now}"
            topics[f"{kind}:{ending.id}:{ending.until}"] = (kind, ending.language)
    for topic in interpreters.open_about(tx, worker_id, KINDS):
        if topic not in topics:
            alarms.close_topic(tx, topic)
    for topic, (kind, language) in topics.items():
        if not interpreters.was_raised(tx, topic):
            alarms.raise_alarm(tx, kind, topic, worker_id=worker_id, language=language)
    interpreters.forget_looks(tx, TIMER, worker_id)
    moments = [at for at in _moments(found, zone) if at > tx.now]
    if moments:
        deadlines.add(tx, TIMER, worker_id, min(moments))


def zone_of(house: House, one: Interpreter | None) -> ZoneInfo:
    """The time zone in which a day of this person begins and ends; the first line's when none is written down."""
    own = one.timezone if one is not None else None
    return ZoneInfo(own or next(iter(house.directory.lines.values())).timezone)


def _moments(found: Iterable[Ending], zone: ZoneInfo) -> Iterator[int]:
    """When the day of a warning begins, and the day after the last (µs)."""
    for ending in found:
        last = date.fromisoformat(ending.until)
        for day in (last - timedelta(days=WARN_DAYS - 1), last + timedelta(days=1)):
            yield int(datetime.combine(day, time(), zone).astimezone(UTC).timestamp()) * SECOND
