"""Posts, such as the manager on call: who holds each is written down here, and told wherever they are."""

import re

from config.numbers import is_number
from helpline.errors import Invalid
from helpline.house import House
from helpline.privacy import normalise_number
from helpline.store import audit, posts, workers
from helpline.store.db import Tx
from helpline.store.posts import Holder

NAME_MAX = 120
_MAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")


def name_holder(
    tx: Tx, house: House, by: str, post: str, *, worker_id: str | None = None, name: str = "", phone: str = "",
    email: str = "",
) -> str:  # fmt: skip
    """This person holds a post from now on, beside those who do; gives the holder's id. Said twice, it is so once.

    One of our own may be reached at their own phone; another needs a name, and a number or an address.
    Raises `Invalid` ("post_unknown", "worker_unknown", "name_missing", "name_too_long", "number_wrong", "email_wrong",
    "way_missing").
    """
    if post not in {one.code for one in house.directory.ladders.posts}:
        raise Invalid("post_unknown", "Choose a post from the list.")
    name, phone, email = " ".join(name.split()), normalise_number(phone), email.strip()
    if worker_id is not None:
        workers.get(tx, worker_id)
    elif not name:
        raise Invalid("name_missing", "Write the person's name.")
    if len(name) > NAME_MAX:
        raise Invalid("name_too_long", f"At most {NAME_MAX} characters.")
    if phone and not is_number(phone):
        raise Invalid("number_wrong", "Write the number with its country, as +260...")
    if email and not _MAIL.fullmatch(email):
        raise Invalid("email_wrong", "Write the address as name@example.org.")
    if worker_id is None and not phone and not email:
        raise Invalid("way_missing", "Write a telephone number or a mail address.")
    asked = (worker_id, name if worker_id is None else "", phone, email)
    for one in posts.holding(tx, post):
        if _opened(house, one) == asked:
            return one.id
    seal = house.vault.seal
    id = posts.add(
        tx, post, by, worker_id=worker_id, name_enc=seal(name) if name and worker_id is None else None,
        phone_enc=seal(phone) if phone else None, email_enc=seal(email) if email else None,
    )  # fmt: skip
    audit.add(tx, by, "post_held", subject_id=id, detail={"post": post})
    tx.hint("roster", id)
    return id


def _opened(house: House, one: Holder) -> tuple[str | None, str, str, str]:
    sealed = (one.name_enc, one.phone_enc, one.email_enc)
    name, phone, email = (house.vault.open(each) if each is not None else "" for each in sealed)
    return one.worker_id, name, phone, email


def remove_holder(tx: Tx, by: str, holder_id: str) -> None:
    """They hold it no more. Raises `Invalid` ("holder_unknown")."""
    posts.remove(tx, holder_id, by)
    audit.add(tx, by, "post_left", subject_id=holder_id)
    tx.hint("roster", holder_id)
