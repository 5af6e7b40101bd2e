"""The form of a script file.

A script is one TOML file in `scripts/`. It names a line's own language, the order of its language menu,
the keys that work everywhere until a person is there, the card of questions, and the nodes that a call
walks through. An operator changes a line by changing this file; no code knows a node's name.

Words used below:

- a *prompt* is the id of a text in `prompts/<language>.toml`;
- a *way* is where a call goes next: the name of a node, or `{open = "...", closed = "..."}` when that
  depends on whether the line was open as the call came in;
- a *key line* is a prompt that names a key; its text holds `{key}`, so that the key that is said and
  the key that works are the same one.

Unknown keys in the file are refused. What a model cannot see alone (a way to a node that does not
exist, a path that ends in nothing) is found by `proof`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from ivr_scripts.forms import KEYS_OF_A_MENU as KEYS_OF_A_MENU
from ivr_scripts.forms import MORE_LANGUAGES as MORE_LANGUAGES
from ivr_scripts.forms import ByHours as ByHours
from ivr_scripts.forms import Key as Key
from ivr_scripts.forms import LanguageCode as LanguageCode
from ivr_scripts.forms import Listening as Listening
from ivr_scripts.forms import Name as Name
from ivr_scripts.forms import Part as Part
from ivr_scripts.forms import Seconds, Tries
from ivr_scripts.forms import Way as Way
from ivr_scripts.forms import reached as reached
from ivr_scripts.office_nodes import CallOfficer as CallOfficer
from ivr_scripts.office_nodes import DutyMenu as DutyMenu
from ivr_scripts.office_nodes import Identify as Identify
from ivr_scripts.office_nodes import InterpreterMenu as InterpreterMenu
from ivr_scripts.office_nodes import PurposeMenu as PurposeMenu
from ivr_scripts.office_nodes import RequestPart as RequestPart
from ivr_scripts.office_nodes import WaitKey


class SafetyKey(Part):
    """A key that works at every listening node. `say` is its key line, `heard` confirms it."""

    press: Key
    say: Name
    heard: tuple[Name, ...] = ()


class DangerKey(SafetyKey):
    """ "I am in danger now". `to` is the node where such a caller waits; it must be of kind `wait`."""

    to: Name


class SafetyKeys(Part):
    """The keys that work until a person is there. `again` gives way to a node's own use of its key.

    In a script for institutions the key for danger is a child's who has dialled the wrong number: it works until
    the caller is identified, and leads to the line for children. There is no `cannot_speak` there.
    """

    danger: DangerKey
    cannot_speak: SafetyKey | None = None
    again: SafetyKey


class ChoiceKey(Part):
    """One key of a `menu`: its key line, and where it leads.

    A key that leads to a `callback` or a `call_officer` is neither said nor heard when there is no number to call.
    """

    say: Name
    to: Way


class WhenKey(Part):
    """One key of a `callback`: its key line, and the time at which it is safe to call."""

    say: Name
    when: Literal["any", "morning", "afternoon", "evening"]


class WishKey(Part):
    """A wish for a woman or a man, by key, while waiting."""

    press: Key
    say: Name
    heard: tuple[Name, ...] = ()


class Wishes(Part):
    """Both wishes."""

    woman: WishKey
    man: WishKey


class OtherLanguage(Part):
    """The key that leads from the waiting loop back to a language menu."""

    press: Key
    say: Name
    to: Name


class LanguageMenu(Listening):
    """Each language of the menu, said in itself by the key line `line`.

    With more than nine languages there are levels of eight; key 9 leads on, and its line is said in
    every language that stands behind it, by the same prompt. On the last level 9 leads back to the
    first, by `first`, in the line's own language.
    """

    kind: Literal["language_menu"]
    line: Name
    first: Name
    chosen: Way


class Menu(Listening):
    """A choice by key."""

    kind: Literal["menu"]
    keys: dict[Key, ChoiceKey]


class Callback(Listening):
    """When it is safe to call. After an answer the call goes on to `to`."""

    kind: Literal["callback"]
    keys: dict[Key, WhenKey]
    to: Way


class Record(Part):
    """A message is recorded, for at most `max_s`, until `silence_s` of silence or the key `finish`.

    `say` must tell that it is recorded. `to` follows a message, `empty` a recording of nothing.
    """

    kind: Literal["record"]
    say: tuple[Name, ...]
    finish: Key = "#"
    finish_say: Name
    max_s: Annotated[int, Field(ge=5, le=600)] = 180
    silence_s: Seconds = 8
    to: Way | None = None
    empty: Way | None = None


class Wait(Part):
    """The loop of a caller who waits for a person.

    One turn says something and listens for one key for `timeout_s`; silence is the next turn. `limits`
    (of confidentiality) are said until they were once heard to the end. `coming` are said in turn, one
    a turn. From turn `long_after` on, and each `long_every` turns after, `long` says honestly that it
    takes long. Key lines are said on the first turn and each `keys_every` turns. While the caller's
    language is unknown the turn repeats the language menu of the script, and its keys work.
    `back` is said when an adult was lost, `passed_on` when another person is to come, `two_coming` when a
    counsellor and an interpreter are. `one_lost` is said to a caller who stays with one of two.
    `instead` are the keys of an officer for whom it takes long: they work from the first turn on, and are said with
    `long`.
    """

    kind: Literal["wait"]
    limits: tuple[Name, ...] = ()
    coming: Annotated[tuple[Name, ...], Field(min_length=1)]
    long: tuple[Name, ...] = ()
    long_after: Annotated[int, Field(ge=1, le=100)] = 5
    long_every: Annotated[int, Field(ge=1, le=100)] = 6
    keys_every: Annotated[int, Field(ge=1, le=100)] = 4
    timeout_s: Seconds = 8
    wish: Wishes | None = None
    other_language: OtherLanguage | None = None
    back: tuple[Name, ...] = ()
    passed_on: tuple[Name, ...] = ()
    two_coming: tuple[Name, ...] = ()
    one_lost: tuple[Name, ...] = ()
    instead: dict[Key, WaitKey] = Field(default_factory=dict)


class Goodbye(Part):
    """Something is said, and the call ends."""

    kind: Literal["goodbye"]
    say: tuple[Name, ...]


Node = Annotated[
    LanguageMenu
    | Menu
    | Callback
    | Record
    | Wait
    | Goodbye
    | Identify
    | InterpreterMenu
    | PurposeMenu
    | RequestPart
    | DutyMenu
    | CallOfficer,
    Field(discriminator="kind"),
]


class AnswerKey(Part):
    """One answer to a question of the card."""

    say: Name
    answer: Literal["yes", "no", "dont_know"]


class Card(Part):
    """Questions for a child who cannot speak: a counsellor picks one, the child answers by key.

    `questions` are in the order of the counsellor's card; each is the id of the question and of its
    prompt. After `tries` tries without an answer the child goes back to the counsellor unanswered.
    """

    intro: tuple[Name, ...] = ()
    questions: tuple[Name, ...]
    keys: dict[Key, AnswerKey]
    timeout_s: Seconds = 12
    tries: Tries = 2


class TextDanger(Part):
    """The key of `keys.danger`, by text. `say` is its key line for a child whose language is known.

    `urgent` is the one that stands beside the languages and beside the question whether it is safe to
    write: whoever holds the phone may read it, so it tells nothing. `heard` confirms the key, and may
    be read by the same people.
    """

    say: Name
    urgent: Name
    heard: Annotated[tuple[Name, ...], Field(min_length=1)]


class TextKey(Part):
    """A message of one key, and its key line."""

    press: Key
    say: Name


class SafeQuestion(Part):
    """Asked before a phone that was long silent is written to. Neutral: anyone may read it."""

    say: Annotated[tuple[Name, ...], Field(min_length=1)]
    yes: TextKey
    no: TextKey


class Texts(Part):
    """What the line writes, by SMS and in web chat, until a person does.

    The language is asked at most `tries` times, in one message: `ask`, then a key line `line` for each
    language in itself, with numbers from 1 on. `limits` (of confidentiality) stand in the first message
    in a known language, with `coming`, or with `closed` out of hours. `another` is the key to the other
    languages, told to a child that did not choose. `unknown` is written, in the line's own language, to
    a child whose language stays unknown. `long` says honestly that it takes long; `no_media` that
    attachments are not taken.
    """

    ask: tuple[Name, ...] = ()
    line: Name
    tries: Tries = 2
    limits: tuple[Name, ...] = ()
    coming: Annotated[tuple[Name, ...], Field(min_length=1)]
    closed: Annotated[tuple[Name, ...], Field(min_length=1)]
    unknown: tuple[Name, ...] = ()
    long: tuple[Name, ...] = ()
    no_media: tuple[Name, ...] = ()
    danger: TextDanger
    another: TextKey
    safe: SafeQuestion


class Script(Part):
    """One line's script. `start` is the node where a call begins; without `texts` it takes calls only.

    A script for institutions speaks its own language throughout, and says `children_number` (a key line; the key is
    the number) at its start and before it hangs up, to a child who has dialled the wrong number.
    """

    name: Name
    title: str
    audience: Literal["children", "institutions"] = "children"
    children_number: Name | None = None
    language: LanguageCode
    menu: tuple[LanguageCode, ...]
    start: Name
    keys: SafetyKeys
    card: Card = Card(questions=(), keys={})
    texts: Texts | None = None
    node: dict[Name, Node]

    @field_validator("menu")
    @classmethod
    def _each_language_once(cls, menu: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({code for code in menu if menu.count(code) > 1})
        if twice:
            raise ValueError(f"named twice: {', '.join(twice)}")
        return menu

    @model_validator(mode="after")
    def _danger_waits_for_a_person(self) -> Script:
        to = self.node.get(self.keys.danger.to)
        if to is None or to.kind != "wait":
            raise ValueError("keys.danger.to does not name a node of kind 'wait'")
        return self

    @model_validator(mode="after")
    def _has_what_its_callers_need(self) -> Script:
        if self.audience == "children" and self.keys.cannot_speak is None:
            raise ValueError("keys.cannot_speak is missing")
        if self.audience == "institutions" and self.children_number is None:
            raise ValueError("children_number is missing")
        return self

    @property
    def for_institutions(self) -> bool:
        """Whether officers and workers call here, and no children."""
        return self.audience == "institutions"

    @property
    def refuge(self) -> Wait:
        """Where every gap leads: the loop in which a person is waited for."""
        node = self.node[self.keys.danger.to]
        assert isinstance(node, Wait)  # the validator above saw to it
        return node

    def language_menu(self) -> LanguageMenu | None:
        """The first language menu of the script, which the waiting loop repeats."""
        return next((node for node in self.node.values() if isinstance(node, LanguageMenu)), None)

    def with_menu(self, menu: tuple[str, ...]) -> Script:
        """The same script with another order or choice of languages."""
        return self.model_copy(update={"menu": menu})
