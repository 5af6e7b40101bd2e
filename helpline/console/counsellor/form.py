"""The form of a record: posted fields become content, and nothing that is typed is lost on the way. Pure.

What is asked stands in the form's definition (`config.forms`). Whatever was not said is left out: nothing is required
to save, and only the type of contact to finish. A field of a child is posted as ``child-N-ID``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from multidict import MultiDictProxy

from config.forms import Field, Form
from helpline.errors import Invalid

Posted = MultiDictProxy[str]

_NOTHING: Mapping[str, Any] = {
    "choice": "",
    "choices": (),
    "text": "",
    "number_or_unknown": "",
    "country": "",
    "place": {"province": "", "district": ""},
    "children": (),
}


def content_of(form: Form, posted: Posted) -> dict[str, Any]:
    """The record's content as it was typed, also where that cannot be kept: see `check`."""
    content = _answers(form.fields, posted, "")
    if form.children is not None:
        group = form.children
        count = min(_count(posted.get("children", "")), group.limit)
        content[group.id] = [_answers(group.fields, posted, f"child-{index}-") for index in range(count)]
    return content


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def _answers(fields: Sequence[Field], posted: Posted, prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for asked in fields:
        name = prefix + asked.id
        said = posted.get(name, "").replace("\r\n", "\n")
        if asked.kind == "choices":
            found[asked.id] = posted.getall(name, [])
        elif not said.strip():
            continue
        elif asked.kind == "place":  # one choice says both
            province, _, district = said.partition(".")
            found[asked.id] = {"province": province, "district": district}
        elif asked.kind == "number_or_unknown":
            number = said.strip()
            found[asked.id] = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else said
        elif asked.kind != "children":
            found[asked.id] = said
    return found


def check(form: Form, content: Mapping[str, Any]) -> None:
    """Raises Invalid with a code that says what cannot be kept."""
    for asked, value in _each(form, content):
        if asked.kind == "number_or_unknown" and value is not None and not isinstance(value, int):
            raise Invalid("age_not_a_number" if asked.id == "age" else "not_a_number")
        if asked.kind == "text" and len(value or "") > asked.limit:
            raise Invalid("text_too_long")


def _each(form: Form, content: Mapping[str, Any]) -> Sequence[tuple[Field, Any]]:
    own = [(asked, content.get(asked.id)) for asked in form.fields]
    group = form.children
    children = content.get(group.id) or () if group else ()
    return own + [(asked, child.get(asked.id)) for child in children for asked in (group.fields if group else ())]


def filled(form: Form, content: Mapping[str, Any]) -> dict[str, Any]:
    """The same with every field there is, empty where nothing was said."""
    found = _filled(form.fields, content)
    if form.children is not None:
        group = form.children
        found[group.id] = [_filled(group.fields, child) for child in found[group.id]]
    return found


def _filled(fields: Sequence[Field], content: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for asked in fields:
        value = content.get(asked.id)
        found[asked.id] = _NOTHING[asked.kind] if value is None else value
    return found


def with_one_more(form: Form, content: Mapping[str, Any]) -> dict[str, Any]:
    """Room for another child."""
    group = form.children
    children = [*content.get(group.id, ())] if group else []
    if group is None or len(children) >= group.limit:
        raise Invalid("too_many_children")
    return {**content, group.id: [*children, {}]}


def without(form: Form, content: Mapping[str, Any], index: int) -> dict[str, Any]:
    """The same without one child; an index that is none changes nothing."""
    group = form.children
    if group is None:
        return dict(content)
    return {**content, group.id: [one for place, one in enumerate(content.get(group.id, ())) if place != index]}
