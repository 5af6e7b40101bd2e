"""Counts what the units of work have written down, for the metrics: they themselves know nothing of metrics."""

from helpline.clock import SECOND
from helpline.metrics import Metrics
from helpline.store import tally_view
from helpline.store.db import Store, Tx


class Tally:
    """Reads the audit on from where it was when this process began."""

    def __init__(self, store: Store, metrics: Metrics) -> None:
        self._store, self._metrics = store, metrics
        self._upto: int | None = None

    def pass_over(self) -> None:
        """Another process counts; when it is our turn again, we begin anew."""
        self._upto = None

    async def count(self) -> None:
        """Take in what came since the last time; the first time nothing is counted."""
        after = self._upto
        if after is None:
            self._upto = await self._store.read(tally_view.latest)
            return

        def look(tx: Tx) -> tuple[int, dict[str, int], list[tally_view.Waited]]:
            upto = tally_view.latest(tx)
            return upto, tally_view.offers(tx, after, upto), tally_view.waits(tx, after, upto)

        self._upto, offers, waits = await self._store.read(look)
        for result, count in offers.items():
            self._metrics.offer(result, count)
        for met in waits:
            self._metrics.waited(met.line, met.language, met.wait / SECOND)
