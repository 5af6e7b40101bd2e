"""What a simulation found, gathered for those who read it: a person, a machine, a picture."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from helpline.simulation.day import HOURS, Names
from helpline.simulation.measuring import (
    Chosen,
    Difference,
    Figures,
    by_hour,
    differences,
    hour_of,
    languages_of,
    of_run,
)
from helpline.simulation.queueing import Outcome
from helpline.simulation.running import ByHour, Run, everybody
from helpline.simulation.staffing import Staffing, staffing
from helpline.simulation.what_if import Question


@dataclass(frozen=True, slots=True)
class Idle:
    """Hours in each hour of the day, on the average, of all who speak a language, with their whole time."""

    on_duty: ByHour
    idle: ByHour

    @property
    def share(self) -> float | None:
        """Of the time on duty in which they had nothing to do."""
        return sum(self.idle) / sum(self.on_duty) if sum(self.on_duty) else None


@dataclass(frozen=True, slots=True)
class Answer:
    """To a question. ``rows``: everybody (no key) and each language, of those who come in its hours.

    ``same``: not one caller is answered otherwise.
    """

    question: Question
    same: bool
    rows: Mapping[tuple[str | None, ...], Mapping[str, Difference | None]]


@dataclass(frozen=True, slots=True)
class Results:
    """All of it. ``languages``: the most frequent first; None: not known. ``idle`` by language, everybody's without."""

    run: Run
    names: Names
    everybody: Figures
    danger: Figures
    languages: Mapping[str | None, Figures]
    hours: tuple[Figures, ...]
    idle: Mapping[str | None, Idle]
    together: Staffing | None
    staffing: tuple[Staffing, ...]
    answers: tuple[Answer, ...] = ()

    @property
    def unspoken(self) -> list[str]:
        """Languages in which somebody comes and that nobody on the roster speaks."""
        spoken = {one for _, person in everybody(self.run.plan) for one in person.spoken}
        return [one for one in self.languages if one is not None and one not in spoken]


def results(run: Run, names: Names, answers: tuple[Answer, ...] = ()) -> Results:
    languages = languages_of(run)
    found = staffing(run)
    return Results(
        run=run,
        names=names,
        everybody=of_run(run),
        danger=of_run(run, lambda one: one.arrival.danger),
        languages={one: of_run(run, _in(one)) for one in languages},
        hours=tuple(by_hour(run)),
        idle={None: _idle(run, None)} | {one: _idle(run, one) for one in languages if one is not None},
        together=None if found is None else found[0],
        staffing=() if found is None else tuple(found[1]),
        answers=answers,
    )


def answer(question: Question, before: Run, after: Run) -> Answer:
    """On the same callers."""
    rows: dict[tuple[str | None, ...], Mapping[str, Difference | None]] = {}
    rows[()] = differences(before, after, lambda one: hour_of(one) in question.hours)
    for language in languages_of(before):
        rows[(language,)] = differences(before, after, _in(language, question.hours))
    return Answer(question, before.days == after.days, rows)


def _in(language: str | None, hours: Container[int] = range(HOURS)) -> Chosen:
    def chosen(outcome: Outcome) -> bool:
        return outcome.arrival.language == language and hour_of(outcome) in hours

    return chosen


def _idle(run: Run, language: str | None) -> Idle:
    names = [name for name, person in everybody(run.plan) if language is None or language in person.spoken]
    on_duty = tuple(sum(run.on_duty[name][hour] for name in names) for hour in range(HOURS))
    return Idle(on_duty, tuple(sum(run.idle[name][hour] for name in names) for hour in range(HOURS)))


# For machines


def as_json(found: Results) -> dict[str, Any]:
    """Counts are a day's, shares from 0 to 1, waits seconds; null: there is no such number."""
    days = len(found.run.days)
    goal = found.run.plan.day.goal
    return {
        "days": days,
        "seed": found.run.seed,
        "goal": {"within_s": goal.within_s, "share": goal.share},
        "everybody": _figures(found.everybody, days),
        "danger": _figures(found.danger, days),
        "languages": {_code(one): _figures(each, days) for one, each in found.languages.items()},
        "hours": [_figures(each, days) for each in found.hours],
        "idle": {
            "everybody" if one is None else one: {"on_duty_h": list(each.on_duty), "idle_h": list(each.idle)}
            for one, each in found.idle.items()
        },
        "staffing": {
            "together": None if found.together is None else _staffing(found.together),
            "languages": {_code(one.language): _staffing(one) for one in found.staffing},
        },
        "nobody_speaks": found.unspoken,
        "what_if": [_answer(one) for one in found.answers],
    }


def _code(language: str | None) -> str:
    return "unknown" if language is None else language


def _figures(one: Figures, days: int) -> dict[str, float | None]:
    return {
        "come": one.come / days,
        "left_at_once": one.short / days,
        "gave_up": one.gave_up / days,
        "answered": one.answered / days,
        "answered_by_two": one.bridged / days,
        "abandonment": one.abandonment,
        "service_level": one.service_level,
        "answer_rate": one.answer_rate,
        "wait_mean_s": one.mean_wait_s,
        "wait_p50_s": one.median_wait_s,
        "wait_p90_s": one.long_wait_s,
    }


def _staffing(one: Staffing) -> dict[str, Any]:
    return {"calls": list(one.calls), "needed": list(one.needed), "there": list(one.there)}


def _answer(one: Answer) -> dict[str, Any]:
    def rows() -> Iterator[tuple[str, Any]]:
        for key, row in one.rows.items():
            yield "everybody" if not key else _code(key[0]), {name: _difference(each) for name, each in row.items()}

    return {
        "question": one.question.what,
        "hours": sorted(one.question.hours),
        "same": one.same,
        "changes": dict(rows()),
    }


def _difference(one: Difference | None) -> dict[str, float | bool | None] | None:
    if one is None:
        return None
    half = one.half if isfinite(one.half) else None
    return {"before": one.before, "after": one.after, "change": one.change, "within_95": half, "clear": one.is_clear}
