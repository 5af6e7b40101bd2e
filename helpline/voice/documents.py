"""Answers to legs, made from script steps; and their plain form, in which an effect keeps one until it is sent."""

from dataclasses import asdict
from typing import Any

from helpline.store.contacts import Contact
from helpline.store.legs import Leg
from ivr_scripts.machine import HangUp, Listen, Record, Rejoin, Say, Step
from ivr_scripts.schema import Script
from webhooks.answers import Answer, Join, Stay, Then

_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in (HangUp, Join, Listen, Record, Stay)}


def room_name(contact: Contact) -> str:
    """A conference's name carries the contact and a generation, so that nobody meets in a room that was left."""
    return f"{contact.id}-{contact.generation}"


def join(contact: Contact, leg: Leg, waiting: tuple[Say, ...], heard_by: str | None = None) -> Join:
    return Join(room_name(contact), leg.id, leg.role == "child", waiting, heard_by)


def child_answer(contact: Contact, leg: Leg, step: Step, script: Script) -> Answer:
    """What the script's step means for this leg. Alone in the room, it hears that someone is coming."""
    then: Then
    if isinstance(step.then, Rejoin):
        then = join(contact, leg, (Say(script.refuge.coming[0], step.session.language or script.language),))
    else:
        then = step.then
    return Answer(leg.id, step.session.step, step.say, then)


def to_plain(answer: Answer) -> dict[str, Any]:
    """Plain values for JSON: prompts, keys and references, nothing personal."""
    then = {"kind": type(answer.then).__name__, **asdict(answer.then)}
    return {"leg": answer.leg_id, "step": answer.step, "say": [asdict(say) for say in answer.say], "then": then}


def from_plain(plain: dict[str, Any]) -> Answer:
    """The answer that `to_plain` wrote."""
    then = dict(plain["then"])
    kind = _KINDS[then.pop("kind")]
    if "waiting" in then:
        then["waiting"] = tuple(Say(**say) for say in then["waiting"])
    return Answer(plain["leg"], plain["step"], tuple(Say(**say) for say in plain["say"]), kind(**then))
