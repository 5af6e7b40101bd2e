"""What the console needs from the rest of the house, and one visit to one of its pages."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from aiohttp import web
from multidict import MultiDict, MultiDictProxy

from config.settings import Settings
from helpline.broadcasts import Told
from helpline.clock import Clock
from helpline.console.wording import Wording
from helpline.counts import Counts, Uncounted
from helpline.live import Hub
from helpline.staff.signin import SignIn
from helpline.store import card_view
from helpline.store.card_view import Around
from helpline.store.db import Store, Tx
from helpline.store.sign_ins import SignedIn

if TYPE_CHECKING:
    from helpline.console.pages import Pages
    from helpline.house import House


class ContactWork(Protocol):
    """What `helpline.contacts.service` does for the console: units of work."""

    def accept(self, tx: Tx, house: "House", assignment_id: str, worker_id: str, contact_version: int, /) -> None: ...
    def decline(
        self, tx: Tx, house: "House", assignment_id: str, worker_id: str, contact_version: int, /, *, knows: bool = ...
    ) -> None: ...
    def end_contact(self, tx: Tx, house: "House", contact_id: str, worker_id: str, /) -> None: ...
    def hand_over(
        self, tx: Tx, house: "House", contact_id: str, worker_id: str, to_worker: str | None, note: str | None,
        ask_first: bool, /,
    ) -> None: ...  # fmt: skip
    def ask_question(self, tx: Tx, house: "House", contact_id: str, worker_id: str, question: str, /) -> None: ...
    def name_language(self, tx: Tx, house: "House", contact_id: str, worker_id: str, language: str, /) -> None: ...
    def save_record(
        self, tx: Tx, house: "House", contact_id: str, worker_id: str, content: dict[str, Any], base_version: int,
        form_version: int | None, /,
    ) -> int: ...  # fmt: skip
    def finish_record(self, tx: Tx, house: "House", contact_id: str, worker_id: str, /) -> None: ...
    def stop_contact(self, tx: Tx, house: "House", contact_id: str, worker_id: str, reason: str, /) -> None: ...
    def move_up(self, tx: Tx, house: "House", contact_id: str, worker_id: str, /) -> None: ...
    def require_gender(
        self, tx: Tx, house: "House", contact_id: str, worker_id: str, gender: str | None, /
    ) -> None: ...


class DutyWork(Protocol):
    """What `helpline.staff.duty` does for the console."""

    def go_on_duty(self, tx: Tx, house: "House", worker_id: str, /) -> None: ...
    def go_off_duty(self, tx: Tx, house: "House", worker_id: str, /) -> None: ...
    def take_break(self, tx: Tx, house: "House", worker_id: str, /) -> None: ...
    def come_back(self, tx: Tx, house: "House", worker_id: str, /) -> None: ...
    def set_away(self, tx: Tx, house: "House", worker_id: str, by: str, /) -> None: ...


class AlarmWork(Protocol):
    """What `helpline.alarms` does for the console."""

    def take_alarm(self, tx: Tx, alarm_id: str, worker_id: str, /) -> None: ...
    def close_alarm(self, tx: Tx, house: "House", alarm_id: str, worker_id: str, said: str, /) -> None: ...


class Surroundings:
    """Who is on duty, read at most once in a while for all pages of this process: hundreds ask."""

    GOOD_FOR_S = 1.0

    def __init__(self) -> None:
        self._known = Around()
        self._read_at = -self.GOOD_FOR_S
        self._reading = asyncio.Lock()

    async def now(self, store: Store) -> Around:
        async with self._reading:
            if monotonic() - self._read_at >= self.GOOD_FOR_S:
                self._known = await store.read(card_view.around_of)
                self._read_at = monotonic()
        return self._known


@dataclass(frozen=True, slots=True)
class Console:
    """The console as it is composed. ``demonstration_password`` is shown in the demonstration mode only."""

    house: "House"
    settings: Settings
    clock: Clock
    store: Store
    hub: Hub
    contacts: ContactWork
    duty: DutyWork
    alarms: AlarmWork
    signin: SignIn
    officers: SignIn
    pages: "Pages"
    permissions: Mapping[str, frozenset[str]]  # permission names by role
    counts: Counts = field(default_factory=Uncounted)
    demonstration_password: str | None = None
    practice_url: str = "http://127.0.0.1:8117/"
    around: Surroundings = field(default_factory=Surroundings)

    @property
    def demonstration(self) -> bool:
        return self.settings.is_demonstration

    @property
    def secure(self) -> bool:
        """Whether people reach us by https."""
        return self.settings.is_served_securely

    def granted(self, roles: tuple[str, ...]) -> frozenset[str]:
        """Everything that these roles together may do."""
        return frozenset().union(*(self.permissions.get(role, frozenset()) for role in roles))


@dataclass(frozen=True, slots=True)
class Visiting:
    """What one request to a page has, whoever makes it."""

    request: web.Request
    console: Console
    wording: Wording

    @property
    def store(self) -> Store:
        return self.console.store

    @property
    def house(self) -> "House":
        return self.console.house

    @property
    def now(self) -> int:
        return self.console.clock.now()

    @property
    def partial(self) -> bool:
        """Whether htmx asks for a fragment, not a browser for a page."""
        return self.request.headers.get("HX-Request") == "true"

    @property
    def wants_json(self) -> bool:
        return "application/json" in self.request.headers.get("Accept", "")

    @property
    def takes_gzip(self) -> bool:
        return "gzip" in self.request.headers.get("Accept-Encoding", "")

    def go(self, path: str) -> web.Response:
        """Send a browser on after a POST."""
        return web.Response(status=303, headers={"Location": path})


@dataclass(frozen=True, slots=True)
class Visit(Visiting):
    """One request that was let in. ``who`` is None on pages that need no sign-in."""

    who: SignedIn | None
    form: MultiDictProxy[str] = field(default_factory=lambda: MultiDictProxy(MultiDict()))
    told: tuple[Told, ...] = ()  # what everyone who works here was told, and this person has not put away

    @property
    def me(self) -> SignedIn:
        """The person; only on routes that need a permission."""
        assert self.who is not None
        return self.who

    def may(self, permission: str) -> bool:
        return self.who is not None and permission in self.console.granted(self.who.roles)

    def page(self, template: str, *, status: int = 200, **values: Any) -> web.Response:
        """A rendered page or fragment."""
        return self.console.pages.respond(self, template, values, status)
