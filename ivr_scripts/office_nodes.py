"""The nodes of a line that institutions call: officers who want an interpreter, and workers who go on duty.

See `schema` for the words.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ivr_scripts.forms import Key, Listening, Name, Part, Way

MOST_CHILDREN = 500
"""Girls, or boys, of one request."""

Purpose = Literal["welfare", "medical", "interview", "hearing"]
Told = Literal["girls", "boys", "detained", "second_party"]
"""What an officer says of a request while an interpreter is sought."""


class WaitKey(Part):
    """What an officer who waits can do by key: hear something (`heard`) and wait on, or go `to` a node.

    One that leads to a `call_officer` is neither said nor heard when there is no number to call.
    """

    say: Name
    heard: tuple[Name, ...] = ()
    to: Name | None = None


class Identify(Listening):
    """Asks for a number (`say`) and then for the `pin` that goes with it, each ended by # or by silence.

    `known` follows when they belong together; `not_known` is said when they do not, and the number is asked for
    again. `slow` names the seconds until another try is looked at. `not_allowed` is where an institution goes that
    may not have an interpreter now. All tries that lead nowhere count for `tries`.
    """

    kind: Literal["identify"]
    whose: Literal["institution", "worker"]
    pin: Annotated[tuple[Name, ...], Field(min_length=1)]
    not_known: Annotated[tuple[Name, ...], Field(min_length=1)]
    slow: Name
    known: Way
    not_allowed: Way | None = None


class UnknownKey(Part):
    """The key of an officer who does not know the language yet."""

    press: Key
    say: Name


class InterpreterMenu(Listening):
    """Each language that an interpreter here speaks: its name and the key line `line` in the line's own language, then
    the key line `endonym` in the language itself, where that can be heard. Levels are as those of a language menu; the
    key to the next is said by `more`, and to the first again by `first`.
    """

    kind: Literal["interpreter_menu"]
    line: Name
    endonym: Name
    more: Name
    first: Name
    unknown: UnknownKey
    chosen: Way


class PurposeKey(Part):
    """One key of a `purpose`: its key line, and the purpose."""

    say: Name
    purpose: Purpose


class PurposeMenu(Listening):
    """What the interpreter is for; whoever does not say wants one for an interview. An interview that is asked for in
    the institution's night goes to `night`, where it is asked whether it can wait for the day.
    """

    kind: Literal["purpose"]
    keys: dict[Key, PurposeKey]
    to: Way
    night: Way | None = None


class YesKey(Part):
    """One answer to whether the children are detained."""

    say: Name
    yes: bool


class RequestPart(Listening):
    """Something more about a request, asked while an interpreter is sought already: whoever comes cuts it short.

    `girls` and `boys` are how many, `second_party` a telephone number, each ended by # or by silence; nothing but #
    leaves it out. `detained` is answered by `keys`, and not asked where no child was told of. `heard` is said after an
    answer.
    """

    kind: Literal["request_part"]
    part: Told
    keys: dict[Key, YesKey] = Field(default_factory=dict)
    heard: tuple[Name, ...] = ()
    to: Way


class DutyKey(Part):
    """One key of a worker: its key line, and what it does."""

    say: Name
    do: Literal["on", "off"]


class DutyState(Part):
    """What a worker hears whose duty is so, and the keys that work then."""

    say: Annotated[tuple[Name, ...], Field(min_length=1)]
    keys: dict[Key, DutyKey] = Field(default_factory=dict)


class DutyMenu(Listening):
    """A worker's duty, by key. After each key its new state is said."""

    kind: Literal["duty"]
    state: dict[Literal["off", "on", "browser", "away", "no_phone"], DutyState]


class CallOfficer(Part):
    """Something is said, and the call ends; the officer is called once there is an interpreter, from now on or from
    the beginning of the institution's day on.
    """

    kind: Literal["call_officer"]
    when: Literal["now", "day"] = "now"
    say: tuple[Name, ...]
