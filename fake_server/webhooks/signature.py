"""The signature of a delivery, and the form of the bytes that it signs."""

import hmac
import re
from typing import Any

import orjson

WIDE = re.compile(r"[^\x00-\x7f]")


def sign(body: bytes, secret: str) -> str:
    """Lower-case hexadecimal HMAC-SHA256 of the exact bytes, keyed by the subscription's secret."""
    return hmac.new(secret.encode(), body, "sha256").hexdigest()


def written(payload: Any) -> bytes:
    """JSON as PHP's json_encode writes it: slashes and everything beyond ASCII escaped. Whoever checks a
    signature against JSON of their own making instead of the bytes received finds out here."""
    text = orjson.dumps(payload).decode().replace("/", "\\/")
    return WIDE.sub(escaped, text).encode()


def escaped(found: re.Match[str]) -> str:
    """One character as one or two UTF-16 units."""
    units = found[0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4))
