"""Words by which a child's text is looked at first, by language. Only reviewed lists are used."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError

from config.faults import ConfigurationError, Fault, Severity, faults_of, read_toml
from config.taxonomy import Part

FOLDER = "danger_words"
_FILE = re.compile(r"[a-z]{2,3}\.toml")

Entry = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=80, to_lower=True)]


class DangerWords(Part):
    """``words``: whole words, several in a row, or beginnings with a star. ``endings``: what a word may add to itself,
    which stands for what a stem is in scripts that part their words and their endings.
    """

    review: Literal["draft", "reviewed"]
    words: Annotated[tuple[Entry, ...], Field(min_length=1)]
    endings: tuple[Annotated[str, StringConstraints(min_length=1, max_length=10, to_lower=True)], ...] = ()


def load_danger_words(folder: Path, languages: Mapping[str, object], faults: list[Fault]) -> dict[str, DangerWords]:
    """The lists of a folder by language; ``faults`` grows by what is wrong. A folder that is missing has none."""
    found: dict[str, DangerWords] = {}
    for path in sorted(folder.glob("*.toml")) if folder.is_dir() else []:
        code = path.stem
        if not _FILE.fullmatch(path.name) or code not in languages:
            faults.append(Fault(str(path), "-", "is no language of the directory", "Name it by a code, as en.toml."))
            continue
        try:
            found[code] = DangerWords.model_validate(read_toml(path))
        except ConfigurationError as error:
            faults.extend(error.faults)
        except ValidationError as error:
            faults.extend(faults_of(error, str(path)))
    return found


def draft_warnings(folder: Path, lists: Mapping[str, DangerWords]) -> list[Fault]:
    remedy = 'Let a native speaker who counsels read it, then write review = "reviewed".'
    return [
        Fault(str(folder / f"{code}.toml"), "review", "is a draft, and not used", remedy, Severity.WARNING)
        for code, words in lists.items()
        if words.review == "draft"
    ]
