"""The plan of a simulation, from a day's file and the deployment's lines and languages."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from config.directory import directory_file, load_directory
from config.faults import ConfigurationError, Fault
from config.lines import Line
from helpline.policies import policy_of
from helpline.simulation.day import Names, read_day
from helpline.simulation.running import Plan
from helpline.simulation.what_if import ASKED, Question
from ivr_scripts.loader import load_languages
from routing.policy import LinePolicy


@dataclass(frozen=True, slots=True)
class Setting:
    """Whose day it is. ``file``: the day's."""

    plan: Plan
    line: Line
    names: Names
    file: Path


def read_setting(file: Path, directory_dir: Path | None) -> Setting:
    """Raises ConfigurationError with every fault of what had to be read."""
    languages, wrong = load_languages(directory_file("languages.toml", directory_dir))
    if any(fault.severity == "error" for fault in wrong):
        raise ConfigurationError([Fault(one.file, one.key, one.problem, one.remedy) for one in wrong])
    directory = load_directory(languages.by_code, directory_dir)
    day, history = read_day(file, languages.by_code)
    line = next(iter(directory.lines.values())) if day.line is None else directory.lines.get(day.line)
    if line is None:
        there = ", ".join(directory.lines)
        raise ConfigurationError([Fault(str(file), "line", "is no line of lines.toml", f"Write one of: {there}.")])
    _, faults = policy_of(line, str(directory.files["lines"]))
    if faults:
        raise ConfigurationError(faults)
    names = Names({one.code: one.name for one in languages})
    plan = Plan(day, history, day.person, _policy(line, day.policy, str(file), "policy."))
    return Setting(plan, line, names, file)


def as_asked(setting: Setting, question: Question) -> Plan:
    """The plan as the question has it."""
    plan = question.applied(setting.plan)
    if question.policy is None:
        return plan
    return replace(plan, policy=_policy(setting.line, _over(plan.day.policy, question.policy), ASKED, ""))


def _policy(line: Line, more: Mapping[str, Any], file: str, prefix: str) -> LinePolicy:
    policy, faults = policy_of(line.model_copy(update={"policy": _over(line.policy, more)}), file)
    if faults:
        theirs = f"line.{line.id}.policy."
        raise ConfigurationError([replace(one, key=prefix + one.key.removeprefix(theirs)) for one in faults])
    return policy


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """The stages key by key, everything else as a whole."""
    both = {**below, **above}
    for table in ("stages", "danger_stages"):
        under, over = below.get(table), above.get(table)
        if isinstance(under, Mapping) and isinstance(over, Mapping):
            both[table] = {**under, **over}
    return both
