"""A child who writes, for the stories in this folder."""

import json

from ivr_scripts.texting import (
    Attached,
    Chosen,
    NoChoice,
    SafeAsked,
    TextDecision,
    TextInput,
    TextScript,
    TextSession,
    TextStep,
    Waited,
    Wrote,
    advance_text,
    begin_text,
)
from ivr_scripts.wording import Prompts


class Child:
    """One conversation, told in what the child does. `reads` is what the line wrote last."""

    def __init__(
        self, script: TextScript, prompts: Prompts, *, remembered: str | None = None, closed: bool = False
    ) -> None:
        self.script = script
        self.prompts = prompts
        self.remembered = remembered
        self.open = not closed
        self.session: TextSession | None = None
        self.reads: list[str] = []
        self.named: list[str] = []
        self.decided: list[TextDecision] = []

    def writes(self, *bodies: str) -> "Child":
        for body in bodies:
            self.does(Wrote(body, self.remembered, self.open))
        return self

    def sends_a_picture(self, body: str = "") -> "Child":
        return self.does(Wrote(body, self.remembered, self.open, media=1))

    def sends_a_picture_to_its_person(self) -> "Child":
        return self.does(Attached())

    def opens_the_page(self, language: str | None) -> "Child":
        return self.does(Chosen(language, self.open))

    def chooses_nothing(self) -> "Child":
        return self.does(NoChoice())

    def waits_long(self) -> "Child":
        return self.does(Waited())

    def is_asked_whether_it_is_safe(self) -> "Child":
        return self.does(SafeAsked())

    def does(self, given: TextInput) -> "Child":
        if self.session is None:
            assert isinstance(given, Wrote | Chosen)
            return self._took(begin_text(self.script, given))
        # What is stored between two texts is JSON.
        stored = json.dumps(self.session.to_json())
        return self._took(advance_text(self.script, TextSession.from_json(json.loads(stored)), given))

    def _took(self, step: TextStep) -> "Child":
        self.session = step.session
        self.reads = [self.prompts.written(reply.say, self.script.language) for reply in step.replies]
        self.named = [
            f"{say.language}:{say.prompt}" + (f"({say.key})" if say.key else "")
            for reply in step.replies
            for say in reply.say
        ]
        self.decided += step.decisions
        return self
