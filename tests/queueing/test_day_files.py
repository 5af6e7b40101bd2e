"""The file of a day and the file of its calls, and what is said of their faults."""

from pathlib import Path

import pytest

from config.faults import ConfigurationError
from helpline.simulation.day import DAY
from helpline.simulation.planning import read_setting
from helpline.simulation.running import simulate
from tests.queueing.days import PLAIN, Write

# Faults of the file

BY_HOUR = "by_hour = [" + "30, " * 23 + "30]"


@pytest.mark.parametrize(
    ("was", "now", "key"),
    [
        ("[channel.voice]", "[channel.voice", "-"),
        ('name = "ann"', 'name = "ann"\ncolour = "red"', "person.0.colour"),
        ("mean_s = 300", "mean_s = 0", "channel.voice.talk.mean_s"),
        ("mean_s = 300", "mean_s = 300, sd_s = 10", "channel.voice.talk"),
        ("patience = { mean_s = 120 }", "", "channel.voice.patience"),
        (BY_HOUR, "by_hour = [1, 2]", "arrivals.0.by_hour"),
        (BY_HOUR, "", "arrivals.0"),
        (BY_HOUR, BY_HOUR + "\nper_day = 3", "arrivals.0"),
        (BY_HOUR, "per_day = 100000\n[[arrivals]]\nlanguage = 'en'\nper_day = 1", "arrivals"),
        (BY_HOUR, BY_HOUR + "\nchannel = 'sms'", "arrivals.0.channel"),
        ('language = "en"', 'language = "xx"', "arrivals.0.language"),
        ('fluent = ["en"]', 'fluent = ["xx"]', "person.0.fluent"),
        ('fluent = ["en"]', "", "person.0"),
        ('fluent = ["en"]', 'fluent = ["en"]\nbasic = ["en"]', "person.0"),
        ("count = 3", 'hours = "9-17"', "person.0.hours"),
        ("count = 3", 'hours = ["08:00-12:00", "11:00-13:00"]', "person.0.hours"),
        ("count = 3", 'roles = ["cook"]', "person.0.roles.0"),
        ("count = 3", "[[person]]\nname = 'ann'\nfluent = ['en']", "person.1.name"),
        ("\n[channel.voice]", 'line = "nowhere"\n[channel.voice]', "line"),
        ("\n[channel.voice]", "policy = { scarcity = 3 }\n[channel.voice]", "policy.scarcity"),
        ("\n[channel.voice]", "policy = { stages = { sometimes = 3 } }\n[channel.voice]", "policy.stages.sometimes"),
        ("\n[channel.voice]", "shape = [" + "0, " * 23 + "0]\n[channel.voice]", "shape"),
        ("\n[channel.voice]", 'arrivals_file = "calls.csv"\n[channel.voice]', "arrivals"),
    ],
)
def test_a_fault_names_the_file_the_key_and_what_to_do(write: Write, was: str, now: str, key: str) -> None:
    assert was in PLAIN
    path = write(PLAIN.replace(was, now, 1))
    with pytest.raises(ConfigurationError) as caught:
        read_setting(path, None)
    fault = next(one for one in caught.value.faults if one.key == key)
    assert fault.file == str(path)
    assert fault.remedy


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_setting(Path("nowhere.toml"), None)


# Arrivals as they were

CALLS = """at,language,channel,danger
2026-11-02T08:15:00,en,voice,no
2026-11-02T08:10:00,so,voice,yes
2026-11-03T23:59:59.5,,voice,no
"""


def with_calls(write: Write, calls: str) -> Path:
    a, b = PLAIN.index("[[arrivals]]"), PLAIN.index("[[person]]")
    path = write('arrivals_file = "calls.csv"\n' + PLAIN[:a] + PLAIN[b:])
    (path.parent / "calls.csv").write_text(calls, encoding="utf-8")
    return path


def test_the_days_of_a_file_of_calls_are_gone_through_in_turn(write: Write) -> None:
    run = simulate(read_setting(with_calls(write, CALLS), None).plan, 4, 1)
    first, second, third, _ = ([(one.arrival.language, one.arrival.danger) for one in day] for day in run.days)
    assert first == [("so", True), ("en", False)]
    assert second == [(None, False)]
    assert third == first
    assert run.days[1][0].arrival.at % DAY == 86_399_500_000


@pytest.mark.parametrize(
    ("calls", "key"),
    [
        ("when,language\n08:00,en\n", "line 1"),
        ("at,language\n", "-"),
        ("at,language\n8 o'clock,en\n", "line 2: at"),
        ("at,language\n08:00:00+02:00,en\n", "line 2: at"),
        ("at,language\n08:00,en\n08:00,xx\n", "line 3: language"),
        ("at,language,channel\n08:00,en,pigeon\n", "line 2: channel"),
        ("at,language,danger\n08:00,en,perhaps\n", "line 2: danger"),
        ("at,language\n08:00\n", "line 2: at"),
    ],
)
def test_a_fault_in_a_file_of_calls_names_its_line(write: Write, calls: str, key: str) -> None:
    path = with_calls(write, calls)
    if key == "line 2: at" and "," not in calls.splitlines()[1]:
        assert read_setting(path, None).plan.history[0][0].language is None, "no language is one that is not known"
        return
    with pytest.raises(ConfigurationError) as caught:
        read_setting(path, None)
    assert [(one.file, one.key) for one in caught.value.faults] == [(str(path.parent / "calls.csv"), key)]


def test_a_file_of_calls_that_is_not_there(write: Write) -> None:
    path = with_calls(write, CALLS)
    (path.parent / "calls.csv").unlink()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_setting(path, None)
