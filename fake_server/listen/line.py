"""What is printed of a delivery, as text or as JSON. Pure."""

import hmac
import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from fake_server.moment import stamp_exactly
from fake_server.webhooks.signature import sign

LONGEST = 100
"""Characters shown of a text that the sender chose."""


class Content(NamedTuple):
    """What a payload is about."""

    event: str
    type: str
    id: str
    uri: str | None
    title: str | None


class Forwarded(NamedTuple):
    """What became of a delivery that was passed on: the status of the answer, or why there was none."""

    status: int | None
    error: str | None = None


class Logged(NamedTuple):
    """What the fake's log has of a delivery."""

    id: str
    attempt: int
    """Which try it is, from 1."""
    changed: tuple[str, ...]


class Seen(NamedTuple):
    """A delivery, and what was done with it."""

    at: float
    size: int
    content: Content | None
    """None: the body is no payload."""
    logged: Logged | None
    """None: the fake did not say."""
    genuine: bool
    answered: int
    forwarded: Forwarded | None = None


def read(body: bytes) -> Content | None:
    """What a body is about; None where it is no payload."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return None
    match payload:
        case {"event": str(event), "resource": {"type": str(type), "id": str(id)}, "data": dict(data)}:
            return Content(event, type, id, text_of(data.get("uri")), text_of(data.get("title")))
    return None


def text_of(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def is_genuine(body: bytes, headers: Iterable[tuple[str, str]], secret: str) -> bool:
    """Whether any header carries the body's signature: which one it is, is a setting of the fake."""
    right = sign(body, secret).encode()
    return any(hmac.compare_digest(value.encode("latin-1", "replace"), right) for _, value in headers)


def as_json(seen: Seen) -> str:
    content, logged = seen.content, seen.logged
    return json.dumps(
        {
            "at": stamp_exactly(seen.at),
            "delivery": logged and logged.id,
            "try": logged and logged.attempt,
            "event": content and content.event,
            "resource": content and {"type": content.type, "id": content.id},
            "uri": content and content.uri,
            "title": content and content.title,
            "changed": logged and logged.changed,
            "signature": "valid" if seen.genuine else "invalid",
            "answered": seen.answered,
            "forwarded": seen.forwarded and seen.forwarded._asdict(),
        }
    )


def as_text(seen: Seen) -> str:
    parts = [
        f"{stamp_exactly(seen.at)} {heading(seen)}",
        *history(seen.logged),
        f"signature {'valid' if seen.genuine else 'INVALID'}",
        f"answered {seen.answered}",
        outcome(seen.forwarded),
    ]
    return "; ".join(part for part in parts if part)


def heading(seen: Seen) -> str:
    if seen.content is None:
        return f"no payload in {seen.size} bytes"
    event, _, id, uri, title = seen.content
    shown = [printable(event), printable(id), uri and printable(uri), title and f'"{printable(title)}"']
    return " ".join(part for part in shown if part)


def history(logged: Logged | None) -> Iterator[str]:
    if logged is None:
        yield "changes unknown"
        return
    if logged.attempt > 1:
        yield f"try {logged.attempt}"
    if logged.changed:
        yield f"changed {printable(', '.join(logged.changed))}"


def outcome(forwarded: Forwarded | None) -> str:
    if forwarded is None:
        return ""
    if forwarded.error:
        return f"forwarding failed: {printable(forwarded.error.rstrip('.'))}"
    return f"forwarded: {forwarded.status}"


def printable(text: str) -> str:
    """A text that neither breaks the line nor steers the terminal."""
    shown = "".join(one if one.isprintable() else repr(one)[1:-1] for one in text[:LONGEST])
    return f"{shown}..." if len(text) > LONGEST else shown
