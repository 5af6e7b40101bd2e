"""The form of a record: posted fields become content, and nothing that is typed is lost on the way. Pure.

Content follows the taxonomy of the directory (config/directory/taxonomy.toml). Whatever was not said is left out:
nothing is required to save, and only the type of contact to finish.
"""

from typing import Any

from multidict import MultiDictProxy

from helpline.errors import Invalid

CHILDREN_MAX = 12

_CHILD_CODES = ("gender", "nationality", "accompanied", "living_situation")
_CODES = ("contact_type", "safe_to_contact", "how_known")
_TEXTS = ("safe_when", "done", "summary")
_LONGEST = {"safe_when": 300, "done": 10_000, "summary": 20_000}  # characters, as helpline.contacts.record has them

Form = MultiDictProxy[str]


def content_of(form: Form) -> dict[str, Any]:
    """The record's content as it was typed, also where that cannot be kept: see `check`."""
    content: dict[str, Any] = {name: form[name] for name in _CODES if form.get(name)}
    content["children"] = [_child(form, index) for index in range(_children(form))]
    content["place"] = {name: form[name] for name in ("province", "district") if form.get(name)}
    district = content["place"].get("district")
    if district and "." in district:  # a district's value carries its province, so that one choice says both
        content["place"]["province"], content["place"]["district"] = district.split(".", 1)
    content["reasons"] = form.getall("reasons", [])
    for name in _TEXTS:
        text = form.get(name, "").replace("\r\n", "\n")
        if text.strip():
            content[name] = text
    return content


def _children(form: Form) -> int:
    text = form.get("children", "")
    return min(int(text), CHILDREN_MAX) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def _child(form: Form, index: int) -> dict[str, Any]:
    prefix = f"child-{index}-"
    child: dict[str, Any] = {name: form[prefix + name] for name in _CHILD_CODES if form.get(prefix + name)}
    age = form.get(prefix + "age", "").strip()
    if age:
        child["age"] = int(age) if age.isascii() and age.isdigit() and len(age) < 4 else age
    child["circumstances"] = form.getall(prefix + "circumstances", [])
    return child


def check(content: dict[str, Any]) -> None:
    """Raises Invalid with a code that says what cannot be kept."""
    if any(not isinstance(child.get("age", 0), int) for child in content["children"]):
        raise Invalid("age_not_a_number")
    if any(len(content.get(name, "")) > most for name, most in _LONGEST.items()):
        raise Invalid("text_too_long")


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
