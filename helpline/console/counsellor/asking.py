"""The form of a record as a page shows it: questions in rows, in one reader's words. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from config.directory import Directory
from config.forms import REASONS, Field, Form
from helpline.console.wording import Wording
from helpline.contacts.record import Labels, label_of, place_code, place_names

SMALL = frozenset({"list", "number", "line"})
"""Ways of asking that stand beside each other."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to choose."""

    code: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Answers under a heading; without one they stand alone."""

    label: str
    choices: tuple[Choice, ...]

    @property
    def chosen(self) -> int:
        return sum(one.chosen for one in self.choices)


@dataclass(frozen=True, slots=True)
class Question:
    """One question. ``way``: buttons | list | checks | number | line | text | children; ``each`` are the children's."""

    id: str
    name: str
    label: str
    help: str
    way: str
    most: int
    required: bool = False
    value: Any = ""
    groups: tuple[Group, ...] = ()
    each: tuple[tuple["Row", ...], ...] = ()

    @property
    def chosen(self) -> int:
        return sum(group.chosen for group in self.groups)


@dataclass(frozen=True, slots=True)
class Row:
    """Questions beside each other, and the heading that stands before them, if a section begins."""

    questions: tuple[Question, ...]
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Asker:
    """Puts a form's questions. ``labels`` are those that the record's codes had when they were chosen."""

    directory: Directory
    wording: Wording
    labels: Labels = field(default_factory=dict)

    def rows(self, form: Form, content: Mapping[str, Any]) -> tuple[Row, ...]:
        return tuple(self._rows(form.fields, content, ""))

    def _rows(self, fields: Iterable[Field], content: Mapping[str, Any], prefix: str) -> Iterator[Row]:
        row: list[Question] = []
        section, heading = "", ""
        for asked in fields:
            question = self._question(asked, content[asked.id], prefix)
            begins = asked.section and asked.section != section
            if row and (begins or question.way not in SMALL or row[-1].way not in SMALL):
                yield Row(tuple(row), heading)
                row, heading = [], ""
            if begins:
                heading = self.wording(asked.section)
            section = asked.section
            row.append(question)
        if row:
            yield Row(tuple(row), heading)

    def _question(self, asked: Field, value: Any, prefix: str) -> Question:
        groups: tuple[Group, ...] = ()
        each: tuple[tuple[Row, ...], ...] = ()
        if asked.kind in ("choice", "choices"):
            groups = tuple(self._groups(asked, [value] if isinstance(value, str) else value))
        elif asked.kind == "country":
            groups = (Group("", self._countries(value)),)
        elif asked.kind == "place":
            groups, value = tuple(self._places(value)), place_code(value)
        elif asked.kind == "children":
            each = tuple(tuple(self._rows(asked.fields, one, f"child-{index}-")) for index, one in enumerate(value))
        return Question(
            asked.id,
            prefix + asked.id,
            self.wording(asked.label),
            self.wording(asked.help),
            _way(asked),
            asked.limit,
            asked.required,
            value,
            groups,
            each,
        )

    def _groups(self, asked: Field, chosen: Sequence[str]) -> Iterator[Group]:
        say, taxonomy = self.wording, self.directory.taxonomy
        known: set[str] = set()
        if asked.list == REASONS:
            for group in taxonomy.reasons:
                pairs = list(zip(group.codes(), group.reasons, strict=True))
                known |= {code for code, _ in pairs}
                yield Group(
                    say(group.label), tuple(Choice(code, say(one.label), code in chosen) for code, one in pairs)
                )
        else:
            terms = asked.options or dict(taxonomy.lists()).get(asked.list, ())
            known = {one.code for one in terms}
            yield Group("", tuple(Choice(one.code, say(one.label), one.code in chosen) for one in terms))
        gone = [code for code in chosen if code and code not in known]
        if gone:  # an answer stays until a person takes it away
            yield Group(
                self.wording("No longer in the list"),
                tuple(Choice(code, say(label_of(self.directory, asked, code, self.labels)), True) for code in gone),
            )

    def _countries(self, chosen: str) -> tuple[Choice, ...]:
        names = {
            code: name for code, name in self.wording.locale.territories.items() if code.isalpha() and len(code) == 2
        }
        first = [code for code in self.directory.taxonomy.countries_first if code in names]
        others = sorted((code for code in names if code not in first), key=lambda code: names[code])
        gone = [chosen] if chosen and chosen not in names else []
        return tuple(Choice(code, names.get(code, code), code == chosen) for code in (*first, *others, *gone))

    def _places(self, place: Mapping[str, str]) -> Iterator[Group]:
        say, chosen = self.wording, place_code(place)
        known = set()
        for province in self.directory.places.provinces:
            whole = self.wording("{province} (district not said)", province=say(province.label))
            pairs = [(province.code, whole)]
            pairs += [(f"{province.code}.{one.code}", say(one.label)) for one in province.districts]
            known |= {code for code, _ in pairs}
            yield Group(say(province.label), tuple(Choice(code, label, code == chosen) for code, label in pairs))
        if chosen and chosen not in known:
            names = ", ".join(say(name) for name in place_names(self.directory.places, place, self.labels))
            yield Group(self.wording("No longer in the list"), (Choice(chosen, names, True),))


def _way(asked: Field) -> str:
    if asked.kind == "text":
        return "text" if asked.long else "line"
    if asked.kind == "choice" and asked.required:
        return "buttons"
    return {"choices": "checks", "number_or_unknown": "number", "children": "children"}.get(asked.kind, "list")
