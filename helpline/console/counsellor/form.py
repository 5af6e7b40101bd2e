"""The form of a record: posted fields become content, and nothing that is typed is lost on the way. Pure.

Content follows the taxonomy of the directory (config/directory/taxonomy.toml). Whatever was not said is left out:
nothing is required to save, and only the type of contact to finish.
"""

from typing import Any

from multidict import MultiDictProxy

from helpline.errors import Invalid

CHILDREN_MAX = 12
TEXT_MAX = 20_000  # characters of one text

_CHILD_CODES = ("gender", "nationality", "accompanied", "living_situation")
_CODES = ("contact_type", "safe_to_contact", "how_known")
_TEXTS = ("safe_when", "done", "summary")

Form = MultiDictProxy[str]


def content_of(form: Form) -> dict[str, Any]:
    """The record's content as it was typed. Raises Invalid with a code that says which field cannot be kept."""
    content: dict[str, Any] = {name: form[name] for name in _CODES if form.get(name)}
    content["children"] = [_child(form, index) for index in range(_children(form))]
    content["place"] = {name: form[name] for name in ("province", "district") if form.get(name)}
    district = content["place"].get("district")
    if district and "." in district:  # a district's value carries its province, so that one choice says both
        content["place"]["province"], content["place"]["district"] = district.split(".", 1)
    content["reasons"] = form.getall("reasons", [])
    for name in _TEXTS:
        text = form.get(name, "").replace("\r\n", "\n")
        if len(text) > TEXT_MAX:
            raise Invalid("text_too_long")
        if text.strip():
            content[name] = text
    return content


def _children(form: Form) -> int:
    text = form.get("children", "0")
    if not text.isascii() or not text.isdigit() or len(text) > 3:
        raise Invalid("children_unreadable")
    return min(int(text), CHILDREN_MAX)


def _child(form: Form, index: int) -> dict[str, Any]:
    prefix = f"child-{index}-"
    child: dict[str, Any] = {name: form[prefix + name] for name in _CHILD_CODES if form.get(prefix + name)}
    age = form.get(prefix + "age", "").strip()
    if age:
        if not age.isascii() or not age.isdigit() or int(age[:9]) > 120:
            raise Invalid("age_not_a_number")
        child["age"] = int(age)
    child["circumstances"] = form.getall(prefix + "circumstances", [])
    return child


def filled(content: dict[str, Any]) -> dict[str, Any]:
    """The same with every field there is, empty where nothing was said."""
    nothing: dict[str, Any] = dict.fromkeys((*_CODES, *_TEXTS), "")
    children = [
        {**dict.fromkeys((*_CHILD_CODES, "age"), ""), "circumstances": [], **_without_none(child)}
        for child in content.get("children") or ()
    ]
    place = {"province": "", "district": "", **_without_none(content.get("place") or {})}
    return {**nothing, "reasons": [], **_without_none(content), "children": children, "place": place}


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def with_one_more(content: dict[str, Any]) -> dict[str, Any]:
    """Room for another child."""
    children = [*content.get("children", [])]
    if len(children) >= CHILDREN_MAX:
        raise Invalid("too_many_children")
    return {**content, "children": [*children, {"circumstances": []}]}


def without(content: dict[str, Any], index: int) -> dict[str, Any]:
    """The same without one child; an index that is none changes nothing."""
    children = [child for place, child in enumerate(content.get("children", [])) if place != index]
    return {**content, "children": children}
