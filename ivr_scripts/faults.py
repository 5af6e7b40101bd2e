"""A fault in what an operator wrote, said so that it can be mended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `file` and `key` say where, `remedy` what to do.

    `error`: the line must not start. `warning`: a child is served, but less well. `code` is stable:
    `draft` and `unvoiced` are warnings that a production start treats as errors unless it is told not
    to. A text is never repeated here.
    """

    file: str
    key: str
    problem: str
    remedy: str
    severity: Literal["error", "warning"]
    code: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.problem} ({self.remedy})"


def error(file: str, key: str, problem: str, remedy: str, code: str) -> Fault:
    """A fault with which the line must not start."""
    return Fault(file, key, problem, remedy, "error", code)


def warning(file: str, key: str, problem: str, remedy: str, code: str) -> Fault:
    """A fault with which the line may start."""
    return Fault(file, key, problem, remedy, "warning", code)
