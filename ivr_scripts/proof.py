"""The proof of a script: that whoever calls reaches somebody on every path. Pure.

Proved of a script, for calls that come in while the line is open and while it is closed:

- every node that listens has a branch for silence and one for a wrong key;
- every way leads to a node that exists, and every node is reached by some way;
- no call ends before the caller had a person, left a message or was given the chance to, or asked to
  be called; a caller who waits for a person is never hung up on;
- who does nothing does not go round in a circle of menus;
- no key has two meanings at a node;
- every language of the menu has the prompt that the menu says in it.

Of a script for institutions, where a child who calls by mistake is in the children's line after one key, it is proved
that every path ends with a person, a call-back or a goodbye, that nobody waits who was not identified, and that an
officer who waits is not hung up on. What differs there is in `office_proof`.

What the line writes is proved by `text_proof`.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from ivr_scripts.conversation import Say
from ivr_scripts.faults import Fault, error, warning
from ivr_scripts.languages import Languages
from ivr_scripts.office_proof import missing_names, office_keys, office_lines, unlimited
from ivr_scripts.paths import Edge, edges, prompts_named
from ivr_scripts.schema import (
    KEYS_OF_A_MENU,
    MORE_LANGUAGES,
    ByHours,
    Callback,
    CallOfficer,
    Goodbye,
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
)
from ivr_scripts.speech import language_name
from ivr_scripts.text_proof import prove_texts
from ivr_scripts.wording import ADULT_PROMPTS, Prompts, audio_of_key

ALL_KEYS = "0123456789*#"

_ASKED_FOR = Wait | InterpreterMenu | PurposeMenu | RequestPart
"""Where only somebody comes who is known."""


def prove(
    script: Script,
    prompts: Prompts,
    languages: Languages,
    menu: tuple[str, ...] = (),
    *,
    file: str = "script",
    recordings: Container[str] | None = None,
) -> list[Fault]:
    """Every fault of a script with these prompts and languages; none when it can take calls.

    `menu` is the line's order of languages where it differs from the script's. `file` is the script's
    file, for the faults. `recordings` are the names of the audio files that exist; None leaves them
    unchecked.
    """
    if menu:
        script = script.with_menu(menu)
    loose = list(_loose_ways(script, file))
    faults = loose + list(_branches(script, file)) + list(_keys(script, file))
    if not loose:
        faults += list(_paths(script, file))
    faults += _menu(script, prompts, languages, file)
    faults += _wording(script, prompts, languages, file)
    faults += prove_texts(script, prompts, languages, file)
    faults += missing_names(script, prompts, languages, prompt_file_name(script.language))
    return faults + list(_texts(script, prompts, recordings))


def prove_prompts(scripts: Iterable[Script], prompts: Prompts, languages: Languages) -> list[Fault]:
    """Faults of the prompt files together: prompts that no script says, languages that nobody knows."""
    said = set(ADULT_PROMPTS).union(*({named.prompt for named in prompts_named(script)} for script in scripts))
    said |= {language_name(language.code) for language in languages}
    faults = []
    for code, prompt_file in prompts.files.items():
        if code not in languages:
            remedy = "add the language to the table, or take the file away"
            faults.append(error(prompt_file_name(code), "language", "no such language", remedy, "language"))
        for prompt in [*prompt_file.prompts, *(p for p in prompt_file.audio if p not in prompt_file.prompts)]:
            if prompt not in said:
                problem, remedy = "no script says this prompt", "correct its name, or take it out"
                faults.append(warning(prompt_file_name(code), prompt, problem, remedy, "unused_prompt"))
    return faults


def prompt_file_name(language: str) -> str:
    """How a prompt file is called in a fault."""
    return f"prompts/{language}.toml"


def _ways(script: Script) -> Iterator[tuple[str, Way]]:
    yield "start", script.start
    for name, node in script.node.items():
        for field in ("silent", "wrong", "cannot_speak", "chosen", "to", "empty", "known", "not_allowed", "night"):
            way = getattr(node, field, None)
            if way is not None:
                yield f"node.{name}.{field}", way
        if isinstance(node, Menu):
            yield from ((f"node.{name}.keys.{key}.to", choice.to) for key, choice in node.keys.items())
        if isinstance(node, Wait) and node.other_language:
            yield f"node.{name}.other_language.to", node.other_language.to
        if isinstance(node, Wait):
            instead = ((key, given.to) for key, given in node.instead.items())
            yield from ((f"node.{name}.instead.{key}.to", to) for key, to in instead if to is not None)


def _loose_ways(script: Script, file: str) -> Iterator[Fault]:
    for key, way in _ways(script):
        for name in (way.open, way.closed) if isinstance(way, ByHours) else (way,):
            if name not in script.node:
                yield error(file, key, f"there is no node '{name}'", "name a node of this script", "no_such_node")


def _branches(script: Script, file: str) -> Iterator[Fault]:
    for name, node in script.node.items():
        needed: dict[str, str] = {}
        if isinstance(node, Listening):
            needed = {"silent": "no branch for silence", "wrong": "no branch for a wrong key"}
        elif isinstance(node, Record):
            needed = {"to": "no branch after a message", "empty": "no branch for silence"}
        for field, problem in needed.items():
            if getattr(node, field) is None:
                yield error(file, f"node.{name}.{field}", problem, "say where the call goes", "missing_branch")


def _keys(script: Script, file: str) -> Iterator[Fault]:
    """Keys with two meanings."""
    safety = {"keys.danger": script.keys.danger.press, "keys.again": script.keys.again.press}
    if script.keys.cannot_speak is not None:
        safety["keys.cannot_speak"] = script.keys.cannot_speak.press
    own: list[tuple[str, str, bool]] = [(where, key, True) for where, key in safety.items()]
    own += [(f"card.keys.{key}", key, True) for key in script.card.keys]
    yield from _twice(own, file)
    urgent = [(where, key, False) for where, key in safety.items() if where != "keys.again"]
    for name, node in script.node.items():
        used = list(urgent)
        if isinstance(node, Menu | Callback):
            used += [(f"node.{name}.keys.{key}", key, True) for key in node.keys]
        elif isinstance(node, LanguageMenu):
            used.append(("keys.again", safety["keys.again"], True))
            used += [(f"node.{name}", key, True) for key in KEYS_OF_A_MENU + MORE_LANGUAGES]
        elif isinstance(node, Record):
            used.append((f"node.{name}.finish", node.finish, True))
        elif isinstance(node, Wait):
            if node.wish:
                used += [(f"node.{name}.wish.woman", node.wish.woman.press, True)]
                used += [(f"node.{name}.wish.man", node.wish.man.press, True)]
            if node.other_language:
                used.append((f"node.{name}.other_language", node.other_language.press, True))
            used += [(f"node.{name}.instead.{key}", key, True) for key in node.instead]
        for more in office_keys(name, node, safety["keys.again"]):
            yield from _twice([*urgent, *more], file)
        yield from _twice(used, file)


def _twice(used: list[tuple[str, str, bool]], file: str) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for where, key, report in used:
        if key in seen and report:
            problem = f"key {key} already means {seen[key]}"
            yield error(file, where, problem, "give one of the two another key", "key_taken")
        seen.setdefault(key, where)


def _paths(script: Script, file: str) -> Iterator[Fault]:
    """Walk the graph from the start, remembering whether the caller was served, or waits for a person."""
    reached_nodes: set[str] = set()
    abandoned: dict[str, Edge] = {}
    strangers: dict[str, Edge] = {}
    for is_open in (True, False):
        seen: set[tuple[str, bool, bool]] = set()
        todo: list[tuple[str, bool, bool]] = [(script.start, False, False)]
        while todo:
            state = todo.pop()
            if state in seen:
                continue
            seen.add(state)
            name, served, waits = state
            reached_nodes.add(name)
            waits = waits or isinstance(script.node[name], Wait | RequestPart)
            for edge in edges(script, name, is_open):
                after = served or edge.serves or edge.knows
                ends = isinstance(script.node[edge.to], Goodbye)
                if ends and (waits or not (after or script.for_institutions)):
                    abandoned.setdefault(f"node.{name}.{edge.field}", edge)
                if script.for_institutions and not after and isinstance(script.node[edge.to], _ASKED_FOR):
                    strangers.setdefault(f"node.{name}.{edge.field}", edge)
                todo.append((edge.to, after, waits))
        yield from _circles(script, {name for name, _, _ in seen}, is_open, file)
    for key, edge in strangers.items():
        problem = f"'{edge.on}' lets somebody wait whom nobody knows"
        yield error(file, key, problem, "lead through a node of kind identify", "not_identified")
    if isinstance(script.node[script.start], Goodbye | CallOfficer):
        yield error(file, "start", "every call is hung up on", "begin with a node that listens", "hangs_up")
    for key, edge in abandoned.items():
        problem = f"'{edge.on}' ends the call with no person, no message and no call-back"
        yield error(file, key, problem, "lead to a node of kind wait, record or callback", "hangs_up")
    for name in script.node:
        if name not in reached_nodes:
            yield error(file, f"node.{name}", "no way leads here", "lead to it, or take it out", "unreachable")


def _circles(script: Script, names: set[str], is_open: bool, file: str) -> Iterator[Fault]:
    """Circles in which a caller goes round who does nothing."""
    silent = {name: next((e.to for e in edges(script, name, is_open) if e.silent), None) for name in names}
    for name in sorted(names):
        at, passed = silent[name], {name}
        while at is not None and at not in passed:
            passed.add(at)
            at = silent[at]
        if at == name:
            problem = "a caller who does nothing comes back here for ever"
            remedy = "lead silence on to a person, a message or the end of the call"
            yield error(file, f"node.{name}.silent", problem, remedy, "circle")


def _menu(script: Script, prompts: Prompts, languages: Languages, file: str) -> list[Fault]:
    faults = []
    for code in script.menu:
        if code not in languages:
            faults.append(error(file, "menu", f"'{code}' is not in the language table", "correct the code", "language"))
    if script.language not in languages:
        problem = f"'{script.language}' is not in the language table"
        faults.append(error(file, "language", problem, "correct the code", "language"))
    if not script.menu and script.language_menu():
        faults.append(error(file, "menu", "the menu offers no language", "name at least one", "menu"))
    lines = sorted({node.line for node in script.node.values() if isinstance(node, LanguageMenu)})
    lines += [script.texts.line] if script.texts else []
    for code in script.menu:
        for line in lines:
            if not prompts.has(line, code):
                problem, remedy = "the menu needs this prompt", "write it, or take the language off the menu"
                faults.append(error(prompt_file_name(code), line, problem, remedy, "off_menu"))
    return faults


def _wording(script: Script, prompts: Prompts, languages: Languages, file: str) -> Iterator[Fault]:
    """Prompts that are missing, drafts, and texts that nobody can say aloud."""
    needed = {named.prompt: named.where for named in prompts_named(script)}
    for prompt, where in needed.items():
        if not prompts.has(prompt, script.language):
            problem = f"prompt '{prompt}' is not written in the line's own language"
            yield error(file, where, problem, f"add it to {prompt_file_name(script.language)}", "missing_prompt")
    for prompt in ADULT_PROMPTS:
        if not prompts.has(prompt, script.language):
            problem, remedy = "a prompt of the adults' legs is missing", "write it"
            yield error(prompt_file_name(script.language), prompt, problem, remedy, "missing_prompt")
    for code in _spoken_in(script):
        prompt_file = prompts.files.get(code)
        if prompt_file is None:
            continue
        name, language = prompt_file_name(code), languages.get(code)
        missing = [prompt for prompt in needed if prompt not in prompt_file.prompts]
        if missing and code != script.language:
            problem = f"{_listed(missing)}: said in the line's own language"
            yield warning(name, "prompts", problem, "have them written by a native speaker", "falls_back")
        if prompt_file.review == "draft":
            problem, remedy = "no native speaker has reviewed these texts", "have them reviewed, then set 'reviewed'"
            yield warning(name, "review", problem, remedy, "draft")
        spoken = dict.fromkeys(named.prompt for named in prompts_named(script) if named.spoken)
        mute = [prompt for prompt in spoken if prompt in prompt_file.prompts and prompt not in prompt_file.audio]
        if mute and language is not None and language.cloud is None:
            problem = f"no cloud voice speaks this language, and it has no recording of {_listed(mute)}"
            yield warning(name, "audio", problem, "record them", "unvoiced")


def _spoken_in(script: Script) -> tuple[str, ...]:
    """The languages that a caller may hear all of the script in; an officer hears the line's own."""
    return tuple(dict.fromkeys((script.language, *(() if script.for_institutions else script.menu))))


def _listed(prompts: list[str]) -> str:
    """Few by name, many by number."""
    return ", ".join(prompts) if len(prompts) <= 5 else f"{len(prompts)} prompts"


def _texts(script: Script, prompts: Prompts, recordings: Container[str] | None) -> Iterator[Fault]:
    """`{key}` where it belongs and nowhere else; names for * and #; recordings that exist."""
    key_line = dict(ADULT_PROMPTS) | {named.prompt: named.key_line for named in prompts_named(script)}
    for code in _spoken_in(script):
        prompt_file = prompts.files.get(code)
        if prompt_file is None:
            continue
        name = prompt_file_name(code)
        for prompt, text in prompt_file.prompts.items():
            if prompt not in key_line:
                continue
            plain = text.replace("{key}", "")
            if key_line[prompt] != (plain != text) or "{" in plain or "}" in plain:
                problem = "its key is not in the text" if key_line[prompt] else "a brace in a text that names no key"
                yield error(name, prompt, problem, "write {key} for the key, in key lines only", "placeholder")
        unnamed = [key for key in _signs(script) if key not in prompt_file.keys]
        sign_said = (script.keys.cannot_speak or script.keys.again).say
        if unnamed and prompts.has(sign_said, code):
            problem = f"no word for the key {' and '.join(unnamed)}"
            yield warning(name, "keys", problem, "say how the key is called in this language", "key_name")
        for prompt, audio in prompt_file.audio.items():
            yield from _recorded(name, prompt, audio, key_line.get(prompt, False), script, recordings)


def _signs(script: Script) -> list[str]:
    keys = script.keys
    pressed = {key.press for key in (keys.danger, keys.cannot_speak, keys.again) if key is not None}
    return [key for key in "*#" if key in pressed]


def _recorded(
    file: str, prompt: str, audio: str, key_line: bool, script: Script, recordings: Container[str] | None
) -> Iterator[Fault]:
    if key_line != ("{key}" in audio):
        problem = "one recording for all keys" if key_line else "{key} in the file name of a text that names no key"
        yield error(file, f"audio.{prompt}", problem, "write {key} in the names of key lines only", "placeholder")
    elif prompt in unlimited(script):
        problem = "it names a number, which no recording can foresee"
        yield error(file, f"audio.{prompt}", problem, "take the line out: a cloud voice says it", "no_recording")
    elif recordings is not None:
        keys = _keys_said(script, prompt) if key_line else [""]
        missing = [name for key in keys if (name := audio_of_key(audio, key)) not in recordings]
        if missing:
            problem = f"there is no recording {', '.join(missing)}"
            yield error(file, f"audio.{prompt}", problem, "add the file, or take the line out", "no_recording")


def _keys_said(script: Script, prompt: str) -> list[str]:
    """The keys with which a key line is said."""
    menus = [node for node in script.node.values() if isinstance(node, LanguageMenu | InterpreterMenu)]
    if any(prompt in (node.line, getattr(node, "endonym", None)) for node in menus):
        return list(KEYS_OF_A_MENU + MORE_LANGUAGES)
    if any(prompt in (node.first, getattr(node, "more", None)) for node in menus):
        return [MORE_LANGUAGES]
    said = [press for press in ALL_KEYS if Say(prompt, "", press) in _own_lines(script)]
    return said or ["1"]


def _own_lines(script: Script) -> set[Say]:
    keys = script.keys
    found = {Say(key.say, "", key.press) for key in (keys.danger, keys.cannot_speak, keys.again) if key is not None}
    found |= {Say(choice.say, "", key) for key, choice in script.card.keys.items()}
    for node in script.node.values():
        if isinstance(node, Menu | Callback):
            found |= {Say(choice.say, "", key) for key, choice in node.keys.items()}
        elif isinstance(node, Record):
            found.add(Say(node.finish_say, "", node.finish))
        elif isinstance(node, Wait):
            if node.wish:
                found |= {Say(key.say, "", key.press) for key in (node.wish.woman, node.wish.man)}
            if node.other_language:
                found.add(Say(node.other_language.say, "", node.other_language.press))
        found |= office_lines(node)
    return found
