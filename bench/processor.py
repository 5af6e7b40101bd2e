"""Processor time that another process has taken, which others on the machine do not stretch as they do the clock."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Spent:
    """µs of the thread that began the process, where the event loop runs, and of all others together."""

    loop_us: float
    threads_us: float


def spent(pid: int) -> Spent:
    """Since the process began. Not a number where the system does not tell (it is Linux that does)."""
    loop, threads = float("nan"), float("nan")
    for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            taken = int(task.read_text().split()[0]) / 1000
        except (OSError, ValueError):  # the thread has ended meanwhile
            continue
        if task.parent.name == str(pid):
            loop = taken
        else:
            threads = taken if threads != threads else threads + taken
    return Spent(loop, threads if threads == threads else 0.0)
