"""What officers and workers do by key on a line for institutions. Pure; a part of `machine`.

A PIN passes through here and stays nowhere: it stands in the one decision that has it looked at.
"""

from __future__ import annotations

from dataclasses import replace

from ivr_scripts.conversation import (
    ChildHere,
    DutyAsked,
    DutyIs,
    Identified,
    Identify,
    Listen,
    RequestTold,
    Say,
    Session,
    Step,
)
from ivr_scripts.entering import enter, once_more, turned
from ivr_scripts.office_nodes import MOST_CHILDREN
from ivr_scripts.schema import (
    MORE_LANGUAGES,
    DutyMenu,
    InterpreterMenu,
    PurposeMenu,
    RequestPart,
    Script,
    Wait,
    Way,
)
from ivr_scripts.schema import Identify as IdentifyNode
from ivr_scripts.speech import current, instead_keys, language_keys, levels, lines, speak

LEAST_DIGITS = 3
"""Of a second party's number: fewer are keys that were pressed by mistake."""


def is_child(script: Script, session: Session, keys: str) -> bool:
    """Whether these keys are a child's who has dialled the wrong number; 00 is pressed in a hurry."""
    unknown = script.for_institutions and session.who is None and not session.queued
    return unknown and keys in (script.keys.danger.press, 2 * script.keys.danger.press)


def child_here(script: Script, session: Session) -> Step:
    """Whoever takes the decision up lets the call go on in the line for children; until then it stays here."""
    return speak(script, session, lines(script, session, script.keys.danger.heard), (ChildHere(),))


def keyed(script: Script, session: Session, node: IdentifyNode, keys: str) -> Step:
    """Digits, or silence, where a number or a PIN is asked for."""
    if not keys:
        return _tried(script, session, node, lines(script, session, node.on_silence), node.silent)
    if not keys.isdecimal():
        return _tried(script, session, node, lines(script, session, node.on_wrong), node.wrong)
    if not session.number:
        return speak(script, replace(session, number=keys))
    asked = Identify(node.whose, session.number, keys)
    return Step(replace(session, number=""), (), Listen(1, node.timeout_s), (asked,))


def identified(script: Script, session: Session, given: Identified) -> Step:
    """What came of number and PIN. Where none were asked for, the call stays as it is."""
    node = current(script, session)
    if not isinstance(node, IdentifyNode):
        return speak(script, session)
    if given.outcome == "ok":
        session = replace(
            session, who=given.who, menu=given.menu, callable=given.callable, duty=given.duty, night=given.night
        )
        return enter(script, session, node.known)
    if given.outcome == "not_allowed":
        return enter(script, session, node.not_allowed)
    if given.outcome == "slow_down":
        told = lines(script, session, (node.slow,), str(given.wait_s))
    else:
        told = lines(script, session, node.on_wrong if given.outcome == "not_digits" else node.not_known)
    return _tried(script, session, node, told, node.wrong)


def _tried(script: Script, session: Session, node: IdentifyNode, told: tuple[Say, ...], way: Way | None) -> Step:
    if session.tries + 1 < node.tries:
        return speak(script, replace(session, tries=session.tries + 1), told)
    return enter(script, replace(session, number=""), way, told)


def language_wanted(script: Script, session: Session, node: InterpreterMenu, key: str | None) -> Step:
    """A key in the menu of languages that interpreters speak."""
    wanted = language_keys(session).get(key or "")
    if wanted is not None or key == node.unknown.press:
        return enter(script, replace(session, wanted=wanted or ""), node.chosen)
    if key == MORE_LANGUAGES and len(levels(session.menu)) > 1:
        return speak(script, replace(turned(session), tries=0))
    if key == script.keys.again.press:
        return speak(script, replace(session, page=0))
    if session.tries + 1 < node.tries:
        return once_more(script, session, node, key)
    return enter(script, session, node.silent if key is None else node.wrong)


def purpose(script: Script, session: Session, node: PurposeMenu, key: str | None) -> Step:
    """A key that says what the interpreter is for; an interview in the night may wait for the day."""
    chosen = node.keys.get(key or "")
    if chosen is None:
        if key == script.keys.again.press:
            return speak(script, session)
        if session.tries + 1 < node.tries:
            return once_more(script, session, node, key)
        way = node.silent if key is None else node.wrong
    else:
        session, way = replace(session, purpose=chosen.purpose), node.to
    asks = session.night and session.purpose == "interview" and node.night is not None
    return enter(script, session, node.night if asks else way)


def told(script: Script, session: Session, node: RequestPart, keys: str) -> Step:
    """Something more about the request, or silence, which leaves it out."""
    if not keys.strip("#"):
        return enter(script, session, node.silent)
    answer = _answer(node, keys)
    if answer is None:
        if session.tries + 1 < node.tries:
            return once_more(script, session, node, keys)
        return enter(script, session, node.wrong)
    if node.part in ("girls", "boys"):
        session = replace(session, about=session.about + answer.count)
    return enter(script, session, node.to, lines(script, session, node.heard), (answer,))


def _answer(node: RequestPart, keys: str) -> RequestTold | None:
    if node.part == "detained":
        given = node.keys.get(keys[0]) if len(set(keys)) == 1 else None
        return None if given is None else RequestTold(node.part, int(given.yes))
    if not keys.isdecimal():
        return None
    if node.part == "second_party":
        return RequestTold(node.part, number=keys) if len(keys) >= LEAST_DIGITS else None
    return RequestTold(node.part, int(keys)) if len(keys) < 4 and int(keys) <= MOST_CHILDREN else None


def duty(script: Script, session: Session, node: DutyMenu, key: str | None) -> Step:
    """A key of a worker."""
    state = node.state.get(session.duty or "off")
    if state is not None and session.who is not None and key in state.keys:
        asked = DutyAsked(session.who, state.keys[key].do)
        return Step(session, (), Listen(1, node.timeout_s), (asked,))
    if key == script.keys.again.press:
        return speak(script, session)
    if session.tries + 1 < node.tries:
        return once_more(script, session, node, key)
    return enter(script, session, node.silent if key is None else node.wrong)


def duty_is(script: Script, session: Session, given: DutyIs) -> Step:
    """The state after a key."""
    return speak(script, replace(session, duty=given.duty, tries=0))


def instead(script: Script, session: Session, node: Wait, key: str) -> Step | None:
    """What an officer does who waits; None when the key means nothing here."""
    given = instead_keys(script, session, node).get(key)
    if given is None:
        return None
    heard = lines(script, session, given.heard)
    if given.to is not None:
        return enter(script, session, given.to, heard)
    return speak(script, session, heard, brief=bool(heard))
