"""What can be a telephone number, in one place for all who take one. Pure."""

import re

PATTERN = r"\+?[0-9]{2,15}"
"""In its one spelling: E.164 has fifteen digits at most, and the shortest numbers for help have two."""

_NUMBER = re.compile(PATTERN)


def is_number(text: str) -> bool:
    """Whether this spelling, without spaces and signs between the digits, can be called."""
    return _NUMBER.fullmatch(text) is not None
