"""What a record holds: as little as will do, each answer as the form asks for it. Pure.

No name and no number is asked for. Everything but the type of contact may be left out, also when it is finished.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from config.directory import Directory
from config.forms import CONTACT, CONTACT_TYPE, REASONS, Field, Form
from config.taxonomy import Places
from helpline.errors import Conflict, Invalid

Labels = Mapping[str, Mapping[str, str]]
"""English labels by list and code."""

PLACES = "places"
"""Where the labels of places stand among those of lists: by `province` and `province.district`."""

_COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as it is kept: the form that it was written with, and what its codes were called then.

    A form's version 0 and an empty content: nothing was written yet.
    """

    form: str = CONTACT
    version: int = 0
    content: Mapping[str, Any] = field(default_factory=dict)
    labels: Labels = field(default_factory=dict)

    @property
    def contact_type(self) -> str | None:
        return self.content.get(CONTACT_TYPE) or None

    def packed(self) -> str:
        """To be sealed. The form and its version stand beside it, in clear."""
        return json.dumps({"content": self.content, "labels": self.labels}, ensure_ascii=False)


def unpacked(form: str, version: int, text: str) -> Kept:
    kept = json.loads(text)
    return Kept(form, version, kept["content"], kept["labels"])


def form_of(directory: Directory, before: Kept, wanted: int | None = None) -> Form:
    """The form that a record is written with: the one that it was begun with, else the wanted one, else today's.

    Raises `Conflict` ("form_gone") when the version that it was begun with is no longer in the directory.
    """
    forms = directory.forms
    if before.version:
        found = forms.of(before.form, before.version)
        if found is None:
            raise Conflict("form_gone", "The form of this record is missing.")
        return found
    return (forms.of(CONTACT, wanted) if wanted else None) or forms.contact


def write(directory: Directory, form: Form, before: Kept, content: Mapping[str, Any]) -> Kept:
    """What is to be kept of ``content``, in its full form.

    A code that is no longer in its list may stay where it was. Raises `Invalid` ("record_invalid") naming the field.
    """
    reader = _Reader(directory, before.labels)
    read = reader.fields(form.fields, content, "")
    return Kept(form.id, form.version, read, _labels(directory, form, read, before.labels))


def label_of(directory: Directory, asked: Field, code: str, labels: Labels) -> str:
    """What a code is called now, else what it was called when it was chosen, in English."""
    own = next((one.label for one in asked.options if one.code == code), None)
    listed = directory.taxonomy.labels.get((asked.list, code))
    return own or listed or labels.get(asked.list, {}).get(code) or code.replace("_", " ").capitalize()


def place_code(place: Mapping[str, str]) -> str:
    """Province and district as one code, `province.district`; empty for none."""
    return ".".join(part for part in (place.get("province"), place.get("district")) if part)


def place_names(places: Places, place: Mapping[str, str], labels: Labels) -> tuple[str, ...]:
    """The district's name and the province's, as they are now, else as they were, in English."""
    province, old = places.by_code.get(place.get("province") or ""), labels.get(PLACES, {})
    found = [old.get(place.get("province") or "") if province is None else province.label]
    if place.get("district"):
        districts = {one.code: one.label for one in province.districts} if province else {}
        found.insert(0, districts.get(place["district"]) or old.get(place_code(place)) or place["district"])
    return tuple(filter(None, found))


def reasons_of(form: Form, content: Mapping[str, Any]) -> frozenset[str]:
    """Every reason that was given, wherever the form asks for one."""
    return frozenset(code for asked, value in answers(form, content) if asked.list == REASONS for code in _codes(value))


def searched_text(form: Form, content: Mapping[str, Any]) -> str:
    """The texts whose words are to be found."""
    return "\n".join(str(value) for asked, value in answers(form, content) if asked.searched)


def answers(form: Form, content: Mapping[str, Any]) -> Iterator[tuple[Field, Any]]:
    """Each question with its answer, those about each child too."""
    for asked in form.fields:
        value = content.get(asked.id)
        if asked.kind != "children":
            yield asked, value
            continue
        for child in value or ():
            yield from ((inner, child.get(inner.id)) for inner in asked.fields)


def _codes(value: Any) -> Sequence[str]:
    return [value] if isinstance(value, str) and value else value or ()


def _labels(directory: Directory, form: Form, content: Mapping[str, Any], before: Labels) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for asked, value in answers(form, content):
        if asked.list:
            for code in _codes(value):
                found.setdefault(asked.list, {})[code] = label_of(directory, asked, code, before)
        elif asked.kind == "place" and place_code(value):
            names = place_names(directory.places, value, before)
            found.setdefault(PLACES, {}).update({value["province"]: names[-1], place_code(value): names[0]})
    return found


class _Reader:
    """Reads what was sent, field by field."""

    def __init__(self, directory: Directory, labels: Labels) -> None:
        self._directory = directory
        self._labels = labels
        self._read: Mapping[str, Callable[[Field, Any, str], Any]] = {
            "choice": self._choice,
            "choices": self._choices,
            "text": _text,
            "number_or_unknown": _number,
            "country": _country,
            "place": self._place,
            "children": self._children,
        }

    def fields(self, asked: Sequence[Field], content: object, where: str) -> dict[str, Any]:
        if not isinstance(content, Mapping):
            raise _cannot(where or "record")
        unknown = [name for name in content if name not in {one.id for one in asked}]
        if unknown:
            raise _cannot(f"{where}{unknown[0]}")
        return {one.id: self._read[one.kind](one, content.get(one.id, _UNSAID), where + one.id) for one in asked}

    def _choice(self, asked: Field, value: Any, where: str) -> str:
        if value is _UNSAID or value == "":
            return ""
        return self._code(asked, value, where)

    def _choices(self, asked: Field, value: Any, where: str) -> list[str]:
        if value is _UNSAID:
            return []
        if not isinstance(value, list) or len(value) > asked.limit:
            raise _cannot(where)
        return list(dict.fromkeys(self._code(asked, one, where) for one in value))

    def _code(self, asked: Field, value: Any, where: str) -> str:
        if not isinstance(value, str) or not (self._is_known(asked, value) or value in self._chosen(asked)):
            raise Invalid("record_invalid", f"{where}: choose from the list.")
        return value

    def _is_known(self, asked: Field, code: str) -> bool:
        if asked.options:
            return any(one.code == code for one in asked.options)
        if asked.list == REASONS:
            return code in self._directory.taxonomy.reason_codes
        return (asked.list, code) in self._directory.taxonomy.labels

    def _chosen(self, asked: Field) -> Mapping[str, str]:
        return self._labels.get(asked.list, {}) if asked.list else {}

    def _children(self, asked: Field, value: Any, where: str) -> list[dict[str, Any]]:
        if value is _UNSAID:
            return []
        if not isinstance(value, list) or len(value) > asked.limit:
            raise _cannot(where)
        return [self.fields(asked.fields, child, f"{where}.{number}.") for number, child in enumerate(value)]

    def _place(self, asked: Field, value: Any, where: str) -> dict[str, str]:
        said = {} if value is _UNSAID else value
        if not isinstance(said, Mapping) or set(said) - {"province", "district"}:
            raise _cannot(where)
        province, district = said.get("province", ""), said.get("district", "")
        if not isinstance(province, str) or not isinstance(district, str):
            raise _cannot(where)
        known = self._directory.places.is_place(province, district or None)
        if (province or district) and not known and place_code(said) not in self._labels.get(PLACES, {}):
            raise Invalid("record_invalid", f"{where}: choose a province, then one of its districts.")
        return {"province": province, "district": district}


_UNSAID = object()


def _text(asked: Field, value: Any, where: str) -> str:
    if value is _UNSAID:
        return ""
    if not isinstance(value, str) or len(value) > asked.limit:
        raise _cannot(where)
    return value


def _number(asked: Field, value: Any, where: str) -> int | None:
    if value is _UNSAID or value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= asked.limit:
        raise _cannot(where)
    return value


def _country(asked: Field, value: Any, where: str) -> str:
    if value is _UNSAID or value == "":
        return ""
    if not isinstance(value, str) or not _COUNTRY.fullmatch(value):
        raise _cannot(where)
    return value


def _cannot(where: str) -> Invalid:
    return Invalid("record_invalid", f"{where}: this cannot be kept as it is.")
