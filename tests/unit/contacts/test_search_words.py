"""Words are compared as people write them, in any script, and kept so that nobody can read them."""

import pytest

from helpline.contacts.record import Kept, form_of, write
from helpline.contacts.search import MOST_WORDS, reason_token, tokens_of, word_tokens, words_of
from helpline.errors import Invalid
from helpline.privacy import Vault, generate_key
from tests.village import a_directory

DIRECTORY = a_directory()
FORM = DIRECTORY.forms.contact
VAULT = Vault([generate_key()], "a hash key of this test's own, long enough")


def found_by(summary: str, asked: str) -> bool:
    kept = write(DIRECTORY, form_of(DIRECTORY, Kept()), Kept(), {"summary": summary})
    return set(word_tokens(VAULT, asked)) <= tokens_of(VAULT, FORM, kept)


@pytest.mark.parametrize(
    ("summary", "asked"),
    [
        ("The uncle beats her.", "UNCLE"),
        ("The uncle beats her.", "beats uncle"),
        ("A l'école, un élève a été frappé", "ecole"),
        ("A l'ecole", "école"),
        ("Straße", "STRASSE"),
        ("Ng'ombe ya mjomba", "ng'ombe mjomba"),
        ("ﬁnding the ｕｎｃｌｅ", "finding uncle"),
        ("ልጅ ወደ ቤት መሄድ ይፈልጋል።", "ልጅ"),
        ("ልጁ፡ቤት፡ይፈልጋል", "ቤት"),
        ("الطِّفْلُ خائِفٌ", "الطفل"),
        ("الـطـفـل خائف", "الطفل"),
        ("أحمد لا يذهب إلى المدرسة", "المدرسه".replace("ه", "ة")),
        ("Он боится", "боится"),
        ("बच्चा डरता है", "बच्चा"),
        ("cafe\u0301", "caf\u00e9"),
        ("un\u00adcle", "uncle"),
    ],
)
def test_a_word_is_found_however_it_was_typed(summary: str, asked: str) -> None:
    assert found_by(summary, asked)


@pytest.mark.parametrize(
    ("summary", "asked"),
    [
        ("The uncle beats her.", "unc"),
        ("The uncle beats her.", "uncle aunt"),
        ("が好きです", "か好きて゚す"),
        ("बच्चा", "बचच"),
    ],
)
def test_what_was_not_written_is_not_found(summary: str, asked: str) -> None:
    assert not found_by(summary, asked)


def test_numbers_and_short_words_are_not_kept() -> None:
    assert list(words_of("0971234567 +260 97-123 is it ٠٩٧ ልጅ I")) == ["ልጅ"]
    for asked in ("097 123", "it", "...", "👧🏿"):
        with pytest.raises(Invalid) as caught:
            word_tokens(VAULT, asked)
        assert caught.value.code == "word_too_short"
    assert word_tokens(VAULT, "  ") == ()


def test_a_word_and_a_reason_of_the_same_letters_are_two() -> None:
    assert reason_token(VAULT, "violence") not in word_tokens(VAULT, "violence")
    kept = write(DIRECTORY, FORM, Kept(), {"summary": "violence"})
    assert reason_token(VAULT, "violence") not in tokens_of(VAULT, FORM, kept)


def test_a_record_is_found_by_its_reason_and_by_the_group_of_it() -> None:
    tokens = tokens_of(VAULT, FORM, write(DIRECTORY, FORM, Kept(), {"reasons": ["violence.neglect"]}))
    assert tokens == {reason_token(VAULT, "violence.neglect"), reason_token(VAULT, "violence")}


def test_only_texts_that_are_searched_have_words() -> None:
    kept = write(DIRECTORY, FORM, Kept(), {"done": "Called the school.", "safe_when": "after school"})
    assert tokens_of(VAULT, FORM, kept) == frozenset()


def test_another_hash_key_gives_other_hashes_and_a_number_is_none_of_them() -> None:
    other = Vault([generate_key()], "another hash key of this test's, long enough")
    assert word_tokens(VAULT, "uncle") != word_tokens(other, "uncle")
    assert VAULT.hash_word("words", "0971234567") != VAULT.hash_number("0971234567")[:32]


def test_a_record_of_too_many_words_keeps_the_first() -> None:
    words = [f"{'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10 % 10]}{'uvwxyzabcd'[n // 100]}qq" for n in range(1000)]
    kept = write(DIRECTORY, FORM, Kept(), {"summary": " ".join([*words, "uncle"])})
    assert len(tokens_of(VAULT, FORM, kept)) == MOST_WORDS
    assert not set(word_tokens(VAULT, "uncle")) & tokens_of(VAULT, FORM, kept)
