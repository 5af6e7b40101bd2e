"""The script machine: (session, input) to (session, what is said, what is done, what is decided).

Pure and total: no input from outside raises, whatever its keys. A key that fits nothing is a wrong key;
silence or a wrong key `tries` times leads on, never to a hang-up; every gap in a script leads to the
loop in which a person is waited for.
"""

from __future__ import annotations

from dataclasses import replace

from ivr_scripts import office
from ivr_scripts.conversation import (
    Answered,
    Arrived,
    CallbackAsked,
    CannotSpeak,
    ChildHere,
    Danger,
    Decision,
    Digits,
    DutyAsked,
    DutyIs,
    HangUp,
    Identified,
    Identify,
    Input,
    InterpreterWanted,
    Joined,
    LanguageChosen,
    LanguageUnknown,
    LimitsTold,
    Listen,
    MessageLeft,
    NamedLanguage,
    OfficerCallAsked,
    Question,
    Queue,
    Record,
    Recorded,
    Rejoin,
    RequestTold,
    Resumed,
    Say,
    Session,
    Silence,
    Step,
    Then,
    Wish,
)
from ivr_scripts.entering import Decisions, enter, once_more, turned, without_language
from ivr_scripts.schema import (
    MORE_LANGUAGES,
    Callback,
    CallOfficer,
    DutyMenu,
    Goodbye,
    InterpreterMenu,
    LanguageMenu,
    Listening,
    Menu,
    PurposeMenu,
    RequestPart,
    SafetyKey,
    Script,
    Wait,
    Way,
    reached,
)
from ivr_scripts.schema import Identify as IdentifyNode
from ivr_scripts.schema import Record as RecordNode
from ivr_scripts.speech import ask, choices, current, language_keys, levels, lines, speak

__all__ = [
    "Answered",
    "Arrived",
    "CallbackAsked",
    "CannotSpeak",
    "ChildHere",
    "Danger",
    "Decision",
    "Digits",
    "DutyAsked",
    "DutyIs",
    "HangUp",
    "Identified",
    "Identify",
    "Input",
    "InterpreterWanted",
    "Joined",
    "LanguageChosen",
    "LanguageUnknown",
    "LimitsTold",
    "Listen",
    "MessageLeft",
    "NamedLanguage",
    "OfficerCallAsked",
    "Question",
    "Queue",
    "Record",
    "Recorded",
    "Rejoin",
    "RequestTold",
    "Resumed",
    "Say",
    "Session",
    "Silence",
    "Step",
    "Then",
    "Wish",
    "advance",
    "begin",
]

WRONG = ""
"""Keys that fit nothing."""


def begin(script: Script, arrived: Arrived) -> Step:
    """A call comes in. The remembered language moves to the front of the menu and never skips it."""
    menu = arrived.menu or script.menu
    if arrived.remembered in menu:
        menu = (arrived.remembered, *(language for language in menu if language != arrived.remembered))
    session = Session(
        script=script.name,
        node=script.start,
        language=script.language if script.for_institutions else None,
        remembered=arrived.remembered,
        menu=menu,
        step=1,
        open=arrived.open,
        callable=arrived.callable,
        limits="told" if arrived.resumed else "untold",
        children=arrived.children,
    )
    return enter(script, session, script.start)


def advance(script: Script, session: Session, given: Input) -> Step:
    """Something happened in a call that has begun. The step grows by one, whatever it was.

    A session without a menu (a call of ours to a child, which did not begin in the script) gets the script's.
    """
    session = replace(session, step=session.step + 1, menu=session.menu or script.menu)
    match given:
        case Joined():
            return Step(replace(session, joined=True, asking=None, tries=0), (), Rejoin())
        case Resumed():
            return _resumed(script, session, given)
        case Question():
            return _question(script, session, given.id)
        case NamedLanguage():
            return _named(script, replace(session, language=given.language))
        case Arrived():
            return _again(script, session, entering=True)
        case Recorded():
            return _recorded(script, session, given)
        case Identified():
            return office.identified(script, session, given)
        case DutyIs():
            return office.duty_is(script, session, given)
        case Digits():
            return _pressed(script, session, given.keys.strip())
        case Silence():
            return _pressed(script, session, "")


def _pressed(script: Script, session: Session, keys: str) -> Step:
    """Keys, or silence."""
    if office.is_child(script, session, keys):
        return office.child_here(script, session)
    node = current(script, session)
    if isinstance(node, IdentifyNode) and not session.joined and session.asking is None:
        return office.keyed(script, session, node, keys)
    if isinstance(node, RequestPart) and not session.joined and session.asking is None:
        return office.told(script, session, node, keys)
    return _heard(script, session, _key(keys))


def _key(keys: str) -> str | None:
    """The one key that was meant: None for silence, WRONG for a key that no menu has.

    A child in a hurry presses 00 for 0; two different keys are a wrong one.
    """
    pressed = set(keys)
    if not pressed:
        return None
    return pressed.pop() if len(pressed) == 1 else WRONG


def _heard(script: Script, session: Session, key: str | None) -> Step:
    """One key, or silence."""
    keys = script.keys
    if session.asking is not None:
        return _answer(script, session, key)
    node = current(script, session)
    if session.joined:
        return Step(session, (), Rejoin())
    if isinstance(node, Goodbye | CallOfficer):
        return Step(session, (), HangUp())
    if isinstance(node, RecordNode):
        return _recorded(script, session, Recorded(None, 0, key or ""))
    if key == keys.danger.press and not script.for_institutions:
        return _danger(script, session)
    if keys.cannot_speak is not None and key == keys.cannot_speak.press:
        return _cannot_speak(script, session, keys.cannot_speak)
    match node:
        case Wait():
            return _while_waiting(script, session, node, key)
        case LanguageMenu():
            return _language(script, session, node, key)
        case Menu() | Callback():
            return _choice(script, session, node, key)
        case IdentifyNode():
            return office.keyed(script, session, node, key or "")
        case InterpreterMenu():
            return office.language_wanted(script, session, node, key)
        case PurposeMenu():
            return office.purpose(script, session, node, key)
        case RequestPart():
            return office.told(script, session, node, key or "")
        case DutyMenu():
            return office.duty(script, session, node, key)


def _danger(script: Script, session: Session) -> Step:
    new: Decisions = () if session.danger else (Danger(),)
    session = replace(session, danger=True)
    heard = lines(script, session, script.keys.danger.heard)
    if isinstance(current(script, session), Wait) and session.queued:
        return speak(script, session, heard, new, brief=bool(heard))
    return enter(script, session, script.keys.danger.to, heard, new)


def _cannot_speak(script: Script, session: Session, pressed: SafetyKey) -> Step:
    new: Decisions = () if session.cannot_speak else (CannotSpeak(),)
    session = replace(session, cannot_speak=True)
    heard = lines(script, session, pressed.heard)
    node = current(script, session)
    if isinstance(node, Wait):
        return speak(script, session, heard, new, brief=bool(heard))
    way = node.cannot_speak if isinstance(node, Listening) else None
    if way is not None and not _bars(script, session, way):
        return enter(script, session, way, heard, new)
    return speak(script, session, heard, new)


def _bars(script: Script, session: Session, way: Way) -> bool:
    """Whether a way leads to a call-back that a caller without a number cannot have."""
    return not session.callable and isinstance(script.node.get(reached(way, session.open)), Callback)


def _chosen(session: Session, language: str) -> tuple[Session, Decisions]:
    new: Decisions = () if session.language == language else (LanguageChosen(language),)
    return replace(session, language=language, page=0), new


def _language(script: Script, session: Session, node: LanguageMenu, key: str | None) -> Step:
    """A key in the language menu."""
    language = language_keys(session).get(key or WRONG)
    if language is not None:
        session, decisions = _chosen(session, language)
        return enter(script, session, node.chosen, decisions=decisions)
    if key == MORE_LANGUAGES and len(levels(session.menu)) > 1:
        return speak(script, replace(turned(session), tries=0))
    if key == script.keys.again.press:
        return speak(script, replace(session, page=0))
    if session.tries + 1 < node.tries:
        return once_more(script, session, node, key)
    session, decisions = without_language(session)
    return enter(script, session, node.silent if key is None else node.wrong, decisions=decisions)


def _choice(script: Script, session: Session, node: Menu | Callback, key: str | None) -> Step:
    """A key in a menu, or the answer to when it is safe to call."""
    if isinstance(node, Callback):
        if key in node.keys:
            return enter(script, session, node.to, decisions=(CallbackAsked(node.keys[key].when),))
    else:
        way = choices(script, session, node).get(key or WRONG)
        if way is not None:
            return enter(script, session, way)
    if key == script.keys.again.press:
        return speak(script, session)
    if session.tries + 1 < node.tries:
        return once_more(script, session, node, key)
    return enter(script, session, node.silent if key is None else node.wrong)


def _while_waiting(script: Script, session: Session, node: Wait, key: str | None) -> Step:
    """Silence is the next turn; a key is answered, and the loop goes on."""
    if key is None:
        told: Decisions = (LimitsTold(),) if session.limits == "telling" else ()
        session = replace(turned(session), loops=session.loops + 1, limits="told" if told else session.limits)
        return speak(script, session, decisions=told)
    if session.language is None:
        return _language_while_waiting(script, session, key)
    if node.wish:
        for wish, given in ((Wish("woman"), node.wish.woman), (Wish("man"), node.wish.man)):
            if key == given.press:
                new: Decisions = () if session.wish == wish.gender else (wish,)
                session = replace(session, wish=wish.gender)
                heard = lines(script, session, given.heard)
                return speak(script, session, heard, new, brief=bool(heard))
    if node.other_language and key == node.other_language.press:
        return enter(script, session, node.other_language.to)
    if (step := office.instead(script, session, node, key)) is not None:
        return step
    return speak(script, replace(session, loops=session.loops + 1))


def _language_while_waiting(script: Script, session: Session, key: str) -> Step:
    """The keys of the language menu, for a caller who waits without a language."""
    language = language_keys(session).get(key)
    if language is not None:
        session, decisions = _chosen(session, language)
        return enter(script, session, session.node, decisions=decisions)
    if key == MORE_LANGUAGES and len(levels(session.menu)) > 1:
        return speak(script, turned(session))
    return speak(script, replace(session, loops=session.loops + 1, page=0))


def _recorded(script: Script, session: Session, given: Recorded) -> Step:
    """A recording is never lost, wherever it arrives; where none was asked for, the call stays as it is."""
    kept: Decisions = (MessageLeft(given.recording, max(0, given.seconds)),) if given.recording else ()
    node = current(script, session)
    if session.joined or session.asking is not None or not isinstance(node, RecordNode):
        step = _again(script, session)
    elif _key(given.keys.strip()) == script.keys.danger.press:
        step = _danger(script, session)
    elif (unable := script.keys.cannot_speak) is not None and _key(given.keys.strip()) == unable.press:
        step = _cannot_speak_while_recording(script, session, node, unable, bool(kept))
    else:
        step = enter(script, session, node.to if kept else node.empty)
    return replace(step, decisions=kept + step.decisions)


def _cannot_speak_while_recording(
    script: Script, session: Session, node: RecordNode, pressed: SafetyKey, kept: bool
) -> Step:
    new: Decisions = () if session.cannot_speak else (CannotSpeak(),)
    session = replace(session, cannot_speak=True)
    heard = lines(script, session, pressed.heard)
    return enter(script, session, node.to if kept else node.empty, heard, new)


def _again(script: Script, session: Session, *, entering: bool = False) -> Step:
    """The call as it stands, said once more."""
    if session.asking is not None:
        return ask(script, session)
    if session.joined:
        return Step(session, (), Rejoin())
    if isinstance(current(script, session), Goodbye | CallOfficer):
        return Step(session, (), HangUp())
    return speak(script, session, entering=entering)


def _resumed(script: Script, session: Session, given: Resumed) -> Step:
    """Back to the loop, with its keys; the service keeps the first arrival time."""
    refuge = script.refuge
    said = {"lost": refuge.back, "passed_on": refuge.passed_on, "two_coming": refuge.two_coming}[given.why]
    session = replace(session, joined=False, asking=None)
    return enter(script, session, script.keys.danger.to, lines(script, session, said))


def _named(script: Script, session: Session) -> Step:
    """A language named by a counsellor is no choice of the caller's: nothing is decided here."""
    if session.asking is not None or session.joined or not session.queued:
        return _again(script, session)
    return enter(script, session, script.keys.danger.to)


def _question(script: Script, session: Session, question: str) -> Step:
    """Ask one question of the card; one that the card has not is unanswered at once."""
    session = replace(session, joined=True, tries=0)
    if question not in script.card.questions:
        return Step(replace(session, asking=None), (), Rejoin(), (Answered(question, None),))
    return ask(script, replace(session, asking=question), lines(script, session, script.card.intro))


def _answer(script: Script, session: Session, key: str | None) -> Step:
    """The answer by key; the keys for danger and for hearing again work here too."""
    question, keys, card = session.asking or "", script.keys, script.card
    done = replace(session, asking=None, tries=0)
    if key in card.keys:
        return Step(done, (), Rejoin(), (Answered(question, card.keys[key].answer),))
    if key == keys.danger.press:
        new: Decisions = () if session.danger else (Danger(),)
        said = lines(script, session, keys.danger.heard)
        return Step(replace(done, danger=True), said, Rejoin(), (*new, Answered(question, None)))
    if key == keys.again.press:
        return ask(script, session)
    if keys.cannot_speak is not None and key == keys.cannot_speak.press:
        unable: Decisions = () if session.cannot_speak else (CannotSpeak(),)
        return ask(script, replace(session, cannot_speak=True), decisions=unable)
    if session.tries + 1 < card.tries:
        return ask(script, replace(session, tries=session.tries + 1))
    return Step(done, (), Rejoin(), (Answered(question, None),))
