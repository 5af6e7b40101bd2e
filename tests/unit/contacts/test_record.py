"""What a record may hold: what the form asks, from the deployment's own lists, and nothing that names a child."""

from dataclasses import replace
from typing import Any

import pytest

from config.directory import Directory
from config.forms import Forms
from config.taxonomy import Taxonomy
from helpline.contacts.record import Kept, form_of, label_of, place_names, reasons_of, unpacked, write
from helpline.errors import Conflict, Invalid
from tests.village import a_directory

DIRECTORY = a_directory()
TAXONOMY = DIRECTORY.taxonomy
FORM = DIRECTORY.forms.contact
TYPE = TAXONOMY.contact_types[0].code
REASON = min(TAXONOMY.reason_codes)
PROVINCE = DIRECTORY.places.provinces[0]


def keep(content: dict[str, Any], before: Kept | None = None, directory: Directory = DIRECTORY) -> Kept:
    before = before or Kept()
    return write(directory, form_of(directory, before), before, content)


def without(list_name: str, code: str) -> Directory:
    """The directory after a code was taken out of one of its lists."""
    values = TAXONOMY.model_dump()
    values[list_name] = [one for one in values[list_name] if one["code"] != code]
    return replace(DIRECTORY, taxonomy=Taxonomy.model_validate(values))


def test_nothing_said_is_a_record_all_the_same() -> None:
    kept = keep({})
    assert kept.contact_type is None
    content = kept.content
    assert content["children"] == [] and content["place"] == {"province": "", "district": ""}
    assert content["summary"] == ""


def test_what_was_said_is_kept_as_it_was_said() -> None:
    said = {
        "contact_type": TYPE,
        "children": [
            {"age": 9, "gender": TAXONOMY.genders[0].code, "nationality": "SO",
             "circumstances": [TAXONOMY.circumstances[0].code]},
            {"age": None},
        ],
        "place": {"province": PROVINCE.code},
        "reasons": [REASON],
        "safe_to_contact": TAXONOMY.safe_to_contact[0].code,
        "summary": "አማርኛ, العربية and a line\nbreak",
    }  # fmt: skip
    kept = keep(said)
    assert kept.contact_type == TYPE
    assert [child["age"] for child in kept.content["children"]] == [9, None]
    assert kept.content["summary"] == said["summary"] and kept.content["reasons"] == [REASON]
    again = keep(dict(kept.content), kept)
    assert again == kept
    assert unpacked(kept.form, kept.version, kept.packed()) == kept


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"contact_type": "aliens"}, "contact_type"),
        ({"contact_type": 7}, "contact_type"),
        ({"name": "a child"}, "name"),
        ({"number": "0"}, "number"),
        ({"children": [{"name": "a child"}]}, "children.0.name"),
        ({"children": ["a child"]}, "children.0."),
        ({"children": [{"age": -1}]}, "children.0.age"),
        ({"children": [{"age": 131}]}, "children.0.age"),
        ({"children": [{"age": True}]}, "children.0.age"),
        ({"children": [{"age": "9"}]}, "children.0.age"),
        ({"children": [{"gender": "none of these"}]}, "children.0.gender"),
        ({"children": [{}, {"circumstances": ["unheard of"]}]}, "children.1.circumstances"),
        ({"children": [{"nationality": "Somalia"}]}, "children.0.nationality"),
        ({"children": [{}] * 31}, "children"),
        ({"reasons": ["unheard_of"]}, "reasons"),
        ({"reasons": ["violence"]}, "reasons"),
        ({"reasons": "a text"}, "reasons"),
        ({"place": {"province": "atlantis"}}, "place"),
        ({"place": {"province": PROVINCE.code, "district": "atlantis"}}, "place"),
        ({"place": {"province": 3}}, "place"),
        ({"place": "Lusaka"}, "place"),
        ({"safe_to_contact": "perhaps"}, "safe_to_contact"),
        ({"safe_when": "x" * 301}, "safe_when"),
        ({"how_known": "a bird"}, "how_known"),
        ({"summary": "x" * 20_001}, "summary"),
        ({"summary": None}, "summary"),
    ],
)
def test_what_no_list_holds_is_refused_and_the_field_is_named(content: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        keep(content)
    assert caught.value.code == "record_invalid"
    assert caught.value.message.startswith(f"{field}:")


def test_a_refusal_repeats_nothing_of_what_was_typed() -> None:
    with pytest.raises(Invalid) as caught:
        keep({"summary": "her name is Chanda" * 2000})
    assert "Chanda" not in str(caught.value)


def test_a_district_needs_its_province() -> None:
    with pytest.raises(Invalid):
        keep({"place": {"province": "", "district": PROVINCE.districts[0].code}})


def test_an_answer_that_is_no_longer_in_the_list_stays_and_keeps_its_name() -> None:
    kept = keep({"how_known": "radio", "children": [{"circumstances": ["poverty"]}]})
    later = without("how_known", "radio")
    with pytest.raises(Invalid):
        keep({"how_known": "radio"}, directory=later)
    again = keep(dict(kept.content), kept, later)
    assert again.content["how_known"] == "radio"
    assert label_of(later, FORM.by_id["how_known"], "radio", again.labels) == "Radio"
    assert label_of(later, FORM.by_id["how_known"], "radio", {}) == "Radio", "else its code, made readable"


def test_a_district_that_is_no_more_keeps_its_name() -> None:
    first = PROVINCE.districts[0]
    kept = keep({"place": {"province": PROVINCE.code, "district": first.code}})
    province = PROVINCE.model_copy(update={"districts": PROVINCE.districts[1:]})
    places = DIRECTORY.places.model_copy(update={"provinces": (province, *DIRECTORY.places.provinces[1:])})
    later = replace(DIRECTORY, places=places)
    again = keep(dict(kept.content), kept, later)
    assert place_names(places, again.content["place"], again.labels) == (first.label, PROVINCE.label)


def test_a_record_keeps_the_form_that_it_was_begun_with() -> None:
    begun = keep({"summary": "Begun."})
    second = FORM.model_copy(update={"version": 2})
    forms = Forms({"contact": second}, {("contact", 1): FORM, ("contact", 2): second})
    later = replace(DIRECTORY, forms=forms)
    assert form_of(later, Kept()) is second
    assert form_of(later, Kept(), 1) is FORM, "a page that was open before goes on"
    assert form_of(later, Kept(), 7) is second
    assert form_of(later, begun, 2) is FORM
    with pytest.raises(Conflict) as caught:
        form_of(replace(DIRECTORY, forms=Forms({"contact": second}, {("contact", 2): second})), begun)
    assert caught.value.code == "form_gone"


def test_reasons_are_found_wherever_the_form_asks_for_them() -> None:
    assert reasons_of(FORM, keep({"reasons": [REASON]}).content) == {REASON}
    assert reasons_of(FORM, {}) == frozenset()
