"""``python -m bench [NAME...] [--quick]``: measures, prints the table, writes bench/results.json.

Names: webhooks, routing, decisions, offers, start, texts; all when none is given. ``--quick`` only shows that they run.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

from bench import calls, decisions, matching, offers, routing_bench, start, texts, webhooks
from bench.rows import Row, table

RESULTS = Path(__file__).with_name("results.json")


def routing(quick: bool) -> list[Row]:
    """The floor in memory. It has no short form, and takes half a minute."""
    return [] if quick else [Row(**one) for one in routing_bench.run()]


BENCHES: dict[str, Callable[[bool], list[Row]]] = {
    "webhooks": webhooks.run,
    "routing": routing,
    "decisions": decisions.run,
    "matching": matching.run,
    "calls": calls.run,
    "offers": offers.run,
    "start": start.run,
    "texts": texts.run,
}


def run(names: Iterable[str], quick: bool) -> list[Row]:
    """Each bench in turn, telling on standard error what is under way."""
    rows = []
    for name in names:
        began = time.perf_counter()
        print(f"{name} ...", end="", file=sys.stderr, flush=True)
        rows += BENCHES[name](quick)
        print(f" {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)}; all when left out")
    parser.add_argument("--quick", action="store_true", help="only shows that they run: the figures mean nothing")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the rows go (bench/results.json)")
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in BENCHES]
    if unknown:
        parser.error(f"{', '.join(unknown)}: none of {', '.join(BENCHES)}")
    busy = os.getloadavg()[0]
    rows = run(asked.names or BENCHES, asked.quick)
    print(f"\nPython {platform.python_version()}, {os.cpu_count()} processors, load {busy:.1f} before the run\n")
    print(table(rows))
    asked.results.write_text(json.dumps([asdict(one) for one in rows], indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
