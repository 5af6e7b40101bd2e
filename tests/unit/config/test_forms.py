"""Forms are data: a country changes what is asked without code, and what cannot be meant is named."""

import shutil
import tomllib
from pathlib import Path

import pytest

from config.directory import OURS, load_directory
from config.faults import ConfigurationError, Fault
from config.forms import Form, form_warnings, load_forms
from config.taxonomy import Taxonomy

TAXONOMY = Taxonomy.model_validate(tomllib.loads((OURS / "taxonomy.toml").read_text()))


@pytest.fixture
def forms(tmp_path: Path) -> Path:
    """A deployment's own folder of forms."""
    shutil.copytree(OURS / "forms", tmp_path / "forms")
    return tmp_path / "forms"


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def faults_of(folder: Path) -> list[Fault]:
    found: list[Fault] = []
    load_forms(folder, TAXONOMY, found)
    return found


def the_form(folder: Path) -> Form:
    found: list[Fault] = []
    return load_forms(folder, TAXONOMY, found).contact


def a_second_version(folder: Path) -> None:
    """As the check says it: the old file kept, the field added, the version raised, the seal written."""
    shutil.copy(folder / "contact.toml", folder / "contact.1.toml")
    with (folder / "contact.toml").open("a") as file:
        file.write(
            '\n[[field]]\nid = "camp"\nlabel = "Camp"\nkind = "choice"\n'
            'options = [{ code = "meheba", label = "Meheba" }, { code = "other", label = "Other" }]\n'
        )
    change(folder / "contact.toml", "version = 1", "version = 2")
    change(folder / "contact.toml", f'seal = "{the_form(OURS / "forms").seal}"', 'seal = ""')
    change(folder / "contact.toml", 'seal = ""', f'seal = "{the_form(folder).sealed()}"')


def test_ours_asks_what_the_field_records(forms: Path) -> None:
    assert faults_of(forms) == []
    asked = {path for path, _ in the_form(forms).everything()}
    assert {
        "contact_type", "summary", "reasons", "place", "safe_to_contact", "safe_when", "how_known", "done",
        "children.age", "children.gender", "children.nationality", "children.accompanied",
        "children.living_situation", "children.circumstances",
    } <= asked  # fmt: skip
    assert [path for path, one in the_form(forms).everything() if one.required] == ["contact_type"]
    assert form_warnings(load_forms(forms, TAXONOMY, [])) == []


def test_a_country_adds_a_question_by_data_alone(forms: Path) -> None:
    a_second_version(forms)
    assert faults_of(forms) == []
    read = load_forms(forms, TAXONOMY, [])
    assert read.contact.version == 2 and "camp" in read.contact.by_id
    before = read.of("contact", 1)
    assert before is not None and "camp" not in before.by_id


def test_a_folder_of_forms_stands_in_for_ours(forms: Path) -> None:
    a_second_version(forms)
    languages = {code: object() for code in ("en", "fr", "so", "am", "sw", "bem", "ny", "toi", "loz", "pt", "ar")}
    directory = load_directory(_AnyLanguage(languages), forms.parent)  # type: ignore[arg-type]
    assert directory.forms.contact.version == 2 and directory.files["forms"] == forms


class _AnyLanguage(dict[str, object]):
    def __contains__(self, code: object) -> bool:
        return True


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('label = "Nationality"', 'label = "Country of origin"'),
        ('id = "how_known"', 'id = "heard_of_us"'),
        ('list = "accompanied"', 'list = "genders"'),
        ('label = "Lives"\n    kind = "choice"', 'label = "Lives"\n    kind = "choices"'),
        ("version = 1", "version = 2"),
    ],
)
def test_a_form_that_asks_something_else_needs_a_new_version(forms: Path, old: str, new: str) -> None:
    change(forms / "contact.toml", old, new)
    [fault] = [one for one in faults_of(forms) if one.key == "seal"]
    assert fault.is_error and "has changed" in fault.problem
    assert "contact.1.toml" in fault.remedy or "version = 3" in fault.remedy


def test_the_seal_that_the_check_names_is_the_one_that_fits(forms: Path) -> None:
    shutil.copy(forms / "contact.toml", forms / "contact.1.toml")
    change(forms / "contact.toml", 'label = "Nationality"', 'label = "Country of origin"')
    [fault] = faults_of(forms)[:1]
    named = fault.remedy.split('seal = "')[1].split('"')[0]
    change(forms / "contact.toml", "version = 1", "version = 2")
    change(forms / "contact.toml", the_form(OURS / "forms").seal, named)
    assert faults_of(forms) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("most = 300", "most = 500"),
        ('help = "Leave it empty when it is not known."', 'help = "Ask once, early."'),
        ('section = "Contact again"', 'section = "Later"'),
        ("long = true\nsearched = true", "long = true"),
    ],
)
def test_what_changes_no_meaning_needs_no_new_version(forms: Path, old: str, new: str) -> None:
    change(forms / "contact.toml", old, new)
    assert faults_of(forms) == []


def test_an_earlier_version_may_not_change_at_all(forms: Path) -> None:
    a_second_version(forms)
    change(forms / "contact.1.toml", 'label = "Nationality"', 'label = "Country of origin"')
    [fault] = faults_of(forms)
    assert Path(fault.file).name == "contact.1.toml" and fault.remedy.startswith("Undo the change")


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        ('list = "how_known"', 'list = "how_come"', "field.how_known.list", "is no list"),
        ('    list = "genders"', '    list = "stop_reasons"', "field.children.gender.list", "is no list"),
        ('id = "how_known"', 'id = "summary"', "field.summary", "stands there twice"),
        ('    id = "gender"', '    id = "age"', "field.children.age", "stands there twice"),
        ('id = "how_known"', 'id = "do"', "field.do", "is a name that the page itself uses"),
        ('id = "contact_type"', 'id = "type"', "field.0", "is required"),
        ("required = true\n", "", "field.contact_type", "is missing, or is not the question that it must be"),
        ('list = "contact_types"', 'list = "genders"', "field.contact_type", "is missing, or is not the question"),
        ("most = 300\n", "", "field.6", "is a text without `most`"),
        ("most = 300\n", "most = 0\n", "field.6.most", "input should be greater than or equal to 1"),
        ('kind = "country"', 'kind = "continent"', "field.2.fields.4.kind", "is none of the possible values"),
        ('kind = "country"', 'kind = "choice"', "field.2.fields.4", "does not fit `list` and `options`"),
        ('kind = "place"', 'kind = "place"\nlist = "genders"', "field.4", "does not fit `list` and `options`"),
        ('kind = "place"', 'kind = "children"', "field.4", "does not fit `fields`"),
        ("version = 1", 'version = 1\ncolour = "red"', "colour", "is not a known key"),
        ("version = 1", "version = 0", "version", "input should be greater than or equal to 1"),
    ],
)
def test_what_cannot_be_meant_is_named_by_its_key(forms: Path, old: str, new: str, key: str, problem: str) -> None:
    change(forms / "contact.toml", old, new)
    found = {one.key: one for one in faults_of(forms)}
    assert key in found, list(found)
    assert found[key].problem.startswith(problem) and found[key].remedy


def test_a_group_in_a_group_and_a_second_group_are_refused(forms: Path) -> None:
    group = '\n[[field]]\nid = "siblings"\nlabel = "Sibling"\nkind = "children"\n'
    inner = '\n    [[field.fields]]\n    id = "age"\n    label = "Age"\n    kind = "number_or_unknown"\n'
    with (forms / "contact.toml").open("a") as file:
        file.write(group + inner)
    assert "field.siblings" in {one.key for one in faults_of(forms)}


@pytest.mark.parametrize("name", ["contact.0.toml", "Contact form.toml", "contact.one.toml"])
def test_a_file_with_a_name_that_says_nothing_is_refused(forms: Path, name: str) -> None:
    shutil.copy(forms / "contact.toml", forms / name)
    assert [one.problem for one in faults_of(forms)] == ["is no name of a form"]


def test_versions_stand_in_their_order(forms: Path) -> None:
    shutil.copy(forms / "contact.toml", forms / "contact.1.toml")
    [fault] = faults_of(forms)
    assert fault.key == "version" and "no earlier version" in fault.problem
    (forms / "contact.1.toml").rename(forms / "contact.3.toml")
    assert "is not the version in its file's name, 3" in {one.problem for one in faults_of(forms)}


def test_a_missing_form_is_named(tmp_path: Path) -> None:
    (tmp_path / "forms").mkdir()
    [fault] = faults_of(tmp_path / "forms")
    assert fault.key == "contact.toml"
    with pytest.raises(ConfigurationError):
        load_directory({}, tmp_path)


def test_a_form_without_a_seal_and_a_version_that_nobody_kept_are_told(forms: Path) -> None:
    a_second_version(forms)
    (forms / "contact.1.toml").unlink()
    change(forms / "contact.toml", f'seal = "{the_form(forms).seal}"\n', "")
    found: list[Fault] = []
    warned = form_warnings(load_forms(forms, TAXONOMY, found))
    assert found == [] and [one.key for one in warned] == ["seal", "version"]
    assert not any(one.is_error for one in warned)
    assert the_form(forms).sealed() in warned[0].remedy
