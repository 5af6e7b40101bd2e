"""Our codes in another country's lists; what has no match is said."""

from dataclasses import replace
from typing import Any

import pytest

from helpline.clock import HOUR, SECOND
from helpline.referrals.consent import FIELDS as RELEASED
from helpline.referrals.lifecycle import Event
from helpline.referrals.matter import OverrideReason
from helpline.referrals.port import Outgoing, Seen
from helpline.referrals.primero_mapping import (
    FIELDS,
    case_data,
    consent_fields,
    dropped,
    is_ours,
    lookups_from,
    notes_of,
    report,
    seen,
    service_there,
)
from tests.primero_stand_in import LOOKUPS, lookup

THERE = lookups_from([LOOKUPS])
NAMES = {"language": {"sw": ("Swahili", "swa", "Kiswahili"), "bem": ("Bemba", "bem", "Ichibemba")}}
NOW = 1_800_000_000 * SECOND
REFERRAL = Outgoing(
    id="01978c7e-0000-7000-8000-000000000001",
    service_id="01978c7e-0000-7000-8000-0000000000aa",
    channel="primero",
    settings={"transitioned_to": "officer_lusaka"},
    content={"concern": "trafficking", "age": 14, "circumstances": ["unaccompanied", "poverty"], "incident_at": NOW},
    language="en",
    concern="trafficking",
    sent_at=NOW,
    due_at=NOW + HOUR,
)


@pytest.mark.parametrize(
    ("content", "data", "lost"),
    [
        ({"age": 14}, {"age": 14}, ()),
        ({"gender": "girl"}, {"sex": "female"}, ()),
        ({"gender": "boy"}, {"sex": "male"}, ()),
        ({"gender": "non_binary"}, {"sex": "other"}, ()),
        ({"gender": "unknown"}, {}, ()),
        # by its English label, as its code holds what a machine made up
        ({"concern": "trafficking"}, {"protection_concerns": ["trafficked_7c9"]}, ()),
        ({"concern": "documents"}, {"protection_concerns": ["papers_11f"]}, ()),
        ({"concern": "violence_now"}, {"protection_concerns": ["physical_abuse_violence"]}, ()),
        ({"concern": "child_labour"}, {"protection_concerns": ["other"]}, ("concern",)),
        ({"concern": "one_of_our_own_kinds"}, {"protection_concerns": ["other"]}, ("concern",)),
        ({"language": "sw"}, {"language": ["language3"]}, ()),
        ({"language": "bem"}, {"language": ["language4"]}, ("language",)),
        ({"circumstances": ["poverty", "refugee", "hiv"]}, {"displacement_status": "refugee"}, ()),
        ({"circumstances": ["poverty"]}, {}, ()),
        ({"circumstances": ["returnee"]}, {"displacement_status": "other"}, ("circumstances",)),
        ({"called": "Demo Bwalya"}, {"name": "Demo Bwalya"}, ()),
        ({"age": None, "called": "", "circumstances": []}, {}, ()),
        ({"summary": "A sentence.", "district": "kafue", "reference": "K7"}, {}, ()),
    ],
)
def test_what_is_released_becomes_their_fields(
    content: dict[str, Any], data: dict[str, Any], lost: tuple[str, ...]
) -> None:
    found = case_data(content, THERE, {}, NAMES)
    assert (dict(found.data), found.lost) == (data, lost)


def test_a_primero_without_the_list_gets_no_guess() -> None:
    found = case_data({"concern": "trafficking", "gender": "girl"}, {}, {}, NAMES)
    assert (dict(found.data), found.lost) == ({}, ("concern", "gender"))


def test_what_the_operator_wrote_down_counts_first_and_is_checked() -> None:
    own = {"concern.child_labour": "child_marriage", "concern.trafficking": "no_such_code", "nothing.x": "y"}
    assert case_data({"concern": "child_labour"}, THERE, own, NAMES).data == {"protection_concerns": ["child_marriage"]}
    assert case_data({"concern": "trafficking"}, THERE, own, NAMES).lost == ("concern",)
    assert report(THERE, own, NAMES, {}).own == ("concern.trafficking", "nothing.x")


def test_the_report_names_every_code_without_a_match() -> None:
    used = {
        "concern": ["trafficking", "child_labour", "missing"],
        "gender": ["girl", "boy", "unknown"],
        "language": ["sw", "bem"],
        "circumstances": ["refugee", "hiv", "returnee"],
    }
    found = report(THERE, {}, NAMES, used)
    assert found.matched == 5
    assert found.missing == 4
    assert {(one.ours, one.lookup, one.codes) for one in found.unmatched} == {
        ("concern", "lookup-protection-concerns", ("child_labour", "missing")),
        ("language", "lookup-language", ("bem",)),
        ("circumstances", "lookup-displacement-status", ("returnee",)),
    }
    without = report({}, {}, NAMES, {"gender": ["girl"]})
    assert [(one.ours, one.lookup, one.codes) for one in without.unmatched] == [("gender", None, ("girl",))]


def test_every_field_of_the_table_is_one_that_can_be_released() -> None:
    assert {mapped.ours for mapped in FIELDS} <= set(RELEASED)


def test_lookups_of_any_form_are_read() -> None:
    odd = [
        None,
        {"unique_id": 7},
        {"unique_id": "a", "values": None},
        {"unique_id": "b", "values": [None, {"id": 1}, {"id": "gone", "disabled": True}, {"id": "x"}]},
        {"unique_id": "c", "values": [{"id": "y", "display_text": "Plain text"}, {"id": "z", "display_text": {}}]},
    ]
    found = lookups_from([odd, [lookup("d", "one")]])
    assert found == {"a": {}, "b": {"x": "x"}, "c": {"y": "y", "plain_text": "y", "z": "z"}, "d": {"one": "one"}}


def test_a_code_goes_before_a_label_that_reads_the_same() -> None:
    found = lookups_from([[lookup("l", "rape", code7="Rape")]])
    assert found["l"]["rape"] == "rape"


@pytest.mark.parametrize("reason", list(OverrideReason))
def test_an_override_answers_nothing_for_the_child(reason: OverrideReason) -> None:
    assert consent_fields(None) == {"consent_for_services": True, "disclosure_other_orgs": True}
    assert consent_fields(reason) == {"consent_for_services": False, "disclosure_other_orgs": False}


def test_an_override_without_a_lawful_reason_is_none() -> None:
    with pytest.raises(ValueError, match="convenience"):
        consent_fields("convenience")


def test_the_service_that_is_asked_for_must_be_one_of_theirs() -> None:
    assert service_there("", THERE) == (None, ())
    assert service_there("shelter_service", THERE) == ("shelter_service", ())
    assert service_there("Shelter service", THERE) == ("shelter_service", ())
    assert service_there("spaceship", THERE) == (None, ("service",))


def test_the_notes_hold_all_that_is_released_and_by_what_right() -> None:
    notes = notes_of(REFERRAL).splitlines()
    assert notes[0].endswith(REFERRAL.id)
    assert "circumstances: unaccompanied, poverty" in notes
    assert "incident at: 2027-01-15 08:00 UTC" in notes
    assert not any("consent" in line for line in notes)
    overridden = notes_of(replace(REFERRAL, override="life_in_danger"))
    assert "sent without the child's consent, because: life in danger" in overridden


@pytest.mark.parametrize(
    ("referral", "expected"),
    [
        ({"status": "in_progress"}, Seen(Event.DELIVERED)),
        ({"status": "accepted"}, Seen(Event.ACCEPTED)),
        ({"status": "done"}, Seen(Event.RECEIVED)),
        ({"status": "done", "success_status": "successful"}, Seen(Event.RECEIVED)),
        (
            {"status": "done", "success_status": "not_successful", "reason_not_successful": "lack_of_capacity"},
            Seen(Event.REFUSED, "lack_of_capacity"),
        ),
        ({"status": "done", "service_implemented": "not_implemented"}, Seen(Event.REFUSED)),
        ({"status": "rejected", "rejected_reason": "We have no room"}, Seen(Event.REFUSED, "We have no room")),
        ({"status": "rejected"}, Seen(Event.REFUSED)),
        ({"status": "revoked"}, Seen(Event.WITHDRAWN)),
        ({"status": "something_new"}, None),
        ({"status": None}, None),
        ({}, None),
    ],
)
def test_what_their_states_mean(referral: dict[str, Any], expected: Seen | None) -> None:
    assert seen(referral) == expected


ROW = {"unique_id": "r1", "service_type": "shelter_service"}
SENT = {"id": "r1", "module_id": "m", "age": 14, "no": False, "list": ["a", "b"], "services_section": [ROW]}


@pytest.mark.parametrize(
    ("change", "lost", "lost_later"),
    [
        ({}, (), ()),
        ({"age": None}, ("age",), ("age",)),
        (
            {"age": 15},
            ("age",),
            (),
        ),  # just after it was made, this is a value that they did not take; later, their work
        ({"age": "14"}, (), ()),
        ({"no": None}, (), ()),
        ({"list": ["b", "a", "c"]}, (), ()),
        ({"list": ["a"]}, ("list",), ()),
        ({"list": "a"}, ("list",), ()),
        ({"services_section": None}, ("services_section",), ("services_section",)),
        ({"services_section": []}, ("services_section",), ("services_section",)),
        ({"services_section": [ROW, {"unique_id": "r2"}]}, (), ()),
        ({"services_section": [{"unique_id": "r1"}]}, ("services_section",), ("services_section",)),
        ({"services_section": "what"}, ("services_section",), ("services_section",)),
    ],
)
def test_what_they_did_not_keep_is_named(
    change: dict[str, Any], lost: tuple[str, ...], lost_later: tuple[str, ...]
) -> None:
    found = SENT | change
    assert dropped(SENT, found, changed_too=True) == lost
    assert dropped(SENT, found, changed_too=False) == lost_later


@pytest.mark.parametrize(
    ("found", "ours"),
    [
        ({"services_section": [ROW], "created_by": "somebody", "age": 99}, True),
        ({"created_by": "helpline", "module_id": "other"}, True),
        ({"created_by": "somebody", "id": "r1", "module_id": "m", "age": 14}, False),
        ({"id": "r1", "module_id": "m", "age": 14}, True),
        ({"id": "r1", "module_id": "m", "age": 9}, False),
        ({"id": "r1"}, False),
        ({}, False),
    ],
)
def test_a_case_under_our_id_is_known_as_ours(found: dict[str, Any], ours: bool) -> None:
    assert is_ours(SENT, found, "helpline") is ours
