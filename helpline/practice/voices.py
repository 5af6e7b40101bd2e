"""Which voices speak which languages at Twilio. Pure.

Source: Twilio's text-to-speech pages and the voice lists of Amazon Polly and Google. The list holds what a
helpline in this region could use and the common European voices; a voice that is not in it is refused.
"""

from __future__ import annotations

import re

ENGLISH = "en-US"

_BASIC_LANGUAGES = frozenset(
    {
        "en",
        "en-US",
        "en-GB",
        "en-gb",
        "en-AU",
        "en-CA",
        "en-IN",
        "es",
        "es-ES",
        "es-MX",
        "fr",
        "fr-FR",
        "fr-CA",
        "de",
        "de-DE",
        "it",
        "it-IT",
        "pt-BR",
        "pt-PT",
        "nl-NL",
        "da-DK",
        "sv-SE",
        "nb-NO",
        "fi-FI",
        "pl-PL",
        "ru-RU",
        "ca-ES",
        "ja-JP",
        "ko-KR",
        "zh-CN",
        "zh-HK",
        "zh-TW",
    }
)

# Voice: language, and which of its engines Twilio offers (s standard, n neural, g generative).
_POLLY: dict[str, tuple[str, str]] = {
    "Zeina": ("arb", "s"),
    "Hala": ("ar-AE", "n"),
    "Zayd": ("ar-AE", "n"),
    "Nicole": ("en-AU", "s"),
    "Russell": ("en-AU", "s"),
    "Olivia": ("en-AU", "ng"),
    "Amy": ("en-GB", "sng"),
    "Emma": ("en-GB", "sn"),
    "Brian": ("en-GB", "sn"),
    "Arthur": ("en-GB", "n"),
    "Geraint": ("en-GB-WLS", "s"),
    "Niamh": ("en-IE", "n"),
    "Aditi": ("en-IN", "s"),
    "Raveena": ("en-IN", "s"),
    "Kajal": ("en-IN", "ng"),
    "Aria": ("en-NZ", "n"),
    "Ayanda": ("en-ZA", "ng"),
    "Ivy": ("en-US", "sn"),
    "Joanna": ("en-US", "sng"),
    "Kendra": ("en-US", "sn"),
    "Kimberly": ("en-US", "sn"),
    "Salli": ("en-US", "sng"),
    "Joey": ("en-US", "sn"),
    "Justin": ("en-US", "sn"),
    "Kevin": ("en-US", "n"),
    "Matthew": ("en-US", "sng"),
    "Ruth": ("en-US", "ng"),
    "Stephen": ("en-US", "ng"),
    "Danielle": ("en-US", "ng"),
    "Gregory": ("en-US", "n"),
    "Isabelle": ("fr-BE", "n"),
    "Chantal": ("fr-CA", "s"),
    "Gabrielle": ("fr-CA", "n"),
    "Liam": ("fr-CA", "n"),
    "Celine": ("fr-FR", "s"),
    "Lea": ("fr-FR", "sng"),
    "Mathieu": ("fr-FR", "s"),
    "Remi": ("fr-FR", "ng"),
    "Camila": ("pt-BR", "sng"),
    "Vitoria": ("pt-BR", "sn"),
    "Ricardo": ("pt-BR", "s"),
    "Thiago": ("pt-BR", "n"),
    "Ines": ("pt-PT", "sn"),
    "Cristiano": ("pt-PT", "s"),
    "Vicki": ("de-DE", "sng"),
    "Marlene": ("de-DE", "s"),
    "Hans": ("de-DE", "s"),
    "Conchita": ("es-ES", "s"),
    "Lucia": ("es-ES", "sng"),
    "Enrique": ("es-ES", "s"),
    "Carla": ("it-IT", "s"),
    "Bianca": ("it-IT", "sng"),
    "Giorgio": ("it-IT", "s"),
}
_POLLY_ENGINES = {"": "s", "-Neural": "n", "-Generative": "g"}

# Google's families a language; Swahili, Somali and the Zambian languages have none that Twilio offers.
_GOOGLE: dict[str, frozenset[str]] = {
    "af-ZA": frozenset({"Standard"}),
    "am-ET": frozenset({"Standard", "Wavenet"}),
    "ar-XA": frozenset({"Standard", "Wavenet", "Chirp3-HD"}),
    **{
        language: frozenset({"Standard", "Wavenet", "Neural2", "Chirp3-HD"})
        for language in (
            "en-AU",
            "en-GB",
            "en-IN",
            "en-US",
            "fr-CA",
            "fr-FR",
            "pt-BR",
            "de-DE",
            "es-ES",
            "it-IT",
        )
    },
    "pt-PT": frozenset({"Standard", "Wavenet", "Chirp3-HD"}),
    "hi-IN": frozenset({"Standard", "Wavenet", "Neural2", "Chirp3-HD"}),
    "nl-NL": frozenset({"Standard", "Wavenet", "Chirp3-HD"}),
}
_GOOGLE_NAME = re.compile(r"Google\.([a-z]{2,3}-[A-Z]{2})-(Standard|Wavenet|Neural2|Chirp3-HD)-([A-Z][a-z]*)")
_POLLY_NAME = re.compile(r"Polly\.([A-Z][a-z]+)(-Neural|-Generative)?")


class UnknownVoiceError(ValueError):
    """Twilio has no such voice, or it does not speak that language. `code` is Twilio's."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def spoken_language(voice: str | None, language: str | None) -> str:
    """The language that will be heard. Without a voice the basic ones speak, in English unless told otherwise.

    Raises UnknownVoiceError, with 13511 for the voice and 13512 for the language.
    """
    if voice is None or voice in ("man", "woman", "alice"):
        if language is not None and language not in _BASIC_LANGUAGES:
            raise UnknownVoiceError(13512, f"Say: the basic voices do not speak {language}")
        return language or ENGLISH
    own = _language_of(voice)
    if own is None:
        raise UnknownVoiceError(13511, f"Say: there is no voice {voice}")
    if language is not None and language != own:
        raise UnknownVoiceError(13512, f"Say: {voice} speaks {own} and not {language}")
    return own


def _language_of(voice: str) -> str | None:
    if found := _POLLY_NAME.fullmatch(voice):
        known = _POLLY.get(found[1])
        return known[0] if known and _POLLY_ENGINES[found[2] or ""] in known[1] else None
    if found := _GOOGLE_NAME.fullmatch(voice):
        families = _GOOGLE.get(found[1], frozenset())
        star = found[2] == "Chirp3-HD"
        return found[1] if found[2] in families and star == (len(found[3]) > 1) else None
    return None
