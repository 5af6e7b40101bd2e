"""Invented holders of all posts for a demonstration, plainly marked, so that a ladder's last rung reaches somebody.

Their numbers are practice phones'. They have no mail address, since a demonstration has no mail server.
"""

from helpline.house import House
from helpline.protection.posts import name_holder, remove_holder
from helpline.store import posts
from helpline.store.db import Tx

BY = "demonstration"
"""Who has written an invented holder down."""

HOLDERS = {
    "manager_on_call": ("Demo Mutinta (manager on call)", "+260950000031"),
    "national_secretariat": ("Demo Secretariat", "+260950000032"),
    "provincial_officer": ("Demo Provincial Officer", "+260950000033"),
    "best_interests_chair": ("Demo Chair of the Panel", "+260950000034"),
    "complaints_manager": ("Demo Manager for Complaints", "+260950000035"),
    "board": ("Demo Board", "+260950000036"),
}
"""Name and number by post."""


def seed(tx: Tx, house: House) -> int:
    """Name a holder for each post that nobody ever held, and say how many. Who was removed stays removed."""
    known = {post.code for post in house.directory.ladders.posts}
    missing = known & HOLDERS.keys() - posts.ever_held(tx)
    for post in sorted(missing):
        name, phone = HOLDERS[post]
        name_holder(tx, house, BY, post, name=name, phone=phone)
    return len(missing)


def clear(tx: Tx) -> None:
    """No ladder of a production tells somebody invented."""
    for one in posts.holding(tx):
        if one.set_by == BY:
            remove_holder(tx, "system", one.id)
