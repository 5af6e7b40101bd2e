"""A letter is what we meant, to whom we meant it, whatever somebody has put into its parts."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from config.mail import mail_faults
from config.settings import Settings, Smtp
from helpline.clock import SECOND
from helpline.notices.letters import Letter, usable_address, write
from webhooks.ports import CarrierTrouble

SENDER = "116@helpline.example.org"
AT = 1_800_000_000 * SECOND
INVITE = "BEGIN:VCALENDAR\r\nSUMMARY:ልጅ\r\nEND:VCALENDAR\r\n".encode()


def letter(**more: object) -> Letter:
    return Letter(**({"id": "n1", "to": "a@b.example", "subject": "Hello", "body": "Words.", "at": AT} | more))  # type: ignore[arg-type]


def read(message: bytes) -> EmailMessage:
    found = message_from_bytes(message, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def test_the_same_notice_gives_the_same_letter_so_that_a_doubled_one_is_seen_to_be_one() -> None:
    once, again = (read(write(letter(), SENDER).message) for _ in range(2))
    assert once.items() == again.items()
    assert once["Message-ID"] == "<notice.n1@helpline.example.org>"


@pytest.mark.parametrize(
    "subject",
    ["Hello\r\nBcc: all@example.org", "Hello\nX: y", "Hello\x0bworld\x85 \u2028Bcc: x", "Hello\0", "\ud800 Hello"],
)
def test_a_subject_begins_no_header_of_its_own(subject: str) -> None:
    found = read(write(letter(subject=subject), SENDER).message)
    expected = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"}
    assert set(found.keys()) - {"Content-Transfer-Encoding"} == expected
    assert "Hello" in found["Subject"]


@pytest.mark.parametrize(
    "body", ["ልጅ እርዳታ", "سلام", "🙂 " * 400, ".\r\nQUIT\r\n", "From me\n.\n", "half \ud83d", "a\0b"]
)
def test_any_words_arrive_by_a_server_that_knows_only_ascii(body: str) -> None:
    written = write(letter(body=body), SENDER)
    assert written.message.isascii() and max(map(len, written.message.split(b"\r\n"))) < 998
    part = read(written.message).get_body(("plain",))
    assert part is not None
    same = body.encode("utf-8", "replace").decode().replace("\0", "").replace("\r\n", "\n")
    assert part.get_content().replace("\r\n", "\n").rstrip("\n") == same.rstrip("\n")


def test_an_invitation_is_there_to_be_shown_and_to_be_opened() -> None:
    found = read(write(letter(calendar=INVITE, calendar_method="CANCEL"), SENDER).message)
    assert found.get_content_type() == "multipart/mixed"
    shown = next(part for part in found.walk() if part.get_content_type() == "text/calendar")
    assert shown.get_param("method") == "CANCEL" and "ልጅ" in shown.get_content()
    assert [part.get_content() for part in found.iter_attachments()] == [INVITE]


@pytest.mark.parametrize(
    "address", ["a@b", "first.last+tag@sub.example.org", " spaces@example.org ", "o'brien@example.org"]
)
def test_an_ordinary_address_is_one(address: str) -> None:
    assert usable_address(address) == address.strip()


@pytest.mark.parametrize(
    "address",
    [
        "", "a", "@b.example", "a@", "a@b@c.example", "a b@c.example", "a@b..example", ".a@b.example", "a@-b.example",
        "a@b.example\n", "<a@b.example>", "a@b.example,c@d.example", "a@[127.0.0.1]", f"{'a' * 250}@b.example",
        "a@b.example\r\nBcc: c@d.example", "-oQ/tmp a@b.example", '"a b"@c.example',
    ],
)  # fmt: skip
def test_anything_else_is_none(address: str) -> None:
    if address == "a@b.example\n":
        assert usable_address(address) == "a@b.example"
        return
    with pytest.raises(CarrierTrouble, match="address_invalid"):
        usable_address(address)


def test_a_written_letter_shows_nothing_of_itself() -> None:
    assert "b.example" not in repr(write(letter(), SENDER)) and "Words" not in repr(write(letter(), SENDER))


@pytest.mark.parametrize(
    ("smtp", "wrong"),
    [
        ({}, []),
        ({"host": "mail.example.org"}, ["sender"]),
        ({"host": "mail.example.org", "sender": "a@b.example"}, []),
        ({"host": "mail.example.org", "sender": "A <a@b.example>"}, ["sender"]),
        ({"host": "mail.example.org", "sender": "a@b.example", "security": "none"}, ["security"]),
        ({"host": "127.0.0.1", "sender": "a@b.example", "security": "none"}, []),
        ({"host": "mail.example.org", "sender": "a@b.example", "username": "me"}, ["password"]),
        ({"host": "mail.example.org", "sender": "a@b.example", "password": "secret"}, ["username"]),
    ],
)
def test_settings_of_a_mail_server_that_cannot_work_are_faults(smtp: dict[str, str], wrong: list[str]) -> None:
    values = Settings(smtp=Smtp(**smtp)).model_dump()  # type: ignore[arg-type]
    values["smtp"]["password"] = smtp.get("password", "")
    assert [path[1] for path, _, _ in mail_faults(values)] == wrong
