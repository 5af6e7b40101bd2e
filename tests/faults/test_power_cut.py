"""The power is cut: only what was flushed is there for certain, and of the rest any part of it.

SQLite's writes and flushes are watched where they leave it, together with the moments at which somebody was told that
something is safe (`tests.faults.watched_disk`). Then the power is cut at many of those moments, on paper, and what is
left on the disk is opened as a restart would open it.
"""

import pickle
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.watched_disk import Event, Platter


@dataclass
class Night:
    """One run: what happened on the disk, and the database's path then."""

    path: str
    events: list[Event]


def watched(folder: Path, synchronous: str, units: int) -> Night:
    path, events = folder / f"{synchronous}.db", folder / "events"
    command = [sys.executable, "-m", "tests.faults.one_that_is_watched", str(path), str(events), synchronous]
    done = subprocess.run([*command, str(units)], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode == 3:
        pytest.skip("this Python has SQLite built in: nobody can watch what it writes")
    assert done.returncode == 0, done.stderr
    return Night(str(path), pickle.loads(events.read_bytes()))


def cuts(night: Night, chance: random.Random, count: int) -> Iterator[tuple[Platter, list[str]]]:
    """The disk at so many moments after the first acknowledgement, with what was acknowledged by then.

    Half of the moments are right after somebody was told, which is when most can be lost.
    """
    told_at = [at for at, event in enumerate(night.events) if event[0] == "told"]
    moments = set(chance.sample(told_at, min(len(told_at), count // 2)))
    moments |= {chance.randrange(told_at[0], told_at[-1]) for _ in range(count - len(moments))}
    platter, told = Platter(), []
    for at, event in enumerate(night.events):
        platter.take(event)
        if event[0] == "told":
            told.append(event[1])
        if at in moments:
            yield platter, [key for key in told if key != "end"]


def lost(night: Night, files: dict[str, bytes], told: list[str], folder: Path) -> set[str]:
    """What was acknowledged and is not there when the store is opened again. It must be sound in any case."""
    folder.mkdir()
    for path, content in files.items():
        (folder / Path(path).name).write_bytes(content)
    conn = sqlite3.connect(folder / Path(night.path).name)
    try:
        assert conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return set(told) - {key for (key,) in conn.execute("SELECT key FROM deliveries")}
    finally:
        conn.close()


def test_whatever_was_acknowledged_survives_a_power_cut(tmp_path: Path, chance: random.Random, rounds: int) -> None:
    night = watched(tmp_path, "FULL", 240)
    names = {Path(event[1]).name for event in night.events if event[0] == "flush"}
    assert names >= {"FULL.db", "FULL.db-wal"}, "pages were moved into the database meanwhile, too"
    for number, (platter, told) in enumerate(cuts(night, chance, 15 * (rounds + 1))):
        files = platter.after_the_cut(chance, survives=chance.choice([0.0, 0.5, 1.0]))
        assert not lost(night, files, told, tmp_path / f"{number}")


def test_a_store_that_does_not_flush_is_found_out(tmp_path: Path, chance: random.Random) -> None:
    night = watched(tmp_path, "NORMAL", 80)
    gone: set[str] = set()
    for number, (platter, told) in enumerate(cuts(night, chance, 12)):
        gone |= lost(night, platter.after_the_cut(chance, survives=0.0), told, tmp_path / f"{number}")
    assert gone, "a test that cannot fail"
