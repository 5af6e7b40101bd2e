"""Reads scripts, prompts and the language table from TOML, and says every fault with its place.

The only part of the package that touches files. Nothing here raises on what an operator wrote: each
function returns what could be read together with the faults.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ivr_scripts.faults import Fault, error
from ivr_scripts.languages import Language, LanguageFile, Languages
from ivr_scripts.proof import prove, prove_prompts
from ivr_scripts.schema import Script
from ivr_scripts.wording import PromptFile, Prompts
from ivr_scripts.words import WordFile, Words, prove_words

__all__ = [
    "PROMPTS",
    "SCRIPTS",
    "WORDS",
    "Fault",
    "SpokenLine",
    "load_languages",
    "load_line",
    "load_prompts",
    "load_script",
    "load_words",
    "prove",
    "prove_prompts",
    "prove_words",
    "recordings_in",
]

SCRIPTS = Path(__file__).parent / "scripts"
PROMPTS = Path(__file__).parent / "prompts"
WORDS = Path(__file__).parent / "words"

Model = TypeVar("Model", bound=BaseModel)
OfLanguage = TypeVar("OfLanguage", PromptFile, WordFile)

_REMEDIES = {
    "extra_forbidden": "take the key out, or correct its spelling",
    "missing": "add the key",
}


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """All that is needed to answer on a line."""

    script: Script
    prompts: Prompts
    languages: Languages


def load_line(
    script: Path, languages: Path, prompts: Path = PROMPTS, menu: tuple[str, ...] = ()
) -> tuple[SpokenLine | None, list[Fault]]:
    """Read and prove one line. None when its script cannot be read at all; see the faults."""
    table, faults = load_languages(languages)
    words, more = load_prompts(prompts)
    loaded, of_script = load_script(script)
    faults += more + of_script
    if loaded is None:
        return None, faults
    if menu:
        loaded = loaded.with_menu(menu)
    recordings = recordings_in(prompts / "audio")
    faults += prove(loaded, words, table, file=str(script), recordings=recordings)
    return SpokenLine(loaded, words, table), faults


def load_languages(path: Path) -> tuple[Languages, list[Fault]]:
    """The language table. A code or ISO 639-3 code that comes twice is a fault; the first one counts."""
    read, faults = _load(path, LanguageFile)
    by_code: dict[str, Language] = {}
    iso: set[str] = set()
    for language in read.language if read else ():
        if language.code in by_code or language.iso639_3 in iso:
            problem, remedy = f"'{language.code}' comes twice", "take one of the two out"
            faults.append(error(str(path), "language", problem, remedy, "twice"))
            continue
        by_code[language.code] = language
        iso.add(language.iso639_3)
    return Languages(by_code), faults


def load_prompts(folder: Path = PROMPTS) -> tuple[Prompts, list[Fault]]:
    """Every `<language>.toml` of a folder; a file that has a fault of form is left out."""
    files, faults = _by_language(folder, PromptFile)
    if not any(folder.glob("*.toml")):
        faults.append(error(str(folder), "prompts", "no prompt files here", "correct the folder", "unreadable"))
    return Prompts(files), faults


def load_words(folder: Path = WORDS) -> tuple[Words, list[Fault]]:
    """Every `<language>.toml` of a folder, as above. They are not proved yet: see `prove_words`."""
    files, faults = _by_language(folder, WordFile)
    return Words(files), faults


def load_script(path: Path) -> tuple[Script | None, list[Fault]]:
    """One script. It is not proved yet: see `prove`."""
    return _load(path, Script)


def recordings_in(folder: Path) -> frozenset[str]:
    """The names of the recordings in a folder, as prompt files name them."""
    return frozenset(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _by_language(folder: Path, model: type[OfLanguage]) -> tuple[dict[str, OfLanguage], list[Fault]]:
    """The files of a folder, each called as its language."""
    files: dict[str, OfLanguage] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.toml")):
        read, more = _load(path, model)
        faults += more
        if read is None:
            continue
        if read.language != path.stem:
            problem = f"the file is called '{path.stem}' and its language is '{read.language}'"
            faults.append(error(str(path), "language", problem, "make the two the same", "language"))
            continue
        files[read.language] = read
    return files, faults


def _load(path: Path, model: type[Model]) -> tuple[Model | None, list[Fault]]:
    data, faults = _read(path)
    if data is None:
        return None, faults
    try:
        return model.model_validate(data), faults
    except ValidationError as invalid:
        return None, faults + _invalid(path, invalid)


def _read(path: Path) -> tuple[dict[str, Any] | None, list[Fault]]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")), []
    except OSError as problem:
        said = f"the file cannot be read: {problem.strerror or 'input error'}"
        return None, [error(str(path), "file", said, "see that it exists and may be read", "unreadable")]
    except UnicodeDecodeError:
        return None, [error(str(path), "file", "the file is not UTF-8", "save it as UTF-8", "unreadable")]
    except tomllib.TOMLDecodeError as problem:
        line = re.search(r"at line (\d+)", str(problem))
        where = f"line {line.group(1)}" if line else "end of file"
        return None, [error(str(path), where, f"not TOML: {problem}", "correct this line", "syntax")]


def _invalid(path: Path, invalid: ValidationError) -> list[Fault]:
    """One fault a place: a way that fits neither of its two forms is told once."""
    faults: dict[str, Fault] = {}
    for found in invalid.errors(include_url=False, include_input=False, include_context=False):
        key = ".".join(str(part) for part in found["loc"] if re.fullmatch(r"[\w*#-]+", str(part))) or "file"
        remedy = _REMEDIES.get(found["type"], "correct the value")
        faults.setdefault(key, error(str(path), key, found["msg"], remedy, "form"))
    return list(faults.values())
