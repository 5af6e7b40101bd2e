"""Words with which people ask a line to stop writing. They count as a whole message only. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ivr_scripts.choice import means
from ivr_scripts.words import letters

STOP_WORDS: Mapping[str, tuple[str, ...]] = {
    # The carrier's own, which it may act on before we see them. Source: Twilio, "Advanced opt-out".
    "carrier": ("STOP", "STOPALL", "STOP ALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "OPT OUT"),
    "fr": ("ARRET", "ARRÊTE", "ARRÊTEZ", "DESABONNER"),
    "pt": ("PARAR", "PARE", "CANCELAR", "SAIR"),
    "sw": ("SIMAMA", "ACHA", "SITISHA"),
    "so": ("JOOJI",),
    "am": ("አቁም", "አቁሚ"),
    "ti": ("ጠጠው በል", "ኣቋርጽ"),
    "ar": ("توقف", "ايقاف", "إيقاف", "الغاء", "إلغاء"),
}

_LETTERS = frozenset(letters(word) for words in STOP_WORDS.values() for word in words)


def stop_word(body: str) -> bool:
    """Whether a whole message asks to stop, in whatever case, accents and signs: `End.` does, `the end` does not."""
    return means(body, _LETTERS)
