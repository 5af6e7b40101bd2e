"""What a record holds: as little as will do, each answer from the deployment's own lists. Pure.

No name and no number is a field of it. Everything but the type of contact may be left out, also when it is finished.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from config.directory import Directory
from config.taxonomy import Term
from helpline.errors import Invalid

Code = Annotated[str, StringConstraints(max_length=81)]
Country = Annotated[str, StringConstraints(pattern=r"^([A-Z]{2})?$")]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Child(Part):
    """One of none, one or several. ``age`` in years, None for unknown; nationality by ISO 3166-1."""

    age: Annotated[int, Field(ge=0, le=130)] | None = None
    gender: Code = ""
    nationality: Country = ""
    accompanied: Code = ""
    living_situation: Code = ""
    circumstances: Annotated[list[Code], Field(max_length=40)] = []


class Place(Part):
    province: Code = ""
    district: Code = ""


class Content(Part):
    """Empty texts and lists stand for what was not said."""

    contact_type: Code = ""
    children: Annotated[list[Child], Field(max_length=30)] = []
    place: Place = Place()
    reasons: Annotated[list[Code], Field(max_length=80)] = []
    safe_to_contact: Code = ""
    safe_when: Annotated[str, StringConstraints(max_length=300)] = ""
    how_known: Code = ""
    done: Annotated[str, StringConstraints(max_length=10_000)] = ""
    summary: Annotated[str, StringConstraints(max_length=20_000)] = ""


def read_content(directory: Directory, content: Mapping[str, Any]) -> dict[str, Any]:
    """The content in its full form. Raises `Invalid` ("record_invalid") that names the field."""
    try:
        read = Content.model_validate(content)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise Invalid("record_invalid", f"{where}: this cannot be kept as it is.") from None
    for field, code, known in _codes(directory, read):
        if code and code not in known:
            raise Invalid("record_invalid", f"{field}: choose from the list.")
    place = read.place
    if (place.province or place.district) and not directory.places.is_place(place.province, place.district or None):
        raise Invalid("record_invalid", "place: choose a province, then one of its districts.")
    return read.model_dump()


def contact_type_of(content: Mapping[str, Any]) -> str | None:
    return content["contact_type"] or None


def _codes(directory: Directory, read: Content) -> Iterable[tuple[str, str, frozenset[str]]]:
    taxonomy = directory.taxonomy
    yield "contact_type", read.contact_type, _of(taxonomy.contact_types)
    yield "safe_to_contact", read.safe_to_contact, _of(taxonomy.safe_to_contact)
    yield "how_known", read.how_known, _of(taxonomy.how_known)
    for reason in read.reasons:
        yield "reasons", reason, taxonomy.reason_codes
    for number, child in enumerate(read.children):
        yield f"children.{number}.gender", child.gender, _of(taxonomy.genders)
        yield f"children.{number}.accompanied", child.accompanied, _of(taxonomy.accompanied)
        yield f"children.{number}.living_situation", child.living_situation, _of(taxonomy.living_situations)
        for circumstance in child.circumstances:
            yield f"children.{number}.circumstances", circumstance, _of(taxonomy.circumstances)


def _of(terms: Iterable[Term]) -> frozenset[str]:
    return frozenset(term.code for term in terms)
