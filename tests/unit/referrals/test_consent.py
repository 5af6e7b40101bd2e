"""What goes out, by what the child said and what a person decided."""

from itertools import product

import pytest

from helpline.errors import Refused
from helpline.referrals.consent import BY_OVERRIDE, FIELDS, WITH_YES, Basis, Release, releasable
from helpline.referrals.matter import Answer, Consent, Override, OverrideReason
from tests.unit.referrals.directory_of_services import a_matter

YES, NO, NOT_ASKED = Answer.YES, Answer.NO, Answer.NOT_ASKED
WHY = OverrideReason


def release(audience: str, consent: Consent, reason: OverrideReason | None = None) -> Release:
    override = None if reason is None else Override(reason, "worker")
    return releasable(
        a_matter(consent=consent), audience, override, reference="482113", call_back="+260116", answer_by=1
    )


@pytest.mark.parametrize(
    ("audience", "consent", "sent"),
    [
        ("services", Consent(services=YES), True),
        ("services", Consent(services=NO), False),
        ("services", Consent(), False),
        ("services", Consent(authorities=YES, others=YES, family=YES), False),
        ("authorities", Consent(services=YES), False),
        ("authorities", Consent(authorities=YES), True),
        ("others", Consent(others=YES), True),
        ("others", Consent(services=YES), False),
        ("family", Consent(family=YES), False),  # a person speaks with the family; nothing is sent to it
        ("statistics", Consent(statistics=YES), False),
    ],
)
def test_each_answer_opens_its_own_door_and_no_other(audience: str, consent: Consent, sent: bool) -> None:
    if sent:
        assert release(audience, consent).basis is Basis.CONSENT
    else:
        with pytest.raises(Refused) as refused:
            release(audience, consent)
        assert refused.value.code == "consent_missing"


@pytest.mark.parametrize(
    ("reason", "goes", "stays"),
    [
        (WHY.CHILD_ASKS, {"summary", "whereabouts", "called"}, {"reach", "circumstances"}),
        (WHY.LIFE_IN_DANGER, {"whereabouts", "reach", "summary"}, {"called", "circumstances"}),
        (WHY.HARM_BY_TRUSTED, {"summary", "safe_tonight"}, {"whereabouts", "reach", "called", "circumstances"}),
        (WHY.CHILD_HARMS_ANOTHER, {"summary", "district"}, {"age", "gender", "whereabouts", "reach", "called"}),
    ],
)
def test_an_override_lets_out_what_its_reason_needs(reason: OverrideReason, goes: set[str], stays: set[str]) -> None:
    told = release("services", Consent(services=NO), reason)
    assert told.basis is Basis.OVERRIDE
    assert goes <= set(told.content) and not stays & set(told.content)
    assert stays <= set(told.withheld)


def test_circumstances_never_go_to_authorities() -> None:
    for answer, reason in product(Answer, [None, *OverrideReason]):
        if answer is YES or reason is not None:
            assert "circumstances" not in release("authorities", Consent(authorities=answer), reason).content


def test_who_is_said_to_have_done_harm_never_goes_out() -> None:
    matter = a_matter(harm_by="Golden Farm Ltd", consent=Consent(services=YES))
    told = releasable(matter, "services", reference="482113", call_back="+260116", answer_by=1)
    assert "Golden" not in str(told.content)


def test_what_is_not_known_is_not_sent_as_empty() -> None:
    matter = a_matter(age=None, called="", circumstances=())
    told = releasable(matter, "services", reference="482113", call_back="+260116", answer_by=1)
    assert not {"age", "called", "circumstances"} & set(told.content)
    assert "called" not in told.withheld


def test_with_a_yes_an_override_takes_nothing_away() -> None:
    consent = Consent(services=YES)
    assert release("services", consent, WHY.CHILD_HARMS_ANOTHER) == release("services", consent)


def test_the_tables_name_only_fields_that_there_are() -> None:
    for fields in (*WITH_YES.values(), *BY_OVERRIDE.values()):
        assert fields <= set(FIELDS)
    assert set(BY_OVERRIDE) == set(OverrideReason)
