"""The benches run, and their rows have the shape that others read. What is fast is not asserted: machines differ."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
KEYS = ["name", "value", "unit", "rival", "rival_value", "ratio", "note"]


@pytest.mark.parametrize(
    ("bench", "said"),
    [
        ("webhooks", "webhooks, durable"),
        ("decisions", "durable decisions, many workers freed at once"),
        ("matching", "decisions, ours on PostgreSQL"),
        ("offers", "free worker to offer on screen, mean"),
        ("start", "start to ready with 100 open contacts"),
        ("texts", "child's text to the last screen, p99"),
    ],
)
def test_a_bench_runs_and_writes_its_rows(tmp_path: Path, bench: str, said: str) -> None:
    results = tmp_path / "results.json"
    own = {name: value for name, value in os.environ.items() if not name.startswith("HELPLINE_")}
    done = subprocess.run(
        [sys.executable, "-m", "bench", bench, "--quick", "--results", str(results)],
        cwd=ROOT,
        env=own,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads(results.read_text())
    assert said in [row["name"] for row in rows]
    for row in rows:
        assert list(row) == KEYS
        assert row["unit"] in ("1/s", "ms", "us", "s", "KB", "count"), row
        for number in (row["value"], row["rival_value"], row["ratio"]):
            assert math.isfinite(number) and number >= 0, row
        assert row["name"] in done.stdout


def test_a_bench_that_is_none_is_named() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "weather"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "weather" in done.stderr and "offers" in done.stderr
