"""The routing policy of a line, built from what stands in the directory."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from config.faults import Fault
from config.lines import Line
from routing.policy import LinePolicy, PolicyError, Stages

_STAGES = ("stages", "danger_stages")
_DEFAULT = LinePolicy()


def policy_of(line: Line, file: str) -> tuple[LinePolicy, list[Fault]]:
    """The line's policy and its faults; with faults it is the default. Keys that are left out have their defaults."""
    prefix = f"line.{line.id}.policy"
    values, found = _known(line.policy, LinePolicy, file, prefix)
    for name in _STAGES:
        if name in values:
            values[name], more = _stages(values[name], getattr(_DEFAULT, name), file, f"{prefix}.{name}")
            found += more
    targets = values.get("targets_s")
    if targets is not None and not isinstance(targets, Mapping):
        found.append(Fault(file, f"{prefix}.targets_s", "is no table", "Write { normal = 60.0 }."))
    if found:
        return _DEFAULT, found
    try:
        return replace(_DEFAULT, **values), []
    except PolicyError as error:
        return _DEFAULT, [Fault(file, f"{prefix}.{key}", said, "Change the number.") for key, said in error.faults]


def _stages(given: object, default: Stages, file: str, prefix: str) -> tuple[Stages, list[Fault]]:
    if not isinstance(given, Mapping):
        return default, [Fault(file, prefix, "is no table", "Write it as a table of stages.")]
    values, found = _known(given, Stages, file, prefix)
    return (default if found else replace(default, **values)), found


def _known(given: Mapping[str, Any], form: type, file: str, prefix: str) -> tuple[dict[str, Any], list[Fault]]:
    """The given values, and a fault for each key that the form does not have or whose value is of another kind."""
    kinds = {field.name: field.type for field in fields(form)}
    found = []
    for key, value in given.items():
        if key not in kinds:
            found.append(Fault(file, f"{prefix}.{key}", "is not a known key", "Check its spelling, or remove it."))
        elif kinds[key] is bool and not isinstance(value, bool):
            found.append(Fault(file, f"{prefix}.{key}", "is neither true nor false", "Write true or false."))
        elif kinds[key] is str and not isinstance(value, str):
            found.append(Fault(file, f"{prefix}.{key}", "is not text", "Write it in double quotes."))
    return {key: value for key, value in given.items() if key in kinds}, found
