"""The formulas against published figures, against each other, and against a chain solved by numbers."""

import math
import random
from statistics import mean

import pytest

from helpline.simulation.batches import batch_means, jackknife
from helpline.simulation.chain import NModel, stationary
from helpline.simulation.erlang import (
    Impatient,
    erlang_b,
    erlang_c,
    people_needed,
    strict_priorities,
    waits_longer,
)


def test_published_figures() -> None:
    assert erlang_b(10, 7) == pytest.approx(0.0787, abs=5e-5)
    assert erlang_c(10, 7) == pytest.approx(0.2217, abs=5e-5)
    assert erlang_c(10, 9) == pytest.approx(0.6687, abs=5e-5)
    quiet, busy = Impatient(10, 9, 1, 0.5), Impatient(10, 12, 1, 0.5)
    assert [quiet.waits(), quiet.gives_up()] == pytest.approx([0.4689, 0.0670], abs=5e-5)
    assert [busy.waits(), busy.gives_up()] == pytest.approx([0.8504, 0.1957], abs=5e-5)
    first, second, third = strict_priorities(10, (1, 3, 5), 1)
    assert first == pytest.approx(0.0743, abs=5e-5)
    assert second == pytest.approx(0.1238, abs=5e-5)
    assert third == pytest.approx(1.115, abs=5e-4)


def test_a_queue_that_never_ends_is_refused() -> None:
    with pytest.raises(ValueError, match="without end"):
        erlang_c(10, 10)


def test_where_nobody_is_impatient_the_two_formulas_are_one() -> None:
    patient = Impatient(10, 9, 1, 1e-6)
    assert patient.waits() == pytest.approx(erlang_c(10, 9), abs=1e-4)
    assert 1 - patient.answered_within(0.7) == pytest.approx(waits_longer(10, 9, 1, 0.7), abs=1e-4)


def test_priorities_only_share_out_the_wait() -> None:
    waits = strict_priorities(10, (1, 3, 5), 1)
    together = erlang_c(10, 9) / (10 - 9)
    assert sum(wait * rate for wait, rate in zip(waits, (1, 3, 5), strict=True)) / 9 == pytest.approx(together)


@pytest.mark.parametrize(
    ("servers", "arrivals", "patience_rate"), [(10, 9, 0.5), (10, 12, 0.5), (1, 3, 0.2), (3, 0.1, 4)]
)
def test_everybody_is_answered_or_gives_up_in_the_end(servers: int, arrivals: float, patience_rate: float) -> None:
    floor = Impatient(servers, arrivals, 1, patience_rate)
    assert sum(floor.states()) == pytest.approx(1)
    assert floor.answered_within(0) == pytest.approx(1 - floor.waits())
    assert floor.answered_within(1_000) + floor.gives_up() == pytest.approx(1, abs=1e-7)
    assert floor.left_within(1_000) == pytest.approx(floor.gives_up(), abs=1e-7)
    assert floor.left_within(0.1) < floor.left_within(0.2) < floor.gives_up()


def test_short_abandons_are_left_out_of_the_service_level() -> None:
    floor = Impatient(10, 12, 1, 0.5)
    assert floor.service_level(0.2) == pytest.approx(floor.answered_within(0.2))
    assert floor.service_level(0.2, short=0.1) > floor.service_level(0.2)


def test_a_thousand_people_for_one_caller_are_counted_without_an_overflow() -> None:
    assert Impatient(1_000, 1, 1, 0.5).waits() == pytest.approx(0)
    assert Impatient(3, 1e6, 1, 0.5).gives_up() == pytest.approx(1, abs=1e-5)


def test_people_needed_are_the_fewest_that_do() -> None:
    needed = people_needed(30, 6, 20, within=15 / 3_600, share=0.9)
    assert Impatient(needed, 30, 6, 20).service_level(15 / 3_600) >= 0.9
    assert Impatient(needed - 1, 30, 6, 20).service_level(15 / 3_600) < 0.9
    assert people_needed(0, 6, 20, within=15 / 3_600, share=0.9) == 0


def test_a_chain_solved_by_numbers_is_erlang_a() -> None:
    def moves(there: int) -> list[tuple[int, float]]:
        down = [(there - 1, min(there, 10) + 0.5 * max(0, there - 10))] if there else []
        return [*down, *([(there + 1, 12.0)] if there < 80 else [])]

    shares = stationary(0, moves)
    assert [shares[there] for there in range(40)] == pytest.approx(Impatient(10, 12, 1, 0.5).states()[:40], abs=1e-9)


def test_where_all_speak_both_languages_the_n_model_is_erlang_a() -> None:
    theory = Impatient(4, 3, 1, 0.5)
    for scarcity in (False, True):
        found = NModel(2.2, 0.8, 1, 0.5, common_only=0, both=4, scarcity=scarcity).figures()
        assert [found.common_waits, found.rare_waits] == pytest.approx([theory.waits()] * 2)
        assert [found.common_gives_up, found.rare_gives_up] == pytest.approx([theory.gives_up()] * 2)


def test_where_nobody_speaks_the_common_language_only_scarcity_has_nobody_to_prefer() -> None:
    minded, not_minded = (NModel(1, 1, 1, 0.5, 0, 3, scarcity).figures() for scarcity in (True, False))
    assert minded == not_minded


def test_scarcity_helps_the_rare_and_costs_the_common() -> None:
    minded, not_minded = (NModel(2.2, 0.8, 1, 0.5, 3, 2, scarcity).figures() for scarcity in (True, False))
    assert minded.rare_waits < not_minded.rare_waits
    assert minded.common_waits > not_minded.common_waits


def test_batch_means_and_the_jackknife_give_the_error_that_independent_figures_have(seed: int) -> None:
    chance = random.Random(seed)
    values = [chance.gauss(5, 2) for _ in range(20_000)]
    measured = batch_means(values)
    assert measured.errors_from(5) < 5
    assert measured.error == pytest.approx(2 / 20_000**0.5, rel=0.7)
    groups = [values[at * 1_000 : (at + 1) * 1_000] for at in range(20)]
    half = jackknife([mean([one for other in groups if other is not group for one in other]) for group in groups])
    assert half == pytest.approx(2.093 * measured.error)


def test_too_few_figures_are_refused() -> None:
    with pytest.raises(ValueError, match="two batches"):
        batch_means([1.0] * 19)
    assert jackknife([None, 1.0, None]) == math.inf
