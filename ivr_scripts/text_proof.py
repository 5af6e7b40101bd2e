"""The proof of what a line writes: that its keys are single digits that differ, and its menu is short. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ivr_scripts.conversation import Say
from ivr_scripts.faults import Fault, error, warning
from ivr_scripts.languages import Languages
from ivr_scripts.parts import parts
from ivr_scripts.schema import Script, Texts
from ivr_scripts.wording import Prompts

MOST_PARTS = 5
"""Of the message that asks for a language."""


def prove_texts(script: Script, prompts: Prompts, languages: Languages, file: str) -> list[Fault]:
    """Every fault of a script's texts; none when it has none. Prompts as such are proved with all others."""
    if script.texts is None:
        return []
    return [*_keys(script, script.texts, file), *_endonyms(script, script.texts, prompts, languages, file)]


def _keys(script: Script, texts: Texts, file: str) -> Iterator[Fault]:
    danger, safe = script.keys.danger.press, texts.safe
    if not danger.isdecimal():
        problem = f"{danger} says danger, and not every phone can write it"
        yield error(file, "keys.danger.press", problem, "give danger a digit: it is written by text too", "danger_key")
    used = {danger: "keys.danger"}
    for where, key in (("safe.yes", safe.yes.press), ("safe.no", safe.no.press), ("another", texts.another.press)):
        if where == "another" and key != danger:
            continue  # not heard while the question is open
        if key in used:
            problem, remedy = f"key {key} already means {used[key]}", "give one of the two another key"
            yield error(file, f"texts.{where}.press", problem, remedy, "key_taken")
        used.setdefault(key, f"texts.{where}")


def _endonyms(script: Script, texts: Texts, prompts: Prompts, languages: Languages, file: str) -> Iterator[Fault]:
    lines = [Say(texts.line, code, str(number)) for number, code in enumerate(script.menu, 1)]
    for code in script.menu:
        language = languages.get(code)
        own = prompts.written([Say(texts.line, code)], code)
        if language is not None and own and language.endonym not in own:
            problem = f"the language's own name, {language.endonym}, is not in the text"
            yield warning(f"prompts/{code}.toml", texts.line, problem, "write it as the table has it", "endonym")
    asked = [Say(prompt, script.language) for prompt in texts.ask]
    asked += [*lines, Say(texts.danger.urgent, script.language, script.keys.danger.press)]
    count = len(parts(prompts.written(asked, script.language)))
    if count > MOST_PARTS:
        problem = f"the message that asks for a language takes {count} parts"
        yield warning(file, "menu", problem, "offer fewer languages, or write shorter lines", "long_menu")
