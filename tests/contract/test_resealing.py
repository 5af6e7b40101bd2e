"""A change of keys, on both engines: all that is sealed is found, in however many rows, and nothing is lost."""

from helpline.privacy import Vault, generate_key
from helpline.resealing import AT_ONCE, Resealed, reseal_all
from helpline.store import sealed
from helpline.store.db import Store, Tx
from helpline.store.tables import contacts, drafts, records
from tests.contract.rows import a_contact

OLD, NEW = generate_key(), generate_key()
MANY = 2 * AT_ONCE + 3


def written(tx: Tx, vault: Vault) -> None:
    """Contacts with a number each; one has a record, and two people have drafts in it."""
    for number in range(MANY):
        tx.insert(contacts, a_contact(f"c{number:03d}", caller_enc=vault.seal(f"number {number}")))
    kept = {"content_enc": vault.seal("a record"), "written_by": "amina", "written_at": 1}
    tx.execute(records.insert(), {"contact_id": "c001", **kept})
    for worker in ("amina", "bwalya"):
        row = {"contact_id": "c001", "worker_id": worker, "body_enc": vault.seal(f"of {worker}"), "at": 1}
        tx.execute(drafts.insert(), row)


async def test_everything_that_the_old_key_sealed_is_under_the_new_one_and_says_the_same(store: Store) -> None:
    await store.write(lambda tx: written(tx, Vault((OLD,), "hash key")))
    both = Vault((NEW, OLD), "hash key")
    assert await reseal_all(store, both) == Resealed(resealed=MANY + 3)
    assert await reseal_all(store, both) == Resealed()

    new = Vault((NEW,), "hash key")

    def look(tx: Tx) -> list[str]:
        found = [blob for column in sealed.COLUMNS for _, blob in sealed.values(tx, column, None, 1_000)]
        return sorted(new.open(blob) for blob in found)

    numbers = [f"number {number}" for number in range(MANY)]
    assert await store.read(look) == sorted([*numbers, "a record", "of amina", "of bwalya"])


async def test_what_no_key_opens_is_counted_and_left_as_it_is(store: Store) -> None:
    await store.write(lambda tx: written(tx, Vault((OLD,), "hash key")))
    assert await reseal_all(store, Vault((NEW,), "hash key")) == Resealed(unreadable=MANY + 3)
    assert await reseal_all(store, Vault((NEW, OLD), "hash key")) == Resealed(resealed=MANY + 3)


async def test_what_was_changed_in_the_meantime_is_not_overwritten(store: Store) -> None:
    await store.write(lambda tx: written(tx, Vault((OLD,), "hash key")))
    column = contacts.c.caller_enc

    def replaces_what_is_no_longer_there(tx: Tx) -> bytes:
        sealed.replace(tx, column, ("c000",), b"what stood there once", b"sealed anew")
        return sealed.values(tx, column, None, 1)[0][1]

    assert await store.write(replaces_what_is_no_longer_there) != b"sealed anew"
