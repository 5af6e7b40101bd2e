"""The text script's machine: (session, input) to (session, what is written, what is decided).

Pure and total: no input raises. Every text of a child's is a message to a person too, whatever it means
here. The language is taken from what the child chose, else from its letters and words where these are
certain, else from what the number chose before, else it is asked for; who makes no choice goes to a
person as it is. Before that nothing that is written tells of a child or a helpline.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from ivr_scripts.choice import chosen, means, named, pressed
from ivr_scripts.conversation import Danger, LanguageChosen, LanguageUnknown, NamedLanguage, Queue, Say
from ivr_scripts.guess import guess
from ivr_scripts.stop_words import stop_word
from ivr_scripts.text_session import (
    Attached,
    Chosen,
    How,
    NoChoice,
    Reply,
    SafeAsked,
    SafeSaid,
    TextDecision,
    TextInput,
    TextScript,
    TextSession,
    TextStep,
    Waited,
    Wrote,
    text_script,
)

__all__ = [
    "Attached",
    "Chosen",
    "Danger",
    "LanguageChosen",
    "LanguageUnknown",
    "NamedLanguage",
    "NoChoice",
    "Queue",
    "Reply",
    "SafeAsked",
    "SafeSaid",
    "Say",
    "TextDecision",
    "TextInput",
    "TextScript",
    "TextSession",
    "TextStep",
    "Waited",
    "Wrote",
    "advance_text",
    "begin_text",
    "stop_word",
    "text_script",
]
FEW = 3
"""Languages of a menu beside which the word for danger is written in each."""

Lines = tuple[Say, ...]


def begin_text(script: TextScript, given: Wrote | Chosen) -> TextStep:
    """A conversation begins."""
    return advance_text(script, TextSession(script.name), given)


def advance_text(script: TextScript, session: TextSession, given: TextInput) -> TextStep:
    """Something happened in a conversation. The step grows by one, whatever it was."""
    session = replace(session, step=session.step + 1)
    match given:
        case Wrote():
            return _wrote(script, replace(session, open=given.open), given)
        case Chosen():
            return _on_page(script, replace(session, open=given.open, page=True), given.language)
        case NoChoice():
            session, decisions = _to_a_person(session) if session.language is None else (session, ())
            return TextStep(session, (), decisions)
        case Waited():
            return _waited(script, session)
        case SafeAsked():
            return TextStep(replace(session, safe="asked"), _one(_safe_question(script, session)))
        case Attached():
            return _with_media(script, TextStep(_attached(session)))
        case NamedLanguage():
            return TextStep(replace(session, language=given.language, how="chosen", offered=()))


def _wrote(script: TextScript, session: TextSession, given: Wrote) -> TextStep:
    if stop_word(given.body):
        return TextStep(session)  # who asks for silence gets it, even in answer to a question of ours
    if given.media > 0:
        session = _attached(session)
    return _with_media(script, _meant(script, session, given))


def _meant(script: TextScript, session: TextSession, given: Wrote) -> TextStep:
    """What a text means in the script; most are messages, and mean nothing here."""
    key = pressed(given.body)
    if key == script.danger:
        return _danger(script, session, given.remembered)
    if session.safe != "unasked":
        return _safe_answer(script, session, given.body)
    if session.language is None:
        return _without_language(script, session, given)
    if key == script.texts.another.press:
        return _ask(script, session, script.menu)
    if session.offered:
        language = chosen(given.body, script.numbers(session.offered), script.names, script.languages)
    else:
        language = named(given.body, script.names)
    if language is not None and language != session.language:
        return _settled(script, session, language, "chosen")
    return TextStep(replace(session, offered=()))


def _without_language(script: TextScript, session: TextSession, given: Wrote) -> TextStep:
    offered = script.numbers(session.offered)
    if offered:
        language = chosen(given.body, offered, script.names, script.languages)
    else:
        language = named(given.body, script.names)
    if language is not None:
        return _settled(script, session, language, "chosen")
    guessed = guess(given.body, script.languages, script.words)
    if guessed.language is not None:
        return _settled(script, session, guessed.language, "guessed")
    if session.unknown:
        return TextStep(session)
    if not offered:
        remembered = given.remembered
        if remembered is not None and _may_be(script, remembered, guessed.among):
            return _settled(script, session, remembered, "remembered")
        return _ask(script, session, guessed.among or script.menu)
    if not any(map(str.isalnum, given.body)):
        return TextStep(session)  # a picture alone, or a row of signs, is no answer
    return _ask(script, session, session.offered)


def _may_be(script: TextScript, remembered: str, among: tuple[str, ...] = ()) -> bool:
    """Whether what the number chose before fits what its text shows."""
    return remembered in script.languages and (not among or remembered in among)


def _ask(script: TextScript, session: TextSession, offered: tuple[str, ...]) -> TextStep:
    """Ask for the language, as often as the script allows; then a person does."""
    if session.language is None and (session.tries >= script.texts.tries or not offered):
        session, decisions = _to_a_person(session)
        return TextStep(session, _one(_lines(script, session, script.texts.unknown)), decisions)
    session = replace(session, offered=offered, tries=session.tries + 1)
    return TextStep(session, _one(_languages(script, offered)))


def _settled(script: TextScript, session: TextSession, language: str, how: How) -> TextStep:
    """The language is known: the first message in it."""
    new: tuple[TextDecision, ...] = () if session.language == language else (LanguageChosen(language),)
    session = replace(session, language=language, how=how, offered=(), tries=0)
    session, queued = _to_a_person(session)
    return TextStep(session, _one(_welcome(script, session)), new + queued)


def _on_page(script: TextScript, session: TextSession, language: str | None) -> TextStep:
    if language is not None and language in script.languages:
        return _settled(script, session, language, "chosen")
    session, decisions = _to_a_person(session)
    return TextStep(session, _one(_welcome(script, session)), decisions)


def _danger(script: TextScript, session: TextSession, remembered: str | None) -> TextStep:
    """At once to a person, with or without a language; then the language is still asked for."""
    new: tuple[TextDecision, ...] = () if session.danger else (Danger(),)
    first = not session.queued
    session = replace(session, danger=True)
    if first and session.language is None and not session.offered and remembered and _may_be(script, remembered):
        step = _settled(script, session, remembered, "remembered")
        return replace(step, decisions=new + step.decisions)
    session, queued = _to_a_person(session)
    if session.language is not None and first:
        return TextStep(session, _one(_welcome(script, session)), new + queued)
    replies = _one(_lines(script, session, script.texts.danger.heard))
    if session.language is None and not session.offered and not session.page and script.menu:
        session = replace(session, offered=script.menu, tries=session.tries + 1)
        replies += _one(_languages(script, script.menu))
    return TextStep(session, replies, new + queued)


def _to_a_person(session: TextSession) -> tuple[TextSession, tuple[TextDecision, ...]]:
    """To the floor, if not there already; that the language is unknown is said before, and once."""
    decisions: tuple[TextDecision, ...] = ()
    if session.language is None and not session.unknown:
        session, decisions = replace(session, unknown=True), (LanguageUnknown(),)
    if not session.queued:
        session, decisions = replace(session, queued=True), (*decisions, Queue())
    return session, decisions


def _waited(script: TextScript, session: TextSession) -> TextStep:
    """Said once; and out of hours only to a child in danger, as any other was told already."""
    if session.waited or not session.queued or not (session.open or session.danger):
        return TextStep(session)
    return TextStep(replace(session, waited=True), _one(_lines(script, session, script.texts.long)))


def _safe_answer(script: TextScript, session: TextSession, body: str) -> TextStep:
    """Yes or no; anything else is a message, after which it is asked once more."""
    safe, key = script.texts.safe, pressed(body)
    spoken = (session.language or script.language, script.language)
    answers: tuple[tuple[Literal["yes", "no"], str], ...] = (("yes", safe.yes.press), ("no", safe.no.press))
    for answer, press in answers:
        if key == press or any(means(body, script.words.answers(code, answer)) for code in spoken):
            return TextStep(replace(session, safe="unasked"), (), (SafeSaid(answer == "yes"),))
    if session.safe == "again":
        return TextStep(session)
    return TextStep(replace(session, safe="again"), _one(_safe_question(script, session)))


def _attached(session: TextSession) -> TextSession:
    return replace(session, media="due") if session.media == "none" else session


def _with_media(script: TextScript, step: TextStep) -> TextStep:
    """Say once that attachments are not taken, as soon as there is a language in which to say it."""
    language = step.session.language or (script.language if step.session.unknown else None)
    if step.session.media != "due" or language is None:
        return step
    said = tuple(Say(prompt, language) for prompt in script.texts.no_media)
    return replace(step, session=replace(step.session, media="told"), replies=step.replies + _one(said))


# What is written.


def _one(lines: Lines) -> tuple[Reply, ...]:
    return (Reply(lines),) if lines else ()


def _lines(script: TextScript, session: TextSession, prompts: tuple[str, ...]) -> Lines:
    return tuple(Say(prompt, session.language or script.language) for prompt in prompts)


def _key(script: TextScript, session: TextSession, prompt: str, key: str) -> Say:
    return Say(prompt, session.language or script.language, key)


def _welcome(script: TextScript, session: TextSession) -> Lines:
    """The limits of confidentiality, what happens now, and the keys that work until a person is there."""
    texts = script.texts
    limits = _lines(script, session, texts.limits)
    if session.danger:
        said = _lines(script, session, texts.danger.heard) + limits
    else:
        said = limits + _lines(script, session, texts.coming if session.open else texts.closed)
    if session.page:
        return said
    if not session.danger:
        said += (_key(script, session, texts.danger.say, script.danger),)
    if session.how != "chosen":
        said += (_key(script, session, texts.another.say, texts.another.press),)
    return said


def _languages(script: TextScript, offered: tuple[str, ...]) -> Lines:
    """Each language in itself by its number, then the key for danger in a word that betrays nothing.

    Where a few are offered the word is written in each of them; a long menu has it in the line's own.
    """
    texts = script.texts
    said = tuple(Say(prompt, script.language) for prompt in texts.ask)
    said += tuple(Say(texts.line, language, str(number)) for number, language in script.numbers(offered).items())
    urgent = offered if len(offered) <= FEW else (script.language,)
    return said + tuple(Say(texts.danger.urgent, language, script.danger) for language in urgent)


def _safe_question(script: TextScript, session: TextSession) -> Lines:
    safe = script.texts.safe
    keys = ((safe.yes.say, safe.yes.press), (safe.no.say, safe.no.press), (script.texts.danger.urgent, script.danger))
    said = _lines(script, session, safe.say)
    return said + tuple(_key(script, session, prompt, key) for prompt, key in keys)
