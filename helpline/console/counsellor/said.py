"""A record put into words, for those who read it and do not write it. Pure."""

from collections.abc import Iterator
from typing import Any

from config.directory import Directory
from helpline.console.wording import Wording


def lines_of(content: dict[str, Any], directory: Directory, wording: Wording) -> list[tuple[str, str]]:
    """What was recorded, as (label, text); what was not said is left out."""
    return [(label, text) for label, text in _lines(content, directory, wording) if text]


def _lines(content: dict[str, Any], directory: Directory, wording: Wording) -> Iterator[tuple[str, str]]:
    def label(list_name: str, code: str | None) -> str:
        return wording(directory.taxonomy.labels.get((list_name, code or ""), code or ""))

    yield wording("Type of contact"), label("contact_types", content.get("contact_type"))
    yield wording("What it was about"), content.get("summary") or ""
    for number, child in enumerate(content.get("children") or (), 1):
        parts = [
            wording("{n} years old", n=child["age"]) if child.get("age") is not None else "",
            label("genders", child.get("gender")),
            label("accompanied", child.get("accompanied")),
            label("living_situations", child.get("living_situation")),
            wording.locale.territories.get(child.get("nationality") or "", ""),
            *(label("circumstances", code) for code in child.get("circumstances") or ()),
        ]
        yield wording("Child {number}", number=number), " · ".join(filter(None, parts)) or wording("Nothing said")
    yield wording("Reasons"), ", ".join(label("reasons", code) for code in content.get("reasons") or ())
    yield wording("Place"), _place(content.get("place") or {}, directory, wording)
    yield wording("Safe to contact"), label("safe_to_contact", content.get("safe_to_contact"))
    yield wording("When it is safe"), content.get("safe_when") or ""
    yield wording("How they know of us"), label("how_known", content.get("how_known"))
    yield wording("What was done"), content.get("done") or ""


def _place(place: dict[str, str], directory: Directory, wording: Wording) -> str:
    province = directory.places.by_code.get(place.get("province") or "")
    if province is None:
        return ""
    district = next((one.label for one in province.districts if one.code == place.get("district")), None)
    return ", ".join(wording(name) for name in (district, province.label) if name)
