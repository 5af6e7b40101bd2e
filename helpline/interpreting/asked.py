"""What an officer asks for, read from a form or a machine's words. Every fault stands at its field. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time

from config.directory import Directory
from helpline.clock import DAY, MINUTE
from helpline.errors import Invalid
from helpline.interpreting.civil import Civil, ends_after, zone_of
from helpline.interpreting.fields import Faults
from helpline.privacy import telephone
from helpline.store.institutions import Institution

MODES = ("in_person", "phone", "video")
GENDERS = ("woman", "man")
REFERENCE_MAX = 60
TEXT_MAX = 200
NOTES_MAX = 2_000
CHILDREN_MAX = 200

_TEXTS = {"venue": TEXT_MAX, "room": TEXT_MAX, "ask_for": TEXT_MAX, "phone": 40, "link": TEXT_MAX, "notes": NOTES_MAX}
_YES = ("yes", "true", "on", "1")
_DAY_MINUTES = 24 * 60
DIALECT = re.compile(r"[a-z][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class When:
    """A civil time with how long it lasts, in minutes."""

    civil: Civil
    minutes: int

    @property
    def starts_at(self) -> int:
        return self.civil.moment

    @property
    def ends_at(self) -> int:
        return ends_after(self.civil.moment, self.minutes)


@dataclass(frozen=True, slots=True)
class Venue:
    """Where, and how it is reached: words that stay sealed. ``phone`` is whom a booking by telephone calls."""

    venue: str = ""
    room: str = ""
    ask_for: str = ""
    phone: str = ""
    link: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A booking as it is wanted; everything in it can be kept."""

    reference: str
    language: str
    dialect: str | None
    when: When
    mode: str
    province: str | None
    district: str | None
    venue: Venue
    technique: str
    hearing: str
    person_role: str
    gender: str | None
    gender_required: bool
    child_friendly: bool
    certified: bool
    girls: int
    boys: int


def read(given: Mapping[str, str], directory: Directory, institution: Institution, now: int) -> Asked:
    """What was filled in. Raises `helpline.interpreting.fields.Unfit` with the code of each field's fault.

    Without a zone the institution's is meant, and for an interpreter who comes its place unless another is given.
    """
    faults = Faults()
    rules = directory.bookings
    text = {name: _clean(given.get(name)) for name in (*given, *_TEXTS)}
    reference = _reference(text.get("reference", ""), faults)
    language = text.get("language", "")
    faults.check(language in directory.languages, "language", "language_unknown")
    dialect = text.get("dialect", "").lower() or None
    faults.check(dialect is None or DIALECT.fullmatch(dialect) is not None, "dialect", "dialect_unreadable")
    when = read_when(text, directory, institution, now, faults)
    mode = text.get("mode", "") or "in_person"
    faults.check(mode in MODES, "mode", "choice_unknown")
    province, district = _place(text, directory, institution, mode, faults)
    venue = _venue(text, mode, faults)
    technique = text.get("technique", "") or rules.techniques[0]
    faults.check(technique in rules.techniques, "technique", "choice_unknown")
    hearing = text.get("hearing", "") or "other"
    faults.check(hearing in rules.hearings, "hearing", "choice_unknown")
    role = text.get("person_role", "") or "other"
    faults.check(role in rules.person_roles, "person_role", "choice_unknown")
    gender = text.get("gender", "") or None
    faults.check(gender is None or gender in GENDERS, "gender", "choice_unknown")
    girls, boys = (_count(text.get(name, ""), name, faults) for name in ("girls", "boys"))
    faults.raise_any()
    assert when is not None
    required, friendly, certified = (
        _yes(text.get(name, "")) for name in ("gender_required", "child_friendly", "certified")
    )
    return Asked(
        reference, language, dialect, when, mode, province, district, venue, technique, hearing, role,
        gender, required and gender is not None, friendly, certified, girls, boys,
    )  # fmt: skip


def read_when(
    text: Mapping[str, str], directory: Directory, institution: Institution, now: int, faults: Faults
) -> When | None:
    """``day``, ``begins``, and ``ends`` or ``minutes``, in ``zone``. None when some of it is a fault."""
    zone = text.get("zone", "") or institution.timezone
    day, begins = _day(text.get("day", ""), faults), _clock(text.get("begins", ""), "begins", faults)
    minutes = _length(text, begins, directory.bookings.longest, faults)
    try:
        zone_of(zone)
    except Invalid as error:
        faults.add("zone", error.code)
        return None
    if day is None or begins is None or minutes is None:
        return None
    civil = Civil(day, begins, zone)
    try:
        starts_at = civil.moment
    except Invalid as error:
        faults.add("begins", error.code)
        return None
    rules = directory.bookings
    if starts_at <= now:
        faults.add("day", "date_past")
    elif starts_at < now + rules.least_ahead * MINUTE:
        faults.add("begins", "too_soon")
    elif starts_at > now + rules.most_ahead_days * DAY:
        faults.add("day", "too_far_ahead")
    else:
        return When(civil, minutes)
    return None


def _reference(reference: str, faults: Faults) -> str:
    """A number of a case, and not by mistake what says who the child is: a name, a name with an age, a telephone."""
    if not reference:
        faults.add("reference", "reference_missing")
    elif len(reference) > REFERENCE_MAX:
        faults.add("reference", "too_long")
    elif _is_a_name(reference):
        faults.add("reference", "reference_is_a_name")
    elif _is_a_telephone(reference):
        faults.add("reference", "reference_is_a_telephone")
    return reference


def _is_a_name(reference: str) -> bool:
    """No digit, or two words and more with no number longer than an age."""
    words = re.findall(r"[^\W\d_]{2,}", reference)
    numbers = re.findall(r"\d+", reference)
    return not numbers or (len(words) > 1 and "/" not in reference and all(len(one) < 3 for one in numbers))


def _is_a_telephone(reference: str) -> bool:
    """With its country, or nine digits and more from a nought on: a case's number has letters, a stroke or a year."""
    digits = re.sub(r"[\s().-]", "", reference)
    return re.fullmatch(r"\+\d{7,15}|0\d{8,14}", digits) is not None


def _day(text: str, faults: Faults) -> date | None:
    try:
        if len(text) == len("2027-01-18"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    faults.add("day", "date_unreadable")
    return None


def _clock(text: str, field: str, faults: Faults) -> time | None:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        faults.add(field, "time_unreadable")
        return None
    return time(int(text[:2]), int(text[3:]))


def _length(text: Mapping[str, str], begins: time | None, longest: int, faults: Faults) -> int | None:
    if text.get("minutes"):
        field, minutes = "minutes", int(text["minutes"]) if re.fullmatch(r"[0-9]{1,6}", text["minutes"]) else 0
        faults.check(minutes > 0, "minutes", "length_unreadable")
        ends = _clock(text["ends"], "ends", faults) if text.get("ends") else None
        if 0 < minutes <= longest and ends is not None and begins is not None:
            faults.check(minutes == _between(begins, ends), "minutes", "ends_and_length_differ")
    else:
        field, ends = "ends", _clock(text.get("ends", ""), "ends", faults)
        if ends is None or begins is None:
            return None
        minutes = (ends.hour - begins.hour) * 60 + ends.minute - begins.minute
        faults.check(minutes > 0, "ends", "ends_before_begin")
    if minutes > longest:
        faults.add(field, "too_long_a_time")
    return minutes if 0 < minutes <= longest else None


def _between(begins: time, ends: time) -> int:
    """Minutes by the clock; over midnight where it ends earlier in the day than it begins."""
    return ((ends.hour - begins.hour) * 60 + ends.minute - begins.minute) % _DAY_MINUTES


def _place(
    text: Mapping[str, str], directory: Directory, institution: Institution, mode: str, faults: Faults
) -> tuple[str | None, str | None]:
    """Province and district of a venue; of nothing for a telephone."""
    if mode != "in_person":
        return None, None
    province, district = text.get("province") or None, text.get("district") or None
    if province is None and district is None:
        return institution.province, institution.district
    known = {one.code: {each.code for each in one.districts} for one in directory.places.provinces}
    if province is None:
        province = next((code for code, within in known.items() if district in within), None)
    faults.check(province in known, "province" if text.get("province") else "district", "place_unknown")
    faults.check(district is None or district in known.get(province or "", ()), "district", "place_unknown")
    return province, district


def _venue(text: Mapping[str, str], mode: str, faults: Faults) -> Venue:
    for name, longest in _TEXTS.items():
        faults.check(len(text[name]) <= longest, name, "too_long")
    if mode == "in_person":
        faults.check(bool(text["venue"]), "venue", "venue_missing")
    elif mode in MODES:
        faults.check(bool(text["phone"]), "phone", "phone_missing")
    if text["phone"]:
        faults.check(telephone(text["phone"]) is not None, "phone", "number_wrong")
    return Venue(**{name: text[name] for name in _TEXTS})


def _count(text: str, field: str, faults: Faults) -> int:
    if not text:
        return 0
    right = re.fullmatch(r"[0-9]{1,4}", text) is not None and int(text) <= CHILDREN_MAX
    return int(text) if faults.check(right, field, "count_wrong") else 0


def _clean(text: str | None) -> str:
    """In one form of Unicode, without what cannot be seen or kept."""
    kept = (letter for letter in text or "" if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs"))
    return unicodedata.normalize("NFC", "".join(kept)).strip()


def _yes(text: str) -> bool:
    return text.lower() in _YES
