"""The files of a directory: ours as they are shipped, and a deployment's with its mistakes."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.directory import OURS, Directory, load_directory
from config.faults import ConfigurationError, Fault


@dataclass(frozen=True)
class Spoken:
    code: str
    name: str = ""
    endonym: str = ""
    direction: str = "ltr"


CODES = ["en", "bem", "ny", "toi", "loz", "kqn", "lun", "lue", "fr", "sw", "so", "am", "ti", "ar"]
LANGUAGES = {code: Spoken(code) for code in (*CODES, "pt")}
"""Those of the menu, and one that stands in the canned replies only."""


@pytest.fixture
def ours() -> Directory:
    return load_directory(LANGUAGES)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A deployment's own folder, with a copy of every file."""
    folder = tmp_path / "directory"
    shutil.copytree(OURS, folder)
    return folder


def faults(folder: Path) -> tuple[Fault, ...]:
    with pytest.raises(ConfigurationError) as refused:
        load_directory(LANGUAGES, folder)
    return refused.value.faults


def test_the_line_116_answers_at_its_addresses(ours: Directory) -> None:
    for dialled in ("116", "+260116", "sip:116@any.example.org", "sips:116@10.0.0.1;user=phone"):
        found = ours.line_at(dialled)
        assert found is not None
        assert found.id == "children"
    assert ours.line_at("933") is None


def test_the_line_116_offers_its_languages_in_their_order(ours: Directory) -> None:
    children = ours.lines["children"]
    assert list(children.menu) == CODES
    assert (children.own_language, children.timezone, children.hours) == ("en", "Africa/Lusaka", "always")
    assert children.demonstration


def test_every_reason_is_stored_once_and_every_group_has_an_other(ours: Directory) -> None:
    codes = [code for group in ours.taxonomy.reasons for code in group.codes()]
    assert len(codes) == len(set(codes)) == len(ours.taxonomy.reason_codes)
    assert all(f"{group.code}.other" in codes for group in ours.taxonomy.reasons)
    assert "on_the_move.statelessness" in ours.taxonomy.reason_codes


def test_the_types_of_a_contact_are_those_of_the_field(ours: Directory) -> None:
    types = {one.code: one.counselling for one in ours.taxonomy.contact_types}
    counselling = {"self", "about_child"}
    others = {"silent", "blank", "joke", "hang_up", "wrong_number", "abusive"}
    assert types == {code: code in counselling for code in counselling | others}


def test_every_code_has_words(ours: Directory) -> None:
    labels = ours.taxonomy.labels
    assert labels["reasons", "violence.physical"] == "Physical violence"
    assert labels["reasons", "violence"] == "Violence"
    assert labels["living_situations", "in_detention"] == "In detention"
    assert all(labels.values())


@pytest.mark.parametrize(
    ("age", "band"),
    [(0, "age_0_5"), (5, "age_0_5"), (6, "age_6_9"), (17, "age_16_17"), (18, "age_18_24"), (130, "age_25_up")],
)
def test_every_age_is_in_one_band(ours: Directory, age: int, band: str) -> None:
    found = ours.taxonomy.band_of(age)
    assert found is not None
    assert found.code == band


def test_an_age_that_is_not_known_is_in_no_band(ours: Directory) -> None:
    assert ours.taxonomy.band_of(None) is None


def test_a_place_is_a_province_and_perhaps_one_of_its_districts(ours: Directory) -> None:
    assert len(ours.places.provinces) == 10
    assert sum(len(province.districts) for province in ours.places.provinces) == 116
    assert ours.places.is_place("lusaka")
    assert ours.places.is_place("lusaka", "kafue")
    assert not ours.places.is_place("lusaka", "chipata")
    assert not ours.places.is_place("nowhere")


def test_a_supervisor_sees_the_floor_and_an_interpreter_does_not(ours: Directory) -> None:
    assert "floor.see" in ours.permissions["supervisor"]
    assert "floor.see" not in ours.permissions["interpreter"]


def test_a_deployments_file_stands_in_for_ours_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "places.toml").write_text('country = "ZW"\n[[provinces]]\ncode = "harare"\nlabel = "Harare"\n')
    found = load_directory(LANGUAGES, tmp_path)
    assert list(found.places.by_code) == ["harare"]
    assert found.files["places"] == tmp_path / "places.toml"
    assert found.files["lines"] == OURS / "lines.toml"


@pytest.mark.parametrize(
    ("file", "old", "new", "key", "problem"),
    [
        ("lines", 'caller_id = "+260116"\n', "", "line.children.caller_id", "is missing"),
        ("lines", 'fallback_number = "+260950000116"\n', "", "line.children.fallback_number", "is missing"),
        ("lines", "keep_days = 365", "keep_dais = 365", "line.children.keep_dais", "is not a known key"),
        ("lines", '"Africa/Lusaka"', '"Lusaka"', "line.children.timezone", "is no time zone"),
        ("lines", '"ti", "ar"]', '"ti", "xx"]', "line.children.menu", "names what is no language of the directory: xx"),
        ("lines", 'own_language = "en"', 'own_language = "de"', "line.children.own_language",
         "is no language of the directory"),
        ("lines", "[line.children]", "[lines.children]", "lines", "is not a known key"),
        ("taxonomy", "adult_age = 18", "adult_age = 180", "adult_age", "input should be less than or equal to 30"),
        ("taxonomy", 'code = "boy"', 'code = "girl"', "-", "genders names girl twice"),
        ("taxonomy", "first = 6,", "first = 7,", "-", "age_bands age_6_9 leaves a gap or overlaps"),
        ("places", 'country = "ZM"', 'country = "Zambia"', "country",
         "string should match pattern '^[A-Z]{2}$'"),
        ("permissions", "interpreter = [", "interpreters = [", "interpreters", "is no role"),
        ("permissions", 'interpreter = ["signed_in", "desk.use", "concerns.flag"]', 'interpreter = "all"',
         "interpreter", "is no list of permissions"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_file_is_named(own: Path, file: str, old: str, new: str, key: str, problem: str) -> None:
    path = own / f"{file}.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    fault = faults(own)[0]
    assert (fault.file, fault.key, fault.problem) == (str(path), key, problem)
    assert fault.remedy


def test_two_lines_cannot_have_one_address(own: Path) -> None:
    path = own / "lines.toml"
    first = path.read_text().partition("[line.children.policy]")[0]
    second = first.partition("[line.children]")[2].replace('"116", "+260116", "sip:116@*"', '"933", "sip:1-1-6@*"')
    path.write_text(f"{first}\n[line.violence]\n{second}")
    [fault] = faults(own)
    assert (fault.key, fault.problem) == (
        "line.violence.addresses",
        "number 2 is an address of the line children too",
    )


def test_a_folder_that_is_not_there_and_files_that_cannot_be_read_are_named(own: Path) -> None:
    [missing] = faults(own / "nowhere")
    assert missing.problem == "is no folder"
    (own / "lines.toml").write_text("[line.children\n")
    (own / "places.toml").write_text("country = \n")
    told = faults(own)
    assert [Path(fault.file).name for fault in told] == ["lines.toml", "places.toml"]
    assert all(fault.problem.startswith("is not TOML (at line 1") for fault in told)
