"""Takes a conversation on in its text script: where the child is, what was decided, what the line writes."""

import json
from dataclasses import replace
from typing import Any

from helpline.clock import MINUTE, SECOND
from helpline.contacts import moves
from helpline.contacts.lifecycle import State
from helpline.house import House
from helpline.store import audit, blocks, callers, deadlines, threads
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from helpline.threads import outgoing
from ivr_scripts import texting
from ivr_scripts.texting import TextScript, TextSession, TextStep

CHOICE_WITHIN = 2 * MINUTE
"""Without a language by then, the contact goes to the floor as language unknown."""


def go_on(tx: Tx, house: House, contact: Contact, given: texting.TextInput) -> Contact:
    """Something happened to a conversation; gives the contact as it is then."""
    thread = threads.get(tx, contact.id)
    script = house.text_scripts[contact.line]
    session = TextSession(script.name, danger=contact.danger)
    if thread.session_json is not None:
        session = TextSession.from_json(json.loads(thread.session_json))
    elif isinstance(given, texting.Wrote):
        deadlines.add(tx, "text_choice", contact.id, tx.now + CHOICE_WITHIN)
    step = texting.advance_text(script, session, given)
    if (contact.danger or contact.moved_up) and not step.session.queued:
        step = _at_once(script, step)
    threads.change(tx, contact.id, session_json=json.dumps(step.session.to_json()))
    contact = _decided(tx, house, contact, step)
    for reply in step.replies:
        outgoing.line_says(tx, house, contact, reply.say)
    return contact


def _at_once(script: TextScript, step: TextStep) -> TextStep:
    """A child who was in danger before, or whose words say so, is not kept by the question for a language."""
    gone_on = texting.advance_text(script, step.session, texting.NoChoice())
    return replace(gone_on, replies=step.replies, decisions=step.decisions + gone_on.decisions)


def _decided(tx: Tx, house: House, contact: Contact, step: TextStep) -> Contact:
    values: dict[str, Any] = {}
    for decision in step.decisions:
        match decision:
            case texting.LanguageChosen(language):
                values |= {"language": language, "language_known_at": contact.language_known_at or tx.now}
                if contact.caller_hash is not None:
                    callers.remember(tx, contact.caller_hash, language)
            case texting.Danger():
                values["danger"] = True
                audit.add(tx, "child", "danger_key", contact.id)
            case texting.SafeSaid(yes):
                _safe_said(tx, house, contact, yes)
            case _:
                pass
    if _may_queue(tx, contact, step, danger=contact.danger or "danger" in values):
        contact = moves.queue(tx, house, contact, **values)
        deadlines.add(tx, "text_waits", contact.id, tx.now + house.line(contact.line).long_wait_s * SECOND)
    elif values:
        contact = moves.touch(tx, contact, **values)
        if values.get("danger"):
            moves.watch_danger(tx, house, contact)
    return contact


def _may_queue(tx: Tx, contact: Contact, step: TextStep, *, danger: bool) -> bool:
    """Whether it goes to the floor now. What a blocked number writes is kept until the block is over, or danger."""
    if contact.state != State.ARRIVING or not step.session.queued:
        return False
    if danger or blocks.blocked_until(tx, contact.line, contact.caller_hash) is None:
        return True
    audit.add(tx, "system", "held_back", contact.id)
    return False


def _safe_said(tx: Tx, house: House, contact: Contact, yes: bool) -> None:
    """Whether it is safe to write now. After a yes what was held goes out. After a no it never does, and nothing else
    either until the child writes of itself: whoever answered may not be the child.
    """
    audit.add(tx, "child", "safe_to_write" if yes else "not_safe_to_write", contact.id)
    if yes:
        threads.change(tx, contact.id, safe_asked_at=None)
    else:
        threads.change(tx, contact.id, safe_asked_at=None, stopped_at=tx.now, owed_since=None)
    for text in threads.held(tx, contact.id):
        if yes:
            outgoing.send(tx, house, contact, text)
        else:
            threads.set_state(tx, text, "failed", "not_safe")
