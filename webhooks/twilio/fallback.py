"""What a call is answered when we cannot answer it: never an error that the caller could hear. Pure."""

import re
from urllib.parse import parse_qsl, urlencode

from twilio.twiml.voice_response import VoiceResponse

from webhooks.twilio.edge import TwilioEdge

RING_S = 40
HOLD_S = 5
MOST_RETRIES = 60
"""Five minutes of holding, or as many tries of a fallback that does not answer."""

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def fallback(edge: TwilioEdge, target: str, retries: int, number: str, dialled: str) -> str:
    """Dial ``number`` (a phone or ``sip:`` address); with none, hold and ask again.

    ``target`` is the path and query that were asked for. When nobody answers, or after the pause, it is asked again
    with the number of ``retries``, so that a call is taken back as soon as we are there. ``dialled``: what the
    caller dialled; shown as the caller if it is a full number, so that the caller's own number goes to nobody.
    """
    if retries >= MOST_RETRIES:
        return hang_up()
    response = VoiceResponse()
    again = edge.again_url(_counted(target, retries + 1))
    if not number:
        response.pause(length=HOLD_S)
        response.redirect(again, method="POST")
        return str(response.to_xml())
    caller_id = dialled if _E164.fullmatch(dialled) else None
    dial = response.dial(action=again, method="POST", timeout=RING_S, caller_id=caller_id)
    if number.startswith(("sip:", "sips:")):
        dial.sip(number)
    else:
        dial.number(number)
    return str(response.to_xml())


def hang_up() -> str:
    """The end of a call that somebody else has served."""
    response = VoiceResponse()
    response.hangup()
    return str(response.to_xml())


def _counted(target: str, retries: int) -> str:
    path, _, query = target.partition("?")
    kept = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != "again"]
    return f"{path}?{urlencode([*kept, ('again', str(retries))])}"
