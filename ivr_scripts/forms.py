"""What the models of a script are made of: names, keys, ways, and nodes that listen."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

KEYS_OF_A_MENU = "12345678"
"""Keys of the languages of one level when there are several levels."""

MORE_LANGUAGES = "9"
"""The key to the next level; with nine languages or fewer, the key of the ninth."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Key = Annotated[str, StringConstraints(pattern=r"^[0-9*#]$")]
Seconds = Annotated[int, Field(ge=1, le=60)]
Tries = Annotated[int, Field(ge=1, le=5)]


class Part(BaseModel):
    """The manner of every model here: frozen, and no key that is not written down."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ByHours(Part):
    """A way that depends on the hours in which the call came in."""

    open: Name
    closed: Name


Way = Name | ByHours


def reached(way: Way, is_open: bool) -> str:
    """The node that a way leads to."""
    if isinstance(way, ByHours):
        return way.open if is_open else way.closed
    return way


class Listening(Part):
    """What nodes that listen for a key have in common.

    `silent` and `wrong` are where the call goes after `tries` tries without a fitting key; before that
    the node is said again, with `on_silence` or `on_wrong` first. `timeout_s` counts from the end of
    what is said. `cannot_speak` is where the key of that name leads; without it the node is said again.
    """

    say: tuple[Name, ...] = ()
    on_silence: tuple[Name, ...] = ()
    on_wrong: tuple[Name, ...] = ()
    timeout_s: Seconds = 8
    tries: Tries = 2
    silent: Way | None = None
    wrong: Way | None = None
    cannot_speak: Way | None = None
