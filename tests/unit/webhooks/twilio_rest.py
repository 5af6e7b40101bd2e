"""Twilio's REST interface as far as one test needs it, for the tests in this folder."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from aiohttp import web

from webhooks.answers import Answer
from webhooks.twilio.edge import TwilioEdge

ACCOUNT = "AC" + "0" * 32
EDGE = TwilioEdge(ACCOUNT, ("token", "next token"), "https://line.example.org", retries="")
SECOND = 1_000_000
NOON = 1_767_268_800 * SECOND  # 2026-01-01 12:00 UTC


@dataclass
class Asked:
    method: str
    path: str
    query: dict[str, str]
    form: list[tuple[str, str]]
    sign_in: str


@dataclass
class Rest:
    """Twilio's REST interface as far as one test needs it: every request is kept, answers are laid out before."""

    answers: list[web.Response | Callable[[], Awaitable[web.StreamResponse]]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    address: str = ""

    async def serve(self, request: web.Request) -> web.StreamResponse:
        form = parse_qsl(await request.text(), keep_blank_values=True)
        query = dict(parse_qsl(request.query_string, keep_blank_values=True))
        self.asked.append(Asked(request.method, request.path, query, form, request.headers["Authorization"]))
        answer = self.answers.pop(0)
        return answer if isinstance(answer, web.Response) else await answer()

    def will_say(self, body: object, status: int = 200, *, date: str | None = None) -> None:
        """``date``: what time it is for who answers; else it is now."""
        headers = {} if date is None else {"Date": date}
        self.answers.append(web.json_response(body, status=status, headers=headers))


class Words:
    """Renders every answer as the same words."""

    def __init__(self, words: str = "<Response><Hangup /></Response>") -> None:
        self.words = words

    def render(self, answer: Answer) -> str:
        return self.words
