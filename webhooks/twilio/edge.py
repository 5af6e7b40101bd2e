"""What the edge must know of a Twilio account, and every address at which Twilio calls us back."""

from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

VOICE = "/webhooks/twilio/voice"
LEGS = "/webhooks/twilio/voice/legs"
STATUS = "/webhooks/twilio/status"
CONFERENCE = "/webhooks/twilio/conference"
RECORDING = "/webhooks/twilio/recording"
MESSAGES = "/webhooks/twilio/messages"
MESSAGE_STATUS = "/webhooks/twilio/messages/status"
WAIT = "/webhooks/twilio/wait"
MEDIA = "/webhooks/twilio/media"


@dataclass(frozen=True, slots=True)
class TwilioEdge:
    """One account and the public address under which it reaches us.

    ``auth_tokens``: the valid ones, the account's first; an empty one validates nothing. ``public_url``: as Twilio
    has it, without a trailing slash. ``retries``: Twilio's connection overrides for our callbacks, sent to Twilio in
    the URL's fragment, which is no part of what it requests or signs; empty for its defaults. The three bounds hold
    for one webhook; Twilio itself gives up after 15 s.
    """

    account_sid: str
    auth_tokens: tuple[str, ...] = field(repr=False)
    public_url: str
    retries: str = "rc=3&rp=ct,rt,5xx"
    most_bytes: int = 64 * 1024
    read_within_s: float = 5.0
    answer_within_s: float = 9.0

    def voice_url(self) -> str:
        """Where a call asks first."""
        return self._url(VOICE)

    def step_url(self, leg_id: str, step: int, *, left: bool = False) -> str:
        """Where a leg asks for its step; ``left``: because its stay in a conference has ended."""
        return self._url(f"{LEGS}/{quote(leg_id, safe='')}/{step}", {"left": "1"} if left else {})

    def status_url(self, leg_id: str) -> str:
        return self._url(STATUS, {"leg": leg_id})

    def conference_url(self) -> str:
        return self._url(CONFERENCE)

    def recording_url(self) -> str:
        return self._url(RECORDING)

    def message_status_url(self, text_id: str, part: int) -> str:
        """Where Twilio tells how far a part of a text has come."""
        return self._url(MESSAGE_STATUS, {"text": text_id, "part": str(part)})

    def wait_url(self, said: tuple[tuple[str, str], ...], *, once: bool = False) -> str:
        """The document that plays these (language, prompt) pairs to those who wait in a conference, over and over, or
        once to all who are in it.
        """
        path = f"{WAIT}/{'/'.join(quote(part, safe='') for pair in said for part in pair)}"
        return self._url(path, {"once": "1"} if once else {})

    def media_url(self, path: str) -> str:
        """A recorded prompt, by its path below the media folder."""
        return f"{self.public_url}{MEDIA}/{quote(path)}"

    def again_url(self, target: str) -> str:
        """``target`` (a path and query of ours) once more."""
        return self._url(target)

    def _url(self, path: str, query: dict[str, str] | None = None) -> str:
        asked = f"?{urlencode(query)}" if query else ""
        fragment = f"#{self.retries}" if self.retries else ""
        return f"{self.public_url}{path}{asked}{fragment}"
