"""What holds on a day, what ends soon, and what a row says of an interpreter."""

from datetime import date

import pytest

from helpline.interpreting import lapsing, qualified
from helpline.interpreting.qualified import lapsed
from helpline.store.interpreters import Certificate, Interpreter, Spoken

TODAY = date(2027, 1, 18)


def an_interpreter(**changes: object) -> Interpreter:
    known: dict[str, object] = {
        "worker_id": "w1",
        "sign_in": "abeba",
        "alias": "Abeba",
        "roles": ("interpreter",),
        "gender": "woman",
        "reach_kind": "phone",
        "reach_enc": None,
        "disabled": False,
        "details": True,
        "undertaking_on": "2026-01-01",
        "undertaking_until": "2027-12-31",
        "training": ("child_friendly",),
        "hours_json": '{"mon": ["08:00-12:00", "22:00-02:00"], "sun": ["00:00-24:00"]}',
        "timezone": "Africa/Lusaka",
        "province": "lusaka",
        "district": "lusaka",
        "travels": ("copperbelt",),
        "by_phone": True,
        "email_enc": None,
        "pin_number": None,
    }
    return Interpreter(**{**known, **changes})  # type: ignore[arg-type]


def a_paper(
    id: str = "c1", language: str = "ti", since: str | None = "2026-01-01", until: str | None = "2027-12-31"
) -> Certificate:
    return Certificate(id, "w1", language, "Board", None, since, until)


@pytest.mark.parametrize(
    ("begins", "until", "over"),
    [
        (None, None, False),
        ("2026-01-01", None, False),
        ("2026-01-01", "2027-01-18", False),
        ("2026-01-01", "2027-01-17", True),
        ("2027-01-18", "2028-01-01", False),
        ("2027-01-19", "2028-01-01", True),
        (None, "2027-01-17", True),
    ],
)
def test_something_holds_from_its_first_day_to_the_end_of_its_last(
    begins: str | None, until: str | None, over: bool
) -> None:
    assert lapsed(begins, until, TODAY) is over


@pytest.mark.parametrize(
    ("begins", "until", "standing"),
    [
        ("2026-01-01", None, "holds"),
        ("2026-01-01", "2027-02-15", "holds"),  # 28 days to go
        ("2026-01-01", "2027-02-14", "lapsing"),
        ("2026-01-01", "2027-01-18", "lapsing"),
        ("2026-01-01", "2027-01-17", "lapsed"),
        ("2027-01-19", "2028-01-01", "coming"),
    ],
)
def test_four_weeks_before_its_last_day_it_ends_soon(begins: str, until: str | None, standing: str) -> None:
    assert lapsing.standing(begins, until, TODAY) == standing


def test_a_lapsed_undertaking_or_certificate_counts_for_nothing() -> None:
    spoken = (Spoken("ti", "fluent", ("asmara",)), Spoken("en", "basic"))
    papers = (a_paper(), a_paper("c2", "en", until="2027-01-17"))
    now = qualified.qualifications(an_interpreter(), spoken, papers, TODAY)
    assert now.undertaking and now.certified == {"ti"} and now.child_friendly
    assert now.languages == {"ti": "fluent", "en": "basic"} and now.dialects == {"ti": {"asmara"}}
    later = qualified.qualifications(an_interpreter(), spoken, papers, date(2028, 1, 1))
    assert not later.undertaking and later.certified == frozenset()


def test_one_who_never_signed_has_no_undertaking() -> None:
    never = an_interpreter(undertaking_on=None, undertaking_until=None)
    assert not qualified.qualifications(never, (), (), TODAY).undertaking


def test_hours_are_minutes_of_the_days_midnight_and_may_cross_the_next() -> None:
    known = qualified.qualifications(an_interpreter(), (), (), TODAY)
    assert known.hours == {0: ((480, 720), (1320, 1560)), 6: ((0, 1440),)}


def test_a_certificate_beside_which_a_newer_one_holds_longer_ends_quietly() -> None:
    old, new = a_paper("old", until="2027-01-20"), a_paper("new", since="2027-01-10", until="2029-01-20")
    other = a_paper("other", "am", until="2027-01-20")
    ending = lapsing.endings(an_interpreter(undertaking_until=None), (old, new, other))
    assert [each.id for each in ending] == ["new", "other"]
    late = a_paper("late", since="2027-02-01", until="2029-01-20")
    assert "old" in {each.id for each in lapsing.endings(an_interpreter(), (old, late))}, "between them nothing holds"
