"""What services need to know of the deployment, gathered once by the composition root and handed in."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from config.directory import Directory, Line
from helpline.clock import Chance
from helpline.privacy import Vault
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from ivr_scripts.schema import Script
from ivr_scripts.texting import TextScript
from ivr_scripts.wording import Prompts
from routing.policy import LinePolicy
from webhooks.ports import Renderer


@dataclass(frozen=True, slots=True)
class House:
    """Scripts by name, text scripts and routing policies by line, and what all services share.

    ``heard_menus``: by line, the languages of its menu that a call can offer, where they are not all of them.
    ``hooks``: by purpose, who is told what became of a notice. ``public_url``: where links lead, without a slash at the
    end. ``mail_from``: who our mails are from, empty where none are sent. ``chance``: for tokens and codes.
    ``followers`` hear of every contact that connects, loses an adult, or closes, in the same transaction.
    """

    directory: Directory
    scripts: Mapping[str, Script]
    policies: Mapping[str, LinePolicy]
    vault: Vault
    renderer: Renderer
    pseudonym: Callable[[], str]
    prompts: Prompts
    text_scripts: Mapping[str, TextScript]
    heard_menus: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hooks: Mapping[str, Hooks] = field(default_factory=dict)
    public_url: str = ""
    mail_from: str = ""
    chance: random.Random = field(default_factory=Chance)
    followers: tuple[Follower, ...] = ()

    def line(self, id: str) -> Line:
        return self.directory.lines[id]

    def for_children(self) -> tuple[Line, ...]:
        """The lines that children call."""
        return tuple(line for line in self.directory.lines.values() if line.audience == "children")

    def heard_menu(self, line: Line) -> tuple[str, ...]:
        """The menu of a call. In text and web chat the whole menu is offered: it is read, not heard."""
        return self.heard_menus.get(line.id, line.menu)


class Follower(Protocol):
    """Hears what has become of a contact: "met", "lost" (``worker_id`` was the adult, ``why``) or "closed"."""

    def __call__(
        self, tx: Tx, house: House, contact: Contact, what: str, worker_id: str | None, why: str | None, /
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Hooks:
    """Who is told what became of a notice, in the transaction that writes it down (`helpline.notices`).

    ``failed`` (tx, house, subject id, code): it could not be delivered. ``answered`` (tx, house, subject id, how,
    said): a person answered, by "key" (``said``: the digit) or by "reply" (its text); at most once a notice, and it may
    come after ``failed``. ``delivered`` (tx, house, subject id), where the channel can tell. A unit may be run again,
    so a hook has no effect but on the transaction; what it raises of our four kinds undoes what it did, no more.
    """

    failed: Callable[[Tx, House, str, str], None]
    answered: Callable[[Tx, House, str, str, str], None]
    delivered: Callable[[Tx, House, str], None] | None = None
