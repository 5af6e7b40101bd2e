"""Keeps the catalogues up to date: ``python -m helpline.console.catalogues`` after a text has changed.

The template `helpline/locale/helpline.pot` is drawn from the code, the pages and the labels of the directory; each
language's .po keeps its translations and gets what is new, empty. Nothing is compiled to disk: see `wording`.
"""

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from helpline.console.wording import CATALOGUES, DOMAIN

ROOT = CATALOGUES.parent.parent
_CODE = [("helpline/console/**.py", "python"), ("helpline/console/**.html", "jinja2")]
_LABELLED = tuple(
    f"config/directory/{name}.toml" for name in ("taxonomy", "languages", "replies", "concerns", "ladders")
)
_SERVICES = "config/directory/services.toml"
_FORMS = "config/directory/forms"
_FUNCTIONS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "said": None,
    "wording": None,
    "self": None,
}
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)  # a date that does not change with each run


def drawn() -> Catalog:
    """Every text that a page can show."""
    catalogue = Catalog(project="helpline", charset="utf-8", creation_date=_EPOCH)
    found = extract_from_dir(
        ROOT, method_map=_CODE, keywords=_FUNCTIONS, options_map={"**.html": {"newstyle_gettext": "true"}}
    )
    for file, _line, message, _comments, _context in found:
        if message:
            catalogue.add(message, locations=[(file, 0)])
    for file in (*_LABELLED, *(str(path.relative_to(ROOT)) for path in sorted((ROOT / _FORMS).glob("*.toml")))):
        with (ROOT / file).open("rb") as source:
            for label in labels(source):
                catalogue.add(label, locations=[(file, 0)])
    with (ROOT / _SERVICES).open("rb") as source:  # the kinds alone: its entries are the demonstration's
        for kind in tomllib.load(source)["kind"]:
            catalogue.add(kind["label"], locations=[(_SERVICES, 0)])
    return catalogue


def labels(source: IO[bytes]) -> Iterator[str]:
    """The labels of a directory file, and the English names of languages."""
    yield from _labels(tomllib.load(source))


def _labels(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key in ("label", "name", "help", "section"):
            if isinstance(value.get(key), str) and value[key]:
                yield value[key]
        for inner in value.values():
            yield from _labels(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _labels(inner)


def read(path: Path, locale: str) -> Catalog:
    with path.open("rb") as source:
        return read_po(source, locale=locale, domain=DOMAIN)


def missing(locale: str) -> list[str]:
    """The texts that have no translation in this language."""
    have = read(CATALOGUES / locale / "LC_MESSAGES" / f"{DOMAIN}.po", locale)
    return [
        str(message.id)
        for message in drawn()
        if message.id and ((found := have.get(message.id)) is None or not _whole(found.string))
    ]


def _whole(said: str | list[str] | tuple[str, ...] | None) -> bool:
    """Whether there is a text, in each number that the language tells apart."""
    if said is None or isinstance(said, str):
        return bool(said)
    return bool(said) and all(said)


def update() -> None:
    """Write the template, and bring each language's catalogue up to date."""
    template = drawn()
    with (CATALOGUES / f"{DOMAIN}.pot").open("wb") as target:
        write_po(target, template, sort_output=True, include_lineno=False, width=120)
    for path in sorted(CATALOGUES.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        catalogue = read(path, path.parent.parent.name)
        catalogue.update(template, no_fuzzy_matching=True)
        with path.open("wb") as target:
            write_po(target, catalogue, sort_output=True, ignore_obsolete=True, include_lineno=False, width=120)


if __name__ == "__main__":
    update()
