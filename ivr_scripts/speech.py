"""What is said at a node, and what is done after it. Pure; `machine` decides which node.

A caller is spoken to in the chosen language, before that in the line's own. Whether a prompt exists in
a language is not asked here: `wording` says a missing one in the line's own language.
"""

from __future__ import annotations

from dataclasses import replace

from ivr_scripts.conversation import Decision, HangUp, Listen, Record, Say, Session, Step
from ivr_scripts.office_nodes import WaitKey
from ivr_scripts.schema import (
    KEYS_OF_A_MENU,
    MORE_LANGUAGES,
    Callback,
    CallOfficer,
    DutyMenu,
    Goodbye,
    Identify,
    InterpreterMenu,
    LanguageMenu,
    Menu,
    PurposeMenu,
    RequestPart,
    Script,
    Wait,
    reached,
)
from ivr_scripts.schema import Node as AnyNode
from ivr_scripts.schema import Record as RecordNode

MOST_DIGITS = 12
"""Of a number or a PIN that is keyed in."""

DIGITS_OF = {"girls": 3, "boys": 3, "second_party": 15, "detained": 1}
"""How many are heard of each part of a request."""

ENDS_DIGITS = "#"


def levels(menu: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The menu as it fits on keys: nine on one level, else eight a level and key 9 to the next.

    Never empty: a menu of nothing has one level of nothing.
    """
    if len(menu) <= len(KEYS_OF_A_MENU) + 1:
        return (menu,)
    size = len(KEYS_OF_A_MENU)
    return tuple(menu[start : start + size] for start in range(0, len(menu), size))


def language_keys(session: Session) -> dict[str, str]:
    """The key of each language on the level that the caller hears."""
    level = levels(session.menu)
    here = level[session.page % len(level)]
    return dict(zip(KEYS_OF_A_MENU + MORE_LANGUAGES, here, strict=False))


def choices(script: Script, session: Session, node: Menu) -> dict[str, str]:
    """Where each key of a menu leads, without the keys that this caller cannot use."""
    ways = {key: reached(choice.to, session.open) for key, choice in node.keys.items()}
    calls = (Callback, CallOfficer)
    return {key: to for key, to in ways.items() if session.callable or not isinstance(script.node.get(to), calls)}


def instead_keys(script: Script, session: Session, node: Wait) -> dict[str, WaitKey]:
    """What an officer who waits can do, without what this caller cannot use."""

    def leads(given: WaitKey) -> bool:
        return session.callable or not isinstance(script.node.get(given.to or ""), CallOfficer)

    return {key: given for key, given in node.instead.items() if leads(given)}


def lines(script: Script, session: Session, prompts: tuple[str, ...], key: str | None = None) -> tuple[Say, ...]:
    """Prompts in the caller's language."""
    return tuple(Say(prompt, session.language or script.language, key) for prompt in prompts)


def current(script: Script, session: Session) -> AnyNode:
    """The session's node; where the script no longer has it, the loop in which a person is waited for."""
    return script.node.get(session.node, script.refuge)


def speak(
    script: Script,
    session: Session,
    before: tuple[Say, ...] = (),
    decisions: tuple[Decision, ...] = (),
    *,
    entering: bool = False,
    brief: bool = False,
) -> Step:
    """Say the session's node, after `before`.

    `entering`: a greeting is said. `brief`: a waiting caller hears `before` and nothing else, because a
    key was answered just now.
    """
    node = current(script, session)
    match node:
        case Wait():
            return _wait(script, session, node, before, decisions, brief)
        case LanguageMenu():
            said = lines(script, session, node.say) if entering else ()
            said += _safety(script, session) + _languages(script, session, node)
            return Step(session, before + said, Listen(1, node.timeout_s), decisions)
        case Menu() | Callback():
            return Step(session, before + _menu(script, session, node), Listen(1, node.timeout_s), decisions)
        case RecordNode():
            said = lines(script, session, node.say) + lines(script, session, (node.finish_say,), node.finish)
            keys = script.keys
            said += lines(script, session, (keys.danger.say,), keys.danger.press)
            unable = keys.cannot_speak.press if keys.cannot_speak else ""
            finish = _unique(node.finish + keys.danger.press + unable)
            return Step(session, before + said, Record(node.max_s, node.silence_s, finish), decisions)
        case Goodbye() | CallOfficer():
            said = _for_children(script, session) + lines(script, session, node.say)
            return Step(session, before + said, HangUp(), decisions)
        case Identify():
            said = lines(script, session, node.pin if session.number else node.say)
            said += () if session.number else _safety(script, session)
            return Step(session, before + said, Listen(MOST_DIGITS, node.timeout_s, ENDS_DIGITS), decisions)
        case InterpreterMenu():
            said = lines(script, session, node.say) if entering else ()
            said += _interpreters(script, session, node)
            return Step(session, before + said, Listen(1, node.timeout_s), decisions)
        case PurposeMenu():
            said = lines(script, session, node.say)
            for key, choice in node.keys.items():
                said += lines(script, session, (choice.say,), key)
            return Step(session, before + said, Listen(1, node.timeout_s), decisions)
        case RequestPart():
            said = lines(script, session, node.say)
            for key, answer in node.keys.items():
                said += lines(script, session, (answer.say,), key)
            finish = "" if node.part == "detained" else ENDS_DIGITS
            return Step(session, before + said, Listen(DIGITS_OF[node.part], node.timeout_s, finish), decisions)
        case DutyMenu():
            return Step(session, before + _duty(script, session, node), Listen(1, node.timeout_s), decisions)


def ask(script: Script, session: Session, before: tuple[Say, ...] = (), decisions: tuple[Decision, ...] = ()) -> Step:
    """Say the open question of the card and its keys. `session.asking` must be a question of the card."""
    assert session.asking is not None  # the machine opens a question before it asks
    said = lines(script, session, (session.asking,))
    for key, choice in script.card.keys.items():
        said += lines(script, session, (choice.say,), key)
    return Step(session, before + said, Listen(1, script.card.timeout_s), decisions)


def _wait(
    script: Script, session: Session, node: Wait, before: tuple[Say, ...], decisions: tuple[Decision, ...], brief: bool
) -> Step:
    """One turn of the waiting loop."""
    said = before
    # A key cuts off what is being said: limits that were being told count as untold until silence follows them.
    limits_due = session.language is not None and session.limits != "told" and bool(node.limits) and not brief
    session = replace(session, limits="told" if session.limits == "told" else "telling" if limits_due else "untold")
    if limits_due:
        said += lines(script, session, node.limits)
    if not before:
        since = session.loops - node.long_after
        if node.long and since >= 0 and since % node.long_every == 0:
            said += lines(script, session, node.long)
            for key, given in instead_keys(script, session, node).items():
                said += lines(script, session, (given.say,), key)
        else:
            said += lines(script, session, (node.coming[session.loops % len(node.coming)],))
    if not brief:
        keys_due = session.loops % node.keys_every == 0
        if session.language is None:
            said += _safety(script, session) if keys_due else ()
            menu = script.language_menu()
            said += _languages(script, session, menu) if menu else ()
        elif keys_due:
            said += _waiting_keys(script, session, node)
    return Step(session, said, Listen(1, node.timeout_s), decisions)


def _waiting_keys(script: Script, session: Session, node: Wait) -> tuple[Say, ...]:
    """Key lines of a caller who waits and whose language is known."""
    said = _safety(script, session)
    if node.wish:
        for gender, key in (("woman", node.wish.woman), ("man", node.wish.man)):
            if session.wish != gender:
                said += lines(script, session, (key.say,), key.press)
    if node.other_language:
        said += lines(script, session, (node.other_language.say,), node.other_language.press)
    return said


def _languages(script: Script, session: Session, node: LanguageMenu) -> tuple[Say, ...]:
    """The languages of this level, each in itself, then the key to those that stand behind it."""
    level = levels(session.menu)
    page = session.page % len(level)
    said = tuple(Say(node.line, language, key) for key, language in language_keys(session).items())
    if len(level) == 1:
        return said
    behind = [language for later in level[page + 1 :] for language in later]
    if not behind:
        return (*said, Say(node.first, script.language, MORE_LANGUAGES))
    return said + tuple(Say(node.line, language, MORE_LANGUAGES) for language in behind)


def _interpreters(script: Script, session: Session, node: InterpreterMenu) -> tuple[Say, ...]:
    """The languages of this level, each by name and in itself; then who does not know it yet, and the other levels."""
    said: tuple[Say, ...] = ()
    for key, language in language_keys(session).items():
        said += lines(script, session, (language_name(language),)) + lines(script, session, (node.line,), key)
        said += (Say(node.endonym, language, key, strict=True),)
    said += lines(script, session, (node.unknown.say,), node.unknown.press)
    level = levels(session.menu)
    if len(level) > 1:
        last = session.page % len(level) == len(level) - 1
        said += lines(script, session, (node.first if last else node.more,), MORE_LANGUAGES)
    return said


def language_name(code: str) -> str:
    """The prompt that names a language."""
    return f"language_{code.lower().replace('-', '_')}"


def _duty(script: Script, session: Session, node: DutyMenu) -> tuple[Say, ...]:
    """A worker's duty, and the keys that work now."""
    state = node.state.get(session.duty or "off")
    said = lines(script, session, node.say)
    if state is not None:
        said += lines(script, session, state.say)
        for key, given in state.keys.items():
            said += lines(script, session, (given.say,), key)
    return said


def _for_children(script: Script, session: Session) -> tuple[Say, ...]:
    """The number of the children's line, while a caller of this one may be a child."""
    if script.children_number is None or not session.children or session.who is not None:
        return ()
    return lines(script, session, (script.children_number,), session.children)


def _menu(script: Script, session: Session, node: Menu | Callback) -> tuple[Say, ...]:
    """A menu's text and key lines, then the keys that work everywhere."""
    said = lines(script, session, node.say) + _for_children(script, session)
    offered = choices(script, session, node) if isinstance(node, Menu) else node.keys
    for key, choice in node.keys.items():
        if key in offered:
            said += lines(script, session, (choice.say,), key)
    said += _safety(script, session)
    if script.keys.again.press not in offered:
        said += lines(script, session, (script.keys.again.say,), script.keys.again.press)
    return said


def _safety(script: Script, session: Session) -> tuple[Say, ...]:
    """The lines of the keys for danger and for not being able to speak, until each was pressed."""
    said: tuple[Say, ...] = ()
    if script.for_institutions and (session.who is not None or session.queued):
        return said
    if not session.danger:
        said += lines(script, session, (script.keys.danger.say,), script.keys.danger.press)
    if script.keys.cannot_speak is not None and not session.cannot_speak:
        said += lines(script, session, (script.keys.cannot_speak.say,), script.keys.cannot_speak.press)
    return said


def _unique(keys: str) -> str:
    return "".join(dict.fromkeys(keys))
