"""What an operator asks of a simulated day."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from defusedxml import ElementTree
from typer.testing import CliRunner

from config.faults import ConfigurationError
from helpline.__main__ import app
from helpline.demonstration import STAFF
from helpline.simulation import results
from helpline.simulation.day import HOUR, OURS, period
from helpline.simulation.drawing import picture
from helpline.simulation.erlang import Impatient
from helpline.simulation.measuring import differences, figures, of_run
from helpline.simulation.planning import Setting, as_asked, read_setting
from helpline.simulation.queueing import Arrival, Outcome
from helpline.simulation.report import report
from helpline.simulation.running import Run, simulate
from helpline.simulation.what_if import Question, question
from routing.policy import SECOND
from tests.queueing.days import PLAIN, Write

ROOT = Path(__file__).parents[2]


def asked(setting: Setting, what: str, days: int = 20, seed: int = 7) -> tuple[Run, Run]:
    plan = as_asked(setting, question(what, setting.plan, setting.names, "en"))
    return simulate(setting.plan, days, seed), simulate(plan, days, seed)


# What is shipped


def test_the_demonstrations_day_has_the_demonstrations_people() -> None:
    people = read_setting(OURS, None).plan.people
    written = {one.name: ({role.value for role in one.roles}, one.fluent, one.basic) for one in people}
    answering = [one for one in STAFF if set(one.roles) & {"counsellor", "interpreter", "supervisor"}]
    assert written == {one.sign_in: (set(one.roles), one.fluent, one.basic) for one in answering}


@pytest.mark.parametrize("path", sorted((ROOT / "docs/examples").glob("*.toml")), ids=lambda path: path.name)
def test_the_examples_of_the_docs_can_be_read(path: Path) -> None:
    assert read_setting(path, None).plan.people


# Against theory


def test_a_plain_day_is_erlang_a(write: Write, seed: int) -> None:
    """Three people, one language, 30 calls an hour all day: the whole way from the file to the figures."""
    run = simulate(read_setting(write(PLAIN), None).plan, 60, seed)
    theory = Impatient(3, 30, 12, 30)
    found = of_run(run)
    assert found.come == pytest.approx(60 * 24 * 30, rel=0.02)
    assert 1 - (found.answered / found.come) == pytest.approx(theory.gives_up(), rel=0.12)
    assert found.service_level == pytest.approx(theory.service_level(15 / 3_600, 5 / 3_600), rel=0.06)
    busy = 30 * (1 - theory.gives_up()) / 12 / 3
    assert sum(sum(each) for each in run.idle.values()) / 72 == pytest.approx(1 - busy, rel=0.08)


def test_as_many_as_are_said_to_be_needed_reach_the_goal_and_one_less_does_not(write: Write, seed: int) -> None:
    setting = read_setting(write(PLAIN), None)
    together = results.results(simulate(setting.plan, 2, seed), setting.names).together
    assert together is not None
    assert together.calls == (30.0,) * 24
    assert together.there == (3.0,) * 24
    needed = together.needed[0]
    for people in (needed, needed - 1):
        theory = Impatient(people, 30, 12, 30).service_level(15 / 3_600, 5 / 3_600)
        found = of_run(simulate(as_asked(setting, _with(setting, people)), 20, seed)).service_level
        assert (theory >= 0.9) is (people == needed)
        assert found == pytest.approx(theory, abs=0.03)


def _with(setting: Setting, people: int) -> Question:
    return question(f"{people - 3} en counsellor 00:00-24:00", setting.plan, setting.names, "en")


# What is counted


def outcome(wait_s: float, answered: bool, by: tuple[str, ...] = ("ann",)) -> Outcome:
    end = round(wait_s * SECOND)
    return Outcome(Arrival("a", 0, "en", 1), end if answered else None, None if answered else end, None, by)


def test_the_fields_metrics(write: Write) -> None:
    plan = read_setting(write(PLAIN), None).plan
    seen = [
        outcome(0, True),
        outcome(15, True),
        outcome(16, True, ("ann", "ifrah")),
        outcome(4, False),
        outcome(5, False),
    ]
    found = figures(seen, plan)
    assert (found.come, found.answered, found.short, found.gave_up, found.bridged) == (5, 3, 1, 1, 1)
    assert found.abandonment == 1 / 4, "who left at once does not count"
    assert found.service_level == 2 / 4
    assert found.answer_rate == 3 / 5
    assert found.mean_wait_s == pytest.approx(31 / 3)
    assert (found.median_wait_s, found.long_wait_s) == (15, 16)


def test_of_nobody_there_are_no_numbers(write: Write) -> None:
    none = figures([], read_setting(write(PLAIN), None).plan)
    assert (none.abandonment, none.service_level, none.answer_rate, none.mean_wait_s, none.long_wait_s) == (None,) * 5


# Hours


def test_hours_over_midnight_are_duty_on_both_sides_of_it(write: Write) -> None:
    night = PLAIN.replace("count = 3", 'hours = "22:00-06:00"')
    run = simulate(read_setting(write(night), None).plan, 10, 1)
    assert run.on_duty["ann"] == (1.0,) * 6 + (0.0,) * 16 + (1.0,) * 2
    answered = {one.answered_at // HOUR % 24 for day in run.days for one in day if one.answered_at is not None}
    assert answered == {22, 23, 0, 1, 2, 3, 4, 5}


@pytest.mark.parametrize(
    ("said", "start", "end"), [("08:30-12:00", 510, 720), ("22:00-06:00", 1320, 1800), ("00:00-24:00", 0, 1440)]
)
def test_a_period(said: str, start: int, end: int) -> None:
    assert period(said) == (start, end)


def test_two_who_take_turns_day_and_night_leave_no_gap(write: Write) -> None:
    turns = PLAIN.replace("count = 3", 'hours = ["00:00-08:00", "16:00-24:00", "08:00-16:00"]')
    one, always = (
        simulate(read_setting(write(text), None).plan, 5, 1) for text in (turns, PLAIN.replace("count = 3", ""))
    )
    assert one.days == always.days


# What if


def test_one_more_is_compared_on_the_same_callers(write: Write) -> None:
    before, after = asked(read_setting(write(PLAIN), None), "en counsellor 00:00-24:00")
    assert [one.arrival for day in before.days for one in day] == [one.arrival for day in after.days for one in day]
    gave_up = differences(before, after)["gave_up"]
    assert gave_up is not None
    assert gave_up.change < 0
    assert gave_up.is_clear


def test_a_change_that_changes_nothing_is_not_called_clear(write: Write) -> None:
    for nothing in ("so counsellor 00:00-24:00", "scarcity=true", "stages.supervisors_after_s=600"):
        before, after = asked(read_setting(write(PLAIN), None), nothing, days=3)
        assert before.days == after.days
        assert not any(one is not None and one.is_clear for one in differences(before, after).values())


def test_an_interpreter_of_somali_brings_somali_callers_to_the_counsellors_who_are_there(write: Write) -> None:
    somali = '\n[[arrivals]]\nlanguage = "so"\nper_day = 60\n'
    setting = read_setting(write(PLAIN + somali), None)
    before, after = asked(setting, "2 so interpreter 14:00-20:00")
    bridged = [one for day in after.days for one in day if len(one.workers) == 2]
    assert not any(one.workers for day in before.days for one in day if one.arrival.language == "so")
    assert {one.arrival.language for one in bridged} == {"so"}
    assert {(one.answered_at or 0) // HOUR % 24 for one in bridged} == set(range(14, 20))


def test_a_half_width_is_about_as_wide_as_repeated_runs_differ(write: Write) -> None:
    """The interval of 95 % holds the truth nearly always."""
    setting = read_setting(write(PLAIN.replace("30", "6").replace("count = 3", "")), None)
    found = [
        differences(*asked(setting, "en counsellor 08:00-20:00", days=20, seed=seed))["gave_up"] for seed in range(12)
    ]
    changes = [one.change for one in found if one is not None]
    truth = sum(changes) / len(changes)
    outside = sum(abs(one.change - truth) > one.half for one in found if one is not None)
    assert len(changes) == 12
    assert outside <= 3


@pytest.mark.parametrize(
    ("what", "key"),
    [
        ("", "-"),
        ("more people", "-"),
        ("xx counsellor 14:00-20:00", "language"),
        ("so cook 14:00-20:00", "roles.0"),
        ("so counsellor 14-20", "hours"),
        ("without nobody", "without"),
        ("without ann", None),
        ("colour=1", "colour"),
        ("scarcity=perhaps", "scarcity"),
        ("offer_s=-1", "offer_s"),
        ("stages.pair_after_s=-5", "stages.pair_after_s"),
    ],
)
def test_a_question_that_means_nothing_is_told_with_its_key(write: Write, what: str, key: str | None) -> None:
    setting = read_setting(write(PLAIN), None)
    if key is None:
        assert as_asked(setting, question(what, setting.plan, setting.names, "en")).people[0].count == 2
        return
    with pytest.raises(ConfigurationError) as caught:
        as_asked(setting, question(what, setting.plan, setting.names, "en"))
    fault = caught.value.faults[0]
    assert (fault.file, fault.key) == ("--what-if", key)
    assert fault.remedy


# What is shown


def test_the_report_and_the_picture_say_who_is_not_understood(write: Write) -> None:
    setting = read_setting(write(PLAIN + '\n[[arrivals]]\nlanguage = "so"\nper_day = 9\ndanger = 1.0\n'), None)
    found = results.results(simulate(setting.plan, 5, 1), setting.names)
    said = "\n".join(report(found))
    assert "Nobody on the roster speaks Somali." in said
    assert "In danger" in said
    drawn = ElementTree.fromstring(picture(found))
    assert drawn.tag.endswith("svg")
    texts = [one.text for one in drawn.iter() if one.tag.endswith("text")]
    assert "English" in texts
    assert "A simulated day" in texts


def terminal(*words: str, code: int = 0) -> tuple[str, str]:
    done = CliRunner().invoke(app, ["simulate", *words])
    assert done.exit_code == code, done.output
    return done.stdout, done.stderr


def test_an_operator_asks_for_one_more_somali_interpreter(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said, _ = terminal("--days", "4", "--what-if", "so interpreter 14:00-20:00", "--picture", "day.svg")
    assert "What if: 1 more interpreter, Somali and English, 14:00-20:00?" in said
    assert "People for calls" in said
    ElementTree.parse(tmp_path / "day.svg")
    assert [one.name for one in tmp_path.iterdir()] == ["day.svg"], "nothing else was written"


def test_for_machines_the_same_seed_gives_the_same_answer(write: Write) -> None:
    words = (str(write(PLAIN)), "--days", "3", "--seed", "5", "--json", "--what-if", "without ann")
    first, again = terminal(*words)[0], terminal(*words)[0]
    assert first == again
    found = json.loads(first)
    assert found["everybody"]["come"] == pytest.approx(720, rel=0.1)
    assert found["what_if"][0]["changes"]["en"]["gave_up"]["change"] > 0
    assert len(found["hours"]) == len(found["idle"]["en"]["idle_h"]) == 24
    other = terminal(*words[:3], "--seed", "6", "--json")[0]
    assert json.loads(other)["everybody"] != found["everybody"]


def test_where_nothing_changes_it_says_so_and_why(write: Write) -> None:
    closed = write(PLAIN)
    setting = read_setting(closed, None)
    apart = as_asked(setting, question("stages.pair_after_s=0", setting.plan, setting.names, "en")).policy
    stages = replace(apart.stages, pair_after_s=None)
    plan = replace(setting.plan, policy=replace(apart, stages=stages, danger_stages=stages))
    one_more = question("so interpreter 14:00-20:00", plan, setting.names, "en")
    run, other = simulate(plan, 2, 1), simulate(one_more.applied(plan), 2, 1)
    said = "\n".join(report(results.results(run, setting.names, (results.answer(one_more, run, other),))))
    assert "Nothing: this policy opens no stage for a counsellor with an interpreter" in said
    said, _ = terminal(str(closed), "--days", "2", "--what-if", "scarcity=true")
    assert "Nothing: in 2 days not one caller is answered otherwise." in said


def test_a_fault_is_told_in_one_line_and_nothing_is_simulated(write: Write) -> None:
    said, complained = terminal(str(write(PLAIN.replace('"en"', '"xx"', 1))), code=1)
    assert not said
    assert "day.toml: arrivals.0.language: names no language of languages.toml" in complained
    assert complained.endswith("Nothing was simulated.\n")
