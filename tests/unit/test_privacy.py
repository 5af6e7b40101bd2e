"""A child's number, name and words: sealed, found again by a hash, and never readable by chance."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpline.errors import Invalid, Unavailable
from helpline.privacy import Unreadable, Vault, generate_key, normalise_number, pseudonym, redact, telephone

OLD, NEW = generate_key(), generate_key()
SENTENCE = "እርዳታ እፈልጋለሁ, أحتاج مساعدة, I need help 🙏"


def test_what_a_child_said_is_sealed_and_read_again() -> None:
    vault = Vault((NEW,), "demonstration")
    blob = vault.seal(SENTENCE)
    assert vault.open(blob) == SENTENCE
    assert SENTENCE.encode() not in blob and b"help" not in blob


def test_the_same_words_never_look_the_same_twice() -> None:
    vault = Vault((NEW,), "demonstration")
    assert vault.seal("yes") != vault.seal("yes")


@given(st.text(st.characters(), max_size=200))
def test_any_text_comes_back_as_it_was_with_nul_and_lone_surrogates(text: str) -> None:
    vault = Vault((NEW,), "demonstration")
    assert vault.open(vault.seal(text)) == text


def test_a_lone_surrogate_and_nul_survive() -> None:
    vault = Vault((NEW,), "demonstration")
    assert vault.open(vault.seal("a\0b\ud83d")) == "a\0b\ud83d"


def test_the_operator_changes_the_key_and_old_words_can_still_be_read() -> None:
    blob = Vault((OLD,), "demonstration").seal(SENTENCE)
    both = Vault((NEW, OLD), "demonstration")

    assert both.open(blob) == SENTENCE
    assert both.needs_resealing(blob)

    fresh = both.reseal(blob)
    assert not both.needs_resealing(fresh)
    assert Vault((NEW,), "demonstration").open(fresh) == SENTENCE


def test_new_words_are_sealed_with_the_first_key_only() -> None:
    blob = Vault((NEW, OLD), "demonstration").seal(SENTENCE)
    with pytest.raises(Unreadable):
        Vault((OLD,), "demonstration").open(blob)


def test_a_key_that_was_taken_away_is_named_as_the_reason() -> None:
    blob = Vault((OLD,), "demonstration").seal(SENTENCE)
    with pytest.raises(Unreadable) as caught:
        Vault((NEW,), "demonstration").open(blob)
    assert caught.value.code == "seal_key_missing"
    assert isinstance(caught.value, Unavailable)


def test_words_that_somebody_altered_are_not_read() -> None:
    vault = Vault((NEW,), "demonstration")
    blob = vault.seal(SENTENCE)
    for at in (0, 5, 20, len(blob) - 1):
        altered = bytearray(blob)
        altered[at] ^= 1
        with pytest.raises(Unreadable) as caught:
            vault.open(bytes(altered))
        assert caught.value.code == "seal_broken"
    for cut in (b"", blob[:10], blob[:-1]):
        with pytest.raises(Unreadable):
            vault.open(cut)


@pytest.mark.parametrize("keys", [(), ("",), ("secret",), (generate_key()[:20],), (NEW, "ключ")])
def test_a_key_that_is_none_stops_the_start(keys: tuple[str, ...]) -> None:
    with pytest.raises(Invalid) as caught:
        Vault(keys, "demonstration")
    assert caught.value.code == "seal_key"


def test_a_hash_key_is_needed() -> None:
    with pytest.raises(Invalid) as caught:
        Vault((NEW,), "")
    assert caught.value.code == "hash_key"


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("+260971234567", "+260971234567"),
        ("+260 97-123 4567", "+260971234567"),
        ("+260 (97) 123.4567", "+260971234567"),
        ("00260971234567", "+260971234567"),
        ("sip:+260971234567@trunk.example", "+260971234567"),
        ("sips:+260971234567@trunk.example:5061;user=phone", "+260971234567"),
        ("sip:+260971234567;npdi@trunk.example;user=phone", "+260971234567"),
        ("SIP:%2B260971234567@trunk.example", "+260971234567"),
        ('"Mother" <sip:+260971234567@trunk.example>;tag=9', "+260971234567"),
        ("tel:+260-97-1234567;phone-context=example", "+260971234567"),
        ("\u202d+260971234567\u202c", "+260971234567"),
        ("+٢٦٠٩٧١٢٣٤٥٦٧", "+260971234567"),
        ("＋２６０９７１２３４５６７", "+260971234567"),
        ("+۲۶۰ ۹۷ ۱۲۳ ۴۵۶۷", "+260971234567"),
        ("0971 234 567", "0971234567"),
        ("116", "116"),
        ("sip:116@pbx.example", "116"),
        ("sip:Amina@pbx.example;transport=tcp", "amina@pbx.example"),
        ("client:amina", "client:amina"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_a_number_has_one_spelling(written: str, same: str) -> None:
    assert normalise_number(written) == same
    assert normalise_number(same) == same


@pytest.mark.parametrize("written", ["0971234567", "260971234567", "+260971234567", "00260 97 1234567"])
def test_a_national_number_is_the_international_one_where_the_country_is_known(written: str) -> None:
    assert normalise_number(written, "260") == "+260971234567"
    here = Vault((NEW,), "demonstration", country_code="260")
    assert here.hash_number(written) == Vault((NEW,), "demonstration").hash_number("+260971234567")


def test_a_short_number_stays_short_where_the_country_is_known() -> None:
    assert normalise_number("116", "260") == "116"


def test_a_caller_in_three_spellings_is_found_again() -> None:
    vault = Vault((NEW,), "demonstration")
    spellings = ("+260 97-123 4567", "+260971234567", "sip:+260971234567@host;user=phone")
    assert len({vault.hash_number(number) for number in spellings}) == 1
    assert vault.hash_number("+260971234568") != vault.hash_number("+260971234567")


def test_a_hash_tells_nothing_without_its_key() -> None:
    here, there = Vault((NEW,), "one deployment"), Vault((NEW,), "another one")
    assert here.hash_number("+260971234567") != there.hash_number("+260971234567")
    assert len(here.hash_number("116")) == 64


def test_nobodys_number_is_not_hashed() -> None:
    with pytest.raises(Invalid) as caught:
        Vault((NEW,), "demonstration").hash_number("  ")
    assert caught.value.code == "number_empty"


def test_pseudonyms_can_be_said_aloud_and_are_drawn_by_lot() -> None:
    chance = random.Random(7)
    drawn = [pseudonym(chance) for _ in range(500)]
    for name in drawn:
        syllable, digits = name.split("-")
        assert syllable.isalpha() and syllable[0].isupper() and len(syllable) <= 3
        assert len(digits) == 4 and digits.isdigit()
    assert len(set(drawn)) > 490
    assert pseudonym(random.Random(7)) == drawn[0]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("call me at +260 97-123 4567 tonight", "call me at [number] tonight"),
        ("اتصل على ٠٩٧١٢٣٤٥٦٧", "اتصل على [number]"),
        ("write to amina@example.org", "write to [address]"),
        ("I am 12, in room 7 since 2026", "I am 12, in room 7 since [number]"),
        ("እርዳታ እፈልጋለሁ", "እርዳታ እፈልጋለሁ"),
        ("أحتاج مساعدة", "أحتاج مساعدة"),
    ],
)
def test_free_text_loses_its_numbers_and_addresses_and_no_more(text: str, left: str) -> None:
    assert redact(text) == left


@pytest.mark.parametrize(
    ("written", "called"),
    [
        ("0211 123-456", "+260211123456"),
        ("+260 (211) 123.456", "+260211123456"),
        ("116", "116"),
        ("17", "17"),
        ("call me", None),
        ("1", None),
        ("", None),
        ("+1234567890123456", None),
        ("0" + 14 * "1", None),  # too long with its country
        ("sip:desk@court.example", None),
    ],
)
def test_what_can_be_called_has_one_spelling_and_the_rest_has_none(written: str, called: str | None) -> None:
    assert telephone(written, "260") == called
