"""The four kinds of error, each with a stable code that clients and logs may rely on.

A message is written for the person who reads it and never holds a number, a name or a sentence of a contact.
"""

from typing import ClassVar


class HelplineError(Exception):
    """A failure with a stable ``code``; ``retry`` says whether the same request may succeed later."""

    kind: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    retry: ClassVar[bool] = False

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message or code


class Invalid(HelplineError):
    """What was sent can never be right: mend it before sending it again."""

    kind = "invalid"
    status = 400


class Refused(HelplineError):
    """Well formed, but this person or caller may not do it."""

    kind = "refused"
    status = 403


class Conflict(HelplineError):
    """The world has moved on since the sender looked: look again."""

    kind = "conflict"
    status = 409


class Unavailable(HelplineError):
    """Something that is needed cannot be reached now: try again."""

    kind = "unavailable"
    status = 503
    retry = True
