"""Our answers in Twilio's markup. Pure."""

from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

from twilio.twiml.voice_response import VoiceResponse

from ivr_scripts.machine import HangUp, Listen, Record, Say
from webhooks.answers import Answer, Join, Stay
from webhooks.twilio.edge import TwilioEdge
from webhooks.twilio.voices import Audio, Voices

MOST_INLINE_CHARACTERS = 4000
"""A document that is sent with a REST request may not be longer; one that answers a webhook may have 64 KB."""
WAIT_AGAIN_S = 8


NOTHING = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
"""What a text is answered with: our answers are sent when they are ready, each with a status of its own."""

DOCUMENTS_KEPT = 1024
_HERE = "\ue000"
"""Stands for the address of the step in a document that is kept; no prompt holds a private letter."""


class TwimlRenderer:
    """Renders answers for one account (`webhooks.ports.Renderer`).

    The library takes a fifth of a millisecond for a long menu, which every caller hears alike: what differs between
    calls is the address of the step alone, so documents are kept without it.
    """

    def __init__(self, edge: TwilioEdge, voices: Voices) -> None:
        self._edge = edge
        self._voices = voices
        self._kept = lru_cache(DOCUMENTS_KEPT)(self._document)

    def render(self, answer: Answer) -> str:
        if isinstance(answer.then, Join):
            left = self._edge.step_url(answer.leg_id, answer.step, left=True)
            return self._joining(answer.say, answer.then, left)
        here = self._edge.step_url(answer.leg_id, answer.step)
        return self._kept(answer.say, answer.then).replace(_HERE, escape(here))

    def _document(self, say: tuple[Say, ...], then: Listen | Record | Stay | HangUp) -> str:
        response = VoiceResponse()
        match then:
            case Listen():
                self._say(self._gather(response, then), say)
            case Record():
                self._say(response, say)
                self._record(response, then)
            case Stay():
                self._say(response, say)
                response.redirect(_HERE, method="POST")
            case HangUp():
                self._say(response, say)
                response.hangup()
        return str(response.to_xml())

    def waiting(self, said: tuple[Say, ...], again: str | None) -> str | None:
        """What those who wait in a conference hear, over and over: ``again`` is its address. Without, it is heard once.

        Only Say, Play, Pause and Redirect may stand in it (Twilio's error 13238). None when nothing can be heard.
        """
        response = VoiceResponse()
        if not self._say(response, said):
            return None
        if again is not None:
            response.pause(length=WAIT_AGAIN_S)
            response.redirect(again, method="POST")
        return str(response.to_xml())

    def _say(self, parent: Any, said: tuple[Say, ...]) -> int:
        """Adds what can be heard, and returns how much that was."""
        heard = 0
        for say in said:
            sound = self._voices.sound(say)
            if isinstance(sound, Audio):
                parent.play(self._edge.media_url(sound.path))
            elif sound is not None and sound.text.strip():
                parent.say(sound.text, voice=sound.voice, language=sound.language)
            else:
                continue
            heard += 1
        return heard

    @staticmethod
    def _gather(response: VoiceResponse, listen: Listen) -> Any:
        return response.gather(
            input="dtmf",
            num_digits=listen.keys,
            timeout=listen.timeout_s,
            # Without it # would end the input instead of being a key.
            finish_on_key=listen.finish,
            action_on_empty_result=True,
            action=_HERE,
            method="POST",
        )

    def _record(self, response: VoiceResponse, record: Record) -> None:
        response.record(
            action=_HERE,
            method="POST",
            max_length=record.max_s,
            timeout=record.silence_s,
            finish_on_key=record.finish,
            play_beep=True,
            trim="trim-silence",
            recording_status_callback=self._edge.recording_url(),
        )
        # Twilio posts nothing after a recording in which nothing was said.
        response.redirect(_HERE, method="POST")

    def _joining(self, say: tuple[Say, ...], join: Join, left: str) -> str:
        response = VoiceResponse()
        self._say(response, say)
        said = tuple((one.language, one.prompt) for one in join.waiting)
        response.dial(action=left, method="POST").conference(
            join.room,
            start_conference_on_enter=True,
            end_conference_on_exit=join.ends_room,
            participant_label=join.label,
            beep="false",
            # Empty is silence; to leave it out would be Twilio's music.
            wait_url=self._edge.wait_url(said) if said else "",
            # The first who joins sets the callbacks of the whole conference, so every leg brings them.
            status_callback=self._edge.conference_url(),
            status_callback_event="start end join leave",
            # One who is not in the room (any more) is Twilio's error 13240, and the call goes on with the action.
            **({} if join.heard_by is None else {"coach": join.heard_by}),
        )
        return str(response.to_xml())
