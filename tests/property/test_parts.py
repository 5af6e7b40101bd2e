"""A text goes out in parts that fit, and nothing of it is lost."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ivr_scripts.parts import SEVEN_BIT, TWICE, parts

AMHARIC = "ሰላም እኔ ብቻዬን ነኝ እና "
FAMILY = "👨\u200d👩\u200d👧"

PLAIN = st.text(st.sampled_from(sorted(SEVEN_BIT | TWICE)), max_size=1700)
PEOPLE = st.lists(
    st.sampled_from(
        ["a", " ", "word ", "ሰላም ", "مَرْحَبًا ", "é", FAMILY, "👍🏽", "🇿🇲", "🇪🇹", "\r\n", "€", "\ud83d\ude00", "x" * 90]
    ),
    max_size=400,
).map("".join)
ANY = st.text(st.characters(), max_size=1700)


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def places(text: str) -> int:
    return sum(2 if sign in TWICE else 1 for sign in text)


@given(PLAIN | PEOPLE | ANY)
@example("")
@example("e" + "\u0301" * 1600)
@example("🇿" * 1600)
@example("\ud83d" + "\ude00" * 99)
@example("{" * 1600)
def test_parts_join_back_and_fit(body: str) -> None:
    pieces = parts(body)
    plain = set(body) <= SEVEN_BIT | TWICE
    if len(pieces) == 1:
        assert pieces == (body,)
        assert places(body) <= 160 if plain else units(body) <= 70
        return
    bare = []
    for number, piece in enumerate(pieces, 1):
        assert places(piece) <= 153 if plain else units(piece) <= 67
        head = f"{number}/{len(pieces)} "
        assert piece.startswith(head)
        assert piece != head
        bare.append(piece.removeprefix(head))
    assert "".join(bare) == body


@given(PEOPLE)
def test_no_character_is_broken_where_it_need_not_be(body: str) -> None:
    for piece in parts(body)[1:]:
        first = re.sub(r"^\d+/\d+ ", "", piece, count=1)[0]
        assert not unicodedata.combining(first)
        assert first != "\u200d"
        assert not "\udc00" <= first <= "\udfff"
        assert not "\U0001f3fb" <= first <= "\U0001f3ff"


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * (2 * 149), 2),
        ("a" * (2 * 149 + 1), 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("é" * 160, 1),
        ("ç" * 70, 1),
        ("ç" * 71, 2),
        ("አ" * 70, 1),
        ("አ" * 71, 2),
        ("አ" * (2 * 63), 2),
        ("አ" * (2 * 63 + 1), 3),
        ("አ" * (9 * 63), 9),
        ("አ" * (9 * 63 + 1), 10),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("አ" * 1600, 27),
        ("a" * 1600, 11),
    ],
)
def test_how_many_parts_a_text_takes(body: str, count: int) -> None:
    assert len(parts(body)) == count


def test_a_part_ends_between_words() -> None:
    pieces = parts(AMHARIC * 6)
    assert len(pieces) > 1
    for number, piece in enumerate(pieces, 1):
        words = piece.removeprefix(f"{number}/{len(pieces)} ").split()
        assert set(words) <= set(AMHARIC.split())


def test_a_family_stays_together() -> None:
    pieces = parts("አ" * 60 + FAMILY + "አ" * 60)
    assert pieces == ("1/3 " + "አ" * 60, "2/3 " + FAMILY + "አ" * 55, "3/3 " + "አ" * 5)


def test_a_flag_stays_whole() -> None:
    assert parts("አ" * 61 + "🇿🇲" + "አ" * 9)[1] == "2/2 🇿🇲" + "አ" * 9


def test_a_word_that_is_longer_than_a_part_begins_a_new_one() -> None:
    pieces = parts("so " + "x" * 200)
    assert pieces == ("1/3 so ", "2/3 " + "x" * 149, "3/3 " + "x" * 51)
