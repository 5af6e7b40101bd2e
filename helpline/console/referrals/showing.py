"""What goes out to a service, put into words: the same for who sends it and for who receives it."""

from collections.abc import Mapping
from typing import Any

from helpline.console.wording import Wording
from helpline.console.words import Words
from helpline.house import House
from helpline.referrals.consent import FIELDS

_LISTS = {"gender": "genders", "accompanied": "accompanied", "safe_to_contact": "safe_to_contact"}
_MOMENTS = ("incident_at", "answer_by")
_TABLES = {"happening": "happening", "safe_tonight": "yes_no"}


def shown(content: Mapping[str, Any], house: House, wording: Wording) -> list[tuple[str, str]]:
    """(label, words) of each field, in the order in which they are read."""
    words = Words(wording)
    return [(words.of("referral_field", name), _value(name, content, house, words, wording))
            for name in FIELDS if name in content]  # fmt: skip


def concern_name(house: House, wording: Wording, code: str) -> str:
    kind = house.directory.concerns.by_code.get(code)
    return wording(kind.label) if kind is not None else code.replace("_", " ").capitalize()


def spoken(reference: str) -> str:
    """A reference as it is read and said: 482 113."""
    return f"{reference[:3]} {reference[3:]}"


def _value(name: str, content: Mapping[str, Any], house: House, words: Words, wording: Wording) -> str:
    value = content[name]
    labels = house.directory.taxonomy.labels
    if name == "reference":
        return spoken(value)
    if name == "concern":
        return concern_name(house, wording, value)
    if name in _MOMENTS:
        return wording.at(value)
    if name in _TABLES:
        return words.of(_TABLES[name], value)
    if name in _LISTS:
        return wording(labels.get((_LISTS[name], value), value))
    if name == "circumstances":
        return ", ".join(wording(labels.get((name, code), code)) for code in value)
    if name == "language":
        known = house.directory.languages.get(value)
        return f"{wording(known.name)} ({known.endonym})" if known is not None else value
    if name in ("province", "district"):
        return _place(name, content, house)
    return str(value)


def _place(name: str, content: Mapping[str, Any], house: House) -> str:
    code = str(content[name])
    province = house.directory.places.by_code.get(str(content.get("province", "")))
    if province is None:
        return code
    if name == "province":
        return province.label
    return next((one.label for one in province.districts if one.code == code), code)
