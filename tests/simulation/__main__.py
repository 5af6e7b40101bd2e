"""`python -m tests.simulation`: runs seeds one after the other, and stops at the first that breaks a rule."""

import argparse
import sys
import time

from helpline.simulation.trace import LAST
from tests.simulation.world import run


def main() -> int:
    parser = argparse.ArgumentParser(prog="make simulate", description="The whole helpline under a seed.")
    parser.add_argument("--seeds", type=int, default=200, help="how many")
    parser.add_argument("--start", type=int, default=0, help="the first")
    parser.add_argument("--story", action="store_true", help="print everything that happens")
    given = parser.parse_args()
    began = time.monotonic()
    for seed in range(given.start, given.start + given.seeds):
        done = run(seed, keep=None if given.story else LAST)
        print(f"seed {seed}: {done.digest}, {done.steps} steps, {done.commits} commits", flush=True)
        if given.story and done.broken is None:
            print("\n".join(done.story))
        if done.broken is not None:
            print(done.told())
            return 1
    print(f"{given.seeds} seeds held, {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
