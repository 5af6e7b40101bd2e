"""What stands in the files of a directory: lines, taxonomy, places, permissions, forms, ready replies.

Languages are handed in. The deployment's own folder may hold some of the files; each one stands in, as a whole, for
ours of the same name. So does its folder of forms.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from config.bookings import BookingRules
from config.concerns import Concerns, ladder_faults
from config.danger_words import DangerWords, load_danger_words
from config.faults import ConfigurationError, Fault, faults_of, read_toml
from config.forms import Forms, load_forms
from config.ladders import Ladders
from config.lines import Line, spelled
from config.replies import Replies
from config.services import Services, service_faults
from config.taxonomy import Places, Taxonomy

__all__ = ["Directory", "Forms", "Language", "Line", "Places", "Replies", "Taxonomy", "load_directory"]

OURS = Path(__file__).parent / "directory"
ROLES = ("counsellor", "interpreter", "supervisor", "coordinator")
"""Every role that a worker can have."""

P = TypeVar("P", bound=BaseModel)


class Language(Protocol):
    """What everyone may ask of a language; `ivr_scripts` knows how it is spoken."""

    @property
    def code(self) -> str: ...

    @property
    def name(self) -> str:
        """In English."""
        ...

    @property
    def endonym(self) -> str: ...

    @property
    def direction(self) -> str:
        """ltr or rtl."""
        ...


@dataclass(frozen=True, slots=True)
class Directory:
    """All of it. ``permissions`` holds what each role may do; ``files`` says where each part was read."""

    languages: Mapping[str, Language]
    lines: Mapping[str, Line]
    taxonomy: Taxonomy
    places: Places
    permissions: Mapping[str, frozenset[str]]
    forms: Forms
    replies: Replies
    files: Mapping[str, Path]
    services: Services = field(default_factory=Services)
    bookings: BookingRules = field(default_factory=BookingRules)
    concerns: Concerns = field(kw_only=True)
    ladders: Ladders = field(kw_only=True)
    danger_words: Mapping[str, DangerWords] = field(default_factory=dict)

    def line_at(self, address: str) -> Line | None:
        """The line that is dialled at an address, in whatever spelling the carrier gives it."""
        return next((line for line in self.lines.values() if line.address_for(address) is not None), None)


def directory_file(name: str, folder: Path | None) -> Path:
    """The file of this name: the deployment's if its folder holds one, else ours."""
    own = folder / name if folder is not None else None
    return own if own is not None and own.exists() else OURS / name


def load_directory(languages: Mapping[str, Language], folder: Path | None = None) -> Directory:
    """Read the directory. Raises ConfigurationError with every fault of every file."""
    names = ("lines", "taxonomy", "places", "permissions", "replies", "services", "bookings", "concerns", "ladders")
    files = {name: directory_file(f"{name}.toml", folder) for name in names}
    faults: list[Fault] = []
    if folder is not None and not folder.is_dir():
        faults.append(Fault(str(folder), "-", "is no folder", "Set directory_dir to the folder of your own files."))
    lines = _lines(files["lines"], languages, faults)
    taxonomy = _one(Taxonomy, files["taxonomy"], faults)
    places = _one(Places, files["places"], faults)
    permissions = _permissions(files["permissions"], faults)
    replies = _one(Replies, files["replies"], faults) or Replies()
    faults.extend(_reply_faults(files["replies"], replies, languages))
    services = _one(Services, files["services"], faults) or Services()
    # Invented entries are left out where they do not fit a deployment's own places and languages.
    faults.extend(service_faults(files["services"], services.own(), services.kinds, places, languages))
    bookings = _one(BookingRules, files["bookings"], faults) or BookingRules()
    concerns, ladders = _one(Concerns, files["concerns"], faults), _one(Ladders, files["ladders"], faults)
    faults.extend(_concern_faults(files["concerns"], concerns, ladders, services))
    files["danger_words"] = directory_file("danger_words", folder)
    danger_words = load_danger_words(files["danger_words"], languages, faults)
    files["forms"] = directory_file("forms", folder)
    forms = load_forms(files["forms"], taxonomy, faults)
    if faults or taxonomy is None or places is None or concerns is None or ladders is None:
        raise ConfigurationError(faults)
    return Directory(
        languages,
        MappingProxyType(lines),
        taxonomy,
        places,
        permissions,
        forms,
        replies,
        MappingProxyType(files),
        services,
        bookings,
        concerns=concerns,
        ladders=ladders,
        danger_words=MappingProxyType(danger_words),
    )


def _read(path: Path, faults: list[Fault]) -> dict[str, Any]:
    try:
        return read_toml(path)
    except ConfigurationError as error:
        faults.extend(error.faults)
        return {}


def _one(model: type[P], path: Path, faults: list[Fault]) -> P | None:
    before = len(faults)
    values = _read(path, faults)
    if len(faults) > before:
        return None
    try:
        return model.model_validate(values)
    except ValidationError as error:
        faults.extend(faults_of(error, str(path)))
        return None


def _lines(path: Path, languages: Mapping[str, Language], faults: list[Fault]) -> dict[str, Line]:
    before = len(faults)
    values = _read(path, faults)
    if len(faults) > before:
        return {}
    tables = values.pop("line", {})
    for key in values:
        faults.append(Fault(str(path), key, "is not a known key", "Check its spelling, or remove it."))
    if not isinstance(tables, dict) or not tables:
        faults.append(Fault(str(path), "line", "names no line", "Add a table as [line.children]."))
        return {}
    found: dict[str, Line] = {}
    for id, table in tables.items():
        try:
            line = Line.model_validate({**table, "id": id} if isinstance(table, dict) else table)
        except ValidationError as error:
            faults.extend(faults_of(error, str(path), f"line.{id}"))
            continue
        faults.extend(_language_faults(path, line, languages))
        faults.extend(_taken_addresses(path, line, found.values()))
        found[id] = line
    return found


def _language_faults(path: Path, line: Line, languages: Mapping[str, Language]) -> list[Fault]:
    remedy = "Take a code from languages.toml, or add the language there."
    found = []
    if line.own_language not in languages:
        found.append(Fault(str(path), f"line.{line.id}.own_language", "is no language of the directory", remedy))
    unknown = [code for code in line.menu if code not in languages]
    if unknown:
        problem = f"names what is no language of the directory: {', '.join(unknown)}"
        found.append(Fault(str(path), f"line.{line.id}.menu", problem, remedy))
    return found


def _reply_faults(path: Path, replies: Replies, languages: Mapping[str, Language]) -> list[Fault]:
    remedy = "Take a code from languages.toml, or add the language there."
    return [
        Fault(str(path), f"reply.{reply.id}.texts.{code}", "is no language of the directory", remedy)
        for reply in replies.reply
        for code in reply.texts
        if code not in languages
    ]


def _concern_faults(path: Path, concerns: Concerns | None, ladders: Ladders | None, services: Services) -> list[Fault]:
    """What a kind of concern names and is not there."""
    if concerns is None or ladders is None:
        return []
    known = set(services.kinds)
    found = [Fault(str(path), key, problem, remedy) for key, problem, remedy in ladder_faults(concerns, ladders)]
    for kind in concerns.kind:
        unknown = sorted({*kind.told, *(code for one in kind.urgency for code in one.told or ())} - known)
        if unknown and known:
            problem = f"names what is no kind of service: {', '.join(unknown)}"
            remedy = "Take a kind of services.toml, or add it."
            found.append(Fault(str(path), f"kind.{kind.code}.told", problem, remedy))
    return found


def _taken_addresses(path: Path, line: Line, others: Iterable[Line]) -> list[Fault]:
    taken = {spelled(address): other.id for other in others for address in other.addresses}
    return [
        Fault(
            str(path),
            f"line.{line.id}.addresses",
            f"number {place + 1} is an address of the line {taken[spelled(address)]} too",
            "Let each address lead to one line.",
        )
        for place, address in enumerate(line.addresses)
        if spelled(address) in taken
    ]


def _permissions(path: Path, faults: list[Fault]) -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for role, names in _read(path, faults).items():
        if role not in ROLES:
            remedy = f"Write one of {', '.join(ROLES)}."
            faults.append(Fault(str(path), role, "is no role", remedy))
        elif not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            faults.append(Fault(str(path), role, "is no list of permissions", 'Write ["desk.use", ...].'))
        else:
            found[role] = frozenset(names)
    return MappingProxyType(found)
