"""Dial: to callees, whose phones ring, and into conferences."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from helpline.practice import calls
from helpline.practice.calls import Call, Fetch
from helpline.practice.conferences import HUNG_UP, MOVED, NOBODY_TO_COACH, Seat
from helpline.practice.speech import entertain
from helpline.practice.twiml import Callback, Callee, Conference, Dial, TwimlError

if TYPE_CHECKING:
    from helpline.practice.switch import Switch

ROUTE_OF_A_LEG = "outbound-dial"


async def dial(switch: Switch, call: Call, verb: Dial, base: str | None) -> Fetch | None:
    """Connect the call until the other side ends. Gives the action, or None for the next verb."""
    try:
        if verb.conference is not None:
            extra = await _confer(switch, call, verb, verb.conference, base)
            if extra is None:
                return None
        else:
            extra = await _call_out(switch, call, verb, base)
    except asyncio.CancelledError:
        if call.stopping and verb.action is not None:
            status = "answered" if verb.conference is not None else calls.COMPLETED
            target = Fetch(
                switch.absolute(verb.action, base),
                verb.method,
                (("DialCallStatus", status),),
            )
            call.afterwards.append(target)
        raise
    if verb.action is None:
        return None
    return Fetch(switch.absolute(verb.action, base), verb.method, extra)


# Conferences


async def _confer(
    switch: Switch, call: Call, verb: Dial, noun: Conference, base: str | None
) -> tuple[tuple[str, str], ...] | None:
    """Sit in the conference until it ends or the call leaves. None: it was not let in (16020, 16025)."""
    began = switch.clock.elapsed()
    seat = call.seat
    if seat is None or seat.joined:
        try:
            seat = switch.conferences.reserve(call, noun, base)
        except TwimlError as problem:
            switch.report(problem, call)
            return (("DialCallStatus", "failed"),) if problem.code == NOBODY_TO_COACH else None
    switch.conferences.join(seat, noun.beep)
    try:
        await _sit(switch, call, verb, seat, base)
    except asyncio.CancelledError:
        switch.conferences.leave(seat, HUNG_UP if call.stopping else MOVED)
        raise
    except TwimlError as problem:
        switch.report(problem, call)
    finally:
        switch.conferences.leave(seat, HUNG_UP)
    length = round(switch.clock.elapsed() - began)
    return (("DialCallStatus", "answered"), ("DialCallDuration", str(length)))


async def _sit(switch: Switch, call: Call, verb: Dial, seat: Seat, base: str | None) -> None:
    """Hear music while there is nobody or while held, and the others otherwise. Raises what the music raises."""
    star = asyncio.ensure_future(_star(call)) if verb.hangup_on_star else None
    playing: tuple[str, str] | None = None
    music: asyncio.Future[None] | None = None
    try:
        while not seat.left.done():
            wanted = seat.sound()
            if wanted != playing:
                if music is not None:
                    music.cancel()
                playing, music = wanted, None
                if wanted is not None:
                    music = asyncio.ensure_future(_music(switch, call, wanted, seat, base))
            changed = seat.bell.next_ring()
            watched: set[asyncio.Future[Any]] = {seat.left, changed}
            watched |= {one for one in (star, music) if one is not None and not one.done()}
            try:
                await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
            finally:
                changed.cancel()
            if music is not None and music.done() and not music.cancelled():
                music.result()
            if star is not None and star.done():
                return
    finally:
        for one in (star, music):
            if one is not None:
                one.cancel()
        call.keys = None


async def _music(switch: Switch, call: Call, wanted: tuple[str, str], seat: Seat, base: str | None) -> None:
    url, method = wanted
    extra = (("ConferenceSid", seat.room.sid), ("FriendlyName", seat.room.name))
    await entertain(switch, call, Fetch(switch.absolute(url, base) if url else "", method, extra))


async def _star(call: Call) -> None:
    call.keys = asyncio.Queue()
    while await call.keys.get() != "*":
        pass


# Callees


async def _call_out(switch: Switch, call: Call, verb: Dial, base: str | None) -> tuple[tuple[str, str], ...]:
    """Ring everyone named; the first to answer is bridged. Gives what the action is told."""
    caller_id = verb.caller_id or (call.from_ if call.direction == "inbound" else call.to)
    if verb.caller_id is not None and not switch.is_ours(verb.caller_id) and verb.caller_id != call.from_:
        raise TwimlError(13214, "Dial: invalid callerId")
    legs = [_place(switch, call, callee, caller_id, base) for callee in verb.callees]
    rings = {switch.spawn(_ring(switch, leg, callee, verb.timeout, base)): leg for leg, callee in legs}
    star = asyncio.ensure_future(_star(call)) if verb.hangup_on_star else None
    try:
        leg = await _first_answer(rings, star)
        for other, _ in legs:
            if other is not leg:
                other.hang_up()
        if leg is None:
            await asyncio.wait(set(rings))
            status = next((one.status for one, _ in legs), calls.FAILED)
            return (("DialCallStatus", status), ("DialBridged", "false"))
        await _bridge(switch, call, leg, verb.time_limit, star)
    except asyncio.CancelledError:
        for other, _ in legs:
            other.hang_up()
        raise
    finally:
        if star is not None:
            star.cancel()
        call.keys = None
    return (
        ("DialCallStatus", calls.COMPLETED),
        ("DialCallSid", leg.sid),
        ("DialCallDuration", str(leg.length(switch.clock.elapsed()))),
        ("DialBridged", "true"),
    )


def _place(switch: Switch, call: Call, callee: Callee, caller_id: str, base: str | None) -> tuple[Call, Callee]:
    leg = switch.new_call(caller_id, callee.address, ROUTE_OF_A_LEG, callee.address)
    leg.parent_sid = call.sid
    if callee.callback is not None:
        url = switch.absolute(callee.callback.url, base)
        leg.callback = Callback(url, callee.callback.method, callee.callback.events)
    return leg, callee


async def _ring(switch: Switch, leg: Call, callee: Callee, timeout: int, base: str | None) -> bool:
    """Ring one callee. True once it is there to be bridged; its own document, if any, has been played to it."""
    if not await switch.ring(leg, timeout):
        return False
    switch.lead_to_bridge(
        leg,
        Fetch(switch.absolute(callee.url, base), callee.method) if callee.url else None,
    )
    await leg.bell.until(lambda: leg.ready or leg.is_over, None)
    return not leg.is_over


async def _first_answer(rings: dict[asyncio.Task[bool], Call], star: asyncio.Future[None] | None) -> Call | None:
    pending: set[asyncio.Future[Any]] = set(rings)
    if star is not None:
        pending.add(star)
    while pending - {star}:
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        if star is not None and star in done:
            return None
        for ring, leg in rings.items():
            if ring in done and ring.result():
                return leg
    return None


async def _bridge(switch: Switch, call: Call, leg: Call, limit: int, star: asyncio.Future[None] | None) -> None:
    """Let the two hear each other until one goes, the limit is reached or the caller presses the star."""
    if call.status == calls.RINGING:
        switch.answered(call)
    call.peer, leg.peer = leg, call
    call.note("is connected")
    leg.note("is connected")
    over = asyncio.ensure_future(leg.bell.until(lambda: leg.is_over or leg.peer is not call, None))
    try:
        watched: set[asyncio.Future[Any]] = {over} if star is None else {over, star}
        await asyncio.wait(
            watched,
            timeout=switch.clock.real(limit),
            return_when=asyncio.FIRST_COMPLETED,
        )
    finally:
        over.cancel()
        if leg.peer is call:
            leg.peer = None
            leg.hang_up()
        call.peer = None
    call.note("is alone again")
