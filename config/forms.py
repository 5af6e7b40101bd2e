"""Forms of the record: which questions are asked of a contact, as data.

A form has a version. `NAME.toml` is asked now; `NAME.1.toml` and so on are earlier versions, kept so that what was
written with them still reads right. A version that has its `seal` can no longer change what it asks.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field as Bound
from pydantic import ValidationError, model_validator

from config.faults import ConfigurationError, Fault, Severity, faults_of, read_toml
from config.taxonomy import Code, Part, Taxonomy, Term

CONTACT = "contact"
"""The form of a contact's record, which every deployment has."""

CONTACT_TYPE = "contact_type"
"""Its one required field."""

REASONS = "reasons"
"""The list whose codes are `group.reason`."""

POSTED_TOO = frozenset({"csrf", "base_version", "form_version", "on", "do", "children"})
"""What a page posts beside the fields, so that no field may be named so."""

Kind = Literal["choice", "choices", "text", "number_or_unknown", "country", "place", "children"]
_FROM_A_LIST = ("choice", "choices")
_NEVER_ASKED = ("stop_reasons", "age_bands")
_FILE = re.compile(r"([a-z][a-z0-9_]{0,39})(?:\.([1-9][0-9]{0,3}))?\.toml")


class Field(Part):
    """One question.

    ``list`` names the list of the taxonomy that `choice` and `choices` take their codes from; ``options`` are codes of
    the field's own. ``most``: characters of a text, the highest number, how many choices or children. ``long``: a text
    of several lines. ``searched``: a text whose words can be searched for. ``fields`` are asked of each child.
    """

    id: Code
    label: str
    kind: Kind
    list: str = ""
    options: tuple[Term, ...] = ()
    most: Annotated[int, Bound(ge=1, le=20_000)] | None = None
    long: bool = False
    searched: bool = False
    required: bool = False
    section: str = ""
    help: str = ""
    fields: tuple["Field", ...] = ()

    @model_validator(mode="after")
    def _is_whole(self) -> "Field":
        if (self.kind in _FROM_A_LIST) != (bool(self.list) != bool(self.options)):
            raise ValueError("does not fit `list` and `options`. Give a choice, and nothing else, one of the two")
        if self.kind == "text" and self.most is None:
            raise ValueError("is a text without `most`. Say how many characters it may have")
        if (self.long or self.searched) and self.kind != "text":
            raise ValueError("is no text, so `long` and `searched` say nothing. Remove them")
        if (self.kind == "children") != bool(self.fields):
            raise ValueError("does not fit `fields`. Give a group of children, and nothing else, its fields")
        if self.kind == "children" and not 1 <= (self.most or 12) <= 30:
            raise ValueError("has `most` out of reach. Write 1 to 30 children")
        if self.required and self.id != CONTACT_TYPE:
            raise ValueError(
                "is required. Only contact_type may be: nothing else stands between a child and its record"
            )
        codes = [one.code for one in self.options]
        if len(set(codes)) < len(codes):
            raise ValueError("names an option twice. Give each its own code")
        return self

    @property
    def limit(self) -> int:
        """``most``, or what it is when nothing is said."""
        return self.most or {"number_or_unknown": 130, "choices": 80, "children": 12}.get(self.kind, 1)

    def asks(self) -> dict[str, Any]:
        """What makes its answers mean what they mean."""
        own: dict[str, Any] = {"id": self.id, "label": self.label, "kind": self.kind, "list": self.list}
        own["options"] = sorted((one.code, one.label) for one in self.options)
        own["fields"] = sorted((one.asks() for one in self.fields), key=lambda one: str(one["id"]))
        return own


class Form(Part):
    """One version of a form. ``seal`` stands for what it asks: ids, labels, kinds, lists, in whatever order."""

    id: Code
    version: Annotated[int, Bound(ge=1, le=9_999)]
    seal: str = ""
    fields: Annotated[tuple[Field, ...], Bound(min_length=1)]

    def sealed(self, version: int | None = None) -> str:
        """The seal that fits, of this version or another one."""
        asks = sorted((one.asks() for one in self.fields), key=lambda one: str(one["id"]))
        text = json.dumps([self.id, version or self.version, asks], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @cached_property
    def by_id(self) -> Mapping[str, Field]:
        return {one.id: one for one in self.fields}

    @cached_property
    def children(self) -> Field | None:
        """The group that is asked of each child."""
        return next((one for one in self.fields if one.kind == "children"), None)

    def everything(self) -> Iterator[tuple[str, Field]]:
        """Every field with its path, those of children too."""
        for one in self.fields:
            yield one.id, one
            for inner in one.fields:
                yield f"{one.id}.{inner.id}", inner


@dataclass(frozen=True, slots=True)
class Forms:
    """Every version of every form; those in ``now`` are asked."""

    now: Mapping[str, Form]
    versions: Mapping[tuple[str, int], Form]
    folder: Path = field(default=Path())

    @property
    def contact(self) -> Form:
        """What is asked of a contact now."""
        return self.now[CONTACT]

    def of(self, id: str, version: int) -> Form | None:
        return self.versions.get((id, version))


def load_forms(folder: Path, taxonomy: Taxonomy | None, faults: list[Fault]) -> Forms:
    """Every form in a folder. What is wrong is added to ``faults``; lists are proved when there is a taxonomy."""
    now: dict[str, Form] = {}
    earlier: list[tuple[Path, Form]] = []
    for path in sorted(folder.glob("*.toml")):
        named = _FILE.fullmatch(path.name)
        if named is None:
            faults.append(
                Fault(str(path), "-", "is no name of a form", "Call it NAME.toml, an earlier one NAME.1.toml.")
            )
            continue
        form = _read(path, named[1], faults)
        if form is None:
            continue
        faults.extend(_faults_of_form(path, form, taxonomy))
        if named[2] is None:
            now[form.id] = form
        elif int(named[2]) != form.version:
            problem = f"is not the version in its file's name, {named[2]}"
            faults.append(Fault(str(path), "version", problem, "Make the two the same."))
        else:
            earlier.append((path, form))
    if CONTACT not in now:
        remedy = "Put a contact.toml there; ours is in config/directory/forms."
        faults.append(Fault(str(folder), "contact.toml", "is missing or cannot be used", remedy))
    faults.extend(_order_faults(now, earlier))
    versions = {(form.id, form.version): form for _, form in earlier}
    return Forms(now, versions | {(form.id, form.version): form for form in now.values()}, folder)


def form_warnings(forms: Forms) -> list[Fault]:
    """What is no error: forms that may still change, and versions that nobody kept."""
    found = []
    for form in forms.now.values():
        file = str(forms.folder / f"{form.id}.toml")
        if not form.seal:
            remedy = f'Once records are written with it, add seal = "{form.sealed()}".'
            found.append(Fault(file, "seal", "is missing, so a change would go unnoticed", remedy, Severity.WARNING))
        gone = [str(number) for number in range(1, form.version) if forms.of(form.id, number) is None]
        if gone:
            problem = f"has earlier versions that are not here: {', '.join(gone)}"
            remedy = f"If records were written with them, put {form.id}.{gone[0]}.toml back."
            found.append(Fault(file, "version", problem, remedy, Severity.WARNING))
    return found


def _read(path: Path, id: str, faults: list[Fault]) -> Form | None:
    try:
        values = read_toml(path)
        asked = values.pop("field", ())
        return Form.model_validate({**values, "id": id, "fields": asked})
    except ConfigurationError as error:
        faults.extend(error.faults)
    except ValidationError as error:
        for fault in faults_of(error, str(path)):
            key = re.sub(r"^fields\b", "field", fault.key)
            faults.append(Fault(str(path), key, fault.problem, fault.remedy))
    return None


def _faults_of_form(path: Path, form: Form, taxonomy: Taxonomy | None) -> Iterator[Fault]:
    file = str(path)
    for ids, inside in ((_ids(form.fields), "field"), *((_ids(one.fields), f"field.{one.id}") for one in form.fields)):
        for twice in sorted({id for id in ids if ids.count(id) > 1}):
            yield Fault(file, f"{inside}.{twice}", "stands there twice", "Give each field its own id.")
    groups = [one for one in form.fields if one.kind == "children"]
    if len(groups) > 1:
        yield Fault(file, f"field.{groups[1].id}", "is a second group of children", "Put its fields into the first.")
    for one in form.fields:
        if one.id in POSTED_TOO and one.kind != "children":
            yield Fault(file, f"field.{one.id}", "is a name that the page itself uses", "Give it another id.")
        for inner in one.fields:
            if inner.kind == "children":
                remedy = "Take it out: a group is asked of each child, and holds no other."
                yield Fault(file, f"field.{one.id}.{inner.id}", "is a group in a group", remedy)
    if form.id == CONTACT:
        yield from _contact_type_faults(file, form)
    if taxonomy is not None:
        known = {name for name, _ in taxonomy.lists() if "." not in name} - set(_NEVER_ASKED)
        for where, one in form.everything():
            if one.list and one.list not in known:
                yield Fault(file, f"field.{where}.list", "is no list", f"Write one of {', '.join(sorted(known))}.")
    if form.seal and form.seal != form.sealed():
        kept = f"{form.id}.{form.version}.toml"
        following = f'version = {form.version + 1} and seal = "{form.sealed(form.version + 1)}"'
        remedy = f"Keep the form as it was in {kept}, and write {following} here. Or undo the change."
        if path.name == kept:
            remedy = "Undo the change: records were written with this version."
        yield Fault(file, "seal", f"does not fit: what version {form.version} asks has changed", remedy)


def _contact_type_faults(file: str, form: Form) -> Iterator[Fault]:
    asked = form.by_id.get(CONTACT_TYPE)
    if asked is None or asked.kind != "choice" or asked.list != "contact_types" or not asked.required:
        remedy = 'Add it: id = "contact_type", kind = "choice", list = "contact_types", required = true.'
        yield Fault(file, "field.contact_type", "is missing, or is not the question that it must be", remedy)


def _order_faults(now: Mapping[str, Form], earlier: Iterable[tuple[Path, Form]]) -> Iterator[Fault]:
    for path, form in earlier:
        newest = now.get(form.id)
        if newest is None:
            yield Fault(str(path), "-", f"is an earlier version of nothing: there is no {form.id}.toml", "Add it.")
        elif form.version >= newest.version:
            problem = f"is no earlier version than that of {form.id}.toml, which is {newest.version}"
            yield Fault(str(path), "version", problem, f"Give {form.id}.toml a higher version.")


def _ids(fields: Iterable[Field]) -> list[str]:
    return [one.id for one in fields]
