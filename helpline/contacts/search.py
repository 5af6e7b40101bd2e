"""Finding contacts by what was written of them, although it is stored encrypted.

Each word of a record's searched texts, and each of its reasons, stands beside it as a keyed hash: whoever holds the key
can ask for a word, and nobody can read one. The same word has the same hash wherever it stands.
"""

import unicodedata
from collections.abc import Iterator
from functools import partial

from config.directory import Directory
from config.forms import Form
from helpline.contacts.record import Kept, reasons_of, searched_text, unpacked
from helpline.errors import Invalid
from helpline.privacy import Vault
from helpline.store import records
from helpline.store import search as found_by
from helpline.store.db import Store, Tx

SHORTEST = 3
"""Letters of a word that is kept; 2 in Ethiopic, where a letter is a syllable."""

MOST_WORDS = 1_000
"""Different words of one record. Those that come after are not found."""

AT_ONCE = 50
"""Records that one transaction of `reindex` takes."""

_WORD, _REASON = "words", "reasons"

# Where a mark on a letter is an ornament, or an accent that many leave out when they type.
_STAND = frozenset("\u200b\u3099\u309a")  # a space without width; the marks that make another letter of a kana
_MARKS_FALL = ("LATIN ", "GREEK ", "CYRILLIC ", "ARABIC ", "HEBREW ", "COMBINING ")


def words_of(text: str) -> Iterator[str]:
    """The words of a text in any script as they are compared, each once, in their order.

    Letters that are written alike are alike: capital and small, wide and narrow, with and without an accent or a vowel
    sign of Arabic. A number is no word: a telephone number is never kept so.
    """
    seen: set[str] = set()
    for word in _pieces(_alike(text)):
        if word not in seen and _is_long_enough(word):
            seen.add(word)
            yield word


def tokens_of(vault: Vault, form: Form, kept: Kept) -> frozenset[str]:
    """Everything that a record is found by."""
    found = set()
    for number, word in enumerate(words_of(searched_text(form, kept.content))):
        if number == MOST_WORDS:
            break
        found.add(vault.hash_word(_WORD, word))
    for reason in reasons_of(form, kept.content):
        found.add(reason_token(vault, reason))
        found.add(reason_token(vault, reason.partition(".")[0]))
    return frozenset(found)


def reason_token(vault: Vault, code: str) -> str:
    """What a reason, or a group of reasons, is found by."""
    return vault.hash_word(_REASON, code)


def word_tokens(vault: Vault, text: str) -> tuple[str, ...]:
    """What the words that somebody asks for are found by; all of them must be there.

    Raises `Invalid` ("word_too_short") when something was asked for and nothing of it is ever kept.
    """
    found = tuple(vault.hash_word(_WORD, word) for word in words_of(text))
    if text.strip() and not found:
        raise Invalid("word_too_short", "Search for a word of three letters or more.")
    return found


async def reindex(store: Store, vault: Vault, directory: Directory) -> int:
    """Write the words of every record anew, after the hash key has changed; returns how many records.

    It can be stopped and begun again, and the helpline may work meanwhile. A record whose form is no longer in the
    directory keeps no words.
    """
    after, done = "", 0
    while True:
        unit = partial(_reindex_some, vault=vault, directory=directory, after=after)
        after, count = await store.write(unit)
        if not count:
            return done
        done += count


def _reindex_some(tx: Tx, *, vault: Vault, directory: Directory, after: str) -> tuple[str, int]:
    some = records.some(tx, after, AT_ONCE)
    for contact_id, form_id, version, sealed in some:
        form = directory.forms.of(form_id, version)
        kept = unpacked(form_id, version, vault.open(sealed))
        found_by.set_words(tx, contact_id, tokens_of(vault, form, kept) if form else frozenset())
    return (some[-1][0] if some else after), len(some)


def _alike(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold()
    letters = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not _falls(letter))
    return unicodedata.normalize("NFKC", letters.casefold())


def _falls(letter: str) -> bool:
    category = unicodedata.category(letter)
    if letter in _STAND:
        return False
    if category == "Cf" or letter == "\u0640":  # joiners, marks of direction; a stroke that only widens Arabic
        return True
    return category == "Mn" and unicodedata.name(letter, "").startswith(_MARKS_FALL)


def _pieces(text: str) -> Iterator[str]:
    piece: list[str] = []
    for letter in text:
        category = unicodedata.category(letter)
        if category[0] == "L" or (category[0] == "M" and piece):
            piece.append(letter)
        elif piece:
            yield "".join(piece)
            piece = []
    if piece:
        yield "".join(piece)


def _is_long_enough(word: str) -> bool:
    letters = [letter for letter in word if unicodedata.category(letter)[0] == "L"]
    syllables = all(unicodedata.name(letter, "").startswith("ETHIOPIC") for letter in letters)
    return len(letters) >= (2 if syllables else SHORTEST)
