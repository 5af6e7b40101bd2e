"""Reads TwiML as strictly as Twilio's schema: an unknown verb, attribute or value is an error. Pure.

Only the verbs that the helpline uses are known. Codes are Twilio's; 12200 is its schema error, and 12100 a
document that is not XML.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from helpline.practice import twiml
from helpline.practice.attributes import (
    CALL_EVENTS,
    ROOM_EVENTS,
    attributes,
    call_sid,
    client_name,
    events,
    finish_keys,
    http_method,
    label,
    one_of,
    only_text,
    phone_number,
    refuse_text,
    sip_address,
    web_address,
    web_address_or_nothing,
    whole,
    yes_or_no,
)
from helpline.practice.twiml import Callback, TwimlError
from helpline.practice.voices import UnknownVoiceError, spoken_language

MAX_BYTES = 64 * 1024
"""A larger document is refused (11750)."""
WAIT_VERBS = frozenset({"Say", "Play", "Pause", "Redirect"})
"""All that a document for waiting, holding or announcing may hold (13238)."""

_SSML = frozenset({"break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"})


def parse(text: str, url: str | None, *, waiting: bool = False) -> twiml.Document:
    """Read a document. `waiting` allows only what may play while somebody waits. Raises TwimlError."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise TwimlError(11750, "The document is larger than 64 KB")
    try:
        root = fromstring(text.strip(), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as problem:
        raise TwimlError(12100, "The document is not well-formed XML") from problem
    if root.tag != "Response":
        raise TwimlError(12102, "The document does not begin with Response")
    attributes(root, {})
    refuse_text(root)
    if waiting and any(child.tag not in WAIT_VERBS for child in root):
        raise TwimlError(
            13238,
            "Conference: only Say, Play, Pause and Redirect may play to those who wait",
        )
    return twiml.Document(tuple(_verb(child) for child in root), url)


def _verb(element: Element) -> twiml.Verb:
    read = _VERBS.get(str(element.tag))
    if read is None:
        raise TwimlError(12200, f"Unknown verb {element.tag}")
    return read(element)


# Verbs


def _say(element: Element) -> twiml.Say:
    fields = attributes(
        element,
        {
            "voice": (str, None),
            "language": (str, None),
            "loop": (whole(0, 1000, 13510), 1),
        },
    )
    if any(inner.tag not in _SSML for inner in element.iter() if inner is not element):
        raise TwimlError(13520, "Say: unknown speech mark-up")
    text = " ".join("".join(element.itertext()).split())
    if not text or len(text) > 4096:
        raise TwimlError(13520, "Say: the text is empty or longer than 4096 characters")
    try:
        language = spoken_language(fields["voice"], fields["language"])
    except UnknownVoiceError as problem:
        raise TwimlError(problem.code, str(problem)) from problem
    return twiml.Say(text, language, fields["voice"], fields["loop"])


def _play(element: Element) -> twiml.Play:
    fields = attributes(element, {"loop": (whole(0, 1000, 13410), 1)})
    return twiml.Play(web_address(only_text(element)), fields["loop"])


def _pause(element: Element) -> twiml.Pause:
    fields = attributes(element, {"length": (whole(0, 3600, 13710), 1)})
    if only_text(element):
        raise TwimlError(12200, "Pause may not hold text")
    return twiml.Pause(fields["length"])


def _gather(element: Element) -> twiml.Gather:
    fields = attributes(
        element,
        {
            # Speech is the real carrier's, and is not practised here.
            "input": (one_of("dtmf"), "dtmf"),
            "action": (web_address, None),
            "method": (http_method, "POST"),
            "timeout": (whole(1, 3600, 13313), 5),
            "numDigits": (whole(1, 1000, 13314), None),
            "finishOnKey": (finish_keys(13310), "#"),
            "actionOnEmptyResult": (yes_or_no, False),
        },
    )
    refuse_text(element)
    prompts: list[twiml.Prompt] = []
    for child in element:
        prompt = _verb(child) if child.tag in ("Say", "Play", "Pause") else None
        if not isinstance(prompt, twiml.Say | twiml.Play | twiml.Pause):
            raise TwimlError(12200, f"Gather may not hold {child.tag}")
        prompts.append(prompt)
    return twiml.Gather(
        tuple(prompts),
        fields["action"],
        fields["method"],
        fields["timeout"],
        fields["numDigits"],
        fields["finishOnKey"],
        fields["actionOnEmptyResult"],
    )


def _redirect(element: Element) -> twiml.Redirect:
    fields = attributes(element, {"method": (http_method, "POST")})
    return twiml.Redirect(web_address_or_nothing(only_text(element)), fields["method"])


def _hangup(element: Element) -> twiml.Hangup:
    attributes(element, {})
    if only_text(element):
        raise TwimlError(12200, "Hangup may not hold text")
    return twiml.Hangup()


def _reject(element: Element) -> twiml.Reject:
    fields = attributes(element, {"reason": (one_of("rejected", "busy"), "rejected")})
    if only_text(element):
        raise TwimlError(12200, "Reject may not hold text")
    return twiml.Reject(fields["reason"])


def _record(element: Element) -> twiml.Record:
    fields = attributes(
        element,
        {
            "action": (web_address, None),
            "method": (http_method, "POST"),
            "timeout": (whole(0, 3600, 13610), 5),
            "maxLength": (whole(1, 14400, 13612), 3600),
            "finishOnKey": (finish_keys(13613), "1234567890*#"),
            "playBeep": (yes_or_no, True),
            "trim": (one_of("trim-silence", "do-not-trim"), "trim-silence"),
            "recordingStatusCallback": (web_address, None),
            "recordingStatusCallbackMethod": (http_method, "POST"),
            "recordingStatusCallbackEvent": (
                events(frozenset({"in-progress", "completed", "absent"})),
                frozenset({"completed"}),
            ),
        },
    )
    if only_text(element):
        raise TwimlError(12200, "Record may not hold text")
    return twiml.Record(
        fields["action"],
        fields["method"],
        fields["timeout"],
        fields["maxLength"],
        fields["finishOnKey"],
        fields["playBeep"],
        _callback(fields, "recordingStatusCallback"),
    )


def _callback(fields: Mapping[str, Any], name: str) -> Callback | None:
    url = fields[name]
    return Callback(url, fields[f"{name}Method"], fields[f"{name}Event"]) if url else None


def _dial(element: Element) -> twiml.Dial:
    fields = attributes(
        element,
        {
            "action": (web_address, None),
            "method": (http_method, "POST"),
            "timeout": (whole(1, 600, 13212), 30),
            "timeLimit": (whole(1, 86400, 13216), 14400),
            "callerId": (str, None),
            "answerOnBridge": (yes_or_no, False),
            "hangupOnStar": (yes_or_no, False),
        },
    )
    room: twiml.Conference | None = None
    callees: list[twiml.Callee] = []
    for child in element:
        if child.tag == "Conference" and len(element) == 1:
            room = _conference(child)
        elif child.tag in _CALLEES:
            callees.append(_callee(child))
        else:
            raise TwimlError(12200, f"Dial may not hold {child.tag} here")
    if len(element):
        refuse_text(element)
    else:
        callees.append(twiml.Callee(_CALLEES["Number"]((element.text or "").strip())))
    return twiml.Dial(
        tuple(callees),
        room,
        fields["action"],
        fields["method"],
        fields["timeout"],
        fields["timeLimit"],
        fields["callerId"],
        fields["answerOnBridge"],
        fields["hangupOnStar"],
    )


_CALLEES: dict[str, Callable[[str], str]] = {
    "Number": phone_number,
    "Sip": sip_address,
    "Client": client_name,
}


def _callee(element: Element) -> twiml.Callee:
    fields = attributes(
        element,
        {
            "url": (web_address, None),
            "method": (http_method, "POST"),
            "statusCallback": (web_address, None),
            "statusCallbackMethod": (http_method, "POST"),
            "statusCallbackEvent": (events(CALL_EVENTS), frozenset({"completed"})),
        },
    )
    called = _CALLEES[str(element.tag)](only_text(element))
    return twiml.Callee(called, fields["url"], fields["method"], _callback(fields, "statusCallback"))


def _conference(element: Element) -> twiml.Conference:
    fields = attributes(
        element,
        {
            "startConferenceOnEnter": (yes_or_no, True),
            "endConferenceOnExit": (yes_or_no, False),
            "waitUrl": (web_address_or_nothing, None),
            "waitMethod": (http_method, "POST"),
            "statusCallback": (web_address, None),
            "statusCallbackMethod": (http_method, "POST"),
            "statusCallbackEvent": (events(ROOM_EVENTS), frozenset()),
            "participantLabel": (lambda text: label(text, 16023), None),
            "beep": (one_of("true", "false", "onEnter", "onExit"), "true"),
            "muted": (yes_or_no, False),
            "maxParticipants": (whole(1, 250, 13230), 250),
            "coach": (call_sid, None),
            # Recording a child is off: anything but this is refused.
            "record": (one_of("do-not-record"), "do-not-record"),
        },
    )
    name = only_text(element)
    if not name or len(name) > 128:
        raise TwimlError(13230, "Conference: the name is empty or longer than 128 characters")
    return twiml.Conference(
        name,
        fields["startConferenceOnEnter"],
        fields["endConferenceOnExit"],
        fields["waitUrl"],
        fields["waitMethod"],
        _callback(fields, "statusCallback"),
        fields["participantLabel"],
        fields["beep"],
        fields["muted"],
        fields["maxParticipants"],
        fields["coach"],
    )


_VERBS: dict[str, Callable[[Element], twiml.Verb]] = {
    "Say": _say,
    "Play": _play,
    "Pause": _pause,
    "Gather": _gather,
    "Redirect": _redirect,
    "Hangup": _hangup,
    "Reject": _reject,
    "Record": _record,
    "Dial": _dial,
}
