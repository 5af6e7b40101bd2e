"""A line's addresses, in the spellings in which a carrier gives them, and its hours on its own clock."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from config.lines import Line, spelled


def line(**changed: Any) -> Line:
    values: dict[str, Any] = {
        "id": "children",
        "name": "116 children",
        "addresses": ["116", "+260116", "sip:116@*"],
        "caller_id": "+260116",
        "fallback_number": "+260950000116",
        "script": "children",
        "own_language": "en",
        "menu": ["en", "so"],
        "timezone": "Africa/Lusaka",
    }
    return Line.model_validate(values | changed)


def at(local: str, zone: str = "Africa/Lusaka") -> int:
    return int(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("dialled", "address"),
    [
        ("116", "116"),
        (" 116 ", "116"),
        ("tel:116", "116"),
        ("+260116", "+260116"),
        ("+260 116", "+260116"),
        ("+260-116", "+260116"),
        ("+260 (11) 6", "+260116"),
        ("sip:116@10.0.0.1", "sip:116@*"),
        ("sips:116@trunk.example.org", "sip:116@*"),
        ("SIP:116@Trunk.Example.Org:5061;transport=tls", "sip:116@*"),
        ("sip:116@trunk.example.org;user=phone", "sip:116@*"),
        ("sip:116;phone-context=zm@trunk.example.org", "sip:116@*"),
        ("sip:1-1-6@trunk.example.org?subject=x", "sip:116@*"),
        ('"Helpline" <sip:116@trunk.example.org>', "sip:116@*"),
        ("sip:116@[2001:db8::1]:5060", "sip:116@*"),
        ("sip:%31%31%36@trunk.example.org", "sip:116@*"),
        ("117", None),
        ("1116", None),
        ("+2601160", None),
        ("sip:117@trunk.example.org", None),
        ("sip:x116@trunk.example.org", None),
        ("", None),
        ("sip:", None),
        ("*", None),
        ("sip:*@*", None),
    ],
)
def test_the_line_is_found_by_every_spelling_of_its_addresses(dialled: str, address: str | None) -> None:
    assert line().address_for(dialled) == address


def test_an_address_may_name_one_host_only() -> None:
    one = line(addresses=["sip:116@trunk.example.org"])
    assert one.address_for("sips:116@TRUNK.example.org;user=phone") == "sip:116@trunk.example.org"
    assert one.address_for("sip:116@elsewhere.example.org") is None


@given(st.text(max_size=40))
def test_nothing_that_a_carrier_sends_breaks_the_reading_of_addresses(text: str) -> None:
    line().address_for(text)
    assert spelled(spelled("116")) == "116"


OFFICE = {"mon": ["08:00-12:00", "13:00-17:00"], "fri": "08:00-12:00"}
NIGHTS = {"sat": "22:00-06:00"}
ALL_DAY = {"wed": "00:00-24:00"}


@pytest.mark.parametrize(
    ("hours", "local", "is_open"),
    [
        ("always", "2026-11-21T03:00", True),
        (OFFICE, "2026-11-23T07:59", False),  # a Monday
        (OFFICE, "2026-11-23T08:00", True),
        (OFFICE, "2026-11-23T11:59", True),
        (OFFICE, "2026-11-23T12:00", False),
        (OFFICE, "2026-11-23T13:00", True),
        (OFFICE, "2026-11-24T09:00", False),  # nobody on a Tuesday
        (OFFICE, "2026-11-27T09:00", True),
        (NIGHTS, "2026-11-21T21:59", False),  # a Saturday
        (NIGHTS, "2026-11-21T22:00", True),
        (NIGHTS, "2026-11-22T05:59", True),  # the Sunday after it
        (NIGHTS, "2026-11-22T06:00", False),
        (NIGHTS, "2026-11-22T22:30", False),
        (ALL_DAY, "2026-11-25T00:00", True),
        (ALL_DAY, "2026-11-25T23:59", True),
        (ALL_DAY, "2026-11-26T00:00", False),
    ],
)
def test_a_line_is_open_in_its_hours(hours: object, local: str, is_open: bool) -> None:
    assert line(hours=hours).is_open(at(local)) is is_open


def test_hours_are_those_of_the_lines_own_clock() -> None:
    noon_in_lusaka = at("2026-11-23T09:00")
    assert line(hours=OFFICE).is_open(noon_in_lusaka)
    assert not line(hours=OFFICE, timezone="America/New_York").is_open(noon_in_lusaka)


def test_hours_follow_the_clock_when_it_is_set_forward() -> None:
    berlin = line(hours={"sun": "03:00-04:00"}, timezone="Europe/Berlin")
    assert berlin.is_open(at("2026-03-29T03:30", "Europe/Berlin"))
    assert not berlin.is_open(at("2026-03-29T04:00", "Europe/Berlin"))


def test_on_a_holiday_nobody_begins_but_a_night_that_began_before_goes_on() -> None:
    closed_always = line(hours="always", holidays=[date(2026, 12, 25)])
    assert not closed_always.is_open(at("2026-12-25T12:00"))
    assert closed_always.is_open(at("2026-12-26T00:00"))
    nights = line(hours={"thu": "22:00-06:00", "fri": "22:00-06:00"}, holidays=[date(2026, 12, 25)])
    assert nights.is_open(at("2026-12-25T05:00"))
    assert not nights.is_open(at("2026-12-25T22:30"))
    assert not nights.is_open(at("2026-12-26T05:00"))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hours", {"mon": "8-17"}),
        ("hours", {"mon": "08:00-08:00"}),
        ("hours", {"mon": "08:00-25:00"}),
        ("hours", {"monday": "08:00-17:00"}),
        ("hours", {"mon": []}),
        ("hours", "sometimes"),
        ("holidays", ["christmas"]),
        ("timezone", "Lusaka"),
        ("timezone", "../etc/passwd"),
        ("addresses", []),
        ("addresses", ["*"]),
        ("addresses", ["sip:*@*"]),
        ("addresses", ["sip:116"]),
        ("addresses", ["116@host"]),
        ("fallback_number", ""),
        ("fallback_number", "help"),
        ("caller_id", "sip:116@x"),
        ("menu", []),
        ("menu", ["en", "en"]),
        ("menu", ["English"]),
        ("keep_days", 0),
        ("danger_alarm_s", 0),
        ("nonsense", 1),
    ],
)
def test_a_line_that_cannot_be_meant_is_refused(key: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        line(**{key: value})
    assert {str(error["loc"][0]) for error in refused.value.errors() if error["loc"]} <= {key}


@pytest.mark.parametrize("needed", ["fallback_number", "caller_id", "addresses", "menu", "timezone", "script"])
def test_a_line_needs(needed: str) -> None:
    values = line().model_dump() | {"hours": "always"}
    del values[needed]
    with pytest.raises(ValidationError, match=needed):
        Line.model_validate(values)
