"""Ready answers: texts that a counsellor puts into the draft and makes their own before sending. Data, by language."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from config.taxonomy import Code, Part

LONGEST = 480
"""Characters of one: three parts of an SMS."""


class Wording(Part):
    """One reply in one language. ``review``: whether a native speaker who counsels has read it."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST)]
    review: Literal["draft", "reviewed"] = "draft"


class Reply(Part):
    """``label`` is what the menu calls it, in English; ``texts`` by language."""

    id: Code
    label: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    texts: Annotated[Mapping[str, Wording], Field(min_length=1)]


class Replies(Part):
    """All of them, in the menu's order."""

    reply: tuple[Reply, ...] = ()

    @model_validator(mode="after")
    def _each_id_once(self) -> "Replies":
        ids = [reply.id for reply in self.reply]
        twice = sorted({id for id in ids if ids.count(id) > 1})
        if twice:
            raise ValueError(f"reply names {', '.join(twice)} twice. Give each its own id")
        return self

    def in_language(self, language: str | None, number: str = "") -> tuple[tuple[Reply, Wording], ...]:
        """Those that have words in a language; ``{number}`` in them is the number at which the line is called."""
        if language is None:
            return ()
        return tuple(
            (reply, said.model_copy(update={"text": said.text.replace("{number}", number)}))
            for reply in self.reply
            if (said := reply.texts.get(language)) is not None
        )

    def drafts(self) -> dict[str, int]:
        """How many nobody has reviewed, by language."""
        found: dict[str, int] = {}
        for reply in self.reply:
            for language, wording in reply.texts.items():
                if wording.review == "draft":
                    found[language] = found.get(language, 0) + 1
        return found
