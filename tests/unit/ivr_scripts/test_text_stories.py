"""A child writes to the line: in which language it is answered, and what it reads before a person is there."""

from collections.abc import Callable

import pytest

from ivr_scripts.conversation import NamedLanguage
from ivr_scripts.loader import SpokenLine, load_words
from ivr_scripts.parts import parts
from ivr_scripts.schema import SafetyKeys
from ivr_scripts.texting import (
    Danger,
    LanguageChosen,
    LanguageUnknown,
    Queue,
    SafeSaid,
    TextDecision,
    TextScript,
    text_script,
)
from tests.unit.ivr_scripts.child_by_text import Child

AMHARIC_AND_TIGRINYA = "1 አማርኛ\n2 ትግርኛ\n0 አስቸኳይ\n0 Urgent"
ALL = "1 English\n2 Ichibemba\n"
BETRAYING = (
    "child",
    "help",
    "danger",
    "safe",
    "counsel",
    "enfant",
    "aide",
    "hatari",
    "mtoto",
    "msaada",
    "ልጅ",
    "አደጋ",
    "خطر",
)


@pytest.fixture(scope="module")
def script(line: SpokenLine) -> TextScript:
    words, faults = load_words()
    assert faults == []
    made = text_script(line.script, line.languages, words)
    assert made is not None
    return made


Someone = Callable[..., Child]


@pytest.fixture
def someone(script: TextScript, line: SpokenLine) -> Someone:
    def writes_from(*, remembered: str | None = None, closed: bool = False) -> Child:
        return Child(script, line.prompts, remembered=remembered, closed=closed)

    return writes_from


@pytest.fixture
def child(someone: Someone) -> Child:
    return someone()


class TestTheLanguageThatIsCertain:
    def test_amharic_from_the_first_letter(self, child: Child) -> None:
        child.writes("እርዱኝ እባክዎ እኔ ብቻዬን ነኝ")
        assert child.decided == [LanguageChosen("am"), Queue()]
        assert child.named == ["am:limits", "am:text_coming", "am:text_danger(0)", "am:text_another(#)"]
        child.writes("ዛሬ ማታ የት እንደምተኛ አላውቅም")
        assert (child.reads, len(child.decided)) == ([], 2)

    def test_ethiopic_letters_alone_leave_two_languages_and_only_these_are_asked(self, child: Child) -> None:
        child.writes("ሰላም")
        assert (child.reads, child.decided) == ([AMHARIC_AND_TIGRINYA], [])
        child.writes("፪")
        assert child.decided == [LanguageChosen("ti"), Queue()]

    def test_a_letter_that_amharic_has_not_is_tigrinya(self, child: Child) -> None:
        child.writes("ቐልጢፍኩም")
        assert child.decided == [LanguageChosen("ti"), Queue()]

    def test_arabic_letters_are_arabic(self, child: Child) -> None:
        child.writes("مرحبا")
        assert child.decided == [LanguageChosen("ar"), Queue()]
        assert "للغة أخرى، اكتب #." in child.reads[0]

    def test_urdu_in_the_same_letters_is_not(self, child: Child) -> None:
        child.writes("مجھے مدد چاہیے")
        assert child.decided == []
        assert child.reads[0].startswith(ALL)

    def test_somali_by_its_words(self, child: Child) -> None:
        child.writes("Waxaan u baahanahay caawimaad")
        assert child.decided == [LanguageChosen("so"), Queue()]

    def test_hello_is_nobodys_language(self, child: Child) -> None:
        child.writes("hello")
        assert child.decided == []
        assert child.reads[0].startswith(ALL)
        assert len(parts(child.reads[0])) == 3

    def test_a_guess_that_is_wrong_can_be_undone(self, child: Child) -> None:
        child.writes("مرحبا", "#")
        assert child.reads[0].startswith(ALL)
        child.writes("so")
        assert child.decided == [LanguageChosen("ar"), Queue(), LanguageChosen("so")]
        assert child.named[0] == "so:limits"

    def test_the_other_languages_may_be_looked_at_without_choosing(self, child: Child) -> None:
        child.writes("مرحبا", "#", "لا أعرف", "5")
        assert child.decided == [LanguageChosen("ar"), Queue()]

    def test_a_counsellor_knows_better(self, child: Child) -> None:
        child.writes("مرحبا").does(NamedLanguage("sw")).waits_long()
        assert child.named == ["sw:long_wait"]
        assert child.decided == [LanguageChosen("ar"), Queue()]


class TestWhatTheNumberChoseBefore:
    def test_is_used_and_says_how_to_choose_another(self, someone: Someone) -> None:
        child = someone(remembered="so").writes("hi")
        assert child.decided == [LanguageChosen("so"), Queue()]
        assert child.named[-1] == "so:text_another(#)"

    def test_gives_way_to_what_is_written(self, someone: Someone) -> None:
        assert someone(remembered="so").writes("مرحبا").decided[0] == LanguageChosen("ar")
        assert someone(remembered="so").writes("Français").decided[0] == LanguageChosen("fr")

    def test_decides_between_two_that_share_their_letters(self, someone: Someone) -> None:
        assert someone(remembered="ti").writes("ሰላም").decided[0] == LanguageChosen("ti")
        assert someone(remembered="so").writes("ሰላም").reads == [AMHARIC_AND_TIGRINYA]

    def test_counts_for_nothing_when_the_language_is_gone(self, someone: Someone) -> None:
        assert someone(remembered="xx").writes("hi").decided == []

    def test_is_not_taken_after_the_child_was_asked(self, someone: Someone) -> None:
        child = someone().writes("hi")
        child.remembered = "so"
        assert child.writes("so what").decided == []


class TestTheQuestion:
    @pytest.mark.parametrize(
        "choice", ["11", "١١", "፲፩", "11.", "Soomaali", "SOMALI", "so", "som", "so-SO", "11 Soomaali"]
    )
    def test_is_answered_in_many_ways(self, child: Child, choice: str) -> None:
        child.writes("hello", choice)
        assert child.decided == [LanguageChosen("so"), Queue()]
        assert child.named == ["so:limits", "so:text_coming", "so:text_danger(0)"]

    def test_is_answered_by_a_language_that_is_not_on_the_menu(self, child: Child) -> None:
        child.writes("hello", "Kinyarwanda")
        assert child.decided == [LanguageChosen("rw"), Queue()]

    def test_is_answered_by_writing(self, child: Child) -> None:
        child.writes("hello", "Ninahitaji msaada")
        assert child.decided == [LanguageChosen("sw"), Queue()]
        assert child.named[-1] == "sw:text_another(#)"

    def test_is_asked_once_more_and_then_a_person_comes(self, child: Child) -> None:
        asked = child.writes("hello").reads
        assert child.writes("my mum").reads == asked
        assert child.decided == []
        child.writes("my sister")
        assert child.decided == [LanguageUnknown(), Queue()]
        assert child.named == ["en:text_unknown"]
        assert child.writes("mum").reads == []

    def test_is_not_asked_again_for_a_smile(self, child: Child) -> None:
        assert child.writes("hello", "🙂", "!!", "").reads == []
        assert child.writes("what").reads != []

    def test_a_choice_that_never_comes(self, child: Child) -> None:
        child.writes("hello").chooses_nothing()
        assert (child.decided, child.reads) == ([LanguageUnknown(), Queue()], [])
        child.chooses_nothing()
        assert len(child.decided) == 2

    def test_a_choice_that_comes_late_still_counts(self, child: Child) -> None:
        child.writes("hello").chooses_nothing().writes("10")
        assert child.decided == [LanguageUnknown(), Queue(), LanguageChosen("sw")]
        assert child.named[0] == "sw:limits"

    def test_no_choice_means_nothing_once_there_was_one(self, child: Child) -> None:
        child.writes("hello", "1").chooses_nothing()
        assert child.decided == [LanguageChosen("en"), Queue()]

    def test_a_number_that_was_not_offered_is_no_choice(self, child: Child) -> None:
        child.writes("ሰላም", "3")
        assert (child.reads, child.decided) == ([AMHARIC_AND_TIGRINYA], [])

    def test_a_language_may_be_named_in_the_first_text(self, child: Child) -> None:
        assert child.writes("kiswahili").decided == [LanguageChosen("sw"), Queue()]

    def test_but_no_short_word_that_is_a_code_by_chance(self, child: Child) -> None:
        assert child.writes("so").decided == []

    def test_numbers_stay_as_the_child_read_them(self, line: SpokenLine, script: TextScript) -> None:
        before = Child(script, line.prompts).writes("hello")
        assert before.session is not None
        other = text_script(line.script, line.languages, script.words, ("so", "en"))
        assert other is not None
        before.script = other
        assert before.writes("2").decided[0] == LanguageChosen("bem")

    def test_the_key_of_danger_is_no_number_of_a_language(self, line: SpokenLine, script: TextScript) -> None:
        keys = SafetyKeys.model_validate(
            {**line.script.keys.model_dump(), "danger": {**line.script.keys.danger.model_dump(), "press": "2"}}
        )
        other = text_script(line.script.model_copy(update={"keys": keys}), line.languages, script.words, ("so", "en"))
        assert other is not None
        child = Child(other, line.prompts).writes("hello")
        assert child.reads == ["1 Soomaali\n3 English\n2 Degdeg\n2 Urgent"]
        assert child.writes("2").decided[0] == Danger()

    @pytest.mark.parametrize("first", ["hello", "ሰላም"])
    def test_betrays_nobody(self, child: Child, first: str) -> None:
        text = child.writes(first).reads[0].lower()
        assert [word for word in BETRAYING if word in text] == []


class TestDanger:
    @pytest.mark.parametrize("zero", ["0", "00", " 0. ", "٠", "0️⃣", "O"])
    def test_while_the_language_is_asked(self, child: Child, zero: str) -> None:
        child.writes("hello", zero)
        assert child.decided == [Danger(), LanguageUnknown(), Queue()]
        assert child.named == ["en:text_danger_heard"]
        child.writes("10")
        assert child.decided[3:] == [LanguageChosen("sw")]
        assert child.named == ["sw:text_danger_heard", "sw:limits"]

    def test_as_the_first_text_the_language_is_asked_after(self, child: Child) -> None:
        child.writes("0")
        assert child.decided == [Danger(), LanguageUnknown(), Queue()]
        assert len(child.reads) == 2
        assert child.reads[1].startswith(ALL)

    def test_as_the_first_text_of_a_number_that_is_known(self, someone: Someone) -> None:
        child = someone(remembered="am").writes("0")
        assert child.decided == [Danger(), LanguageChosen("am"), Queue()]
        assert child.named == ["am:text_danger_heard", "am:limits", "am:text_another(#)"]

    def test_while_waiting_is_decided_once_and_confirmed_each_time(self, child: Child) -> None:
        child.writes("hello", "1", "0")
        assert child.reads == ["We have read this. Someone will answer you first."]
        child.writes("0")
        assert child.reads != []
        assert child.decided == [LanguageChosen("en"), Queue(), Danger()]

    def test_is_a_whole_message(self, child: Child) -> None:
        child.writes("hello", "1", "0 people here", "10", "I am 0k")
        assert Danger() not in child.decided

    def test_what_confirms_it_betrays_nobody(self, child: Child) -> None:
        text = child.writes("hello", "0").reads[0].lower()
        assert [word for word in BETRAYING if word in text] == []


class TestOutOfHours:
    def test_the_child_is_told_and_danger_still_reaches_a_person(self, someone: Someone) -> None:
        child = someone(closed=True).writes("hello", "1")
        assert child.decided == [LanguageChosen("en"), Queue()]
        assert child.named == ["en:limits", "en:text_closed", "en:text_danger(0)"]
        assert child.waits_long().reads == []
        child.writes("0")
        assert child.decided[2:] == [Danger()]
        assert child.waits_long().named == ["en:long_wait"]


class TestWaiting:
    def test_that_it_takes_long_is_said_once(self, child: Child) -> None:
        child.writes("hello", "1")
        assert child.waits_long().named == ["en:long_wait"]
        assert child.waits_long().reads == []

    def test_nothing_is_said_of_waiting_before_a_choice(self, child: Child) -> None:
        assert child.writes("hello").waits_long().reads == []

    def test_another_language_may_be_named_at_any_time(self, child: Child) -> None:
        child.writes("hello", "1", "Kiswahili")
        assert child.decided[2:] == [LanguageChosen("sw")]
        assert child.writes("kiswahili", "I speak English").decided[3:] == []


class TestSafe:
    @pytest.fixture
    def silent(self, child: Child) -> Child:
        child.writes("Waxaan u baahanahay caawimaad").is_asked_whether_it_is_safe()
        child.decided.clear()
        return child

    def test_is_asked_in_words_that_betray_nobody(self, silent: Child) -> None:
        assert silent.reads == ["Hadda wax ma qori kartaa?\n1 haa\n2 maya\n0 Degdeg"]

    @pytest.mark.parametrize(
        ("answer", "yes"),
        [("1", True), ("١", True), ("Haa!", True), ("YES", True), ("2.", False), ("maya", False), ("No", False)],
    )
    def test_is_answered_by_number_or_word_and_in_silence(self, silent: Child, answer: str, yes: bool) -> None:
        silent.writes(answer)
        assert (silent.decided, silent.reads) == ([SafeSaid(yes)], [])
        assert silent.writes(answer).decided == [SafeSaid(yes)]

    def test_another_text_is_no_answer_and_it_is_asked_once_more(self, silent: Child) -> None:
        silent.writes("waa kuma?")
        assert silent.reads[0].startswith("Hadda wax")
        assert silent.writes("waa kuma?").reads == []
        assert silent.decided == []
        assert silent.writes("haa").decided == [SafeSaid(True)]

    def test_danger_is_heard_here_too(self, silent: Child) -> None:
        assert silent.writes("0").decided == [Danger()]
        assert silent.writes("1").decided == [Danger(), SafeSaid(True)]


class TestStopWords:
    def test_end_alone_is_answered_with_silence_and_ends_nothing(self, child: Child) -> None:
        child.writes("hello", "END")
        assert (child.reads, child.decided) == ([], [])
        assert child.writes("1").decided == [LanguageChosen("en"), Queue()]

    def test_end_in_a_sentence_is_a_message_like_any_other(self, child: Child) -> None:
        child.writes("in the end they took my bag")
        assert child.decided == [LanguageChosen("en"), Queue()]

    def test_the_first_text_may_be_one(self, child: Child) -> None:
        assert child.writes("stop").reads == []
        assert child.writes("hello").reads[0].startswith(ALL)


class TestAttachments:
    def test_are_not_taken_and_it_is_said_kindly_and_once(self, child: Child) -> None:
        child.writes("hello", "1").sends_a_picture()
        assert child.reads == ["Pictures and recordings do not reach us. Please write it in words."]
        assert child.sends_a_picture("look").reads == []
        assert child.sends_a_picture_to_its_person().reads == []

    def test_before_the_language_is_known_it_waits(self, child: Child) -> None:
        assert child.sends_a_picture().reads[0].startswith(ALL)
        child.writes("10")
        assert child.named[-1] == "sw:text_no_media"
        assert len(child.reads) == 2

    def test_a_picture_is_no_answer_to_the_question(self, child: Child) -> None:
        assert child.writes("hello").sends_a_picture().reads == []

    def test_with_a_person_they_are_not_taken_either(self, child: Child) -> None:
        child.writes("hello", "9").sends_a_picture_to_its_person()
        assert child.named == ["fr:text_no_media"]


class TestWebChat:
    def test_a_language_is_chosen_on_the_page(self, child: Child) -> None:
        child.opens_the_page("ar")
        assert child.decided == [LanguageChosen("ar"), Queue()]
        assert child.named == ["ar:limits", "ar:text_coming"]

    @pytest.mark.parametrize("language", [None, "xx"])
    def test_a_child_that_knows_none_waits_all_the_same(self, child: Child, language: str | None) -> None:
        child.opens_the_page(language)
        assert child.decided == [LanguageUnknown(), Queue()]
        assert child.named == ["en:limits", "en:text_coming"]
        child.writes("مرحبا")
        assert child.decided[2:] == [LanguageChosen("ar")]

    def test_it_is_told_when_nobody_is_there(self, someone: Someone) -> None:
        assert someone(closed=True).opens_the_page("fr").named == ["fr:limits", "fr:text_closed"]

    def test_another_language_may_be_chosen_later(self, child: Child) -> None:
        decided: list[TextDecision] = [LanguageChosen("ar"), Queue(), LanguageChosen("so")]
        assert child.opens_the_page("ar").opens_the_page("so").decided == decided


def test_a_line_without_texts_has_no_text_script(line: SpokenLine, script: TextScript) -> None:
    assert text_script(line.script.model_copy(update={"texts": None}), line.languages, script.words) is None
