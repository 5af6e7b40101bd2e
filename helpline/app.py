"""The only composition root: what was configured becomes a running helpline."""

import asyncio
import gc
import os
import random
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import structlog
import uvloop
from aiohttp import web

from config.directory import Line
from config.settings import Settings
from helpline import alarms, demonstration, health, heard_back, log
from helpline.api import resources as api
from helpline.api.door import Machines
from helpline.check import Configuration
from helpline.clock import Chance, Clock, SystemClock, ids_from
from helpline.console import routes as console
from helpline.console.context import Console
from helpline.console.pages import Pages
from helpline.console.static_files import StaticFiles
from helpline.console.wording import Wordings, load_catalogues
from helpline.contacts import service as contacts
from helpline.counts import Counts
from helpline.deadlines import Timers
from helpline.dispatch import Dispatcher
from helpline.doing import Kind
from helpline.ending import end
from helpline.house import House
from helpline.intake import Intake
from helpline.interpreting import demonstration as institutions
from helpline.interpreting import following
from helpline.keeping import Keeper
from helpline.lines import line_at
from helpline.live import Hub
from helpline.metrics import Metrics
from helpline.notices.letters import Post
from helpline.notices.sending import Sending
from helpline.notices.smtp import post_of
from helpline.outbox import Outbox
from helpline.privacy import Vault, pseudonym
from helpline.protection import demonstration as holders
from helpline.protection import watching
from helpline.proxies import seen_through
from helpline.referrals import directory as services
from helpline.referrals.adapters import adapters
from helpline.referrals.delivering import Deliveries
from helpline.referrals.port import Adapters
from helpline.reports import demonstration as past
from helpline.staff import duty
from helpline.staff.signin import SignIn, hash_password
from helpline.store import officers, presence, retention
from helpline.store.db import Store, Tx
from helpline.store.engine import open_store
from helpline.sweep import Sweep
from helpline.threads.arrivals import TextIntake
from helpline.threads.delivery import Delivery
from helpline.together import Together, counting, together
from helpline.traces import Traces
from helpline.voice.calls import Calls
from helpline.voice.recordings import Recordings
from ivr_scripts.wording import offered
from webhooks import server as webhooks
from webhooks.ports import Carrier
from webhooks.twilio.edge import TwilioEdge
from webhooks.twilio.gateway import open_carrier
from webhooks.twilio.twiml import TwimlRenderer
from webhooks.twilio.voices import PromptVoices

STOP_WITHIN_S = 10.0

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Helpline:
    """One process of the helpline, working. ``app`` is not served yet."""

    app: web.Application
    store: Store
    house: House
    clock: Clock
    metrics: Metrics
    dispatcher: Dispatcher
    timers: Timers
    outbox: Outbox
    carrier: Carrier
    together: Together


@asynccontextmanager
async def working(
    configuration: Configuration,
    *,
    clock: Clock | None = None,
    chance: random.Random | None = None,
    carrier: Carrier | None = None,
    metrics: Metrics | None = None,
) -> AsyncIterator[Helpline]:
    """The helpline with its store open and its background work under way; all of it ends with the block.

    ``clock``, ``chance`` and ``carrier`` stand in for the system's, in tests. ``metrics``: where to count, if there is
    something counted already.
    """
    settings = configuration.settings
    clock = clock or SystemClock()
    new_id = ids_from(clock, chance)
    metrics = metrics or Metrics()
    edge = TwilioEdge(settings.twilio.account_sid, settings.twilio.auth_tokens, settings.public_url)
    renderer = TwimlRenderer(edge, _voices(configuration))
    house = _house(configuration, renderer, chance)
    async with AsyncExitStack() as stack:
        store = await open_store(
            settings.store_url, clock, new_id, migrate=settings.is_demonstration, committed=metrics.commit
        )
        stack.push_async_callback(store.close)
        if isinstance(clock, SystemClock):
            clock.not_before(await store.read(retention.latest_beat))
        if not settings.is_demonstration:
            await store.read(demonstration.must_be_gone)
        await store.write(partial(_make_ready, settings=settings, house=house, new_id=new_id))
        twilio = settings.twilio
        opened = open_carrier(edge, renderer, base_url=twilio.api_base_url, timeout_s=twilio.timeout_s, now=clock.now)
        placed = carrier if carrier is not None else await stack.enter_async_context(opened)
        hub = Hub()
        store.listen(hub.publish)
        dispatcher = Dispatcher(store, house, clock, metrics)
        timers = Timers(store, house, clock, metrics)
        computers = await stack.enter_async_context(adapters(configuration, clock))
        kinds = effect_kinds(store, house, placed, post_of(settings.smtp), computers)
        who = new_id()
        outbox = Outbox(store, clock, metrics, kinds, who)
        others = await stack.enter_async_context(together(settings, store, dispatcher, clock, who))
        counts = await stack.enter_async_context(counting(settings, house.vault))
        app = web.Application(middlewares=[log.access])
        if settings.trusted_proxies:
            app.middlewares.append(seen_through(settings.trusted_proxies))
        webhooks.attach(
            app,
            edge,
            Intake(store, house),
            renderer,
            texts=TextIntake(store, house),
            line_at=partial(line_at, house.directory),
            fallback_for=lambda line: house.line(line).fallback_number if line else "",
            tell=metrics.webhook,
            media_folder=str(configuration.recordings) if configuration.recordings.is_dir() else None,
        )
        console.attach(app, _console(configuration, house, store, hub, clock, counts))
        api.attach(app, Machines(store, house, clock))
        checks = {
            "store": health.writable(store),
            "dispatcher": others.leading.is_seen_to,
            "timers": health.ticking(clock, lambda: timers.ticked_at),
            "effects": health.ticking(clock, lambda: outbox.ticked_at),
            "stays": others.is_staying,
        }
        app.add_routes(health.routes(checks, metrics, others.facts))
        work = [others.leading.run(), timers.run(), outbox.run()]
        if others.relay is not None:
            work.append(others.presence.run())

        def leads() -> bool:
            return others.leading.leads

        if isinstance(clock, SystemClock):
            work.append(Keeper(store, house, clock, metrics, lambda: hub.watching, leads).run())
        work.append(Sweep(store, house, placed, clock, leads).run())
        tasks = [asyncio.create_task(one) for one in work]
        stack.push_async_callback(_stop, tasks)
        yield Helpline(app, store, house, clock, metrics, dispatcher, timers, outbox, placed, others)


def _make_ready(tx: Tx, settings: Settings, house: House, new_id: Callable[[], str]) -> None:
    """What is to be there before anybody is served. Slow only when somebody of a demonstration is missing."""
    presence.in_turn(tx, "make_ready")
    if settings.is_demonstration:
        demonstration.seed(tx, house.vault, new_id, hash_password)
        institutions.seed(tx, house, hash_password)
        services.invent(tx, house)
        holders.seed(tx, house)
        if settings.invented_past:
            past.invent(tx, house)
    else:
        holders.clear(tx)
    watching.take_up(tx, house)


def effect_kinds(
    store: Store, house: House, carrier: Carrier, post: Post | None = None, computers: Adapters | None = None
) -> dict[str, Kind]:
    """Everything that is done in the outside world, by its name. ``post``: None where there is no mail server.

    ``computers``: of services that referrals go to.
    """
    doers = (
        Calls(store, house, carrier),
        Recordings(store, house, carrier),
        Delivery(store, house, carrier),
        Traces(store, carrier),
        Sending(store, house, carrier, post),
        Deliveries(store, house, computers or {}),
    )
    return {name: kind for doer in doers for name, kind in doer.kinds().items()}


def _house(configuration: Configuration, renderer: TwimlRenderer, chance: random.Random | None) -> House:
    settings = configuration.settings
    vault = Vault(settings.vault_keys, settings.hash_key.get_secret_value(), country_code=settings.country_code)
    source = chance or Chance()
    return House(
        directory=configuration.directory,
        scripts=configuration.scripts,
        policies=configuration.policies,
        vault=vault,
        renderer=renderer,
        pseudonym=lambda: pseudonym(source),
        prompts=configuration.prompts,
        text_scripts=configuration.text_scripts,
        heard_menus={line.id: _heard(configuration, line) for line in configuration.directory.lines.values()},
        hooks=heard_back.HOOKS,
        followers=(following.follow,),
        public_url=settings.public_url,
        mail_from=settings.smtp.sender,
        chance=source,
    )


def house_of(configuration: Configuration) -> House:
    """What services need to know, for a command that serves nothing."""
    settings = configuration.settings
    edge = TwilioEdge(settings.twilio.account_sid, settings.twilio.auth_tokens, settings.public_url)
    return _house(configuration, TwimlRenderer(edge, _voices(configuration)), None)


def _heard(configuration: Configuration, line: Line) -> tuple[str, ...]:
    """The languages that a call can offer: one that could only be announced in another is left out of its menu."""
    menu = configuration.scripts[line.script].language_menu()
    if menu is None:
        return line.menu
    bare = configuration.settings.is_demonstration
    audible = None if bare else configuration.languages.with_cloud_voice()
    return offered(line.menu, menu.line, configuration.prompts, audible) or (line.own_language,)


def _voices(configuration: Configuration) -> PromptVoices:
    """Prompts without a recording or a cloud voice are read out as they are in a demonstration only."""
    own = next(iter(configuration.directory.lines.values())).own_language
    return PromptVoices(
        configuration.prompts, configuration.languages, own, bare=configuration.settings.is_demonstration
    )


def _console(
    configuration: Configuration, house: House, store: Store, hub: Hub, clock: Clock, counts: Counts
) -> Console:
    settings = configuration.settings
    line = next(iter(configuration.directory.lines.values()))
    return Console(
        house=house,
        settings=settings,
        clock=clock,
        store=store,
        hub=hub,
        contacts=contacts,
        duty=duty,
        alarms=alarms,
        signin=SignIn(store, clock, hours=settings.console.session_hours, counts=counts),
        officers=SignIn(
            store, clock, hours=settings.console.session_hours, accounts=officers, counts=counts, counted_as="officer"
        ),
        pages=Pages(Wordings(load_catalogues(), line.timezone), StaticFiles()),
        permissions=configuration.directory.permissions,
        counts=counts,
        demonstration_password=demonstration.PASSWORD if settings.is_demonstration else None,
        practice_url=f"{settings.twilio.api_base_url}/",
    )


async def _stop(tasks: list[asyncio.Task[None]]) -> None:
    """End the background work; what it has under way comes to its end first."""
    await end(tasks, STOP_WITHIN_S)


@asynccontextmanager
async def serving(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve on this address; gives the port (which is chosen when 0 was asked for)."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=STOP_WITHIN_S)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, backlog=1024, reuse_address=True)
        await site.start()
        yield int(runner.addresses[0][1])
    finally:
        server = runner.server
        await runner.cleanup()
        if server is not None:
            await server.shutdown(0)  # a connection that was accepted at the last moment is closed too


def run(configuration: Configuration) -> None:
    """Serve until the process is told to stop (SIGTERM, SIGINT); what is held is finished first."""
    settings = configuration.settings

    async def until_stopped() -> None:
        stop = asyncio.Event()
        for sign in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(sign, stop.set)
        async with (
            working(configuration, metrics=metrics) as helpline,
            serving(helpline.app, settings.host, settings.port) as port,
        ):
            # What was read at the start lives as long as the process: the collector need not look through it again.
            gc.collect()
            gc.freeze()
            logger.info("serving", port=port, mode=settings.mode.value)
            print(f"The helpline is at {settings.public_url or f'http://{settings.host}:{port}'}/", flush=True)
            await stop.wait()
            logger.info("stopping")
            await helpline.together.leave()
            await asyncio.sleep(settings.drain_s)

    os.umask(0o077)
    metrics = Metrics()
    log.configure(form=settings.log.form, level=settings.log.level, dropped=metrics.log_dropped)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(until_stopped())
