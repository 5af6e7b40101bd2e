"""What a call is told, in Twilio's markup."""

from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from ivr_scripts.languages import CloudVoice, Language, Languages
from ivr_scripts.machine import HangUp, Listen, Record, Say
from ivr_scripts.wording import PromptFile, Prompts
from webhooks.answers import Answer, Join, Stay, Then
from webhooks.twilio.edge import TwilioEdge
from webhooks.twilio.fallback import MOST_RETRIES, fallback, hang_up
from webhooks.twilio.twiml import TwimlRenderer
from webhooks.twilio.voices import PromptVoices

LEG = "01936f2e-0000-7000-8000-000000000001"
HERE = f"https://line.example.org/webhooks/twilio/voice/legs/{LEG}/4"
RETRIES = "#rc=3&rp=ct,rt,5xx"
EDGE = TwilioEdge("AC" + "0" * 32, ("token",), "https://line.example.org")


def language(code: str, iso: str, cloud: CloudVoice | None = None) -> Language:
    return Language(code=code, iso639_3=iso, endonym=code, name=code, direction="ltr", letters="Latn", cloud=cloud)


LANGUAGES = Languages(
    {
        "en": language("en", "eng", CloudVoice(language="en-GB", voice="Polly.Amy-Neural")),
        "so": language("so", "som"),
        "bem": language("bem", "bem"),
    }
)
PROMPTS = Prompts(
    {
        "en": PromptFile(
            language="en", review="reviewed", prompts={"greeting": "Hello & <welcome>", "press": "Press {key}"}
        ),
        "so": PromptFile(
            language="so",
            review="draft",
            prompts={"greeting": "Soo dhawoow", "press": "Riix {key}"},
            audio={"press": "so/press {key}.mp3".replace(" ", "_")},
        ),
    }
)
DEMONSTRATION = TwimlRenderer(EDGE, PromptVoices(PROMPTS, LANGUAGES, "en", bare=True))
PRODUCTION = TwimlRenderer(EDGE, PromptVoices(PROMPTS, LANGUAGES, "en"))


def told(then: Then, *say: Say, renderer: TwimlRenderer = DEMONSTRATION) -> list[Element]:
    document = renderer.render(Answer(LEG, 4, say, then))
    assert document.startswith('<?xml version="1.0" encoding="UTF-8"?>')
    root = fromstring(document)
    assert root.tag == "Response"
    return list(root)


class TestVoices:
    def test_a_cloud_voice_speaks_the_language_that_it_belongs_to(self) -> None:
        (say, _) = told(HangUp(), Say("greeting", "en"))
        assert (say.tag, say.text) == ("Say", "Hello & <welcome>")
        assert say.attrib == {"language": "en-GB", "voice": "Polly.Amy-Neural"}

    def test_a_recorded_file_comes_before_any_voice(self) -> None:
        (play, _) = told(HangUp(), Say("press", "so", "*"))
        assert (play.tag, play.text) == ("Play", "https://line.example.org/webhooks/twilio/media/so/press_star.mp3")

    def test_a_demonstration_reads_out_what_has_no_voice(self) -> None:
        (say, _) = told(HangUp(), Say("greeting", "so"))
        assert (say.text, say.attrib) == ("Soo dhawoow", {})

    def test_otherwise_the_lines_own_language_is_heard(self) -> None:
        (say, _) = told(HangUp(), Say("greeting", "so"), renderer=PRODUCTION)
        assert say.attrib["language"] == "en-GB"

    def test_what_nobody_can_say_is_left_out_and_the_call_goes_on(self) -> None:
        (gather,) = told(Listen(1, 5), Say("not_written", "bem"), renderer=PRODUCTION)
        assert (gather.tag, list(gather)) == ("Gather", [])


class TestVerbs:
    def test_a_menu_hears_one_key_even_if_it_is_the_hash_or_none(self) -> None:
        (gather,) = told(Listen(1, 6), Say("greeting", "en"), Say("press", "en", "1"))
        assert gather.attrib == {
            "action": HERE + RETRIES,
            "method": "POST",
            "input": "dtmf",
            "numDigits": "1",
            "timeout": "6",
            "finishOnKey": "",
            "actionOnEmptyResult": "true",
        }
        assert [(say.tag, say.text) for say in gather] == [("Say", "Hello & <welcome>"), ("Say", "Press 1")]

    def test_a_key_can_end_the_input(self) -> None:
        (gather,) = told(Listen(9, 6, "#"))
        assert (gather.attrib["numDigits"], gather.attrib["finishOnKey"]) == ("9", "#")

    def test_a_message_is_recorded_and_an_empty_one_leads_on(self) -> None:
        (_, record, redirect) = told(Record(120, 4, "0#"), Say("greeting", "en"))
        assert record.attrib == {
            "action": HERE + RETRIES,
            "method": "POST",
            "maxLength": "120",
            "timeout": "4",
            "finishOnKey": "0#",
            "playBeep": "true",
            "trim": "trim-silence",
            "recordingStatusCallback": "https://line.example.org/webhooks/twilio/recording" + RETRIES,
        }
        assert (redirect.tag, redirect.text) == ("Redirect", HERE + RETRIES)

    def test_to_stay_is_to_be_asked_again(self) -> None:
        (_, redirect) = told(Stay(), Say("greeting", "en"))
        assert (redirect.tag, redirect.text, redirect.attrib) == ("Redirect", HERE + RETRIES, {"method": "POST"})

    def test_the_end_is_the_end(self) -> None:
        (end,) = told(HangUp())
        assert end.tag == "Hangup"

    @pytest.mark.parametrize("child", [True, False])
    def test_only_the_childs_leg_ends_the_room(self, child: bool) -> None:
        (_, dial) = told(Join("contact-1.2", LEG, ends_room=child), Say("greeting", "en"))
        (room,) = dial
        assert dial.attrib == {"action": f"{HERE}?left=1{RETRIES}", "method": "POST"}
        assert room.text == "contact-1.2"
        assert room.attrib == {
            "startConferenceOnEnter": "true",
            "endConferenceOnExit": "true" if child else "false",
            "participantLabel": LEG,
            "beep": "false",
            "waitUrl": "",
            "statusCallback": "https://line.example.org/webhooks/twilio/conference" + RETRIES,
            "statusCallbackEvent": "start end join leave",
        }

    def test_who_coaches_is_heard_by_one(self) -> None:
        coached = "CA" + "7" * 32
        (whispers,) = told(Join("room", LEG, ends_room=False, heard_by=coached))
        (heard,) = told(Join("room", LEG, ends_room=False))
        assert whispers[0].attrib == {**heard[0].attrib, "coach": coached}
        assert whispers.attrib == {"action": f"{HERE}?left=1{RETRIES}", "method": "POST"}

    def test_who_is_alone_in_the_room_hears_something(self) -> None:
        (dial,) = told(Join("room", LEG, ends_room=True, waiting=(Say("greeting", "so"), Say("greeting", "en"))))
        url = dial[0].attrib["waitUrl"]
        assert url == "https://line.example.org/webhooks/twilio/wait/so/greeting/en/greeting" + RETRIES

    def test_while_waiting_there_is_speech_only_over_and_over(self) -> None:
        document = DEMONSTRATION.waiting((Say("greeting", "so"),), "https://line.example.org/again")
        assert document is not None
        assert [(verb.tag, verb.text) for verb in fromstring(document)] == [
            ("Say", "Soo dhawoow"),
            ("Pause", None),
            ("Redirect", "https://line.example.org/again"),
        ]

    def test_a_prompt_that_nobody_wrote_is_no_document(self) -> None:
        assert DEMONSTRATION.waiting((Say("not_written", "en"),), "x") is None

    def test_every_call_is_led_to_its_own_step(self) -> None:
        say = (Say("greeting", "en"),)
        documents = [DEMONSTRATION.render(Answer(leg, step, say, Listen(1, 5))) for leg in "ab" for step in (1, 2)]
        actions = [fromstring(document)[0].attrib["action"].partition("/legs/")[2] for document in documents]
        assert actions == [f"{leg}/{step}{RETRIES}" for leg in "ab" for step in (1, 2)]

    def test_ids_never_break_out_of_an_address(self) -> None:
        document = DEMONSTRATION.render(Answer("a/../b?x#y", 1, (), Stay()))
        assert "/legs/a%2F..%2Fb%3Fx%23y/1" in document


class TestFallback:
    TARGET = "/webhooks/twilio/voice"

    def dialled(self, number: str, shown: str = "116", retries: int = 0) -> list[Element]:
        return list(fromstring(fallback(EDGE, self.TARGET, retries, number, shown)))

    def test_the_fallback_number_is_dialled_and_the_call_taken_back_if_nobody_answers(self) -> None:
        (dial,) = self.dialled("+260211000000")
        assert dial.attrib == {
            "action": f"https://line.example.org{self.TARGET}?again=1{RETRIES}",
            "method": "POST",
            "timeout": "40",
        }
        assert [(callee.tag, callee.text) for callee in dial] == [("Number", "+260211000000")]

    def test_it_may_be_a_sip_address(self) -> None:
        (dial,) = self.dialled("sip:desk@pbx.example.org")
        assert [(callee.tag, callee.text) for callee in dial] == [("Sip", "sip:desk@pbx.example.org")]

    def test_the_lines_number_is_shown_and_not_the_childs(self) -> None:
        assert self.dialled("+260211000000", "+260116000")[0].attrib["callerId"] == "+260116000"

    def test_without_one_the_caller_holds_and_is_asked_again(self) -> None:
        (pause, redirect) = self.dialled("")
        assert pause.tag == "Pause"
        assert redirect.text == f"https://line.example.org{self.TARGET}?again=1{RETRIES}"

    def test_it_does_not_go_on_for_ever(self) -> None:
        assert [verb.tag for verb in self.dialled("", retries=MOST_RETRIES)] == ["Hangup"]
        assert [verb.tag for verb in self.dialled("+260211000000", retries=MOST_RETRIES)] == ["Hangup"]
        assert [verb.tag for verb in fromstring(hang_up())] == ["Hangup"]

    def test_it_counts_and_keeps_what_was_asked(self) -> None:
        document = fallback(EDGE, "/x?left=1&again=3", 3, "", "")
        assert "https://line.example.org/x?left=1&amp;again=4#" in document
