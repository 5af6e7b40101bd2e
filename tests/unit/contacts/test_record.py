"""What a record may hold: the deployment's own lists, and nothing that names a child."""

from typing import Any

import pytest

from helpline.contacts.record import contact_type_of, read_content
from helpline.errors import Invalid
from tests.village import a_directory

DIRECTORY = a_directory()
TAXONOMY = DIRECTORY.taxonomy
TYPE = TAXONOMY.contact_types[0].code
REASON = min(TAXONOMY.reason_codes)
PROVINCE = DIRECTORY.places.provinces[0]


def test_nothing_said_is_a_record_all_the_same() -> None:
    kept = read_content(DIRECTORY, {})
    assert contact_type_of(kept) is None
    assert kept["children"] == [] and kept["place"] == {"province": "", "district": ""} and kept["summary"] == ""


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
    kept = read_content(DIRECTORY, said)
    assert contact_type_of(kept) == TYPE
    assert [child["age"] for child in kept["children"]] == [9, None]
    assert kept["summary"] == said["summary"] and kept["reasons"] == [REASON]
    assert read_content(DIRECTORY, kept) == kept


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"contact_type": "aliens"}, "contact_type"),
        ({"contact_type": 7}, "contact_type"),
        ({"name": "a child"}, "name"),
        ({"number": "0"}, "number"),
        ({"children": [{"name": "a child"}]}, "children.0.name"),
        ({"children": [{"age": -1}]}, "children.0.age"),
        ({"children": [{"age": 131}]}, "children.0.age"),
        ({"children": [{"gender": "none of these"}]}, "children.0.gender"),
        ({"children": [{}, {"circumstances": ["unheard of"]}]}, "children.1.circumstances"),
        ({"children": [{"nationality": "Somalia"}]}, "children.0.nationality"),
        ({"children": [{}] * 31}, "children"),
        ({"reasons": ["unheard_of"]}, "reasons"),
        ({"reasons": "a text"}, "reasons"),
        ({"place": {"province": "atlantis"}}, "place"),
        ({"place": {"province": PROVINCE.code, "district": "atlantis"}}, "place"),
        ({"safe_to_contact": "perhaps"}, "safe_to_contact"),
        ({"safe_when": "x" * 301}, "safe_when"),
        ({"how_known": "a bird"}, "how_known"),
        ({"summary": "x" * 20_001}, "summary"),
        ({"summary": None}, "summary"),
    ],
)
def test_what_no_list_holds_is_refused_and_the_field_is_named(content: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_content(DIRECTORY, content)
    assert caught.value.code == "record_invalid"
    assert caught.value.message.startswith(f"{field}:")


def test_a_refusal_repeats_nothing_of_what_was_typed() -> None:
    with pytest.raises(Invalid) as caught:
        read_content(DIRECTORY, {"summary": "her name is Chanda" * 2000})
    assert "Chanda" not in str(caught.value)


def test_a_district_needs_its_province() -> None:
    kept = {"place": {"province": "", "district": PROVINCE.districts[0].code}}
    with pytest.raises(Invalid):
        read_content(DIRECTORY, kept)
