"""Ladders: who is told, how, in what order, and how long each is waited for. Data; a country edits them."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from config.taxonomy import Code, Part, Term

How = Literal["console", "sms", "voice", "email"]
Seconds = Annotated[int, Field(ge=10, le=7 * 24 * 3600)]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=160)]

CAUSES = (
    "danger_waiting",
    "danger_lost",
    "line_uncovered",
    "language_uncovered",
    "line_silent",
    "test_call_lost",
    "number_revealed",
    "concern_proposed",
    "referral_silent",
    "referral_refused",
    "referral_failed",
    "referral_pending",
    "service_shut_out",
)
"""What starts a ladder without a person's flag."""


class Tell(Part):
    """Whom, and how: everyone on duty in a ``role``, whoever holds a ``post``, or a ``service`` of the directory."""

    role: Literal["supervisor", "counsellor", "interpreter", "coordinator"] | None = None
    post: Code | None = None
    service: Code | None = None
    how: How

    @model_validator(mode="after")
    def _somebody(self) -> "Tell":
        if sum(who is not None for who in (self.role, self.post, self.service)) != 1:
            raise ValueError("tells not exactly one of role, post and service. Name one of them")
        if self.how == "console" and self.role is None:
            raise ValueError("tells by console who need not be at one. Write sms, voice or email, or name a role")
        if self.how == "email" and self.role is not None:
            raise ValueError("tells by email whose address is not known. Write console, sms or voice for a role")
        return self

    @property
    def who(self) -> str:
        """As it is stored: role:supervisor, post:manager_on_call, service:one_stop_lusaka."""
        kind = "role" if self.role else "post" if self.post else "service"
        return f"{kind}:{self.role or self.post or self.service}"


class Rung(Part):
    """Told at once, all of them; ``wait_s``: how long until the next rung. The last rung has none."""

    tell: Annotated[tuple[Tell, ...], Field(min_length=1)]
    wait_s: Seconds | None = None


class Ladder(Part):
    """``repeat_s``: how long until the last rung is told again, and again, until a person answers."""

    repeat_s: Seconds
    rungs: Annotated[tuple[Rung, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _all_but_the_last_wait(self) -> "Ladder":
        for place, rung in enumerate(self.rungs[:-1], start=1):
            if rung.wait_s is None:
                raise ValueError(f"rung {place} says not how long it waits. Add wait_s")
        if self.rungs[-1].wait_s is not None:
            raise ValueError("the last rung has a wait_s. Remove it: repeat_s says when it is told again")
        return self

    @property
    def top_after_s(self) -> int:
        """Seconds after which the last rung is told, when nobody answers."""
        return sum(rung.wait_s or 0 for rung in self.rungs)

    def posts(self) -> frozenset[str]:
        return frozenset(tell.post for rung in self.rungs for tell in rung.tell if tell.post is not None)


class Message(Part):
    """What an adult is sent; it names no child and no matter. {line} and {code} are filled in."""

    written: Sentence
    answer: Sentence  # how to answer a text message
    opened: Sentence  # in front of the link
    spoken: Sentence  # read out by a call, before the key is asked for

    @model_validator(mode="after")
    def _holds_the_code(self) -> "Message":
        if "{code}" not in self.written + self.answer:
            raise ValueError("written and answer hold no {code}. Write it where the code stands")
        for text in (self.written, self.answer, self.opened, self.spoken):
            try:
                text.format(line="116", code="4821")
            except (KeyError, IndexError, ValueError):
                raise ValueError("a sentence holds something in braces. Only {line} and {code} are filled in") from None
        return self


class Ladders(Part):
    """All of them. ``causes``: the ladder of what starts one by itself; one that is left out is an alarm only."""

    posts: tuple[Term, ...] = ()
    causes: Mapping[str, Code] = {}
    messages: Annotated[Mapping[str, Message], Field(min_length=1)]
    ladder: Annotated[Mapping[Code, Ladder], Field(min_length=1)]
    link_good_h: Annotated[int, Field(ge=1, le=168)] = 24

    @model_validator(mode="after")
    def _fits_together(self) -> "Ladders":
        posts = [post.code for post in self.posts]
        twice = sorted({code for code in posts if posts.count(code) > 1})
        if twice:
            raise ValueError(f"posts names {', '.join(twice)} twice. Give each its own code")
        for name, ladder in self.ladder.items():
            unknown = sorted(ladder.posts() - set(posts))
            if unknown:
                raise ValueError(f"ladder {name} tells {', '.join(unknown)}, which is no post. Add it to posts")
        for cause, name in self.causes.items():
            if cause not in CAUSES:
                raise ValueError(f"causes names {cause}, which starts nothing. Write one of {', '.join(CAUSES)}")
            if name not in self.ladder:
                raise ValueError(
                    f"causes.{cause} names {name}, which is no ladder. Write one of {', '.join(self.ladder)}"
                )
        if "en" not in self.messages:
            raise ValueError("messages has no English. Add a table [messages.en]")
        return self

    def message(self, language: str) -> tuple[str, Message]:
        """In this language, else in English; and which of the two it is."""
        known = language if language in self.messages else "en"
        return known, self.messages[known]
