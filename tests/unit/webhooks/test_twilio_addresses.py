"""One caller in many spellings, and callers who withhold their number."""

import pytest

from webhooks.events import Caller
from webhooks.twilio.addresses import caller, plain


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("+260971234567", "+260971234567"),
        ("+260 97-123 4567", "+260971234567"),
        (" +260971234567 ", "+260971234567"),
        ("(097) 123.4567", "0971234567"),
        ("0971234567", "0971234567"),
        ("116", "116"),
        ("sip:116@trunk.example.org", "116"),
        ("SIPS:+260971234567@10.0.0.1:5061;transport=tls", "+260971234567"),
        ("sip:+260971234567@host;user=phone?Subject=x", "+260971234567"),
        ("sip:0971234567;phone-context=+260@host", "0971234567"),
        ("sip:%2B260971234567@host", "+260971234567"),
        ('"Mama" <sip:0971234567@host>;tag=1', "0971234567"),
        ("tel:+260-97-1234567", "+260971234567"),
        ("sip:office.line@host", "office.line"),
        ("client:amina", "client:amina"),
    ],
)
def test_a_caller_has_one_spelling(given: str, number: str) -> None:
    assert plain(given) == number
    assert caller(given) == Caller(number)


@pytest.mark.parametrize(
    "given",
    [
        "",
        " ",
        "Anonymous",
        "anonymous",
        "ANONYMOUS",
        "Restricted",
        "Unknown",
        "Private",
        "Unavailable",
        "Blocked",
        "+266696687",
        "+7378742833",
        "+2562533",
        "+8656696",
        "+86282452253",
        "sip:anonymous@anonymous.invalid",
        "sip:anonymous@10.0.0.1;user=phone",
        '"Anonymous" <sip:c8oqz84zk7z@anonymous.invalid>',
        "sip:Restricted@host",
        "sip:+266696687@host",
        "0",
        "+0",
        "0000",
        "+",
        "x" * 1000,
        "+26097\x001234567",
        "+26097\ud8001234567",
        "sip:%00@host",
    ],
)
def test_a_withheld_number_is_nobodys(given: str) -> None:
    assert caller(given) is None


def test_a_local_number_that_spells_a_word_is_somebodys() -> None:
    assert caller("2562533") == Caller("2562533")
