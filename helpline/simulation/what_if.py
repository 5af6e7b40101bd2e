"""Questions to a simulated day: one more person at some hours, somebody less, another number in the policy."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from config.faults import ConfigurationError, Fault, faults_of
from helpline.simulation.day import HOURS, Names, Person
from helpline.simulation.running import Plan
from routing.model import Role

ASKED = "--what-if"
"""Stands where a file is named."""

_FORM = '"so interpreter 14:00-20:00", "2 so,en counsellor 14:00-20:00", "without NAME" or "scarcity=true"'
_MORE = re.compile(r"(?:([1-9]\d{0,2}) +)?([A-Za-z,-]+) +([a-z]+(?:[+,][a-z]+)*) +(\S+)")
_SETTING = re.compile(r"([a-z_]+(?:\.[a-z_]+)?) *= *(\S.*)")


@dataclass(frozen=True, slots=True)
class Question:
    """``what``: in words. ``hours``: of the day that it is about, ``when`` in words; None: the whole day."""

    what: str
    people: tuple[Person, ...] = ()
    without: str | None = None
    policy: Mapping[str, Any] | None = None
    when: str | None = None
    hours: frozenset[int] = frozenset(range(HOURS))

    def applied(self, plan: Plan) -> Plan:
        """The plan with other people; another policy is the caller's to make."""
        people = [_one_less(one) if one.name == self.without else one for one in plan.people]
        return replace(plan, people=(*(one for one in people if one is not None), *self.people))


def question(asked: str, plan: Plan, names: Names, relay: str) -> Question:
    """What ``asked`` means. One who only interprets, in one language, speaks the ``relay`` language too.

    Raises ConfigurationError when it means nothing.
    """
    said = " ".join(asked.split())
    if said.startswith("without "):
        return _without(said.removeprefix("without "), plan)
    setting = _SETTING.fullmatch(said)
    if setting is not None:
        return Question(said, policy=_setting(*setting.groups()))
    more = _MORE.fullmatch(said)
    if more is None:
        raise _fault("-", "is no question that can be answered", f"Write {_FORM}.")
    count, languages, roles, hours = more.groups()
    return _more(int(count or 1), languages.split(","), re.split("[+,]", roles), hours, names, relay)


def _more(count: int, languages: list[str], roles: list[str], hours: str, names: Names, relay: str) -> Question:
    spoken = list(dict.fromkeys(languages))
    if not set(spoken) <= set(names.by_code):
        raise _fault("language", "is none of languages.toml", "Write codes with commas between: so,en.")
    if roles == [Role.INTERPRETER.value] and len(spoken) == 1 and spoken[0] != relay:
        spoken.append(relay)
    tongues = " and ".join(names.of(one) for one in spoken)
    what = f"{count} more {' and '.join(roles)}, {tongues}, {hours}"
    values = {"name": what[:60], "roles": roles, "fluent": spoken, "hours": hours, "count": count}
    try:
        person = Person.model_validate(values)
    except ValidationError as error:
        raise ConfigurationError(faults_of(error, ASKED)) from None
    return Question(what, people=(person,), when=hours, hours=_touched(person))


def _without(name: str, plan: Plan) -> Question:
    person = next((one for one in plan.people if one.name == name), None)
    if person is None:
        there = ", ".join(one.name for one in plan.people)
        raise _fault("without", "names nobody of the roster", f"Write one of: {there}.")
    if len(plan.people) == 1 and person.count == 1:
        raise _fault("without", "leaves nobody", "Ask for less.")
    when = person.hours if isinstance(person.hours, str) else " and ".join(person.hours)
    return Question(f"without {name}", without=name, when=when, hours=_touched(person))


def _touched(person: Person) -> frozenset[int]:
    return frozenset(hour for one in person.periods for hour in one.hours())


def _one_less(person: Person) -> Person | None:
    return None if person.count == 1 else person.model_copy(update={"count": person.count - 1})


def _setting(key: str, value: str) -> dict[str, Any]:
    try:
        read = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        raise _fault(key, "has a value that cannot be read", "Write it as in lines.toml: scarcity=true.") from None
    table, dot, inner = key.partition(".")
    return {table: {inner: read}} if dot else {key: read}


def _fault(key: str, problem: str, remedy: str) -> ConfigurationError:
    return ConfigurationError([Fault(ASKED, key, problem, remedy)])


def without_effect(question: Question, plan: Plan) -> bool:
    """Whether it adds only people who never have a contact: interpreters where no pair may come."""
    return (
        plan.policy.stages.pair_after_s is None
        and plan.policy.danger_stages.pair_after_s is None
        and bool(question.people)
        and all(set(person.roles) == {Role.INTERPRETER} for person in question.people)
    )
