"""The signature that Twilio puts on its requests (X-Twilio-Signature). Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable


def sign(auth_token: str, url: str, form: Iterable[tuple[str, str]] = ()) -> str:
    """HMAC-SHA1 of the URL and the form, each field sorted by name and then by value, a repeated pair counted once.

    The URL is the one that was configured, with its query and without its fragment.
    """
    text = url.partition("#")[0] + "".join(name + value for name, value in sorted(set(form)))
    return base64.b64encode(hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()).decode()
