"""A person takes it: at the console, by a key on the phone, by a reply with a code, or by a link. Always with a name.

That a page was sent, or came to a phone, is no acknowledgement.
"""

from dataclasses import dataclass

from helpline.errors import Conflict, Invalid, Refused
from helpline.house import House
from helpline.protection import climbing
from helpline.protection.ladder import Acknowledged, Mended
from helpline.store import alarms, audit, climbs, concerns, posts, services, workers
from helpline.store.climbs import Climb, Page
from helpline.store.db import Tx

NAME_MAX = 120
"""Characters of a name, and of a post."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who takes it: one of our own, or a name. ``actor`` is what the audit says."""

    worker_id: str | None
    name_enc: bytes | None
    actor: str


def by_worker(tx: Tx, climb_id: str, worker_id: str) -> None:
    """At the console. Raises `Conflict` ("taken_already") when another person was first."""
    climb = climbs.get_for_change(tx, climb_id)
    if climb.worker_id == worker_id:
        raise Refused("not_by_oneself", "This needs another person than you.")
    if not _take(tx, climb, Person(worker_id, None, worker_id), "console"):
        raise Conflict("taken_already", "Somebody has taken this already.")


def by_alarm(tx: Tx, topic: str, worker_id: str) -> None:
    """Whoever sees to an alarm on the floor sees to what is climbed for it, or for several of its kind (their topics go
    on where that of the climb ends). Raises `Refused` ("not_by_oneself").
    """
    climb = climbs.open_of(tx, topic) or climbs.open_of(tx, topic.rpartition(":")[0])
    if climb is None:
        return
    if climb.worker_id == worker_id:
        raise Refused("not_by_oneself", "This needs another person than you.")
    _take(tx, climbs.get_for_change(tx, climb.id), Person(worker_id, None, worker_id), "console")


def page_answered(tx: Tx, house: House, page_id: str, how: str, said: str) -> None:
    """A key was pressed, or the code came back, on the phone of whom the page was sent to (`helpline.heard_back`)."""
    page = climbs.find_page(tx, page_id)
    if page is None:
        return
    climb = climbs.get_for_change(tx, page.climb_id)
    climbs.page_goes(tx, page_id, "answered", was=(*climbs.OPEN, "failed"))
    person = _person_of(tx, house, page)
    if not _take(tx, climb, person, how):
        audit.add(tx, person.actor, "page_answered_late", climb.contact_id, climb.concern_id or climb.id)


def page_of_link(tx: Tx, house: House, token_hash: str) -> tuple[Page, Climb]:
    """What a link is about; that it was opened is written down. Raises `Refused` ("link_over") when it is no more."""
    page = climbs.page_of_token(tx, token_hash)
    if page is None or page.link_until is None or page.link_until <= tx.now:
        raise Refused("link_over", "This link is not good any more.")
    climb = climbs.get(tx, page.climb_id)
    audit.add(tx, f"page:{page.id[-12:]}", "page_link_opened", climb.contact_id, climb.concern_id or climb.id)
    return page, climb


def by_link(tx: Tx, house: House, token_hash: str, name: str, post: str) -> bool:
    """Whoever holds the link says who they are, and takes it. False when somebody was first.

    Raises `Refused` ("link_over"), or `Invalid` ("name_missing", "name_too_long").
    """
    name, post = " ".join(name.split()), " ".join(post.split())
    if not name or not post:
        raise Invalid("name_missing", "Write your name and your post.")
    if len(name) > NAME_MAX or len(post) > NAME_MAX:
        raise Invalid("name_too_long", f"At most {NAME_MAX} characters.")
    page, climb = page_of_link(tx, house, token_hash)
    climb = climbs.get_for_change(tx, climb.id)
    climbs.page_goes(tx, page.id, "answered", was=(*climbs.OPEN, "failed"))
    person = Person(page.worker_id, house.vault.seal(f"{name}, {post}"), page.worker_id or f"page:{page.id[-12:]}")
    return _take(tx, climb, person, "link")


def mended(tx: Tx, topic: str) -> None:
    """The cause is gone by itself; what only a person may end goes on."""
    climb = climbs.open_of(tx, topic)
    if climb is not None and climbing.end(tx, climbs.get_for_change(tx, climb.id), Mended(), "mended"):
        audit.add(tx, "system", "ladder_mended", climb.contact_id, climb.id, {"cause": climb.cause})


def _take(tx: Tx, climb: Climb, person: Person, how: str) -> bool:
    event = Acknowledged(person.worker_id or person.actor)
    if not climbing.end(tx, climb, event, how, by=person.worker_id, name_enc=person.name_enc):
        return False
    subject = climb.concern_id or climb.id
    audit.add(tx, person.actor, "acknowledged", climb.contact_id, subject, {"how": how, "cause": climb.cause})
    if climb.cause in ("concern", "complaint") and climb.concern_id is not None:
        alarms.close_topic(tx, climb.topic)
        _acknowledge_concern(tx, climb.concern_id, person, how)
    elif person.worker_id is not None:
        alarms.take_topic(tx, climb.topic, person.worker_id)
    return True


def _acknowledge_concern(tx: Tx, concern_id: str, person: Person, how: str) -> None:
    concern = concerns.get_for_change(tx, concern_id)
    if concern.state != "open":
        return
    concerns.change(
        tx,
        concern,
        state="acknowledged",
        acknowledged_at=tx.now,
        acknowledged_by=person.worker_id,
        acknowledged_name_enc=person.name_enc,
        acknowledged_how=how,
    )
    tx.hint("worker", concern.flagged_by)


def _person_of(tx: Tx, house: House, page: Page) -> Person:
    """Who has the phone that a page was sent to."""
    if page.worker_id is not None:
        return Person(page.worker_id, None, page.worker_id)
    actor = f"page:{page.id[-12:]}"
    if page.holder_id is not None:
        holder = posts.find(tx, page.holder_id)
        return Person(None, holder.name_enc if holder is not None else None, actor)
    name = services.get(tx, page.service_id).name if page.service_id is not None else page.who
    return Person(None, house.vault.seal(name), actor)


def taken_by(tx: Tx, house: House, worker_id: str | None, name_enc: bytes | None) -> str:
    """The name of who has taken something, for a page of ours."""
    if name_enc is not None:
        return house.vault.open(name_enc)
    known = workers.some(tx, [worker_id]) if worker_id is not None else []
    return known[0].alias if known else "–"
