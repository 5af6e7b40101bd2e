"""TwiML is read as strictly as at the real carrier: tables of what passes and of what does not."""

from __future__ import annotations

import pytest

from helpline.practice.grammar import parse
from helpline.practice.twiml import Conference, Dial, Gather, Record, Say, TwimlError


def document(inner: str) -> str:
    return f"<Response>{inner}</Response>"


PASSES = [
    "",
    "<Say>Hello</Say>",
    '<Say voice="Polly.Lea-Neural" language="fr-FR" loop="0">Bonjour</Say>',
    '<Say voice="Google.ar-XA-Wavenet-B">مرحبا</Say>',
    '<Say voice="Google.ar-XA-Chirp3-HD-Aoede">مرحبا</Say>',
    '<Say voice="Polly.Zayd-Neural" language="ar-AE">مرحبا</Say>',
    '<Say voice="Google.am-ET-Wavenet-A" language="am-ET">ሰላም</Say>',
    '<Say language="pt-PT">Olá</Say>',
    '<Say>Wait <break time="1s"/> please</Say>',
    '<Play loop="2">https://helpline.example/wait.wav</Play>',
    (
        '<Gather input="dtmf" numDigits="1" finishOnKey="" timeout="7" action="k" method="POST" '
        'actionOnEmptyResult="true"><Say>Press</Say><Play>a.wav</Play><Pause length="2"/></Gather>'
    ),
    "<Redirect/>",
    '<Redirect method="GET">next</Redirect>',
    '<Record maxLength="120" timeout="5" finishOnKey="#" playBeep="false" trim="do-not-trim"/>',
    "<Dial>+260950000001</Dial>",
    (
        '<Dial timeout="20" callerId="+260116" answerOnBridge="true" hangupOnStar="true">'
        "<Number>+260950000001</Number><Sip>sip:a@b.example</Sip><Client>amina</Client></Dial>"
    ),
    (
        '<Dial action="after"><Conference startConferenceOnEnter="true" endConferenceOnExit="false" waitUrl="" '
        'statusCallback="/c" statusCallbackEvent="start end join leave" participantLabel="child" beep="false" '
        'muted="false" maxParticipants="4" record="do-not-record">room</Conference></Dial>'
    ),
]

FAILS = [
    ("<Sing>la</Sing>", 12200),
    ("<say>Hello</say>", 12200),
    ('<Say tone="warm">Hello</Say>', 12200),
    ('<Say loop="x">Hello</Say>', 13510),
    ("<Say></Say>", 13520),
    ("<Say><b>bold</b></Say>", 13520),
    ('<Say voice="Polly.Nobody">Hello</Say>', 13511),
    ('<Say voice="Polly.Celine-Neural">Bonjour</Say>', 13511),
    ('<Say voice="Google.sw-KE-Standard-A">Habari</Say>', 13511),
    ('<Say voice="Google.am-ET-Neural2-A">ሰላም</Say>', 13511),
    ('<Say voice="Polly.Amy" language="fr-FR">Bonjour</Say>', 13512),
    ('<Say language="sw">Habari</Say>', 13512),
    ('<Say language="so-SO">Salaan</Say>', 13512),
    ('<Say language="am-ET">ሰላም</Say>', 13512),
    ('<Say voice="woman" language="ar">مرحبا</Say>', 13512),
    ("<Play></Play>", 11100),
    ("<Play>javascript:alert(1)</Play>", 11100),
    ('<Pause length="-1"/>', 13710),
    ('<Gather numDigits="0"/>', 13314),
    ('<Gather timeout="auto"/>', 13313),
    ('<Gather finishOnKey="x"/>', 13310),
    ('<Gather input="speech"/>', 12200),
    ("<Gather><Dial>+260950000001</Dial></Gather>", 12200),
    ("<Gather>press</Gather>", 12200),
    ('<Reject reason="later"/>', 12200),
    ('<Record maxLength="0"/>', 13612),
    ("<Dial>116</Dial>", 13224),
    ("<Dial><Number>0950000001</Number></Dial>", 13224),
    ("<Dial><Sip>a@b.example</Sip></Dial>", 13241),
    ("<Dial><Client>a b</Client></Dial>", 13256),
    ("<Dial><Queue>q</Queue></Dial>", 12200),
    ("<Dial><Conference/></Dial>", 13230),
    ('<Dial><Conference record="record-from-start">r</Conference></Dial>', 12200),
    ('<Dial><Conference statusCallbackEvent="begin">r</Conference></Dial>', 12200),
    ('<Dial><Conference participantLabel="a/b">r</Conference></Dial>', 16023),
    ('<Dial><Conference startConferenceOnEnter="yes">r</Conference></Dial>', 12200),
    ("<Enqueue>q</Enqueue>", 12200),
    ("stray words", 12200),
]


@pytest.mark.parametrize("inner", PASSES)
def test_what_the_real_carrier_takes_is_taken(inner: str) -> None:
    parse(document(inner), "http://helpline.example/voice")


@pytest.mark.parametrize(("inner", "code"), FAILS)
def test_what_the_real_carrier_refuses_is_refused_with_its_code(inner: str, code: int) -> None:
    with pytest.raises(TwimlError) as refused:
        parse(document(inner), "http://helpline.example/voice")
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", 12100),
        ("not xml", 12100),
        ("<Response><Say>Hello</Response>", 12100),
        ('<!DOCTYPE r [<!ENTITY a "b">]><Response><Say>&a;</Say></Response>', 12100),
        ("<Reply/>", 12102),
        ('<Response version="1"/>', 12200),
        (f"<Response><!--{'x' * 70_000}--></Response>", 11750),
    ],
)
def test_a_document_that_is_none_is_refused(text: str, code: int) -> None:
    with pytest.raises(TwimlError) as refused:
        parse(text, None)
    assert refused.value.code == code


@pytest.mark.parametrize("verb", ["<Gather/>", "<Dial>+260950000001</Dial>", "<Hangup/>", "<Record/>"])
def test_those_who_wait_in_a_conference_can_only_be_talked_to(verb: str) -> None:
    parse(document("<Say>Soon</Say><Pause/><Redirect/>"), None, waiting=True)
    with pytest.raises(TwimlError) as refused:
        parse(document(f"<Say>Soon</Say>{verb}"), None, waiting=True)
    assert refused.value.code == 13238


def test_what_is_not_said_is_twilios_default() -> None:
    said, gathered, dialled, recorded = parse(
        document("<Say>Hi</Say><Gather/><Dial><Conference>r</Conference></Dial><Record/>"), None
    ).verbs
    assert said == Say("Hi", "en-US", None, 1)
    assert gathered == Gather((), None, "POST", 5, None, "#", False)
    assert dialled == Dial((), Conference("r"), None, "POST", 30)
    assert isinstance(recorded, Record)
    assert (recorded.timeout, recorded.max_length, recorded.finish_on_key) == (5, 3600, "1234567890*#")
