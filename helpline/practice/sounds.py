"""Recordings: those that the helpline plays (fetched and kept a while) and those that callers leave."""

from __future__ import annotations

import hashlib
import io
import math
import struct
import wave
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import unquote, urlsplit

from helpline.practice.delivery import Courier
from helpline.practice.timing import PracticeClock
from helpline.practice.twiml import TwimlError

_KEPT_SECONDS = 60.0
_KEPT = 256
_RATE = 8000


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording that was fetched. `seconds` is its length (a guess, where the format does not say)."""

    key: str
    name: str
    content_type: str
    data: bytes = field(repr=False)
    seconds: float


@dataclass(slots=True)
class Recording:
    """What a caller left."""

    sid: str
    call_sid: str
    created: datetime
    seconds: int
    spoken: tuple[str, ...]


class Sounds:
    """Fetches what Play names, and keeps it for a minute."""

    def __init__(self, courier: Courier, clock: PracticeClock) -> None:
        self._courier = courier
        self._clock = clock
        self._kept: dict[str, tuple[float, Sound]] = {}

    async def get(self, url: str) -> Sound:
        """The recording at `url`. Raises TwimlError: 11200 not there, 12300 not audio."""
        now = self._clock.elapsed() / self._clock.speed
        kept = self._kept.get(url)
        if kept is not None and now - kept[0] < _KEPT_SECONDS:
            return kept[1]
        answer = await self._courier.ask("play", url, "GET")
        if not answer.content_type.startswith("audio/"):
            raise TwimlError(12300, "Play: what was fetched is not audio")
        sound = sound_of(url, answer.content_type, answer.raw)
        while len(self._kept) >= _KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[url] = (now, sound)
        return sound

    def by_key(self, key: str) -> Sound | None:
        """A kept recording, for the page."""
        return next((sound for _, sound in self._kept.values() if sound.key == key), None)


def sound_of(url: str, content_type: str, data: bytes) -> Sound:
    """A recording with the file name of its address and its length."""
    name = unquote(urlsplit(url).path.rsplit("/", 1)[-1]) or "recording"
    key = hashlib.sha256(url.encode()).hexdigest()[:20]
    return Sound(key, name, content_type, data, seconds_of(data))


def seconds_of(data: bytes) -> float:
    """The length of a recording: exact for WAV, else as if it were 32 kbit/s."""
    try:
        with wave.open(io.BytesIO(data)) as file:
            return float(file.getnframes() / file.getframerate())
    except (wave.Error, EOFError, ZeroDivisionError):
        return len(data) / 4000


def tone(seconds: int) -> bytes:
    """A quiet WAV of that length (at most 30 s), standing for a voice."""
    frames = range(min(30, max(1, seconds)) * _RATE)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(b"".join(struct.pack("<h", int(900 * math.sin(i * 220 * math.tau / _RATE))) for i in frames))
    return out.getvalue()
