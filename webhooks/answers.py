"""What we answer a call, in our own words; a provider's folder renders it.

What is said is a tuple of `ivr_scripts.machine.Say` (a prompt in one language); how it sounds (a recorded file, a
cloud voice, or in a demonstration the bare text) is the renderer's to decide.
"""

from dataclasses import dataclass

from ivr_scripts.machine import HangUp, Listen, Record, Say


@dataclass(frozen=True, slots=True)
class Sentence(Say):
    """Words of its own, for an adult, in a language; where no voice speaks that language, its prompt is heard."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Join:
    """Go into the conference ``room`` as ``label`` (the leg's id).

    ``ends_room``: the conference ends when this leg leaves it (the child's leg only). ``waiting``: what the leg hears
    while it is the only one there; no keys are heard there. ``heard_by``: the carrier's id of the call that alone hears
    this one, which hears everybody; if that call is not in the room, this one is not let in, and posts that it left.
    """

    room: str
    label: str
    ends_room: bool
    waiting: tuple[Say, ...] = ()
    heard_by: str | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """Say it, and ask again at the next step without waiting for a key."""


Then = Listen | Record | Join | Stay | HangUp


@dataclass(frozen=True, slots=True)
class Answer:
    """Say these, then do that. Whatever follows is posted to ``leg_id`` at ``step``."""

    leg_id: str
    step: int
    say: tuple[Say, ...]
    then: Then
