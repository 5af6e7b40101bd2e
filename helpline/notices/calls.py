"""A call to an adult at work: a sentence is read, and a key asked for. No child hears of it, and no contact has it."""

from config.lines import Line
from helpline.errors import Unavailable
from helpline.house import House
from helpline.notices import outcomes
from helpline.store import notices
from helpline.store.db import Tx
from helpline.store.notices import Stored
from ivr_scripts.machine import HangUp, Listen, Say
from webhooks.answers import Answer, Sentence
from webhooks.events import CallState, CallStatus, LegStep

READINGS = 3
LISTEN_S = 8
MOST_SENTENCE = 500
"""Characters: the first reading goes to the carrier with the order to call, which has a bound."""

ENDS = {
    CallState.COMPLETED: "no_key",
    CallState.BUSY: "busy",
    CallState.NO_ANSWER: "no_answer",
    CallState.FAILED: "unreachable",
    CallState.CANCELED: "no_answer",
}
"""Why nobody is known to have heard it, by how the call ended."""


def line_of(house: House, notice: Stored) -> Line:
    """Whose caller id is shown; a line that is no more is as none."""
    lines = house.directory.lines
    return lines.get(notice.line or "") or next(iter(lines.values()))


def reading(house: House, notice: Stored, step: int) -> Answer:
    """The sentence, and the key that acknowledges; without a key it is read twice, and the call ends."""
    words = house.vault.open(notice.body_enc) if notice.body_enc is not None else ""
    sentence = Sentence("notice_waits", notice.language, text=words[:MOST_SENTENCE])
    if notice.ask_key is None:
        return Answer(notice.id, step, (sentence, sentence), HangUp())
    return Answer(notice.id, step, (sentence, Say("notice_key", notice.language, notice.ask_key)), Listen(1, LISTEN_S))


def next_step(tx: Tx, house: House, event: LegStep) -> str:
    """A phone that was called for a notice asks what it hears next; a repeat is answered as the first was.

    Raises `Unavailable` ("leg_unknown") for what is no notice's either.
    """
    notice = notices.find(tx, event.leg_id)
    if notice is None or notice.channel != "voice":
        raise Unavailable("leg_unknown")
    if notice.ask_key is not None and event.keys == notice.ask_key:
        outcomes.answered(tx, house, notice, "key", event.keys)
        answer = Answer(notice.id, event.step + 1, (Say("notice_thanks", notice.language),), HangUp())
    elif event.step < READINGS and not event.over:
        answer = reading(house, notice, event.step + 1)
    else:
        outcomes.failed(tx, house, notice, "no_key")
        answer = Answer(notice.id, event.step + 1, (Say("notice_no_key", notice.language),), HangUp())
    return house.renderer.render(answer)


def status(tx: Tx, house: House, event: CallStatus) -> None:
    """How far a call for a notice has come. What is told of an earlier try that was doubled ends nothing."""
    notice = notices.find(tx, event.leg_id) if event.leg_id is not None else notices.by_carrier(tx, event.call_id)
    if notice is None or notice.channel != "voice" or notice.provider_id not in (None, event.call_id):
        return
    outcomes.sent(tx, notice, event.call_id)
    if event.state.over:
        ended(tx, house, notice, event.state)


def ended(tx: Tx, house: House, notice: Stored, state: CallState) -> None:
    """The call is over. One without a key has been heard by somebody, or by a machine: that is delivered, no more."""
    if notice.ask_key is None and state is CallState.COMPLETED:
        outcomes.delivered(tx, house, notice)
    else:
        outcomes.failed(tx, house, notice, ENDS[state])
