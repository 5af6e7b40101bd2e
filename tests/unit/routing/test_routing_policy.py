"""A policy that cannot be meant is refused, and says what to mend."""

from dataclasses import replace
from typing import Any

import pytest

from routing.policy import LinePolicy, PolicyError, Stages


def test_the_defaults_are_a_policy() -> None:
    policy = LinePolicy()
    assert policy.stages.basic_after_s == 20
    assert policy.stages.supervisors_after_s == 120
    assert policy.stages_for(danger=True).basic_after_s == 0
    assert policy.stages_for(danger=True).supervisors_after_s == 0
    assert (policy.stages.pair_after_s, policy.danger_stages.pair_after_s) == (30, 0)
    assert not policy.after_children


@pytest.mark.parametrize(
    ("wrong", "key", "said"),
    [
        ({"targets_s": {"normal": 0}}, "targets_s.normal", "above 0"),
        ({"targets_s": {"normal": -1}}, "targets_s.normal", "above 0"),
        ({"targets_s": {"normal": float("nan")}}, "targets_s.normal", "above 0"),
        ({"targets_s": {"normal": True}}, "targets_s.normal", "above 0"),
        ({"targets_s": {"normal": 1e-9}}, "targets_s.normal", "above 0"),
        ({"targets_s": {}}, "default_priority", "there are: none"),
        ({"default_priority": "calm"}, "default_priority", "there are: normal"),
        ({"offer_s": 0}, "offer_s", "above 0"),
        ({"connect_s": float("inf")}, "connect_s", "above 0"),
        ({"wrap_up_s": -5}, "wrap_up_s", "above 0"),
        ({"refusal_cooldown_s": -1}, "refusal_cooldown_s", "0 or more"),
        ({"named_after_s": -1}, "named_after_s", "0 or more"),
        ({"scarcity_factor": 0.5}, "scarcity_factor", "1 or more"),
        ({"stages": Stages(basic_after_s=-1)}, "stages.basic_after_s", "0 or more"),
        ({"stages": Stages(basic_after_s=None)}, "stages.basic_after_s", "a number"),  # type: ignore[arg-type]
        ({"danger_stages": Stages(basic_after_s=30)}, "danger_stages.basic_after_s", "waits less"),
        ({"stages": Stages(pair_after_s=-1)}, "stages.pair_after_s", "0 or more"),
        ({"danger_stages": Stages(pair_after_s=31)}, "danger_stages.pair_after_s", "waits less"),
    ],
)
def test_a_number_that_makes_no_sense_is_named(wrong: dict[str, Any], key: str, said: str) -> None:
    with pytest.raises(PolicyError) as caught:
        LinePolicy(**wrong)
    faults = dict(caught.value.faults)
    assert said in faults[key]
    assert key in str(caught.value)
    assert caught.value.code == "policy_invalid"


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(PolicyError) as caught:
        LinePolicy(offer_s=0, connect_s=0, default_priority="calm")
    assert {key for key, _ in caught.value.faults} == {"offer_s", "connect_s", "default_priority"}


def test_a_changed_policy_is_checked_again() -> None:
    with pytest.raises(PolicyError):
        replace(LinePolicy(), offer_s=-1)


def test_a_priority_that_the_line_does_not_know_counts_as_the_ordinary_one() -> None:
    policy = LinePolicy(targets_s={"normal": 60, "urgent": 10})
    assert policy.target("urgent") == 10_000_000
    assert policy.target("misspelt") == policy.target("normal") == 60_000_000
