"""Contacts are found by what is known of them and by hashed words, on every store, a page at a time."""

import random
import time

import pytest

from helpline.contacts.record import Kept, write
from helpline.contacts.search import reason_token, reindex, tokens_of, word_tokens
from helpline.privacy import Vault, generate_key
from helpline.store import records, retention
from helpline.store import search as store_search
from helpline.store.db import Store, Tx
from helpline.store.search import COUNTED, PAGE, Page, Wanted
from helpline.store.tables import assignments, contacts, same_child, workers
from tests.contract.rows import a_contact, a_worker, an_assignment
from tests.village import a_directory

DIRECTORY = a_directory()
FORM = DIRECTORY.forms.contact
VAULT = Vault([generate_key()], "a hash key of this test's own, long enough")


def written(tx: Tx, id: str, vault: Vault = VAULT, **content: object) -> None:
    """A record as the service writes it."""
    kept = write(DIRECTORY, FORM, Kept(), content)
    records.save(tx, id, "w1", records.Sealed(kept.form, kept.version, kept.contact_type, vault.seal(kept.packed())), 0)
    store_search.set_words(tx, id, tokens_of(vault, FORM, kept))


async def three_contacts(store: Store) -> None:
    def unit(tx: Tx) -> None:
        for worker in ("w1", "w2"):
            tx.insert(workers, a_worker(worker))
        for number, (id, worker) in enumerate([("a", "w1"), ("b", "w1"), ("c", "w2")]):
            known = {"line": "children", "language": "so" if id == "a" else "am", "state": "closed"}
            tx.insert(contacts, a_contact(id, first_arrival=1000 + number, outcome="served", **known))
            tx.insert(assignments, an_assignment(f"s{id}", id, worker, accepted_at=1, ended_at=2))
        written(tx, "a", contact_type="self", summary="The uncle beats her", reasons=["violence.physical"])
        written(tx, "b", contact_type="about_child", summary="ልጅ ወደ ቤት", reasons=["violence.neglect"])
        written(tx, "c", contact_type="self", summary="An uncle in Kitwe")
        records.finish(tx, "a")

    await store.write(unit)


async def ids(store: Store, **wanted: object) -> list[str]:
    found = await store.read(lambda tx: store_search.find(tx, Wanted(**wanted)))  # type: ignore[arg-type]
    assert found.count == len(found.found)
    return [one.contact_id for one in found.found]


def words(text: str) -> tuple[str, ...]:
    return word_tokens(VAULT, text)


async def test_what_is_wanted_is_found_and_nothing_else(store: Store) -> None:
    await three_contacts(store)
    assert await ids(store) == ["c", "b", "a"], "the newest first"
    assert await ids(store, worker_id="w1") == ["b", "a"]
    assert await ids(store, since=1001) == ["c", "b"]
    assert await ids(store, since=1001, before=1002) == ["b"]
    assert await ids(store, language="so") == ["a"]
    assert await ids(store, line="other") == []
    assert await ids(store, contact_type="self") == ["c", "a"]
    assert await ids(store, state="closed", outcome="served") == ["c", "b", "a"]
    assert await ids(store, tokens=words("uncle")) == ["c", "a"]
    assert await ids(store, tokens=words("uncle kitwe")) == ["c"]
    assert await ids(store, tokens=words("ልጅ")) == ["b"]
    assert await ids(store, tokens=(reason_token(VAULT, "violence"),)) == ["b", "a"]
    assert await ids(store, tokens=(reason_token(VAULT, "violence.neglect"),)) == ["b"]
    assert await ids(store, worker_id="w2", tokens=words("uncle")) == ["c"]
    found = await store.read(lambda tx: store_search.find(tx, Wanted(language="so")))
    assert found.found[0].finished is True and found.found[0].contact_type == "self"


async def test_a_word_that_was_taken_out_of_a_record_no_longer_finds_it(store: Store) -> None:
    await three_contacts(store)
    kept = write(DIRECTORY, FORM, Kept(), {"summary": "The aunt beats her"})
    await store.write(lambda tx: store_search.set_words(tx, "a", tokens_of(VAULT, FORM, kept)))
    assert await ids(store, tokens=words("uncle")) == ["c"]
    assert await ids(store, tokens=words("aunt beats")) == ["a"]
    await store.write(lambda tx: store_search.set_words(tx, "a", frozenset()))
    assert await ids(store, tokens=words("beats")) == []


async def test_a_draft_on_an_older_version_leaves_the_words_as_they_are(store: Store) -> None:
    await three_contacts(store)

    def late(tx: Tx) -> None:
        written(tx, "a", summary="Something else entirely")

    with pytest.raises(Exception, match="changed on another page"):
        await store.write(late)
    assert await ids(store, tokens=words("uncle")) == ["c", "a"]


async def test_after_the_hash_key_has_changed_records_are_found_when_they_were_indexed_anew(store: Store) -> None:
    await three_contacts(store)
    key = generate_key()
    before, after = Vault([key], "the hash key before, of some length"), Vault([key], "the hash key that came after it")

    def unit(tx: Tx) -> None:
        kept = write(DIRECTORY, FORM, Kept(), {"summary": "A grandmother"})
        sealed = records.Sealed(kept.form, kept.version, None, before.seal(kept.packed()))
        for id in ("a", "b", "c"):
            written_already = records.get(tx, id)
            assert written_already is not None
            records.save(tx, id, "w1", sealed, written_already.version)
            store_search.set_words(tx, id, tokens_of(before, FORM, kept))

    await store.write(unit)
    assert await ids(store, tokens=word_tokens(after, "grandmother")) == []
    assert await reindex(store, after, DIRECTORY) == 3
    assert await ids(store, tokens=word_tokens(after, "grandmother")) == ["c", "b", "a"]
    assert await ids(store, tokens=word_tokens(before, "grandmother")) == []


async def test_pages_follow_each_other_without_a_gap(store: Store) -> None:
    def unit(tx: Tx) -> None:
        for number in range(PAGE * 2 + 3):  # several at one time too
            tx.insert(contacts, a_contact(f"c{number:03}", first_arrival=number // 4))

    await store.write(unit)
    seen: list[str] = []
    after = ""
    for _ in range(3):
        page: Page = await store.read(lambda tx, after=after: store_search.find(tx, Wanted(), after))  # type: ignore[misc]
        assert page.count == PAGE * 2 + 3
        seen += [one.contact_id for one in page.found]
        after = page.after or ""
    assert seen == [f"c{number:03}" for number in reversed(range(PAGE * 2 + 3))] and after == ""
    for rubbish in ("x", "1.", ".", "9" * 40 + ".a", "-1.a"):
        assert (await store.read(lambda tx, after=rubbish: store_search.find(tx, Wanted(), after))).count  # type: ignore[misc]


async def test_a_contact_that_is_forgotten_leaves_no_word_and_no_answer_behind(store: Store) -> None:
    await three_contacts(store)

    def unit(tx: Tx) -> int:
        answer = {"says": "same", "by": "w1", "at": 1}
        tx.insert(same_child, {"contact_id": "b", "other_id": "a", **answer})
        tx.insert(same_child, {"contact_id": "a", "other_id": "c", **answer})
        tx.execute(contacts.update().where(contacts.c.id == "a").values(keep_until=1))
        tx.execute(contacts.update().where(contacts.c.id != "a").values(keep_until=tx.now + 1))
        return retention.forget_contacts(tx)

    assert await store.write(unit) == 1
    assert await ids(store, tokens=words("uncle")) == ["c"]
    left = await store.read(lambda tx: tx.execute(same_child.select()).all())
    assert left == []


async def test_five_thousand_records_are_searched(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(5)
    vocabulary = ["".join(chance.choices("abdeghijklmnoprstuwyz", k=chance.randint(4, 9))) for _ in range(3000)]
    everything = 5_000

    def unit(tx: Tx) -> None:
        for worker in range(20):
            tx.insert(workers, a_worker(f"w{worker}"))
        for number in range(everything):
            id = f"c{number:05}"
            tx.insert(contacts, a_contact(id, first_arrival=number, line="children", state="closed"))
            tx.insert(assignments, an_assignment(f"a{number}", id, f"w{number % 20}", accepted_at=1, ended_at=2))
            summary = chance.choices(vocabulary, k=40) + (["uncle"] if number % 500 == 0 else [])
            store_search.set_words(tx, id, frozenset(VAULT.hash_word("words", word) for word in summary))

    await store.write(unit)
    asked = {
        "a rare word of everyone's": Wanted(tokens=words("uncle")),
        "a rare word of one's own": Wanted(worker_id="w0", tokens=words("uncle")),
        "two words": Wanted(tokens=words(f"uncle {vocabulary[0]}")),
        "everything": Wanted(),
        "one's own": Wanted(worker_id="w7"),
    }
    counts = {}
    with capsys.disabled():
        for what, wanted in asked.items():
            began = time.perf_counter()
            counts[what] = (await store.read(lambda tx, wanted=wanted: store_search.find(tx, wanted))).count  # type: ignore[misc]
            print(f"\n  {store.name}: {what}, {counts[what]}: {(time.perf_counter() - began) * 1e3:.1f} ms", end="")
    assert counts["a rare word of everyone's"] == counts["a rare word of one's own"] == 10
    assert counts["everything"] == COUNTED + 1 and counts["one's own"] == everything / 20
