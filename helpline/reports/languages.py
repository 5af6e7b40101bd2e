"""Which languages are lacked, and when; and what an institution has asked for. Gathered from rows, counted purely."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from helpline.clock import MINUTE
from helpline.house import House
from helpline.interpreting import statements
from helpline.interpreting.statements import NO_SHOW, REFUSALS, Filled
from helpline.reports import metrics
from helpline.reports.metrics import Asked, Group, Met, Timing
from helpline.reports.unmet import (
    Demand,
    Wish,
    Worst,
    demands,
    hour_of,
    way_of_booking,
    way_of_contact,
    way_of_request,
    worst,
)
from helpline.store import report_view
from helpline.store import statements as booking_rows
from helpline.store.db import Tx
from helpline.store.report_view import BookedFor, Ended, Interpreted, Made, Span

WAYS_OF_REFUSAL = (*REFUSALS, NO_SHOW)


@dataclass(frozen=True, slots=True)
class Minutes:
    """Interpreted, of one language, by what they were for."""

    language: str | None
    bridges: int
    requests: int
    bookings: int

    @property
    def all(self) -> int:
        return self.bridges + self.requests + self.bookings


@dataclass(frozen=True, slots=True)
class Counts:
    """All that the coordinator's page says of a period.

    ``rates``: requests and bookings together. ``refusals``: by language, how often offers ended so. ``children``: for
    whom institutions asked, each group once; ``groups``: how many.
    """

    demands: tuple[Demand, ...]
    worst: Worst | None
    rates: tuple[Filled, ...]
    timings: tuple[Timing, ...]
    bridges: Timing
    requests: Timing
    refusals: tuple[tuple[str | None, Mapping[str, int]], ...]
    missed_by_institutions: int
    minutes: tuple[Minutes, ...]
    children: Group
    groups: int


@dataclass(frozen=True, slots=True)
class Line:
    """One request as its institution reads it. ``waited``: µs until an interpreter spoke; None: none did.

    ``state``: served, unreached, cancelled, nobody_came, or open.
    """

    made: Made
    language: str | None
    state: str
    conversations: int
    waited: int | None
    minutes: int


@dataclass(frozen=True, slots=True)
class OfInstitution:
    """The statement of one institution: its requests, and what came of them."""

    lines: tuple[Line, ...]
    rates: tuple[Filled, ...]
    timing: Timing
    children: Group
    groups: int


def count(tx: Tx, house: House, span: Span) -> Counts:
    """Everything in a period. Reads only."""
    made, spoken = report_view.made(tx, span), report_view.interpreted(tx, span)
    booked = report_view.booked_for(tx, span)
    language_of = _languages(made, spoken)
    zones = {line.id: line.timezone for line in house.directory.lines.values()}
    wishes = [
        *of_contacts(report_view.ended(tx, span), zones),
        *of_requests(made, language_of),
        *of_bookings(booked),
    ]
    found = demands(wishes, report_view.speakers(tx))
    tallies = booking_rows.tallies(tx, span.after, span.before)
    booking_rates = statements.fill_rates(tallies)
    met = list(_met(spoken, report_view.wanted_anew(tx, span)))
    times = {source: [one.time for one in met if one.source == source] for source in ("bridge", "request")}
    groups = _groups(made)
    return Counts(
        demands=found,
        worst=worst(found),
        rates=metrics.joined(metrics.filled_requests(_asked(made, spoken, language_of)), booking_rates),
        timings=metrics.timings(met),
        bridges=metrics.timing("bridge", None, times["bridge"]),
        requests=metrics.timing("request", None, times["request"]),
        refusals=_refusals(tx, span),
        missed_by_institutions=sum(one.bookings for one in tallies if one.state == "no_show"),
        minutes=_minutes(spoken, booking_rates),
        children=metrics.children(groups),
        groups=len(groups),
    )


def of_institution(tx: Tx, institution_id: str, span: Span) -> OfInstitution:
    """Its own requests and nothing else: no contact, no name, nobody who waits. Reads only."""
    made = report_view.made(tx, span, institution_id)
    spoken = report_view.interpreted_for(tx, span, institution_id)
    language_of = _languages(made, spoken)
    by_request: dict[str | None, list[Interpreted]] = {}
    for one in spoken:
        by_request.setdefault(one.request_id, []).append(one)
    lines = [_line(one, language_of[one.id], by_request.get(one.id, [])) for one in made]
    waits = [line.waited for line in lines if line.waited is not None]
    groups = _groups(made)
    return OfInstitution(
        tuple(lines),
        metrics.filled_requests(_asked(made, spoken, language_of)),
        metrics.timing("request", None, waits),
        metrics.children(groups),
        len(groups),
    )


def _line(made: Made, language: str | None, held: list[Interpreted]) -> Line:
    times = [one.time for one in _met(held, {})]
    minutes = -(-sum(one.talked for one in held) // MINUTE)
    return Line(made, language, made.outcome or "open", len(held), min(times) if times else None, minutes)


def of_contacts(rows: Iterable[Ended], zones: Mapping[str, str]) -> Iterator[Wish]:
    """``zones``: by line. What came in by a line that is no more counts by UTC."""
    for one in rows:
        way = way_of_contact(
            one.outcome, queued=one.queued, connected=one.connected, short=one.short, spoken=one.spoken,
            known=one.language is not None,
        )  # fmt: skip
        if way is not None:
            yield Wish(one.language, way, hour_of(one.at, zones.get(one.line, "UTC")), one.count)


def of_requests(rows: Iterable[Made], language_of: Mapping[str, str | None]) -> Iterator[Wish]:
    for one in rows:
        way = way_of_request(one.outcome)
        if way is not None:
            yield Wish(language_of[one.id], way, hour_of(one.at, one.zone))


def of_bookings(rows: Iterable[BookedFor]) -> Iterator[Wish]:
    for one in rows:
        way = way_of_booking(one.state, one.cancelled_by)
        if way is not None:
            yield Wish(one.language, way, hour_of(one.at, one.zone), one.count)


def _languages(made: Iterable[Made], spoken: Iterable[Interpreted]) -> dict[str, str | None]:
    """By request: the language that was spoken first, or else the one wanted most."""
    heard = {one.request_id: one.language for one in sorted(spoken, key=lambda one: -(one.met_at or 0))}
    return {one.id: heard.get(one.id) or next(iter(one.languages.split()), None) for one in made}


def _asked(
    made: Iterable[Made], spoken: Iterable[Interpreted], language_of: Mapping[str, str | None]
) -> Iterator[Asked]:
    talked: dict[str | None, int] = {}
    for one in spoken:
        talked[one.request_id] = talked.get(one.request_id, 0) + one.talked
    for each in made:
        yield Asked(language_of[each.id], each.outcome, talked.get(each.id, 0) // MINUTE)


def _met(spoken: Iterable[Interpreted], anew: Mapping[str, list[int]]) -> Iterator[Met]:
    for one in spoken:
        met = one.met_at
        if met is None or one.known_at is None:
            continue
        asked = [at for at in anew.get(one.contact_id, ()) if at <= met]
        source = "bridge" if one.request_id is None else "request"
        yield Met(source, one.language, one.known_at, met, one.due_at, max(asked) if asked else None)


def _groups(made: Iterable[Made]) -> list[Group]:
    """Requests for the same children are one group, with the largest numbers."""
    found: dict[str, Group] = {}
    for one in made:
        before = found.get(one.group, Group(0, 0, 0))
        found[one.group] = Group(max(before.girls, one.girls), max(before.boys, one.boys), before.asked + 1)
    return list(found.values())


def _refusals(tx: Tx, span: Span) -> tuple[tuple[str | None, Mapping[str, int]], ...]:
    found: dict[str | None, dict[str, int]] = {}
    ends = [(one.language, metrics.REFUSED_AS.get(one.end, ""), one.offers) for one in report_view.turned(tx, span)]
    ends += [(one.language, one.end, one.offers) for one in booking_rows.answers(tx, span.after, span.before)]
    for language, end, offers in ends:
        if end in WAYS_OF_REFUSAL:
            theirs = found.setdefault(language, {})
            theirs[end] = theirs.get(end, 0) + offers
    return tuple(sorted(found.items(), key=lambda pair: (-sum(pair[1].values()), pair[0] or "")))


def _minutes(spoken: Iterable[Interpreted], booked: Iterable[Filled]) -> tuple[Minutes, ...]:
    talked: dict[str | None, list[int]] = {}
    for one in spoken:
        sums = talked.setdefault(one.language, [0, 0])
        sums[one.request_id is not None] += one.talked
    by_booking = {one.language: one.minutes for one in booked if one.minutes}
    found = []
    for language in {**talked, **by_booking}:
        bridges, asked = talked.get(language, (0, 0))
        found.append(Minutes(language, bridges // MINUTE, asked // MINUTE, by_booking.get(language, 0)))
    return tuple(sorted(found, key=lambda one: (-one.all, one.language or "")))
