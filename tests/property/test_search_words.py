"""What holds for the words of any text in any script."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from helpline.contacts.search import words_of

ANY = st.text(alphabet=st.characters(), max_size=200)  # surrogates, NUL, marks and unassigned ones too
SCRIPTS = st.sampled_from(
    ["uncle", "école", "ልጅነት", "መሄድ", "الطفل", "المدرسة", "боится", "बच्चा", "straße", "ångström", "子供達"]
)


@given(ANY)
def test_a_word_is_letters_and_their_marks_each_once(text: str) -> None:
    words = list(words_of(text))
    assert len(words) == len(set(words))
    for word in words:
        assert {unicodedata.category(letter)[0] for letter in word} <= {"L", "M"}
        assert len(word) >= 2


@given(ANY)
def test_what_is_compared_is_compared_the_same_again(text: str) -> None:
    for word in words_of(text):
        assert list(words_of(word)) == [word]


@given(ANY)
def test_capitals_and_the_form_of_letters_make_no_difference(text: str) -> None:
    words = set(words_of(text))
    assert words == set(words_of(unicodedata.normalize("NFC", text)))
    assert words == set(words_of(unicodedata.normalize("NFKD", text)))


@given(st.lists(SCRIPTS, max_size=8), st.sampled_from([" ", "\n", ", ", "።", "፡", "، ", ". ", " – ", "\u200b", "7"]))
def test_every_word_of_a_text_is_found_in_it(words: list[str], between: str) -> None:
    found = set(words_of(between.join(words)))
    for word in words:
        assert set(words_of(word)) <= found
        assert set(words_of(word.upper())) <= found
