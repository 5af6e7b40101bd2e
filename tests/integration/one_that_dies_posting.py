"""A process that dies while a mail server has its letter: `python -m tests.integration.one_that_dies_posting URL PORT`.

The mail server of the test kills it when it has taken the letter, and before it says so.
"""

import asyncio
import random
import sys

from config.settings import Smtp
from helpline.app import effect_kinds
from helpline.clock import ids_from
from helpline.metrics import Metrics
from helpline.notices import Notice, send
from helpline.notices.smtp import post_of
from helpline.outbox import Outbox
from helpline.store.engine import open_store
from tests.integration.one_that_dies import STARTED_AT
from tests.village import HandClock, PaperCarrier, a_house

ABOUT = "0197a7c0-0000-7000-8000-000000000001"


def smtp(port: int) -> Smtp:
    return Smtp(host="127.0.0.1", port=port, security="none", sender="116@helpline.example.org", timeout_s=5)


async def main(url: str, port: int) -> None:
    clock, house = HandClock(STARTED_AT), a_house()
    store = await open_store(url, clock, ids_from(clock, random.Random(1)))
    kinds = effect_kinds(store, house, PaperCarrier(clock), post_of(smtp(port)))
    await store.write(lambda tx: send(tx, house, Notice("page", ABOUT, "email", "a@b.example", body="Come.")))
    await Outbox(store, clock, Metrics(), kinds, "dead").run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
