"""What is proved of the nodes that only a line for institutions has. Pure; a part of `proof`."""

from __future__ import annotations

from collections.abc import Iterator

from ivr_scripts.conversation import Say
from ivr_scripts.faults import Fault, error
from ivr_scripts.languages import Languages
from ivr_scripts.schema import (
    KEYS_OF_A_MENU,
    MORE_LANGUAGES,
    DutyMenu,
    Identify,
    InterpreterMenu,
    Node,
    PurposeMenu,
    RequestPart,
    Script,
    Wait,
)
from ivr_scripts.speech import language_name
from ivr_scripts.wording import Prompts

UsedKeys = list[tuple[str, str, bool]]
"""(where, key, whether a second meaning is told there)."""


def office_keys(name: str, node: Node, again: str) -> Iterator[UsedKeys]:
    """The keys that a caller has at one time, for each such time of this node."""
    if isinstance(node, InterpreterMenu):
        used: UsedKeys = [("keys.again", again, True)]
        used += [(f"node.{name}", key, True) for key in KEYS_OF_A_MENU + MORE_LANGUAGES]
        yield [*used, (f"node.{name}.unknown", node.unknown.press, True)]
    elif isinstance(node, PurposeMenu):
        yield [("keys.again", again, True), *((f"node.{name}.keys.{key}", key, True) for key in node.keys)]
    elif isinstance(node, DutyMenu):
        for state, given in node.state.items():
            mine: UsedKeys = [("keys.again", again, True)]
            yield mine + [(f"node.{name}.state.{state}.keys.{key}", key, True) for key in given.keys]


def office_lines(node: Node) -> set[Say]:
    """The key lines of such a node, with their keys."""
    if isinstance(node, InterpreterMenu):
        return {Say(node.unknown.say, "", node.unknown.press)}
    if isinstance(node, PurposeMenu | RequestPart):
        return {Say(given.say, "", key) for key, given in node.keys.items()}
    if isinstance(node, DutyMenu):
        return {Say(given.say, "", key) for state in node.state.values() for key, given in state.keys.items()}
    if isinstance(node, Wait):
        return {Say(given.say, "", key) for key, given in node.instead.items()}
    return set()


def unlimited(script: Script) -> frozenset[str]:
    """Key lines that name any number: the children's line, or some seconds."""
    slow = {node.slow for node in script.node.values() if isinstance(node, Identify)}
    return frozenset(slow | ({script.children_number} if script.children_number else set()))


def missing_names(script: Script, prompts: Prompts, languages: Languages, file: str) -> Iterator[Fault]:
    """A language without a name in the line's own language cannot be asked for."""
    if not script.for_institutions:
        return
    for language in languages:
        prompt = language_name(language.code)
        if not prompts.has(prompt, script.language):
            problem = f"an officer cannot ask for {language.name}: nothing names it"
            yield error(file, prompt, problem, "add the prompt", "missing_prompt")
