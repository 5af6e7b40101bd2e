"""Which service is proposed, and why."""

from datetime import date, timedelta
from typing import Any

import pytest

from config.services import Service
from helpline.referrals.matter import Answer, Consent, Matter, Override, OverrideReason
from helpline.referrals.proposing import Barred, Near, Proposals, propose, same_organisation
from tests.unit.referrals.directory_of_services import KINDS, OFFICE_HOURS, a_matter, a_service
from tests.village import MONDAY_0800

TODAY = date(2027, 1, 18)
NIGHT = MONDAY_0800 + 14 * 3600 * 1_000_000


def proposed(matter: Matter, *services: Service, **more: Any) -> Proposals:
    given = {"now": MONDAY_0800 + 3600 * 1_000_000, "today": TODAY, "country": "ZM", **more}
    return propose(matter, [(one.code, one) for one in services], KINDS, **given)


def codes(found: Proposals) -> list[str]:
    return [one.service_id for one in found.fitting]


NEAR = a_service("near")
PROVINCE = a_service("province", places=("lusaka",))
FAR = a_service("far", places=("*",))
POLICE = a_service("police", kind="police", places=("lusaka/lusaka",))


def test_the_nearest_comes_first() -> None:
    found = proposed(a_matter(), FAR, PROVINCE, NEAR)
    assert codes(found) == ["near", "province", "far"]
    assert [one.near for one in found.fitting] == [Near.DISTRICT, Near.PROVINCE, Near.NATIONWIDE]
    assert found.default is not None and found.default.service_id == "near"


def test_when_it_is_urgent_who_is_there_comes_before_who_is_near() -> None:
    closed = a_service("near", hours=OFFICE_HOURS)
    urgent, later = a_matter(ack_within=3600 * 1_000_000), a_matter()
    assert codes(proposed(urgent, closed, FAR, now=NIGHT)) == ["far", "near"]
    assert codes(proposed(later, closed, FAR, now=NIGHT)) == ["near", "far"]


def test_the_kind_that_the_concern_names_first_comes_first() -> None:
    desk = a_service("desk", kind="anti_trafficking", places=("*",))
    assert codes(proposed(a_matter(tell=("anti_trafficking", "social_welfare")), NEAR, desk)) == ["desk", "near"]


def test_who_speaks_the_childs_language_comes_first_among_equals() -> None:
    somali = a_service("z_somali", languages=("so",))
    assert codes(proposed(a_matter(language="so"), a_service("a_english"), somali)) == ["z_somali", "a_english"]


@pytest.mark.parametrize(
    ("service", "matter", "why"),
    [
        (a_service(state="paused"), a_matter(), Barred.PAUSED),
        (a_service(concerns=("detention",)), a_matter(), Barred.OTHER_CONCERN),
        (a_service(places=("central",)), a_matter(), Barred.ELSEWHERE),
        (a_service(places=("lusaka/kafue",)), a_matter(), Barred.ELSEWHERE),
        (a_service(country="CD", places=("*",)), a_matter(), Barred.ELSEWHERE),
        (a_service(), a_matter(country="CD"), Barred.ELSEWHERE),
        (a_service(organisation="Golden Farm"), a_matter(harm_by="golden farm ltd."), Barred.HARM_BY),
        (a_service(aliases=("G.F.",)), a_matter(harm_by="GF"), Barred.HARM_BY),
    ],
)
def test_who_is_not_proposed_and_why(service: Service, matter: Matter, why: Barred) -> None:
    found = proposed(matter, service)
    assert not found.fitting and found.barred == {"welfare": why}


def test_a_service_that_has_it_already_is_not_proposed_again() -> None:
    assert proposed(a_matter(), NEAR, asked=frozenset({"near"})).barred == {"near": Barred.ALREADY}


def test_another_country_is_proposed_when_the_child_is_there() -> None:
    abroad = a_service("abroad", country="CD", places=("*",))
    found = proposed(a_matter(country="CD", province="", district=""), abroad, FAR)
    assert codes(found) == ["abroad"] and found.fitting[0].near is Near.ABROAD


def test_a_service_abroad_is_found_for_a_child_who_is_here_when_it_is_looked_for() -> None:
    abroad = a_service("abroad", country="CD", places=("*",))
    found = proposed(a_matter(), abroad, a_service(), within="CD")
    assert codes(found) == ["abroad"] and found.fitting[0].near is Near.OTHER_COUNTRY
    home = proposed(a_matter(country="CD", province="", district=""), abroad, a_service(), within="ZM")
    assert codes(home) == ["welfare"] and home.fitting[0].near is Near.OTHER_COUNTRY


def test_where_the_district_is_not_known_all_of_the_province_are_proposed_last() -> None:
    found = proposed(a_matter(district=""), a_service("kafue", places=("lusaka/kafue",)), FAR, PROVINCE)
    assert codes(found) == ["province", "far", "kafue"]


def test_the_police_come_last_and_are_no_default_where_welfare_is() -> None:
    found = proposed(a_matter(consent=Consent(services=Answer.YES, authorities=Answer.YES)), POLICE, FAR)
    assert codes(found) == ["far", "police"]
    assert found.default is not None and found.default.service_id == "far"


@pytest.mark.parametrize(
    ("consent", "override", "default"),
    [
        (Consent(), None, False),
        (Consent(services=Answer.YES), None, False),
        (Consent(authorities=Answer.YES), None, True),
        (Consent(authorities=Answer.NO), Override(OverrideReason.LIFE_IN_DANGER, "worker"), True),
    ],
)
def test_the_police_alone_are_the_default_only_when_they_may_be_told(
    consent: Consent, override: Override | None, default: bool
) -> None:
    found = proposed(a_matter(consent=consent), POLICE, override=override)
    assert found.fitting[0].fenced and found.fitting[0].may_be_told is default
    assert (found.default is not None) is default


def test_no_entry_can_take_the_fence_of_its_kind_away() -> None:
    assert proposed(a_matter(), a_service("police", kind="police", enforcement=False)).fitting[0].fenced


def test_an_entry_can_be_fenced_though_its_kind_is_not() -> None:
    found = proposed(a_matter(), a_service("desk", kind="anti_trafficking", enforcement=True))
    assert found.fitting[0].fenced and not found.fitting[0].may_be_told and found.default is None


def test_a_stale_entry_is_marked() -> None:
    old = a_service(verified_on=TODAY - timedelta(days=180))
    assert proposed(a_matter(), old).fitting[0].stale
    assert not proposed(a_matter(), a_service(verified_on=TODAY - timedelta(days=179))).fitting[0].stale


@pytest.mark.parametrize(
    ("organisation", "said", "same"),
    [
        ("Golden Farm", "Golden Farm", True),
        ("Golden Farm", "  the GOLDEN   farm, Ltd", True),
        ("Golden Farm Limited", "golden farm", True),
        ("GoldenFarm", "Golden Farm", True),
        ("Maison des Élèves", "maison eleves", True),
        ("Golden Farm", "Golden Gate", False),
        ("Golden Farm", "Farm", True),  # too wide rather than too narrow
        ("Art Centre", "Martha", False),
        ("የልጆች ቤት", "የልጆች ቤት", True),
        ("بيت الأطفال", "بيت الأطفال", True),
        ("Golden Farm", "", False),
        ("Golden Farm", " .,- ", False),
        ("The", "The", True),
    ],
)
def test_one_organisation_in_many_spellings(organisation: str, said: str, same: bool) -> None:
    assert same_organisation(a_service(name="Office", organisation=organisation), said) is same
