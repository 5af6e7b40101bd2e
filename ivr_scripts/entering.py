"""From one node of a script to the next. Pure."""

from __future__ import annotations

from dataclasses import replace

from ivr_scripts.conversation import (
    Decision,
    InterpreterWanted,
    LanguageUnknown,
    OfficerCallAsked,
    Queue,
    Say,
    Session,
    Step,
)
from ivr_scripts.schema import CallOfficer, Listening, RequestPart, Script, Wait, Way, reached
from ivr_scripts.speech import levels, lines, speak

Decisions = tuple[Decision, ...]
Lines = tuple[Say, ...]


def enter(script: Script, session: Session, way: Way | None, before: Lines = (), decisions: Decisions = ()) -> Step:
    """Go to a node and say it. A way that is missing leads to a person."""
    name = reached(way, session.open) if way is not None else script.keys.danger.to
    if name not in script.node:
        name = script.keys.danger.to
    session, node = replace(session, node=name, tries=0, loops=0, page=0), script.node[name]
    if isinstance(node, RequestPart) and node.part == "detained" and not session.about:
        return enter(script, session, node.to, before, decisions)
    waits = isinstance(node, Wait | RequestPart)
    if session.wanted is not None and (waits or isinstance(node, CallOfficer)):
        asked = InterpreterWanted(session.who or "", session.wanted or None, session.purpose)
        session, decisions = replace(session, wanted=None), (*decisions, asked)
    if waits and not session.queued:
        session, unknown = without_language(session)
        session, decisions = replace(session, queued=True), (*decisions, *unknown, Queue())
    if isinstance(node, CallOfficer):
        decisions = (*decisions, OfficerCallAsked(node.when == "day"))
    return speak(script, session, before, decisions, entering=True)


def without_language(session: Session) -> tuple[Session, Decisions]:
    """Go on without a language, if it is so and has not been said before."""
    if session.language is not None or session.unknown:
        return session, ()
    return replace(session, unknown=True), (LanguageUnknown(),)


def turned(session: Session) -> Session:
    """The next level of the language menu; after the last, the first."""
    return replace(session, page=(session.page + 1) % len(levels(session.menu)))


def once_more(script: Script, session: Session, node: Listening, key: str | None) -> Step:
    session = replace(session, tries=session.tries + 1)
    return speak(script, session, lines(script, session, node.on_silence if key is None else node.on_wrong))
