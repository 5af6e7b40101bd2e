"""The ways of a script as a graph, and the prompts that it names. For `proof` and `draw`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pydantic import BaseModel

from ivr_scripts.schema import (
    Callback,
    CallOfficer,
    Goodbye,
    Identify,
    InterpreterMenu,
    LanguageMenu,
    Listening,
    Menu,
    PurposeMenu,
    Record,
    RequestPart,
    Script,
    Wait,
    Way,
    reached,
)

KEY_LINES = frozenset({"say", "line", "first", "finish_say", "urgent", "endonym", "more", "slow"})
TEXTS = frozenset(
    {
        "say",
        "heard",
        "on_silence",
        "on_wrong",
        "limits",
        "coming",
        "long",
        "back",
        "passed_on",
        "two_coming",
        "one_lost",
        "intro",
        "questions",
        "ask",
        "closed",
        "unknown",
        "no_media",
        "pin",
        "not_known",
    }
)


@dataclass(frozen=True, slots=True)
class Named:
    """A prompt that a script names, and where. `key_line`: its text must hold `{key}`; `spoken`: on calls."""

    where: str
    prompt: str
    key_line: bool
    spoken: bool = True


@dataclass(frozen=True, slots=True)
class Edge:
    """One way from a node. `on` is what takes it; `silent`: doing nothing does.

    `serves`: by taking it the caller has left a message, was given the chance to, or has asked to be
    called. `knows`: by taking it the caller is identified.
    """

    source: str
    on: str
    field: str
    to: str
    silent: bool = False
    serves: bool = False
    knows: bool = False


def prompts_named(script: Script) -> list[Named]:
    """Every prompt of a script, with its place in the file."""
    parts: list[tuple[str, BaseModel]] = [("keys", script.keys), ("card", script.card)]
    parts += [(f"node.{name}", node) for name, node in script.node.items()]
    found = [named for where, part in parts for named in _named(where, part)]
    if script.children_number is not None:
        found.append(Named("children_number", script.children_number, key_line=True))
    if script.texts is not None:
        found += [replace(named, spoken=False) for named in _named("texts", script.texts)]
    return found


def _named(where: str, part: BaseModel) -> Iterator[Named]:
    for field in type(part).model_fields:
        value, here = getattr(part, field), f"{where}.{field}"
        if isinstance(value, BaseModel):
            yield from _named(here, value)
        elif isinstance(value, dict):
            for key, inner in value.items():
                yield from _named(f"{here}.{key}", inner)
        elif isinstance(value, tuple) and field in TEXTS:
            yield from (Named(here, prompt, key_line=False) for prompt in value)
        elif isinstance(value, str) and field in KEY_LINES:
            yield Named(here, value, key_line=True)


def edges(script: Script, name: str, is_open: bool) -> list[Edge]:
    """The ways out of a node for a call that came in while the line was open, or closed.

    A way that is missing leads to a person, as in the machine; `proof` finds that it is missing.
    """
    node = script.node[name]
    found: list[Edge] = []

    def way(
        on: str, field: str, to: Way | None, *, silent: bool = False, serves: bool = False, knows: bool = False
    ) -> None:
        end = script.keys.danger.to if to is None else reached(to, is_open)
        found.append(Edge(name, on, field, end, silent, serves, knows))

    match node:
        case Wait():
            if node.other_language:
                way(node.other_language.press, "other_language.to", node.other_language.to)
            for key, given in node.instead.items():
                if given.to is not None:
                    way(key, f"instead.{key}.to", given.to)
            return found
        case Goodbye() | CallOfficer():
            return found
        case Identify():
            way("a right PIN", "known", node.known, knows=True)
            if node.not_allowed is not None:
                way("not allowed", "not_allowed", node.not_allowed, knows=True)
        case InterpreterMenu():
            way("a language", "chosen", node.chosen)
        case PurposeMenu():
            way("a purpose", "to", node.to)
            if node.night is not None:
                way("an interview at night", "night", node.night)
        case RequestPart():
            way("an answer", "to", node.to)
        case Record():
            way("a message", "to", node.to, serves=True)
            way("nothing", "empty", node.empty, silent=True, serves=True)
        case LanguageMenu():
            way("a language", "chosen", node.chosen)
        case Menu():
            for key, choice in node.keys.items():
                way(key, f"keys.{key}.to", choice.to)
        case Callback():
            way("a time", "to", node.to, serves=True)
    if isinstance(node, Listening):
        way("silence", "silent", node.silent, silent=True)
        way("wrong key", "wrong", node.wrong)
        if node.cannot_speak is not None and script.keys.cannot_speak is not None:
            way(script.keys.cannot_speak.press, "cannot_speak", node.cannot_speak)
    if not script.for_institutions:
        way(script.keys.danger.press, "danger", script.keys.danger.to)
    return found
