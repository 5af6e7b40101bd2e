"""What is counted, and that a label never tells of a person."""

import pytest

from helpline.metrics import Metrics, label


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("children", "children"),
        ("wrap_up", "wrap_up"),
        ("en", "en"),
        ("zh-Hant", "zh-Hant"),
        (None, "none"),
        ("", "none"),
        ("+260971234567", "other"),
        ("caller260971234567", "other"),
        ("Mutinta Phiri", "other"),
        ("My uncle comes", "other"),
        ("አማርኛ", "other"),
        ("a" * 41, "other"),
        ('x"} 1\nforged{y="', "other"),
    ],
)
def test_a_label_is_a_code_or_nothing(given: str | None, told: str) -> None:
    assert label(given) == told


def test_contacts_are_told_as_they_are_now() -> None:
    metrics = Metrics()
    metrics.contacts({("waiting", "children", "so"): 2, ("waiting", "children", None): 1})
    metrics.contacts({("connected", "children", "so"): 1})
    assert value(metrics, "helpline_contacts", state="connected", line="children", language="so") == 1
    assert value(metrics, "helpline_contacts", state="waiting", line="children", language="so") is None


def test_everything_that_happens_is_counted() -> None:
    metrics = Metrics()
    metrics.webhook("voice", "stored", 0.004)
    metrics.offer("accepted")
    metrics.waited("children", "so", 12.0)
    metrics.waited("children", "so", -1.0)  # a clock that was set back counts as no wait
    metrics.dispatched(0.001)
    metrics.deadline("offer", 0.2)
    metrics.effect("join", "done")
    metrics.effects_pending({"join": 3})
    metrics.alarms({"danger_waiting": 1})
    metrics.workers({"available": 4})
    metrics.commit(0.002, 7)
    metrics.pages(5)
    metrics.log_dropped()
    assert value(metrics, "helpline_webhooks_total", kind="voice", outcome="stored") == 1
    assert value(metrics, "helpline_offers_total", result="accepted") == 1
    assert value(metrics, "helpline_queue_wait_seconds_sum", line="children", language="so") == 12
    assert value(metrics, "helpline_effects_pending", kind="join") == 3
    assert value(metrics, "helpline_alarms_open", kind="danger_waiting") == 1
    assert value(metrics, "helpline_workers", state="available") == 4
    assert value(metrics, "helpline_store_commit_units_sum") == 7
    assert value(metrics, "helpline_pages_watching") == 5
    assert value(metrics, "helpline_log_dropped_total") == 1
    assert b"helpline_deadline_late_seconds_bucket" in metrics.text()


def test_two_processes_of_one_test_do_not_share_numbers() -> None:
    first, second = Metrics(), Metrics()
    first.offer("made")
    assert value(second, "helpline_offers_total", result="made") is None
