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
from helpline.console.coordinator import board, calendar, counts, institutions, interpreters, me
from helpline.console.counsellor import act, desk, messages, offline, record, same_phone, search, talk, write
from helpline.console.interpreter import my_bookings
from helpline.console.link import door as behind_link
from helpline.console.link import views as link
from helpline.console.permissions import NAMES, OFFICERS, PUBLIC
from helpline.console.protection import concern, concern_board, danger_list, panel, reveal
from helpline.console.protection import posts as posts_page
from helpline.console.protection import take as taking
from helpline.console.referrals import case, refer, services
from helpline.console.referrals import due as referrals_due
from helpline.console.referrals import one as referral
from helpline.console.requester import bookings as officers_bookings
from helpline.console.requester import door as requester
from helpline.console.requester import requests as officers_requests
from helpline.console.requester import start as officers
from helpline.console.requester import statement
from helpline.console.start import views as start
from helpline.console.supervisor import contact, floor, measures, reading, roster, wall
from helpline.errors import Invalid

CONSOLE = web.AppKey("console", Console)
KEEP = "institutions.keep"
BOOK = "officer.book"


@dataclass(frozen=True, slots=True)
class Route:
    """One address. ``permission`` is one of `helpline.console.permissions`; ``guard`` stands before it."""

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
    Route("GET", "/console/desk/record", "desk.use", desk.record_of_desk),
    Route("GET", "/console/desk/state", "desk.use", desk.state),
    Route("POST", "/console/desk/duty", "desk.use", act.duty),
    Route("POST", "/console/desk/offers/{assignment}/accept", "desk.use", act.accept),
    Route("POST", "/console/desk/offers/{assignment}/decline", "desk.use", act.decline),
    Route("POST", "/console/contacts/{contact}/end", "desk.use", act.end),
    Route("POST", "/console/contacts/{contact}/hand-over", "desk.use", act.hand_over),
    Route("POST", "/console/contacts/{contact}/hand-over/answer", "desk.use", act.answer_hand_over),
    Route("POST", "/console/contacts/{contact}/bridge", "desk.use", act.bridge),
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
    Route("GET", "/console/concerns", "concerns.see", concern_board.page),
    Route("GET", "/console/concerns/now", "concerns.see", concern_board.now),
    Route("GET", "/console/concerns/private", "concerns.flag", panel.private_page),
    Route("POST", "/console/concerns", "concerns.flag", panel.flag_in_private),
    Route("GET", "/console/concerns/words", "concerns.see", danger_list.page),
    Route("GET", "/console/concerns/{concern}", "concerns.flag", concern.page),
    Route("POST", "/console/concerns/{concern}", "concerns.flag", panel.complete),
    Route("POST", "/console/concerns/{concern}/take", "concerns.flag", concern.take),
    Route("POST", "/console/concerns/{concern}/close", "concerns.flag", concern.close),
    Route("POST", "/console/concerns/{concern}/decide", "concerns.take", concern.decide),
    Route("POST", "/console/climbs/{climb}/take", "concerns.take", concern_board.take_climb),
    Route("GET", "/console/contacts/{contact}/concerns", "concerns.flag", panel.page),
    Route("POST", "/console/contacts/{contact}/concerns", "concerns.flag", panel.flag),
    Route("POST", "/console/contacts/{contact}/words/{text}", "concerns.flag", panel.not_so),
    Route("GET", "/console/contacts/{contact}/number", "number.reveal", reveal.page),
    Route("POST", "/console/contacts/{contact}/number", "number.reveal", reveal.reveal),
    Route("POST", "/console/contacts/{contact}/number/call", "number.reveal", reveal.call_back),
    Route("GET", "/console/posts", "posts.keep", posts_page.page),
    Route("POST", "/console/posts", "posts.keep", posts_page.name),
    Route("POST", "/console/posts/{holder}/remove", "posts.keep", posts_page.remove),
    Route("POST", "/console/test-calls", "posts.keep", posts_page.schedule),
    Route("GET", "/take/{token}", "public", taking.page, taking.guard),
    Route("POST", "/take/{token}", "public", taking.take, taking.guard),
    Route("GET", "/console/contacts/{contact}/message", "messages.hear", messages.sound),
    Route("POST", "/console/contacts/{contact}/message", "messages.hear", messages.handled),
    Route("GET", "/console/contacts/{contact}", "contact.read", contact.page),
    Route("POST", "/console/contacts/{contact}/stop", "floor.direct", contact.stop),
    Route("POST", "/console/contacts/{contact}/gender", "floor.direct", contact.require_gender),
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
    Route("GET", "/console/institutions", KEEP, institutions.page),
    Route("POST", "/console/institutions", KEEP, institutions.add),
    Route("GET", "/console/institutions/{institution}", KEEP, institutions.one),
    Route("POST", "/console/institutions/{institution}", KEEP, institutions.change),
    Route("POST", "/console/institutions/{institution}/disable", KEEP, institutions.disable),
    Route("POST", "/console/institutions/{institution}/enable", KEEP, institutions.enable),
    Route("POST", "/console/institutions/{institution}/pin", KEEP, institutions.set_pin),
    Route("POST", "/console/institutions/{institution}/telephones", KEEP, institutions.add_telephone),
    Route("POST", "/console/institutions/{institution}/telephones/remove", KEEP, institutions.remove_telephone),
    Route("POST", "/console/institutions/{institution}/officers", KEEP, institutions.add_officer),
    Route("POST", "/console/institutions/{institution}/officers/{officer}/password", KEEP, institutions.new_password),
    Route("POST", "/console/institutions/{institution}/officers/{officer}/disable", KEEP, institutions.disable_officer),
    Route("POST", "/console/institutions/{institution}/officers/{officer}/enable", KEEP, institutions.enable_officer),
    Route("POST", "/console/institutions/{institution}/tokens", KEEP, institutions.make_token),
    Route("POST", "/console/institutions/{institution}/tokens/{token}/revoke", KEEP, institutions.revoke_token),
    Route("GET", "/console/interpreters", KEEP, interpreters.page),
    Route("POST", "/console/interpreters", KEEP, interpreters.add),
    Route("GET", "/console/interpreters/{worker}", KEEP, interpreters.one),
    Route("POST", "/console/interpreters/{worker}", KEEP, interpreters.save),
    Route("POST", "/console/interpreters/{worker}/certificates", KEEP, interpreters.add_certificate),
    Route("POST", "/console/interpreters/{worker}/certificates/{paper}/remove", KEEP, interpreters.drop_certificate),
    Route("POST", "/console/interpreters/{worker}/pin", KEEP, interpreters.set_pin),
    Route("POST", "/console/interpreters/{worker}/password", KEEP, interpreters.give_password),
    Route("POST", "/console/interpreters/{worker}/leave", KEEP, interpreters.leave),
    Route("POST", "/console/coordinator/alarms/{alarm}/take", KEEP, board.take),
    Route("POST", "/console/coordinator/alarms/{alarm}/close", KEEP, board.close),
    Route("GET", "/console/me", "signed_in", me.page),
    Route("POST", "/console/me/pin", "desk.use", me.set_pin),
    Route("POST", "/console/me/pin/remove", "desk.use", me.remove_pin),
    Route("GET", "/requests", "officer", officers_requests.home, requester.guard),
    Route("POST", "/requests", "officer.request", officers_requests.ask, requester.guard),
    Route("GET", "/requests/now/{request}", "officer.request", officers_requests.one, requester.guard),
    Route("POST", "/requests/now/{request}/cancel", "officer.request", officers_requests.cancel, requester.guard),
    Route("POST", "/requests/now/{request}/once-more", "officer.request", officers_requests.once_more, requester.guard),
    Route("POST", "/requests/now/{request}/second-party", "officer.request", officers_requests.add, requester.guard),
    Route("POST", "/requests/now/{request}/same-group", "officer.request", officers_requests.link, requester.guard),
    Route("GET", "/requests/statement", "officer", statement.page, requester.guard),
    Route("GET", "/requests/statement.csv", "officer", statement.file, requester.guard),
    Route("GET", "/requests/sign-in", "public", officers.sign_in_page, requester.guard),
    Route("POST", "/requests/sign-in", "public", officers.sign_in, requester.guard),
    Route("POST", "/requests/sign-out", "officer", officers.sign_out, requester.guard),
    Route("GET", "/requests/password", "officer", officers.password_page, requester.guard),
    Route("POST", "/requests/password", "officer", officers.choose_password, requester.guard),
    Route("POST", "/requests/locale", "officer", officers.choose_locale, requester.guard),
    Route("GET", "/console/services", "services.see", services.page),
    Route("GET", "/console/services/new", services.KEEP, services.new),
    Route("POST", "/console/services/new", services.KEEP, services.add),
    Route("GET", "/console/services/{service}", "services.see", services.one),
    Route("POST", "/console/services/{service}", services.KEEP, services.change),
    Route("GET", "/console/services/{service}/edit", services.KEEP, services.edit),
    Route("POST", "/console/services/{service}/verified", services.KEEP, services.verified),
    Route("POST", "/console/services/{service}/state", services.KEEP, services.set_state),
    Route("POST", "/console/services/{service}/stand-ins/{stand_in}", services.KEEP, services.stand_in),
    Route("POST", "/console/services/{service}/tell", "services.see", services.tell),
    Route("GET", "/console/concerns/{concern}/refer", "referrals.write", refer.page),
    Route("POST", "/console/concerns/{concern}/refer", "referrals.write", refer.write),
    Route("POST", "/console/concerns/{concern}/refer/decide", "referrals.override", refer.decide),
    Route("POST", "/console/concerns/{concern}/refer/ask", "referrals.write", refer.ask),
    Route("GET", "/console/referrals", "referrals.write", referrals_due.page),
    Route("GET", "/console/referrals/ended", "referrals.see", referrals_due.ended),
    Route("GET", "/console/referrals/{referral}", "referrals.write", referral.page),
    Route("POST", "/console/referrals/{referral}/send", "referrals.write", referral.send),
    Route("POST", "/console/referrals/{referral}/withdraw", "referrals.write", referral.withdraw),
    Route("POST", "/console/referrals/{referral}/close", "referrals.write", referral.close),
    Route("POST", "/console/referrals/{referral}/told", "referrals.write", referral.told),
    Route("POST", "/console/referrals/{referral}/follow-up", "referrals.write", referral.follow_up),
    Route("POST", "/console/referrals/{referral}/followed-up", "referrals.write", referral.followed_up),
    Route("POST", "/console/referrals/{referral}/link", "referrals.write", referral.new_link),
    Route("POST", "/console/referrals/{referral}/code", "referrals.read_out", referral.new_code),
    Route("GET", "/console/read-out", "referrals.read_out", referrals_due.read_out_page),
    Route("POST", "/console/read-out", "referrals.read_out", referrals_due.read_out),
    Route("GET", "/console/contacts/{contact}/cases", "referrals.write", case.of_contact),
    Route("POST", "/console/contacts/{contact}/cases", "referrals.write", case.begin),
    Route("GET", "/console/cases/{case}", "referrals.write", case.page),
    Route("POST", "/console/cases/{case}", "referrals.write", case.change),
    Route("POST", "/console/cases/{case}/best-interests", "referrals.write", case.ask_panel),
    Route("GET", "/link/here", "public", link.page, behind_link.guard),
    Route("GET", "/link/here/all", "public", link.everything, behind_link.guard),
    Route("POST", "/link/here/answer", "public", link.answer, behind_link.guard),
    Route("POST", "/link/here/others/{referral}", "public", link.other, behind_link.guard),
    Route("POST", "/link/here/stand-in", "public", link.stand_in, behind_link.guard),
    Route("POST", "/link/here/leave", "public", link.leave, behind_link.guard),
    Route("GET", "/link/{token}", "public", link.front, behind_link.guard),
    Route("POST", "/link/{token}", "public", link.give_code, behind_link.guard),
    Route("GET", "/console/calendar", "bookings.keep", calendar.page),
    Route("GET", "/console/calendar/counts", "bookings.keep", calendar.counts),
    Route("GET", "/console/calendar/{booking}", "bookings.keep", calendar.one),
    Route("POST", "/console/calendar/{booking}/assign", "bookings.keep", calendar.assign),
    Route("POST", "/console/calendar/{booking}/seek", "bookings.keep", calendar.seek_again),
    Route("POST", "/console/calendar/{booking}/take-off", "bookings.keep", calendar.take_off),
    Route("POST", "/console/calendar/{booking}/cancel", "bookings.keep", calendar.cancel),
    Route("POST", "/console/calendar/{booking}/link", "bookings.keep", calendar.link),
    Route("POST", "/console/calendar/{booking}/missed", "bookings.keep", calendar.missed),
    Route("POST", "/console/calendar/{booking}/complete", "bookings.keep", calendar.complete),
    Route("GET", "/console/counts", "reports.see", counts.page),
    Route("GET", "/console/counts/{what}.csv", "reports.see", counts.file),
    Route("GET", "/console/bookings", "desk.use", my_bookings.page),
    Route("GET", "/console/bookings/statement", "desk.use", my_bookings.statement),
    Route("GET", "/console/bookings/statement.csv", "desk.use", my_bookings.statement_csv),
    Route("POST", "/console/bookings/offers/{offer}", "desk.use", my_bookings.answer),
    Route("GET", "/console/bookings/{booking}", "desk.use", my_bookings.one),
    Route("POST", "/console/bookings/{booking}/let-go", "desk.use", my_bookings.let_go),
    Route("POST", "/console/bookings/{booking}/arrived", "desk.use", my_bookings.arrived),
    Route("POST", "/console/bookings/{booking}/begin", "desk.use", my_bookings.begin),
    Route("POST", "/console/bookings/{booking}/missed", "desk.use", my_bookings.missed),
    Route("POST", "/console/bookings/{booking}/complete", "desk.use", my_bookings.complete),
    Route("POST", "/console/bookings/{booking}/feedback", "desk.use", my_bookings.feedback),
    Route("GET", "/requests/bookings", BOOK, officers_bookings.page, requester.guard),
    Route("GET", "/requests/bookings/new", BOOK, officers_bookings.new, requester.guard),
    Route("POST", "/requests/bookings", BOOK, officers_bookings.book, requester.guard),
    Route("GET", "/requests/bookings/statement", BOOK, officers_bookings.statement, requester.guard),
    Route("GET", "/requests/bookings/{booking}", BOOK, officers_bookings.one, requester.guard),
    Route("POST", "/requests/bookings/{booking}", BOOK, officers_bookings.change, requester.guard),
    Route("GET", "/requests/bookings/{booking}/change", BOOK, officers_bookings.change_page, requester.guard),
    Route("POST", "/requests/bookings/{booking}/adjourn", BOOK, officers_bookings.adjourn, requester.guard),
    Route("POST", "/requests/bookings/{booking}/cancel", BOOK, officers_bookings.cancel, requester.guard),
    Route("POST", "/requests/bookings/{booking}/begin", BOOK, officers_bookings.begin, requester.guard),
    Route("POST", "/requests/bookings/{booking}/missed", BOOK, officers_bookings.missed, requester.guard),
    Route("POST", "/requests/bookings/{booking}/complete", BOOK, officers_bookings.complete, requester.guard),
    Route("POST", "/requests/bookings/{booking}/feedback", BOOK, officers_bookings.feedback, requester.guard),
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
    """Raises Invalid ``route_without_permission`` for a route that anybody could reach by mistake.

    An officer's permission needs the officers' door, and a worker's permission must not stand behind it.
    """
    for route in routes:
        known = {*OFFICERS, PUBLIC} if route.guard is requester.guard else NAMES
        if route.permission not in known:
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
