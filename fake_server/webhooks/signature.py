"""The signature of a delivery, and the form of the bytes that it signs."""

import hmac
import json
import re
from typing import Any

import orjson

DELETE = re.compile(r"\\\\|\\u007f")
"""An escaped backslash, so that what follows it is not taken for an escape; or an escaped U+007F."""


def sign(body: bytes, secret: str) -> str:
    """Lower-case hexadecimal HMAC-SHA256 of the exact bytes, keyed by the subscription's secret."""
    return hmac.new(secret.encode(), body, "sha256").hexdigest()


def written(payload: Any) -> bytes:
    """JSON as PHP's json_encode writes it: slashes and everything beyond ASCII escaped. Whoever checks a
    signature against JSON of their own making instead of the bytes received finds out here."""
    # Through orjson first, because a payload holds JSON that was rendered before.
    plain = orjson.loads(orjson.dumps(payload))
    text = json.dumps(plain, separators=(",", ":")).replace("/", "\\/")
    # The one ASCII character of which Python thinks otherwise than PHP.
    return (DELETE.sub(deleted, text) if "\\u007f" in text else text).encode()


def deleted(found: re.Match[str]) -> str:
    return "\x7f" if found[0] == "\\u007f" else found[0]
