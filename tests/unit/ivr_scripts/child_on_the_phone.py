"""A child on the phone, for the stories in this folder."""

from ivr_scripts.machine import (
    Arrived,
    Decision,
    Digits,
    HangUp,
    Input,
    Joined,
    Question,
    Recorded,
    Resumed,
    Session,
    Silence,
    Step,
    advance,
    begin,
)
from ivr_scripts.schema import Script


class Child:
    """One call, told in what the child does. `step` is what the line does last."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.step: Step
        self.decided: list[Decision] = []

    def calls(
        self,
        *,
        closed: bool = False,
        remembered: str | None = None,
        resumed: bool = False,
        withheld: bool = False,
        menu: tuple[str, ...] = (),
    ) -> "Child":
        arrived = Arrived(not closed, remembered, resumed=resumed, callable=not withheld, menu=menu)
        return self._took(begin(self.script, arrived))

    def presses(self, *keys: str) -> "Child":
        for key in keys:
            self.does(Digits(key))
        return self

    def does_nothing(self, times: int = 1) -> "Child":
        for _ in range(times):
            self.does(Silence())
        return self

    def speaks(self, seconds: int = 12, keys: str = "") -> "Child":
        return self.does(Recorded("RE1" if seconds else None, seconds, keys))

    def meets_a_person(self) -> "Child":
        return self.does(Joined())

    def loses_the_person(self) -> "Child":
        return self.does(Resumed())

    def is_asked(self, question: str) -> "Child":
        return self.does(Question(question))

    def does(self, given: Input) -> "Child":
        # What is stored between two deliveries is JSON.
        session = Session.from_json(self.step.session.to_json())
        return self._took(advance(self.script, session, given))

    def _took(self, step: Step) -> "Child":
        self.step = step
        self.decided += step.decisions
        return self

    @property
    def session(self) -> Session:
        return self.step.session

    @property
    def hears(self) -> list[str]:
        """Prompts as `language:prompt`, with the key of a key line."""
        return [f"{say.language}:{say.prompt}" + (f"({say.key})" if say.key else "") for say in self.step.say]

    @property
    def is_hung_up_on(self) -> bool:
        return isinstance(self.step.then, HangUp)
