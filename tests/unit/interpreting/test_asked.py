"""What an officer fills in: every fault at its field, all of them at once."""

from datetime import date, time
from pathlib import Path

import pytest

from config.directory import Directory, load_directory
from helpline.interpreting.asked import Asked, read
from helpline.interpreting.fields import Unfit
from helpline.store.institutions import Institution
from ivr_scripts.loader import load_languages
from tests.courthouse import FORM
from tests.village import MONDAY_0800


@pytest.fixture(scope="module")
def directory() -> Directory:
    languages, _ = load_languages(Path("config/directory/languages.toml"))
    return load_directory(languages.by_code)


COURT = Institution(
    "c", "High Court", "court", "lusaka", "lusaka", "Africa/Lusaka", "4711", ("book",), None, False, False, False
)


def ask(directory: Directory, **changes: str) -> Asked:
    return read({**FORM, **changes}, directory, COURT, MONDAY_0800)


def faults(directory: Directory, **changes: str) -> dict[str, str]:
    with pytest.raises(Unfit) as caught:
        ask(directory, **changes)
    return caught.value.fields


def test_a_form_that_is_filled_in_is_a_booking(directory: Directory) -> None:
    found = ask(directory, gender="woman", gender_required="on", certified="on", girls="1", dialect="Asmara")
    assert found.when.civil.day == date(2027, 2, 1) and found.when.civil.clock == time(10)
    assert (found.when.minutes, found.when.civil.zone) == (120, "Africa/Lusaka")
    assert (found.province, found.district) == ("lusaka", "lusaka"), "the institution's own place"
    assert found.gender == "woman" and found.gender_required and found.certified and not found.child_friendly
    assert (found.girls, found.boys, found.dialect) == (1, 0, "asmara")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("reference", "", "reference_missing"),
        ("reference", "Mary Phiri", "reference_is_a_name"),
        ("reference", "ትሁት ገብረ", "reference_is_a_name"),
        ("reference", "7" * 61, "too_long"),
        ("language", "xx", "language_unknown"),
        ("language", "", "language_unknown"),
        ("dialect", "what they speak", "dialect_unreadable"),
        ("day", "2027-01-17", "date_past"),
        ("day", "01.02.2027", "date_unreadable"),
        ("day", "2027-02-30", "date_unreadable"),
        ("day", "2029-02-01", "too_far_ahead"),
        ("begins", "25:00", "time_unreadable"),
        ("begins", "ten", "time_unreadable"),
        ("ends", "09:00", "ends_before_begin"),
        ("ends", "10:00", "ends_before_begin"),
        ("ends", "", "time_unreadable"),
        ("ends", "23:00", "too_long_a_time"),
        ("minutes", "2400", "too_long_a_time"),
        ("minutes", "-5", "length_unreadable"),
        ("minutes", "two hours", "length_unreadable"),
        ("zone", "Lusaka", "zone_unknown"),
        ("mode", "letter", "choice_unknown"),
        ("venue", "", "venue_missing"),
        ("district", "atlantis", "place_unknown"),
        ("technique", "sung", "choice_unknown"),
        ("hearing", "party", "choice_unknown"),
        ("person_role", "child", "choice_unknown"),
        ("gender", "any", "choice_unknown"),
        ("girls", "-1", "count_wrong"),
        ("boys", "9999", "count_wrong"),
        ("notes", "x" * 2001, "too_long"),
        ("phone", "call me", "number_wrong"),
    ],
)
def test_each_fault_stands_at_its_field(directory: Directory, field: str, value: str, code: str) -> None:
    assert faults(directory, **{field: value}) == {field: code}


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("Mary Banda", "reference_is_a_name"),
        ("Mary Banda, 14", "reference_is_a_name"),
        ("MARY BANDA (12 years)", "reference_is_a_name"),
        ("+260 971 234567", "reference_is_a_telephone"),
        ("0971-234-567", "reference_is_a_telephone"),
        ("ማርያም ሓጎስ 9", "reference_is_a_name"),
    ],
)
def test_what_says_who_the_child_is_is_no_reference(directory: Directory, reference: str, code: str) -> None:
    assert faults(directory, reference=reference) == {"reference": code}


@pytest.mark.parametrize(
    "reference", ["HPR/17/2027", "2027-0017", "Case 17", "High Court 17/27", "260971234567", "IMM 2027 000123", "00017"]
)
def test_a_number_of_a_case_is_a_reference(directory: Directory, reference: str) -> None:
    assert ask(directory, reference=reference).reference == reference


def test_everything_that_is_wrong_is_told_at_once(directory: Directory) -> None:
    found = faults(directory, language="xx", reference="Mary", zone="Nowhere", venue="")
    assert found == {
        "language": "language_unknown",
        "reference": "reference_is_a_name",
        "zone": "zone_unknown",
        "venue": "venue_missing",
    }


def test_sooner_than_half_an_hour_an_interpreter_is_asked_for_now(directory: Directory) -> None:
    assert faults(directory, day="2027-01-18", begins="08:20", ends="09:00") == {"begins": "too_soon"}
    assert ask(directory, day="2027-01-18", begins="08:30", ends="09:00").when.minutes == 30


def test_a_time_that_clocks_jump_over_is_told_at_the_time(directory: Directory) -> None:
    found = faults(directory, day="2027-03-28", begins="02:30", ends="03:30", zone="Europe/Berlin")
    assert found == {"begins": "time_skipped"}


def test_a_booking_by_telephone_needs_a_number_and_no_venue(directory: Directory) -> None:
    assert faults(directory, mode="phone", venue="") == {"phone": "phone_missing"}
    found = ask(directory, mode="phone", venue="", phone="0211 123456")
    assert found.venue.phone and found.province is None


def test_a_district_brings_its_province(directory: Directory) -> None:
    found = ask(directory, district="kitwe")
    assert (found.province, found.district) == ("copperbelt", "kitwe")
    assert faults(directory, province="lusaka", district="kitwe") == {"district": "place_unknown"}


def test_a_booking_of_forty_hours_is_refused_and_one_over_midnight_can_be_given_in_minutes(
    directory: Directory,
) -> None:
    assert faults(directory, begins="22:00", ends="02:00") == {"ends": "ends_before_begin"}
    assert ask(directory, begins="22:00", ends="", minutes="240").when.minutes == 240


def test_an_end_and_a_length_that_say_different_things_are_not_guessed_at(directory: Directory) -> None:
    assert faults(directory, begins="10:00", ends="11:30", minutes="120") == {"minutes": "ends_and_length_differ"}
    assert ask(directory, begins="10:00", ends="12:00", minutes="120").when.minutes == 120
    assert ask(directory, begins="22:00", ends="02:00", minutes="240").when.minutes == 240, "over midnight"


def test_a_wish_that_is_none_cannot_be_required(directory: Directory) -> None:
    assert not ask(directory, gender_required="on").gender_required


def test_what_cannot_be_kept_is_taken_out(directory: Directory) -> None:
    assert ask(directory, notes="bring\0 the\ud800 file").venue.notes == "bring the file"
