"""A record put into words, for those who read it and do not write it. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from config.directory import Directory
from config.forms import Field
from helpline.console.wording import Wording
from helpline.contacts.record import Kept, label_of, place_names


def lines_of(kept: Kept, directory: Directory, wording: Wording) -> list[tuple[str, str]]:
    """What was recorded, as (label, text), by the form that it was written with; what was not said is left out."""
    reading = _Reading(kept, directory, wording)
    return [(label, text) for label, text in reading.lines() if text]


class _Reading:
    """One record and one reader."""

    def __init__(self, kept: Kept, directory: Directory, wording: Wording) -> None:
        self._kept, self._directory, self._wording = kept, directory, wording

    def lines(self) -> Iterator[tuple[str, str]]:
        kept = self._kept
        form = self._directory.forms.of(kept.form, kept.version)
        asked = form.fields if form is not None else ()
        for one in asked:
            value = kept.content.get(one.id)
            if one.kind != "children":
                yield self._wording(one.label), self._text(one, value)
                continue
            for number, child in enumerate(value or (), 1):
                said = " · ".join(self._of_child(one.fields, child))
                yield f"{self._wording(one.label)} {number}", said or self._wording("Nothing said")
        known = {one.id for one in asked}
        for id, value in kept.content.items():  # of a form that nobody kept
            if id not in known:
                yield _plain(id), _flat(value)

    def _of_child(self, fields: Iterable[Field], child: Mapping[str, Any]) -> Iterator[str]:
        for asked in fields:
            value, text = child.get(asked.id), self._text(asked, child.get(asked.id))
            if not text:
                continue
            if asked.id == "age" and isinstance(value, int):
                yield self._wording("{n} years old", n=value)
            else:
                yield text if asked.list else f"{self._wording(asked.label)}: {text}"

    def _text(self, asked: Field, value: Any) -> str:
        if value is None or value == "":
            return ""
        if asked.kind == "choice":
            return self._label(asked, value)
        if asked.kind == "choices":
            return ", ".join(self._label(asked, code) for code in value)
        if asked.kind == "country":
            return str(self._wording.locale.territories.get(value, value))
        if asked.kind == "place":
            names = place_names(self._directory.places, value, self._kept.labels)
            return ", ".join(self._wording(name) for name in names)
        return str(value)

    def _label(self, asked: Field, code: str) -> str:
        return self._wording(label_of(self._directory, asked, code, self._kept.labels))


def _plain(id: str) -> str:
    return id.replace("_", " ").capitalize()


def _flat(value: Any) -> str:
    """Any answer as text."""
    if isinstance(value, Mapping):
        return " · ".join(filter(None, (_flat(one) for one in value.values())))
    if isinstance(value, list):
        return ", ".join(filter(None, (_flat(one) for one in value)))
    return "" if value is None else str(value)
