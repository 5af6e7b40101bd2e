"""Invented past weeks for a demonstration, so that its reports have something to count. Plainly marked.

The institutions are the demonstration's, and every contact's pseudonym begins with "Demo-". From these rows a report
counts 132 children for whom interpreters were asked, 118 boys and 14 girls; the 14 boys of one group were asked for
three times, and count once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from helpline.clock import DAY, MINUTE, SECOND
from helpline.contacts.arrival import new_contact
from helpline.house import House
from helpline.interpreting import conversing
from helpline.interpreting.civil import zone_of
from helpline.store import assignments, institutions, interpreters, officers, report_view, requests
from helpline.store.db import Tx
from helpline.store.report_view import INVENTED

COURT, IMMIGRATION, PRISON = "100116", "100117", "100118"
OFFICERS = {COURT: "demo-court", IMMIGRATION: "demo-immigration", PRISON: "demo-prison"}


@dataclass(frozen=True, slots=True)
class Past:
    """A request that is over. ``ago``: days; ``hour`` of the institution's clock; ``by``: who interpreted, after
    ``waited`` s, for ``minutes``; None: nobody came. ``again``: for the children of the request before it.
    """

    institution: str
    language: str
    purpose: str
    girls: int
    boys: int
    ago: int
    hour: int
    by: str | None
    waited: int = 0
    minutes: int = 0
    again: bool = False


REQUESTS = (
    Past(PRISON, "am", "welfare", 0, 14, 52, 9, "demo-dawit", 22, 41),
    Past(PRISON, "am", "interview", 0, 14, 47, 10, "demo-dawit", 35, 58, again=True),
    Past(PRISON, "am", "hearing", 0, 14, 33, 8, "demo-dawit", 18, 26, again=True),
    Past(IMMIGRATION, "am", "interview", 0, 22, 44, 11, "demo-dawit", 27, 95),
    Past(IMMIGRATION, "ti", "interview", 2, 18, 40, 14, "demo-selam", 19, 77),
    Past(IMMIGRATION, "so", "welfare", 3, 11, 36, 16, "demo-amina", 24, 52),
    Past(PRISON, "am", "medical", 0, 16, 30, 13, "demo-tesfay", 61, 33),
    Past(COURT, "ti", "hearing", 0, 6, 26, 9, "demo-selam", 15, 44),
    Past(COURT, "so", "hearing", 1, 5, 23, 10, "demo-amina", 28, 39),
    Past(IMMIGRATION, "sw", "interview", 2, 4, 19, 15, "demo-esperance", 21, 30),
    Past(IMMIGRATION, "ar", "interview", 1, 7, 16, 11, "demo-yusuf", 140, 36),
    Past(COURT, "fr", "hearing", 1, 3, 12, 9, "demo-esperance", 26, 25),
    Past(PRISON, "om", "welfare", 0, 9, 9, 19, None),
    Past(IMMIGRATION, "rw", "medical", 1, 2, 6, 21, None),
    Past(COURT, "am", "hearing", 3, 1, 3, 8, "demo-dawit", 30, 48),
)

LEFT_WAITING: Mapping[str, tuple[int, ...]] = {
    "om": (18, 19, 19, 20, 20, 20, 21, 21, 22),
    "ti": (1, 2, 2, 3, 23),
    "rw": (6, 20, 21),
    "so": (2, 4),
}
"""Hours at which invented children left while somebody was sought, by language; each on a day of its own."""

LEFT_IN_MENU = (0, 7, 13, 19, 20, 22)
BRIDGED: Mapping[str, tuple[tuple[int, int], ...]] = {
    "ti": ((8, 25), (10, 31), (13, 44), (15, 19), (17, 52), (19, 160)),
    "am": ((9, 22), (16, 38)),
}
"""(hour, seconds until an interpreter spoke) of invented conversations of three."""

_INTERPRETERS = {"ti": "demo-selam", "am": "demo-tesfay"}
_COUNSELLOR = "demo-bwalya"


def invent(tx: Tx, house: House) -> int:
    """Write the past weeks into a database in which nobody has called or asked yet; how many requests there are.

    Nothing where a line or somebody of the demonstration is missing.
    """
    signed = {one.by for one in REQUESTS if one.by} | {*_INTERPRETERS.values(), _COUNSELLOR}
    people = {name: found.worker_id for name in signed if (found := interpreters.named(tx, name)) is not None}
    offices = {number: institutions.numbered(tx, number) for number in OFFICERS}
    lines = {line.audience: line.id for line in reversed(tuple(house.directory.lines.values()))}
    whole = len(people) == len(signed) and None not in offices.values() and len(lines) == 2
    if not whole or not report_view.is_untouched(tx):
        return 0
    teller = _Teller(tx, house, people)
    group: str | None = None
    for one in REQUESTS:
        group = teller.asked(one, lines["institutions"], group if one.again else None)
    for language, hours in LEFT_WAITING.items():
        for place, hour in enumerate(hours):
            teller.left(lines["children"], language, 2 + 5 * place, hour)
    for place, hour in enumerate(LEFT_IN_MENU):
        teller.left(lines["children"], None, 3 + 6 * place, hour)
    for language, talks in BRIDGED.items():
        for place, (hour, waited) in enumerate(talks):
            teller.bridged(lines["children"], language, 4 + 7 * place, hour, waited)
    return len(REQUESTS)


class _Teller:
    """Writes one thing after the other, each closed from its beginning."""

    def __init__(self, tx: Tx, house: House, people: Mapping[str, str]) -> None:
        self.tx, self.house, self.people = tx, house, people
        self.numbers: Iterator[int] = iter(range(1, 10_000))

    def asked(self, one: Past, line: str, group: str | None) -> str:
        """The id of the first request for these children."""
        tx = self.tx
        office, officer = institutions.numbered(tx, one.institution), officers.named(tx, OFFICERS[one.institution])
        assert office is not None
        at, served = self._at(one.ago, one.hour, office.timezone), one.by is not None
        met = at + one.waited * SECOND
        over = met + one.minutes * MINUTE if served else at + 20 * MINUTE
        request = requests.add(tx, {
            "id": tx.new_id(), "institution_id": office.id, "officer_id": officer.id if officer else None,
            "came_by": "page", "line": line, "languages": one.language, "dialect": None, "gender_wish": None,
            "child_friendly": False, "certified": False, "purpose": one.purpose, "girls": one.girls, "boys": one.boys,
            "detained": one.institution == PRISON, "call_to_enc": None, "guest_enc": None, "group_of": group,
            "not_before": None, "created_at": at, "cancelled_at": None, "done_at": over,
            "outcome": "served" if served else "nobody_came",
        })  # fmt: skip
        contact = self._contact(
            line, at, over, kind=conversing.KIND, language=one.language, language_known_at=at, queued_at=at,
            connected_at=met if served else None, outcome="served" if served else "stopped", ended_by="staff",
        )  # fmt: skip
        requests.add_contact(tx, request.id, contact)
        if one.by is not None:
            self._seat(contact, self.people[one.by], "interpreter", at, met, over, one.language)
        return group or request.id

    def left(self, line: str, language: str | None, ago: int, hour: int) -> None:
        """A child who left: while somebody was sought, or where no language was chosen, in the menu."""
        at = self._at(ago, hour, self.house.line(line).timezone)
        known = {"language": language, "language_known_at": at, "queued_at": at} if language else {}
        outcome = "abandoned" if language else "left_in_menu"
        self._contact(line, at, at + 90 * SECOND, outcome=outcome, ended_by="child", **known)

    def bridged(self, line: str, language: str, ago: int, hour: int, waited: int) -> None:
        """A counsellor and an interpreter with a child."""
        at = self._at(ago, hour, self.house.line(line).timezone)
        met, over = at + waited * SECOND, at + 25 * MINUTE
        contact = self._contact(
            line, at, over, language=language, language_known_at=at, queued_at=at, connected_at=met,
            outcome="served", ended_by="counsellor",
        )  # fmt: skip
        self._seat(contact, self.people[_COUNSELLOR], "counsellor", at, met, over)
        self._seat(contact, self.people[_INTERPRETERS[language]], "interpreter", at, met, over, language)

    def _contact(self, line: str, at: int, over: int, **known: Any) -> str:
        pseudonym = f"{INVENTED}{next(self.numbers):04d}"
        keep_until = at + self.house.line(line).keep_days * DAY
        return new_contact(
            self.tx, self.house, line, pseudonym=pseudonym, state="closed", state_since=over, first_arrival=at,
            left_at=over, closed_at=over, keep_until=keep_until, **known,
        ).id  # fmt: skip

    def _seat(
        self, contact: str, worker: str, role: str, asked: int, met: int, over: int, language: str | None = None
    ) -> None:
        assignments.add(self.tx, {
            "id": self.tx.new_id(), "contact_id": contact, "worker_id": worker, "role": role, "state": "ended",
            "contact_version": 0, "load_class": "voice", "stage": "pair", "reasons_json": "{}", "offered_at": asked,
            "until": met, "accepted_at": asked, "connected_at": met, "ended_at": over, "end": "finished",
            "language": language, "relay": "en" if language else None,
        })  # fmt: skip

    def _at(self, ago: int, hour: int, zone: str) -> int:
        """An hour of a day in the past (µs UTC), some minutes after it struck."""
        today = datetime.fromtimestamp(self.tx.now // SECOND, UTC).astimezone(zone_of(zone)).date()
        local = datetime.combine(today - timedelta(days=ago), time(hour, ago % 50), zone_of(zone))
        return int(local.timestamp()) * SECOND
