"""Verbs that listen to the phone: Gather for keys, Record for a voice."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from helpline.practice.calls import Call, Caption, Fetch
from helpline.practice.forms import rfc2822
from helpline.practice.sounds import Recording
from helpline.practice.speech import spoken_seconds, utter
from helpline.practice.twiml import Gather, Record

if TYPE_CHECKING:
    from helpline.practice.switch import Switch


async def gather(switch: Switch, call: Call, verb: Gather, base: str | None) -> Fetch | None:
    """Prompt and collect keys. Gives where to go on, or None to fall through to the next verb."""
    keys: asyncio.Queue[str] = asyncio.Queue()
    call.keys = keys
    try:
        digits, ended_by = await _collect(switch, call, verb, base, keys)
    finally:
        call.keys = None
    if not digits and not verb.action_on_empty_result:
        call.note("presses nothing")
        return None
    if verb.action is None and base is None:
        return None
    extra = (("Digits", digits), ("FinishedOnKey", ended_by), ("msg", "Gather End"))
    return Fetch(switch.absolute(verb.action or "", base), verb.method, extra)


async def _collect(
    switch: Switch, call: Call, verb: Gather, base: str | None, keys: asyncio.Queue[str]
) -> tuple[str, str]:
    digits = ""
    first = asyncio.ensure_future(keys.get())
    prompts = asyncio.ensure_future(_prompt(switch, call, verb, base))
    try:
        await asyncio.wait({first, prompts}, return_when=asyncio.FIRST_COMPLETED)
        if prompts.done():
            prompts.result()
        prompts.cancel()
        timeout = switch.clock.real(verb.timeout)
        await asyncio.wait({first}, timeout=timeout)
        while first.done():
            key = first.result()
            if key in verb.finish_on_key:
                return digits, key
            digits += key
            if verb.num_digits is not None and len(digits) >= verb.num_digits:
                return digits, ""
            first = asyncio.ensure_future(keys.get())
            await asyncio.wait({first}, timeout=timeout)
        return digits, ""
    finally:
        first.cancel()
        prompts.cancel()


async def _prompt(switch: Switch, call: Call, verb: Gather, base: str | None) -> None:
    for prompt in verb.prompts:
        await utter(switch, call, prompt, base)


async def record(switch: Switch, call: Call, verb: Record, base: str | None) -> Fetch | None:
    """Record until silence, a key, the limit or the end of the call. Nothing said: falls through to the next verb."""
    if verb.play_beep:
        call.hear(Caption("beep", "(beep)"))
    began = switch.clock.elapsed()
    spoken: list[str] = []
    keys: asyncio.Queue[str] = asyncio.Queue()
    speech: asyncio.Queue[str] = asyncio.Queue()
    call.keys, call.speech = keys, speech
    digits = ""
    try:
        digits = await _listen(switch, verb, keys, speech, spoken)
    except asyncio.CancelledError:
        while not speech.empty():
            spoken.append(speech.get_nowait())
        if spoken and call.stopping:
            # The caller hung up: what was said is kept, and the helpline is told so.
            target = _keep(
                switch,
                call,
                verb,
                base,
                spoken,
                switch.clock.elapsed() - began,
                "hangup",
            )
            if target is not None:
                call.afterwards.append(target)
        raise
    finally:
        call.keys = call.speech = None
    if not spoken:
        return None
    return _keep(switch, call, verb, base, spoken, switch.clock.elapsed() - began, digits)


async def _listen(
    switch: Switch,
    verb: Record,
    keys: asyncio.Queue[str],
    speech: asyncio.Queue[str],
    spoken: list[str],
) -> str:
    """Collect speech into `spoken`. Gives the key that ended it, or nothing."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(switch.clock.real(verb.max_length)):
            while True:
                key = asyncio.ensure_future(keys.get())
                voice = asyncio.ensure_future(speech.get())
                silence = switch.clock.real(verb.timeout) if verb.timeout else None
                try:
                    await asyncio.wait(
                        {key, voice},
                        timeout=silence,
                        return_when=asyncio.FIRST_COMPLETED,
                    )
                except asyncio.CancelledError:
                    if voice.done():
                        spoken.append(voice.result())
                    raise
                finally:
                    key.cancel()
                    voice.cancel()
                pressed = key.result() if key.done() else None
                if pressed is None and not voice.done():
                    return ""
                if voice.done():
                    spoken.append(voice.result())
                if pressed is None:
                    await switch.clock.pause(spoken_seconds(spoken[-1]))
                elif pressed in verb.finish_on_key:
                    return pressed
    return ""


def _keep(
    switch: Switch,
    call: Call,
    verb: Record,
    base: str | None,
    spoken: list[str],
    seconds: float,
    digits: str,
) -> Fetch | None:
    now = switch.clock.now()
    length = max(1, round(max(seconds, sum(spoken_seconds(text) for text in spoken))))
    recording = Recording(
        switch.sids.new("RE"),
        call.sid,
        now,
        min(length, verb.max_length),
        tuple(spoken),
    )
    switch.recordings[recording.sid] = recording
    call.note("leaves a recording")
    about = (
        ("RecordingUrl", switch.api_url(f"Recordings/{recording.sid}")),
        ("RecordingSid", recording.sid),
        ("RecordingDuration", str(recording.seconds)),
    )
    callback = verb.status_callback
    if callback is not None and "completed" in callback.events:
        form = [
            ("AccountSid", switch.account_sid),
            ("CallSid", call.sid),
            *about,
            ("RecordingStatus", "completed"),
            ("RecordingChannels", "1"),
            ("RecordingStartTime", rfc2822(now)),
            ("RecordingSource", "RecordVerb"),
            ("ErrorCode", "0"),
        ]
        url = switch.absolute(callback.url, base)
        switch.courier.tell(recording.sid, "recording", url, callback.method, form)
    if verb.action is None and base is None:
        return None
    return Fetch(
        switch.absolute(verb.action or "", base),
        verb.method,
        (*about, ("Digits", digits)),
    )
