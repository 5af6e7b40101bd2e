"""Texts in the reader's language: catalogues read at the start, and times and waits put into words."""

import gettext
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from helpline.clock import HOUR, MINUTE, SECOND

CATALOGUES = Path(__file__).resolve().parent.parent / "locale"
DOMAIN = "helpline"
SOURCE = "en"
WHOLE = 0.95  # the share of texts that a language must have before it is offered


def N_(message: str) -> str:  # noqa: N802 - the name that extraction tools know
    """Marks a text for extraction; it is translated where it is shown."""
    return message


@dataclass(frozen=True, slots=True)
class Wording:
    """One reader's language."""

    code: str
    catalogue: gettext.NullTranslations
    zone: ZoneInfo

    @property
    def locale(self) -> Locale:
        return Locale.parse(self.code)

    @property
    def direction(self) -> str:
        return "rtl" if self.locale.text_direction == "rtl" else "ltr"

    def __call__(self, message: str, /, **values: object) -> str:
        """The text in this language. ``{name}`` in it is filled from ``values``."""
        text = self.catalogue.gettext(message) if message else ""
        return text.format(**values) if values else text

    def wait(self, microseconds: int | None) -> str:
        """A length of time as a person would say it."""
        if microseconds is None:
            return "–"
        length = max(0, microseconds)
        if length < MINUTE:
            return self("{n} s", n=length // SECOND)
        if length < HOUR:
            return self("{n} min", n=length // MINUTE)
        return self("{hours} h {minutes} min", hours=length // HOUR, minutes=length % HOUR // MINUTE)

    def at(self, microseconds: int | None) -> str:
        """A moment as a date and time in the organisation's zone."""
        if microseconds is None:
            return "–"
        return format_datetime(self._civil(microseconds), "d MMM y, HH:mm", locale=self.locale)

    def time(self, microseconds: int | None) -> str:
        """A moment as a time of day in the organisation's zone."""
        if microseconds is None:
            return "–"
        return format_time(self._civil(microseconds), "HH:mm", locale=self.locale)

    def day(self, microseconds: int) -> str:
        """The day of a moment in the organisation's zone, with the name of the day."""
        return format_date(self._civil(microseconds), "EEEE d MMMM", locale=self.locale)

    def field(self, microseconds: int | None) -> str:
        """A moment as a field for a date and time holds it, in the organisation's zone."""
        return "" if microseconds is None else self._civil(microseconds).strftime("%Y-%m-%dT%H:%M")

    def iso(self, microseconds: int) -> str:
        return datetime.fromtimestamp(microseconds / SECOND, UTC).isoformat(timespec="seconds")

    def _civil(self, microseconds: int) -> datetime:
        return datetime.fromtimestamp(microseconds // SECOND, UTC).astimezone(self.zone)


@dataclass(frozen=True, slots=True)
class Texts:
    """One language's texts. ``whole``: hardly any is missing, so that people may be offered it."""

    translations: gettext.NullTranslations
    whole: bool


def load_catalogues(folder: Path = CATALOGUES) -> dict[str, Texts]:
    """Every language that has a catalogue in ``folder``, compiled in memory; the source language always is one."""
    found = {SOURCE: Texts(gettext.NullTranslations(), whole=True)}
    for path in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        code = path.parent.parent.name
        if code != SOURCE:
            found[code] = _compiled(path, code, path.stat().st_mtime_ns)
    return found


@cache
def _compiled(path: Path, code: str, changed_at: int) -> Texts:
    """Once in a process: ``changed_at`` tells a file that was changed from the one that is known."""
    with path.open("rb") as source:
        catalogue = read_po(source, locale=code, domain=DOMAIN)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    translated = sum(1 for message in catalogue if message.id and message.string)
    return Texts(gettext.GNUTranslations(compiled), whole=translated >= WHOLE * len(catalogue))


class Wordings:
    """All the languages in which the console can be read."""

    def __init__(self, catalogues: Mapping[str, Texts], zone: str) -> None:
        self._wordings = {code: Wording(code, texts.translations, ZoneInfo(zone)) for code, texts in catalogues.items()}
        self.offered = tuple(code for code, texts in catalogues.items() if texts.whole)

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(self._wordings)

    def of(self, code: str) -> Wording:
        return self._wordings.get(code) or self._wordings.get(code.split("-")[0]) or self._wordings[SOURCE]

    def best(self, accept_language: str, otherwise: str = SOURCE) -> Wording:
        """The first language of an Accept-Language header that there is a catalogue for, else ``otherwise``."""
        for code in _by_preference(accept_language):
            for tried in (code, code.split("-")[0]):
                if tried in self.offered:
                    return self._wordings[tried]
        return self._wordings[otherwise if otherwise in self.offered else SOURCE]


def _by_preference(header: str) -> list[str]:
    weighed: list[tuple[float, str]] = []
    for part in header[:500].split(","):
        code, _, parameters = part.strip().partition(";")
        try:
            weight = float(parameters.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if code and weight > 0:
            weighed.append((-weight, code.strip().lower()))
    return [code for _, code in sorted(weighed, key=lambda pair: pair[0])]
