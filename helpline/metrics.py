"""What is counted and timed, for Prometheus. Labels are codes only: a label is kept for ever and read by many."""

import re
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_CODE = re.compile(r"[a-z][A-Za-z0-9_.-]{0,39}")
_MANY_DIGITS = re.compile(r"[0-9]{5}")
_WAITS_S = (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200, 3600)
_QUICK_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15)
_BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


def label(value: str | None) -> str:
    """The value if it is a code, `none` for nothing, else `other`: nothing personal becomes a label."""
    if not value:
        return "none"
    return value if _CODE.fullmatch(value) and not _MANY_DIGITS.search(value) else "other"


class Metrics:
    """All metrics of one process, in a registry of their own. Times are handed in as seconds."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._webhooks = Counter("helpline_webhooks", "Requests of the carrier", ["kind", "outcome"], registry=registry)
        self._webhook_seconds = Histogram(
            "helpline_webhook_seconds", "Until the carrier was answered", ["kind"], buckets=_QUICK_S, registry=registry
        )
        self._contacts = Gauge(
            "helpline_contacts", "Contacts that are open", ["state", "line", "language"], registry=registry
        )
        self._workers = Gauge("helpline_workers", "Workers by duty", ["state"], registry=registry)
        self._offers = Counter("helpline_offers", "How offers ended", ["result"], registry=registry)
        self._waits = Histogram(
            "helpline_queue_wait_seconds",
            "From the first wish for a person until one was heard",
            ["line", "language"],
            buckets=_WAITS_S,
            registry=registry,
        )
        self._lag = Histogram(
            "helpline_dispatch_lag_seconds", "From a hint to the offer", buckets=_QUICK_S, registry=registry
        )
        self._late = Histogram(
            "helpline_deadline_late_seconds", "How late timers ran", ["kind"], buckets=_QUICK_S, registry=registry
        )
        self._effects = Counter("helpline_effects", "Things done outside", ["kind", "outcome"], registry=registry)
        self._pending = Gauge("helpline_effects_pending", "Things still to do outside", ["kind"], registry=registry)
        self._alarms = Gauge("helpline_alarms_open", "Alarms that nobody has closed", ["kind"], registry=registry)
        self._commit_seconds = Histogram(
            "helpline_store_commit_seconds", "One commit", buckets=_QUICK_S, registry=registry
        )
        self._commit_units = Histogram(
            "helpline_store_commit_units", "Units of work in one commit", buckets=_BATCHES, registry=registry
        )
        self._pages = Gauge("helpline_pages_watching", "Open pages that are told of changes", registry=registry)
        self._dropped = Counter("helpline_log_dropped", "What the log was handed and did not tell", registry=registry)

    def webhook(self, kind: str, outcome: str, seconds: float) -> None:
        """``outcome``: stored, repeated, refused, fallback."""
        self._webhooks.labels(label(kind), label(outcome)).inc()
        self._webhook_seconds.labels(label(kind)).observe(max(0.0, seconds))

    def contacts(self, open_ones: Mapping[tuple[str, str, str | None], int]) -> None:
        """How many there are by (state, line, language); replaces what was said before."""
        self._contacts.clear()
        for (state, line, language), count in open_ones.items():
            self._contacts.labels(label(state), label(line), label(language)).inc(count)

    def workers(self, by_state: Mapping[str, int]) -> None:
        self._workers.clear()
        for state, count in by_state.items():
            self._workers.labels(label(state)).set(count)

    def offer(self, result: str, count: int = 1) -> None:
        """``result``: made, stale (the database knew better), accepted, declined, expired, lost (taken back)."""
        self._offers.labels(label(result)).inc(count)

    def waited(self, line: str, language: str | None, seconds: float) -> None:
        self._waits.labels(label(line), label(language)).observe(max(0.0, seconds))

    def dispatched(self, lag_seconds: float) -> None:
        self._lag.observe(max(0.0, lag_seconds))

    def deadline(self, kind: str, late_seconds: float) -> None:
        self._late.labels(label(kind)).observe(max(0.0, late_seconds))

    def effect(self, kind: str, outcome: str) -> None:
        """``outcome``: done, retried, failed."""
        self._effects.labels(label(kind), label(outcome)).inc()

    def effects_pending(self, by_kind: Mapping[str, int]) -> None:
        self._pending.clear()
        for kind, count in by_kind.items():
            self._pending.labels(label(kind)).set(count)

    def alarms(self, by_kind: Mapping[str, int]) -> None:
        self._alarms.clear()
        for kind, count in by_kind.items():
            self._alarms.labels(label(kind)).set(count)

    def commit(self, seconds: float, units: int) -> None:
        self._commit_seconds.observe(max(0.0, seconds))
        self._commit_units.observe(units)

    def pages(self, watching: int) -> None:
        self._pages.set(watching)

    def log_dropped(self) -> None:
        self._dropped.inc()

    def text(self) -> bytes:
        """Everything, as Prometheus reads it."""
        return generate_latest(self.registry)
