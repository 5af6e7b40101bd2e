"""Time that never runs backwards, and ids that sort by it."""

import random
import time
import uuid

import pytest

from helpline.clock import DAY, HOUR, SECOND, SystemClock, ids_from, uuid7


class Standing:
    """A clock that stands still until it is told otherwise."""

    def __init__(self, now: int) -> None:
        self.at = now

    def now(self) -> int:
        return self.at


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Standing:
    """The machine's wall clock, for a test to set; the steady clock goes on as it does."""
    hands = Standing(time.time_ns() // 1000)
    monkeypatch.setattr(time, "time_ns", lambda: hands.at * 1000)
    return hands


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> Standing:
    hands = Standing(12 * HOUR)
    monkeypatch.setattr(time, "monotonic_ns", lambda: hands.at * 1000)
    return hands


def test_a_clock_starts_at_the_wall_and_goes_on_steadily(wall: Standing, steady: Standing) -> None:
    clock = SystemClock()
    assert clock.now() == wall.at
    steady.at += 5 * SECOND
    assert clock.now() == wall.at + 5 * SECOND


def test_somebody_sets_the_wall_clock_and_durations_do_not_move(wall: Standing, steady: Standing) -> None:
    clock = SystemClock()
    before = clock.now()
    wall.at -= 3 * HOUR
    steady.at += SECOND
    assert clock.now() == before + SECOND
    assert clock.drift() == -3 * HOUR - SECOND


def test_the_jump_is_reported_in_both_directions(wall: Standing, steady: Standing) -> None:
    clock = SystemClock()
    assert clock.drift() == 0
    wall.at += DAY
    assert clock.drift() == DAY


def test_a_start_with_the_wall_clock_set_back_goes_on_from_what_the_store_has_seen(
    wall: Standing, steady: Standing
) -> None:
    seen = wall.at + DAY
    clock = SystemClock(floor=seen)
    assert clock.now() == seen
    assert clock.drift() == -DAY


def test_a_later_floor_moves_the_clock_forward_and_an_earlier_one_does_not(wall: Standing, steady: Standing) -> None:
    clock = SystemClock()
    clock.not_before(wall.at - DAY)
    assert clock.now() == wall.at
    clock.not_before(wall.at + DAY)
    assert clock.now() == wall.at + DAY


def test_an_id_is_a_uuid_of_version_seven_that_holds_its_time() -> None:
    now = 1_795_000_000_123_456
    made = uuid.UUID(uuid7(now, (1 << 74) - 1))
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert made.int >> 80 == now // 1000
    assert str(made) == uuid7(now, (1 << 74) - 1)


@pytest.mark.parametrize("bits", [0, 1, (1 << 62) - 1, 1 << 62, (1 << 74) - 1])
def test_every_random_bit_is_in_the_id(bits: int) -> None:
    value = uuid.UUID(uuid7(0, bits)).int
    assert value == 0x7 << 76 | (bits >> 62) << 64 | 0b10 << 62 | bits & ((1 << 62) - 1)


def test_ids_sort_by_the_time_they_were_made() -> None:
    clock = Standing(1_795_000_000_000_000)
    new_id = ids_from(clock, random.Random(3))
    made = []
    for _ in range(50):
        made.append(new_id())
        clock.at += SECOND // 1000
    assert made == sorted(made)


def test_ids_of_one_moment_differ_and_a_seed_gives_them_again() -> None:
    clock = Standing(1_795_000_000_000_000)
    new_id = ids_from(clock, random.Random(3))
    made = [new_id() for _ in range(1_000)]
    assert len(set(made)) == 1_000
    assert ids_from(clock, random.Random(3))() == made[0]
    assert len(made[0]) == 36
