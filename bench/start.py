"""From the command to `/readyz`, imports included, with 10,000 open contacts in the store."""

import tempfile
import time
from functools import partial
from pathlib import Path

from bench import routing_bench as memory
from bench.crowd import People
from bench.deployment import answers, in_store, new_deployment, process
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
    note = "each with its leg and a timer, 50 workers on duty who are on a break"
    return [
        row(f"start to ready with {count:,} open contacts", middle(filled), "s", ("aim", AIM_S), note),
        row("the same, beside an empty store", middle(filled), "s", ("empty store", middle(empty))),
    ]


def _start(folder: Path, count: int) -> float:
    """Seconds."""
    deployment = new_deployment(folder)
    configuration = deployment.configuration()
    in_store(configuration.settings.store_url, lambda tx: _fill(tx, count))
    ready = partial(answers, f"{deployment.url}/readyz")
    began = time.perf_counter()
    with process(["helpline", "serve"], deployment.environment, ready):
        return time.perf_counter() - began


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
