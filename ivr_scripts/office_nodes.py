"""The nodes of a line that institutions call: officers who want an interpreter, and workers who go on duty.

See `schema` for the words.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ivr_scripts.forms import Key, Listening, Name, Part, Way


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
    """Something is said, and the call ends; the officer is called once there is an interpreter."""

    kind: Literal["call_officer"]
    say: tuple[Name, ...]
