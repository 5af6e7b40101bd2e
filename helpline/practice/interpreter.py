"""Leads a live call through the documents of the helpline, and out of them when it is interrupted."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpline.practice import calls
from helpline.practice.calls import APOLOGY, Call, Caption, Fetch, Inline
from helpline.practice.delivery import VOICE, WebhookError
from helpline.practice.dialing import dial
from helpline.practice.forms import about, progress
from helpline.practice.grammar import parse
from helpline.practice.keypad import gather, record
from helpline.practice.speech import XML_TYPES, play, utter
from helpline.practice.twiml import (
    Callee,
    Dial,
    Document,
    Gather,
    Hangup,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    TwimlError,
    Verb,
)

if TYPE_CHECKING:
    from helpline.practice.switch import Switch


class _Over(Exception):
    """The document ends the call, with this status."""

    def __init__(self, status: str = calls.COMPLETED) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True)
class Parked:
    """For a leg that another leg's Dial has called: hear `first`, if any, then wait to be bridged or moved."""

    first: Fetch | None = None


class Interpreter:
    """One call's conductor. `move` and `stop` interrupt whatever it is doing."""

    def __init__(self, switch: Switch, call: Call) -> None:
        self._switch = switch
        self._call = call
        self._next: object | None = None
        self._inner: asyncio.Task[str] | None = None
        self._rescued = False
        call.conductor = self

    def move(self, target: object) -> None:
        """Drop what is going on and go on with a Fetch, Inline TwiML or a Document."""
        self._next = target
        if self._inner is not None:
            self._inner.cancel()

    def stop(self) -> None:
        """The call is over: drop what is going on."""
        if self._inner is not None:
            self._inner.cancel()

    async def live(self, target: object) -> None:
        """Follow documents until the call is over, then write down its end."""
        call = self._call
        status = calls.COMPLETED
        try:
            while not (call.stopping or call.is_over):
                if self._next is not None:
                    target, self._next = self._next, None
                self._inner = asyncio.ensure_future(self._lead(target))
                self._switch.keep(self._inner)
                await asyncio.wait({self._inner})
                if self._next is None:
                    # A failure of the carrier itself is in its error log; the call just ends.
                    if self._inner.cancelled():
                        if not call.stopping:
                            self._switch.report(TwimlError(0, "The practice carrier lost the thread of a call"), call)
                    elif self._inner.exception() is None:
                        status = self._inner.result()
                    break
        finally:
            if self._inner is not None:
                self._inner.cancel()
        if call.status == calls.RINGING and status == calls.COMPLETED:
            status = calls.NO_ANSWER
        finish(self._switch, call, status)

    async def _lead(self, target: object) -> str:
        """Follow until the end. Gives the call's last status; an error leads to the fallback or to the apology."""
        while True:
            try:
                await self._follow(target)
                return calls.COMPLETED
            except _Over as over:
                return over.status
            except TwimlError as problem:
                self._switch.report(problem, self._call)
                rescue = self._rescue(problem)
                if rescue is None:
                    self.answer()
                    self._call.application_error = problem
                    self._call.hear(Caption("say", APOLOGY, "en-US"))
                    await self._switch.clock.pause(3)
                    return calls.COMPLETED
                target = rescue

    def _rescue(self, problem: TwimlError) -> object | None:
        """Where the number's configuration leads when the helpline fails: once, to its fallback."""
        call = self._call
        if self._rescued:
            return None
        self._rescued = True
        if call.fallback is not None:
            call.fell_back = True
            extra = (("ErrorCode", str(problem.code)), ("ErrorUrl", ""))
            return Fetch(call.fallback.url, call.fallback.method, extra)
        if call.fallback_number is not None:
            call.fell_back = True
            return Document((Dial((Callee(call.fallback_number),), None),), None)
        return None

    async def _follow(self, target: object) -> None:
        if isinstance(target, Parked):
            if target.first is not None:
                await self._follow(target.first)
            self._call.ready = True
            self._call.changed()
            await asyncio.Event().wait()
        document = target if isinstance(target, Document) else None
        if isinstance(target, Inline):
            document = parse(target.text, None)
        while True:
            if document is None:
                assert isinstance(target, Fetch)
                document = await self._obtain(target)
            onward = None
            for verb in document.verbs:
                onward = await self._do(verb, document.url)
                if onward is not None:
                    break
            if onward is None:
                return
            target, document = onward, None

    async def _obtain(self, target: Fetch) -> Document:
        """Ask the helpline what to do next. The request outlives a hang-up, as it does at the real carrier."""
        form = [*about(self._call), *target.extra]
        request = self._switch.spawn(self._switch.courier.ask(VOICE, target.url, target.method, form))
        answer = await asyncio.shield(request)
        if answer.content_type.startswith("audio/"):
            self.answer()
            await play(self._switch, self._call, target.url)
            return Document((), answer.url)
        if answer.content_type not in XML_TYPES:
            raise TwimlError(12300, "Invalid content type")
        return parse(answer.body, answer.url)

    async def _do(self, verb: Verb, base: str | None) -> Fetch | None:
        """One verb. Gives where to go on, or None for the next verb. Raises _Over and TwimlError."""
        switch, call = self._switch, self._call
        if isinstance(verb, Reject):
            if call.status != calls.RINGING:
                raise _Over()
            raise _Over(calls.BUSY if verb.reason == "busy" else calls.NO_ANSWER)
        if isinstance(verb, Redirect):
            return Fetch(switch.absolute(verb.url, base), verb.method)
        # A call is answered by the first verb that sounds or listens.
        waits = isinstance(verb, Pause) or (isinstance(verb, Dial) and verb.answer_on_bridge)
        if not waits:
            self.answer()
        if isinstance(verb, Hangup):
            raise _Over()
        if isinstance(verb, Say | Play | Pause):
            await utter(switch, call, verb, base)
            return None
        if isinstance(verb, Gather):
            return await gather(switch, call, verb, base)
        if isinstance(verb, Record):
            return await record(switch, call, verb, base)
        return await dial(switch, call, verb, base)

    def answer(self) -> None:
        """The line picks up, if it has not yet."""
        if self._call.status == calls.RINGING:
            answered(self._switch, self._call)


def announce(switch: Switch, call: Call, event: str, status: str) -> None:
    """Tell the helpline how far a call has come, if it asked for this event."""
    if call.callback is None or event not in call.callback.events:
        return
    form = progress(call, status, call.sequence, switch.clock.now())
    call.sequence += 1
    switch.courier.tell(call.sid, "status", call.callback.url, call.callback.method, form)


def answered(switch: Switch, call: Call) -> None:
    """A ringing call becomes a conversation."""
    call.status = calls.IN_PROGRESS
    call.answered_at = switch.clock.elapsed()
    call.updated = switch.clock.now()
    call.note("is answered")
    announce(switch, call, "answered", calls.IN_PROGRESS)


def finish(switch: Switch, call: Call, status: str) -> None:
    """Write down the end of a call, tell it, and ask what was still to be asked."""
    if call.is_over:
        return
    call.seconds = call.length(switch.clock.elapsed()) if status == calls.COMPLETED else None
    call.status = status
    call.ended = call.updated = switch.clock.now()
    call.keys = call.speech = None
    call.note(f"ends ({'the connection dropped' if call.dropped else status})")
    for target in call.afterwards:
        form = [*about(call), *target.extra]
        switch.spawn(_ask_in_vain(switch, target, form))
    announce(switch, call, "completed", status)


async def _ask_in_vain(switch: Switch, target: Fetch, form: list[tuple[str, str]]) -> None:
    try:
        await switch.courier.ask("action", target.url, target.method, form)
    except WebhookError as problem:
        switch.warn(problem, None)
