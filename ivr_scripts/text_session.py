"""The values of a text conversation in a script: its session, what comes in, what is written, what is decided.

All are frozen. A session goes to JSON and back, and keeps the numbers of the languages as the child read
them, so that a change of the configuration does not move one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from ivr_scripts.conversation import (
    Danger,
    LanguageChosen,
    LanguageUnknown,
    NamedLanguage,
    Queue,
    Say,
)
from ivr_scripts.languages import Languages
from ivr_scripts.schema import Script, Texts
from ivr_scripts.words import Words, names_of

How = Literal["chosen", "guessed", "remembered"]


@dataclass(frozen=True, slots=True)
class TextScript:
    """What a line needs to write to a child: its script's texts, the languages, and their words.

    `menu` is the line's order of languages; `danger` the key that says danger everywhere.
    """

    name: str
    language: str
    menu: tuple[str, ...]
    danger: str
    texts: Texts
    languages: Languages
    words: Words
    names: Mapping[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", names_of(self.languages, self.words))

    def numbers(self, languages: tuple[str, ...]) -> dict[int, str]:
        """Languages by the number with which they are chosen. The keys of danger and of others are left out."""
        taken = {self.danger, self.texts.another.press}
        free = (number for number in range(1, len(languages) + 10) if str(number) not in taken)
        return dict(zip(free, languages, strict=False))


def text_script(script: Script, languages: Languages, words: Words, menu: tuple[str, ...] = ()) -> TextScript | None:
    """The text script of a line; None when its script has no texts. `menu`: the line's order of languages."""
    if script.texts is None:
        return None
    own = menu or script.menu
    return TextScript(script.name, script.language, own, script.keys.danger.press, script.texts, languages, words)


@dataclass(frozen=True, slots=True)
class TextSession:
    """Where one conversation stands in its text script.

    `step` grows by one with every input, the first included. `how` the language was found. `offered`: the
    languages that are being asked for, in the order of their numbers; empty when none are. `tries`: how
    often they were asked for. `unknown`: went on without a language. `queued`: waits for a person, or has
    one. `page`: in web chat, where no key lines are needed. `safe`: whether it is safe to write was asked,
    and how often, and is not yet answered. `media`: what is to be told of attachments.
    """

    script: str
    step: int = 0
    language: str | None = None
    how: How | None = None
    offered: tuple[str, ...] = ()
    tries: int = 0
    open: bool = True
    page: bool = False
    danger: bool = False
    unknown: bool = False
    queued: bool = False
    waited: bool = False
    safe: Literal["unasked", "asked", "again"] = "unasked"
    media: Literal["none", "due", "told"] = "none"

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return {**asdict(self), "offered": list(self.offered)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> TextSession:
        """The session that was stored; a field of a newer or older version is left out or defaulted."""
        known = {field.name: stored[field.name] for field in fields(cls) if field.name in stored}
        known["offered"] = tuple(known.get("offered", ()))
        return cls(**known)


# What comes in.


@dataclass(frozen=True, slots=True)
class Wrote:
    """A text of the child's, while it has no person. `open`: the line is open now.

    `remembered` is the last language of this number; it counts in the first text only, and must be None
    for a withheld number. `media` counts attachments, which are not taken.
    """

    body: str
    remembered: str | None = None
    open: bool = True
    media: int = 0


@dataclass(frozen=True, slots=True)
class Chosen:
    """In web chat: the language that was chosen on the page; None for "it is not here" and "I do not know"."""

    language: str | None
    open: bool = True


@dataclass(frozen=True, slots=True)
class NoChoice:
    """The time to choose a language is over."""


@dataclass(frozen=True, slots=True)
class Waited:
    """It takes long."""


@dataclass(frozen=True, slots=True)
class SafeAsked:
    """The phone was silent for long and is to be written to: ask first whether it is safe."""


@dataclass(frozen=True, slots=True)
class Attached:
    """The child, who has a person, sent an attachment, which is not taken."""


TextInput = Wrote | Chosen | NoChoice | Waited | SafeAsked | Attached | NamedLanguage


# What is written and decided.


@dataclass(frozen=True, slots=True)
class SafeSaid:
    """Whether it is safe to write, as whoever holds the phone said."""

    yes: bool


TextDecision = LanguageChosen | LanguageUnknown | Danger | Queue | SafeSaid


@dataclass(frozen=True, slots=True)
class Reply:
    """One message, a line for each of `say`; `wording.Prompts.written` writes it out. Never empty."""

    say: tuple[Say, ...]


@dataclass(frozen=True, slots=True)
class TextStep:
    """What follows from one input: commit `decisions` with the session, and write the `replies` in order."""

    session: TextSession
    replies: tuple[Reply, ...] = ()
    decisions: tuple[TextDecision, ...] = ()
