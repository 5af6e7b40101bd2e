"""The line's mouth: says and plays things to one call, at the pace of speech."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from helpline.practice.calls import Call, Caption, Fetch
from helpline.practice.forms import about
from helpline.practice.grammar import parse
from helpline.practice.twiml import (
    Document,
    Pause,
    Play,
    Prompt,
    Redirect,
    Say,
    TwimlError,
)

if TYPE_CHECKING:
    from helpline.practice.conferences import Room
    from helpline.practice.switch import Switch

XML_TYPES = frozenset({"text/xml", "application/xml"})
_SECONDS_A_CHARACTER = 0.06


def spoken_seconds(text: str) -> float:
    """How long a sentence takes to say."""
    return max(0.8, len(text) * _SECONDS_A_CHARACTER)


async def utter(switch: Switch, call: Call, prompt: Prompt, base: str | None) -> None:
    """Say, play or pause, as often as `loop` says. Raises TwimlError."""
    if isinstance(prompt, Pause):
        await switch.clock.pause(prompt.length)
        return
    turn = 0
    while prompt.loop == 0 or turn < prompt.loop:
        turn += 1
        if isinstance(prompt, Say):
            call.hear(Caption("say", prompt.text, prompt.language, prompt.voice or ""))
            await switch.clock.pause(spoken_seconds(prompt.text))
        else:
            await play(switch, call, switch.absolute(prompt.url, base))


async def play(switch: Switch, call: Call, url: str) -> None:
    """Play the recording at an absolute address. Raises TwimlError."""
    sound = await switch.sounds.get(url)
    call.hear(Caption("play", sound.name, audio=sound.key))
    await switch.clock.pause(max(0.2, sound.seconds))


async def entertain(switch: Switch, call: Call, target: Fetch) -> None:
    """Play a document or a recording to one who waits or is held, then be silent. Raises TwimlError (13238)."""
    if not target.url:
        call.hear(Caption("music", "(music)"))
        return
    while True:
        extra = [*about(call), *target.extra]
        answer = await switch.courier.ask("wait", target.url, target.method, extra)
        if answer.content_type.startswith("audio/"):
            while True:
                await play(switch, call, target.url)
        if answer.content_type not in XML_TYPES:
            raise TwimlError(12300, "Invalid content type")
        onward = await _follow(switch, call, parse(answer.body, answer.url, waiting=True))
        if onward is None:
            return
        target = Fetch(onward.url, onward.method, target.extra)
        # A document that says nothing and leads to itself must not spin.
        await switch.clock.pause(0.2)


async def announce(switch: Switch, room: Room, url: str, method: str) -> None:
    """Everyone who is in the room hears a document once. One that leads elsewhere is reported (13238)."""
    form = [("ConferenceSid", room.sid), ("FriendlyName", room.name), ("AccountSid", switch.account_sid)]
    listeners = [seat.call for seat in room.seats if seat.joined]
    try:
        answer = await switch.courier.ask("announce", url, method, form)
        document = parse(answer.body, answer.url, waiting=True)
        if any(isinstance(verb, Redirect) for verb in document.verbs):
            raise TwimlError(13238, "An announcement may not lead elsewhere")
        await asyncio.gather(*(_follow(switch, call, document) for call in listeners))
    except TwimlError as problem:
        for call in listeners[:1]:
            switch.report(problem, call)


async def _follow(switch: Switch, call: Call, document: Document) -> Fetch | None:
    for verb in document.verbs:
        if isinstance(verb, Redirect):
            return Fetch(switch.absolute(verb.url, document.url), verb.method)
        if isinstance(verb, Say | Play | Pause):
            await utter(switch, call, verb, document.url)
    return None
