"""From the command to `/readyz`, imports included, with 10,000 open contacts in the store; and from the death of a
dispatcher to the next one, who has read all of them.
"""

import json
import os
import signal
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from bench import routing_bench as memory
from bench.crowd import People
from bench.databases import Servers, servers
from bench.deployment import Deployment, answers, free_port, in_store, new_deployment, process
from bench.rows import Row, middle, row
from helpline.clock import HOUR
from helpline.store import deadlines
from helpline.store.db import Tx
from helpline.store.tables import contacts, duty, legs

AIM_S = 3.0
CONTACTS = 10_000
WORKERS = 50
ROUNDS = 3


def run(quick: bool = False) -> list[Row]:
    count, rounds = (100, 1) if quick else (CONTACTS, ROUNDS)
    empty, filled = [], []
    with tempfile.TemporaryDirectory(prefix="helpline-bench-") as folder:
        for number in range(rounds):
            empty.append(_start(Path(folder) / f"empty-{number}", 0))
            filled.append(_start(Path(folder) / f"filled-{number}", count))
        with servers() as here:
            there = [_start(Path(folder) / f"there-{number}", count, here) for number in range(rounds)]
            over = _takeover(Path(folder) / "over", count, here, rounds)
    note = "each with its leg and a timer, 50 workers on duty who are on a break"
    return [
        row(f"start to ready with {count:,} open contacts", middle(filled), "s", ("aim", AIM_S), note),
        row("the same, beside an empty store", middle(filled), "s", ("empty store", middle(empty))),
        row(f"the same with {count:,} on PostgreSQL", middle(there), "s", ("aim", AIM_S), "with Valkey"),
        row("from a dispatcher killed to the next", middle(over), "s", ("aim", AIM_S),
            f"two processes on PostgreSQL, {count:,} open contacts; the slowest {max(over):.2f} s"),
    ]  # fmt: skip


def _start(folder: Path, count: int, here: Servers | None = None) -> float:
    """Seconds."""
    deployment = _deployed(folder, here)
    configuration = deployment.configuration()
    in_store(configuration.settings.store_url, lambda tx: _fill(tx, count))
    ready = partial(answers, f"{deployment.url}/readyz")
    began = time.perf_counter()
    with process(["helpline", "serve"], deployment.environment, ready):
        return time.perf_counter() - began


def _deployed(folder: Path, here: Servers | None) -> Deployment:
    deployment = new_deployment(folder)
    return deployment if here is None else replace(deployment, database=here.new_url(), redis=here.valkey.url)


def _takeover(folder: Path, count: int, here: Servers, rounds: int) -> list[float]:
    """Seconds, of so many deaths."""
    first = _deployed(folder, here)
    in_store(first.configuration().settings.store_url, lambda tx: _fill(tx, count))
    found = []
    with ExitStack() as stack:
        serving = {}
        for one in (first, replace(first, port=free_port())):
            environment = {**one.environment, "HELPLINE_PUBLIC_URL": first.url}
            ready = partial(answers, f"{one.url}/readyz")
            serving[one] = stack.enter_context(process(["helpline", "serve"], environment, ready))
        for _ in range(rounds):
            leader = next(one for one in serving if _dispatches(one))
            os.kill(serving.pop(leader), signal.SIGKILL)
            began = time.perf_counter()
            (other,) = serving
            while not _dispatches(other):
                time.sleep(0.005)
            found.append(time.perf_counter() - began)
            environment = {**leader.environment, "HELPLINE_PUBLIC_URL": first.url}
            ready = partial(answers, f"{leader.url}/readyz")
            serving[leader] = stack.enter_context(process(["helpline", "serve"], environment, ready))
    return found


def _dispatches(one: Deployment) -> bool:
    with urllib.request.urlopen(f"{one.url}/readyz", timeout=5) as answer:
        return bool(json.load(answer)["dispatches"])


def _fill(tx: Tx, count: int) -> None:
    people = People(memory.Crowd())
    people.workers(tx, WORKERS)
    tx.execute(duty.update().values(state="break"))
    if not count:
        return
    people.waiting(tx, count)
    waiting = [id for (id,) in tx.execute(contacts.select().with_only_columns(contacts.c.id))]
    made = [
        {"id": tx.new_id(), "contact_id": id, "role": "child", "provider_id": f"CA{n:032x}", "state": "alone",
         "created_at": tx.now, "session_json": "{}"}
        for n, id in enumerate(waiting)
    ]  # fmt: skip
    tx.execute(legs.insert(), made)
    for id in waiting:
        deadlines.add(tx, "danger_waiting", id, tx.now + HOUR)
