"""How soon: FIELD's table of concerns, as the default configuration has it."""

import pytest

from config.concerns import Urgency
from helpline.clock import HOUR, MINUTE, SECOND
from helpline.protection.urgency import Known, urgency_of
from tests.village import a_directory

NOW = 1_800_000_000 * SECOND
CONCERNS = a_directory().concerns.by_code
LADDERS = a_directory().ladders.ladder
H = 3600


@pytest.mark.parametrize(
    ("kind", "known", "act_s", "acknowledge_s"),
    [
        ("medical_emergency", Known(), 0, 5 * 60),
        ("suicide_attempt", Known(), 0, 5 * 60),
        ("suicidal_thoughts", Known(), H, H),
        ("violence_now", Known(), 0, 15 * 60),
        ("rape", Known(), H, H),
        ("rape", Known(incident_at=NOW - 71 * HOUR), H, H),
        ("rape", Known(incident_at=NOW - 72 * HOUR), H, H),
        ("rape", Known(incident_at=NOW - 72 * HOUR - MINUTE), 4 * H, 4 * H),
        ("rape", Known(incident_at=NOW - 120 * HOUR), 4 * H, 4 * H),
        ("rape", Known(incident_at=NOW - 121 * HOUR), 24 * H, 24 * H),
        ("trafficking", Known(), H, H),
        ("missing", Known(), 0, 15 * 60),
        ("unaccompanied", Known(safe_tonight="yes"), 24 * H, 24 * H),
        ("unaccompanied", Known(safe_tonight="no"), H, H),
        ("unaccompanied", Known(), H, H),
        ("detention", Known(), 24 * H, 24 * H),
        ("child_marriage", Known(), 24 * H, 24 * H),
        ("child_marriage", Known(imminent=True), H, H),
        ("child_labour", Known(), 72 * H, 72 * H),
        ("child_labour", Known(hazardous=True), 24 * H, 24 * H),
        ("asylum_seeker", Known(), 24 * H, 24 * H),
        ("documents", Known(), 72 * H, 72 * H),
        ("complaint", Known(), 4 * H, 24 * H),
    ],
)
def test_each_concern_is_as_soon_as_the_table_says(kind: str, known: Known, act_s: int, acknowledge_s: int) -> None:
    found: Urgency = urgency_of(CONCERNS[kind], known, NOW)
    assert (found.act_s, found.acknowledge_s) == (act_s, acknowledge_s)


@pytest.mark.parametrize("kind", CONCERNS)
def test_the_last_rung_is_told_by_the_time_to_acknowledge(kind: str) -> None:
    for one in CONCERNS[kind].urgency:
        assert LADDERS[one.ladder].top_after_s <= one.acknowledge_s


def test_welfare_and_health_come_before_any_enforcement() -> None:
    directory = a_directory()
    enforcement = {kind.code for kind in directory.services.kind if kind.enforcement}
    for concern in CONCERNS.values():
        for told in (concern.told, *(one.told or () for one in concern.urgency)):
            fenced = [kind in enforcement for kind in told]
            if not all(fenced):
                assert fenced == sorted(fenced), concern.code


def test_nothing_tells_an_enforcement_service_by_a_ladder() -> None:
    told = {tell.service for ladder in LADDERS.values() for rung in ladder.rungs for tell in rung.tell}
    assert told == {None}
