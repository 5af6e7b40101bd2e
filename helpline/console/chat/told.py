"""What a page is told of its conversation. Pure but for the one read of the store."""

from dataclasses import dataclass
from typing import Any

from config.lines import Line
from helpline.console.chat.child import Child, hashed
from helpline.console.chat.words import Words
from helpline.store import threads
from helpline.store.db import Tx
from helpline.threads.visits import VisitView, visit_view

NOTHING_AFTER = 2**31 - 1
"""A number that no text has: who asks for what comes after it wants to know the state only."""


@dataclass(frozen=True, slots=True)
class Told:
    """One text as the child sees it. ``key`` is the page's own id of a text that it sent."""

    n: int
    who: str  # child | worker | line
    name: str
    body: str
    key: str | None


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as the child sees it; ``last`` is the number up to which it has been told."""

    view: VisitView
    texts: tuple[Told, ...]
    last: int

    @property
    def ended(self) -> bool:
        return self.view.state == "ended"


def talk_of(child: Child, after: int) -> Any:
    """A query for the conversation of this page. Raises Refused ("visit_unknown")."""

    def query(tx: Tx) -> tuple[VisitView, dict[int, str | None]]:
        view = visit_view(tx, child.house, hashed(child), after)
        asked = any(text.author == "child" for text in view.texts)
        sent = threads.since(tx, view.contact_id, after) if asked else []
        return view, {text.seq: text.client_key for text in sent}

    return query


def talk(words: Words, found: tuple[VisitView, dict[int, str | None]], after: int) -> Talk:
    view, keys = found
    texts = tuple(
        Told(text.seq, text.author, words.say(text.author), text.body, keys.get(text.seq)) for text in view.texts
    )
    return Talk(view, texts, max([after, *(text.n for text in texts)]) if after < NOTHING_AFTER else 0)


def sentences(words: Words, line: Line, view: VisitView, now: int) -> tuple[str, ...]:
    """How it stands, honestly."""
    if view.state != "waiting":
        return (words.say(view.state),)
    if not view.open:
        return tuple(filter(None, (words.say("closed"), words.back_at(line, now))))
    return (words.say("waiting_long" if view.waited_s >= line.long_wait_s else "waiting"),)


def as_json(child: Child, found: Talk) -> dict[str, Any]:
    """For the page's script. ``child`` is already in the conversation's language."""
    return {
        "state": found.view.state,
        "say": " ".join(sentences(child.words, child.line, found.view, child.now)),
        "danger": found.view.danger,
        "last": found.last,
        "texts": [
            {"n": text.n, "who": text.who, "name": text.name, "body": text.body, "key": text.key}
            for text in found.texts
        ],
    }


async def look(child: Child, after: int = 0) -> tuple[Child, Talk]:
    """The conversation after the text with that number, and the page in its language.

    Raises Refused ("visit_unknown").
    """
    found = await child.read(talk_of(child, after))
    here = child.at(found[0])
    return here, talk(here.words, found, after)
