"""Every address of the console: path, method, permission and handler in one table."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from helpline.console import events, gate, told
from helpline.console.chat import conversation, front, stream
from helpline.console.chat import door as chat
from helpline.console.chat.child import chat_of
from helpline.console.context import Console
from helpline.console.counsellor import act, desk, messages, offline, record, same_phone, search, talk, write
from helpline.console.permissions import NAMES
from helpline.console.start import views as start
from helpline.console.supervisor import contact, floor, measures, reading, roster, wall
from helpline.errors import Invalid

CONSOLE = web.AppKey("console", Console)


@dataclass(frozen=True, slots=True)
class Route:
    """One address. ``permission`` is one of `helpline.console.permissions.NAMES`; ``guard`` stands before it."""

    method: str
    path: str
    permission: str
    handler: Callable[..., Awaitable[web.StreamResponse]]
    guard: Callable[[Any, str, Console], gate.Guarded] = gate.guard


ROUTES: tuple[Route, ...] = (
    Route("GET", "/", "public", start.start),
    Route("GET", "/console", "public", start.home),
    Route("GET", "/console/sign-in", "public", start.sign_in_page),
    Route("POST", "/console/sign-in", "public", start.sign_in),
    Route("POST", "/console/sign-out", "signed_in", start.sign_out),
    Route("POST", "/console/locale", "signed_in", start.choose_locale),
    Route("GET", "/console/static/{version}/{name:.+}", "public", start.static_file),
    Route("GET", "/console/events", "signed_in", events.stream),
    Route("GET", "/console/desk", "desk.use", desk.page),
    Route("GET", "/console/desk/live", "desk.use", desk.live),
    Route("GET", "/console/desk/now", "desk.use", desk.now),
    Route("GET", "/console/desk/waiting", "desk.use", desk.waiting),
    Route("GET", "/console/desk/owed", "desk.use", desk.owed),
    Route("GET", "/console/desk/record", "record.write", desk.record_of_desk),
    Route("GET", "/console/desk/state", "desk.use", desk.state),
    Route("POST", "/console/desk/duty", "desk.use", act.duty),
    Route("POST", "/console/desk/offers/{assignment}/accept", "desk.use", act.accept),
    Route("POST", "/console/desk/offers/{assignment}/decline", "desk.use", act.decline),
    Route("POST", "/console/contacts/{contact}/end", "desk.use", act.end),
    Route("POST", "/console/contacts/{contact}/hand-over", "desk.use", act.hand_over),
    Route("POST", "/console/contacts/{contact}/hand-over/answer", "desk.use", act.answer_hand_over),
    Route("POST", "/console/contacts/{contact}/put-down", "desk.use", act.put_down),
    Route("GET", "/console/contacts/{contact}/talk", "desk.use", talk.panel),
    Route("GET", "/console/contacts/{contact}/head", "desk.use", talk.head),
    Route("GET", "/console/contacts/{contact}/texts", "desk.use", talk.texts),
    Route("POST", "/console/contacts/{contact}/say", "desk.use", write.say),
    Route("POST", "/console/contacts/{contact}/whisper", "desk.use", write.whisper),
    Route("POST", "/console/contacts/{contact}/draft", "desk.use", write.draft),
    Route("POST", "/console/contacts/{contact}/ask", "desk.use", act.ask),
    Route("POST", "/console/contacts/{contact}/language", "desk.use", act.name_language),
    Route("GET", "/console/contacts/{contact}/record", "record.write", record.page),
    Route("POST", "/console/contacts/{contact}/record", "record.write", record.save),
    Route("POST", "/console/contacts/{contact}/same-phone/{other}", "record.write", same_phone.say),
    Route("GET", "/console/offline", "record.write", offline.page),
    Route("POST", "/console/offline", "record.write", offline.enter),
    Route("GET", "/console/search", "record.write", search.page),
    Route("POST", "/console/search", "record.write", search.find),
    Route("GET", "/console/contacts/{contact}/message", "messages.hear", messages.sound),
    Route("POST", "/console/contacts/{contact}/message", "messages.hear", messages.handled),
    Route("GET", "/console/contacts/{contact}", "contact.read", contact.page),
    Route("POST", "/console/contacts/{contact}/stop", "floor.direct", contact.stop),
    Route("POST", "/console/contacts/{contact}/move-up", "floor.direct", floor.move_up),
    Route("GET", "/console/contacts/{contact}/read", "contact.read", reading.page),
    Route("GET", "/console/contacts/{contact}/read/now", "contact.read", reading.now),
    Route("POST", "/console/contacts/{contact}/read/whisper", "floor.direct", reading.whisper),
    Route("POST", "/console/contacts/{contact}/read/put-down", "floor.direct", reading.ask_to_put_down),
    Route("POST", "/console/contacts/{contact}/block", "blocks.set", measures.block),
    Route("POST", "/console/blocks/{block}/lift", "blocks.set", measures.lift),
    Route("GET", "/console/measures", "floor.see", measures.page),
    Route("POST", "/console/lines/close", "lines.close", measures.close_line),
    Route("POST", "/console/closures/{closure}/lift", "lines.close", measures.open_line),
    Route("POST", "/console/broadcasts", "broadcasts.send", measures.tell),
    Route("POST", "/console/broadcasts/{broadcast}/end", "broadcasts.send", measures.end_told),
    Route("GET", "/console/broadcasts/now", "signed_in", told.now),
    Route("POST", "/console/broadcasts/{broadcast}/read", "signed_in", told.put_away),
    Route("GET", "/console/roster", "signed_in", roster.page),
    Route("POST", "/console/roster", "roster.write", roster.add),
    Route("POST", "/console/roster/{shift}/remove", "roster.write", roster.remove),
    Route("GET", "/console/wall", "floor.see", wall.page),
    Route("GET", "/console/wall/now", "floor.see", wall.now),
    Route("GET", "/console/floor", "floor.see", floor.page),
    Route("GET", "/console/floor/now", "floor.see", floor.now),
    Route("GET", "/console/floor/alarms", "floor.see", floor.alarms),
    Route("POST", "/console/people/{worker}/away", "floor.direct", floor.set_away),
    Route("POST", "/console/alarms/{alarm}/take", "alarms.take", floor.take_alarm),
    Route("POST", "/console/alarms/{alarm}/close", "alarms.take", floor.close_alarm),
    Route("GET", "/chat", "public", front.page, chat.guard),
    Route("GET", "/chat/talk", "public", conversation.page, chat.guard),
    Route("GET", "/chat/list", "public", conversation.texts_page, chat.guard),
    Route("GET", "/chat/texts", "public", conversation.texts, chat.guard),
    Route("GET", "/chat/events", "public", stream.follow, chat.guard),
    Route("GET", "/chat/embed.js", "public", front.embed, chat.guard),
    Route("GET", "/chat/static/{version}/{name:.+}", "public", front.asset, chat.guard),
    Route("GET", "/numbers", "public", front.neutral, chat.guard),
    Route("POST", "/chat", "public", front.begin, chat.guard),
    Route("POST", "/chat/say", "public", conversation.say, chat.guard),
    Route("POST", "/chat/danger", "public", conversation.danger, chat.guard),
    Route("POST", "/chat/leave", "public", front.leave, chat.guard),
)


def check(routes: tuple[Route, ...]) -> None:
    """Raises Invalid ``route_without_permission`` for a route that anybody could reach by mistake."""
    for route in routes:
        if route.permission not in NAMES:
            raise Invalid(
                "route_without_permission",
                f"{route.method} {route.path} has the permission {route.permission!r}, which is none.",
            )


def attach(app: web.Application, console: Console, routes: tuple[Route, ...] = ROUTES) -> None:
    """Serve the console from ``app``. Raises Invalid when a route has no known permission."""
    check(routes)
    app[CONSOLE] = console
    app[events.STREAMS] = set()
    app[events.CLOSING] = asyncio.Event()
    app[chat.CHAT] = chat_of(console)
    for route in routes:
        guarded = route.guard(route.handler, route.permission, console)
        app.router.add_route(route.method, route.path, guarded, name=_name(route))
    app.on_shutdown.append(events.close_all)


def _name(route: Route) -> str:
    """What the log calls it: an address may hold an id."""
    module = route.handler.__module__.rsplit(".", 1)[-1]
    return f"console.{module}.{route.handler.__name__}"
