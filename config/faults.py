"""What is wrong with a configuration, said so that an operator can mend it.

A fault names a file, a key in it, what is wrong and what to do. It never holds the value that was found: that may
be a secret.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import ValidationError

ENVIRONMENT = "environment"
"""Stands where a file is named, for what came from the environment."""


class Severity(StrEnum):
    """An error stops the start; a warning is told."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend. ``key`` is dotted as in the file, or the name of an environment variable."""

    file: str
    key: str
    problem: str
    remedy: str
    severity: Severity = Severity.ERROR

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR

    def __str__(self) -> str:
        return f"{self.severity}: {self.file}: {self.key}: {self.problem}. {self.remedy}"


class ConfigurationError(Exception):
    """The configuration cannot be used. Raised with every fault that was found, at least one."""

    code = "configuration_faulty"

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


def read_toml(path: Path) -> dict[str, Any]:
    """The file's tables. Raises ConfigurationError when it cannot be read or is no TOML, naming the line."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
        raise ConfigurationError([Fault(str(path), "-", problem, "Check its path and who may read it.")]) from None
    except UnicodeDecodeError as error:
        problem = f"is not UTF-8 text (byte {error.start})"
        raise ConfigurationError([Fault(str(path), "-", problem, "Save it as UTF-8.")]) from None
    except tomllib.TOMLDecodeError as error:
        where = _line_of(str(error))
        problem = f"is not TOML{where}"
        remedy = "Mend that line: `key = value`, text in double quotes, one table header a table."
        raise ConfigurationError([Fault(str(path), "-", problem, remedy)]) from None


def _line_of(message: str) -> str:
    """The place that the parser names, without what stands there."""
    _, found, place = message.rpartition("(at ")
    return f" (at {place}" if found else ""


def faults_of(error: ValidationError, file: str, prefix: str = "") -> list[Fault]:
    """The faults that pydantic found in what was read from ``file``, below the key ``prefix``."""
    found = []
    errors = error.errors(include_url=False, include_input=False)
    for one in errors:
        below = (other for other in errors if other is not one and other["loc"][: len(one["loc"])] == one["loc"])
        if one["type"] == "too_short" and any(below):
            continue  # it holds something, which is wrong in itself
        key = dotted((*filter(None, [prefix]), *one["loc"]))
        problem, remedy = _explained(one["type"], one["msg"], one.get("ctx", {}))
        found.append(Fault(file, key, problem, remedy))
    return found


def dotted(path: Iterable[object]) -> str:
    """A path of keys and positions as a person writes it: `lines.0.hours.mon`."""
    return ".".join(str(part) for part in path) or "-"


_REMEDIES = {
    "extra_forbidden": ("is not a known key", "Check its spelling, or remove it."),
    "missing": ("is missing", "Add it."),
    "int_parsing": ("is not a whole number", "Write digits only."),
    "int_type": ("is not a whole number", "Write digits only."),
    "float_parsing": ("is not a number", "Write digits only."),
    "bool_parsing": ("is neither true nor false", "Write true or false."),
    "string_type": ("is not text", "Write it in double quotes."),
}


def _explained(kind: str, message: str, context: dict[str, Any]) -> tuple[str, str]:
    if kind in _REMEDIES:
        return _REMEDIES[kind]
    if kind in ("enum", "literal_error"):
        return "is none of the possible values", f"Write one of {context.get('expected', '?')}."
    if kind == "value_error":
        problem, _, remedy = str(context.get("error", message)).partition(". ")
        return problem, remedy or "Change it."
    return message[:1].lower() + message[1:], "Change it."
