"""What is refused: one class per refusal, carrying its status and its body on the wire."""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, ClassVar

WORDS = {
    400: "Bad request.",
    401: "Unauthenticated.",
    403: "Invalid scope(s) provided.",
    404: "Not found.",
    413: "The POST data is too large.",
    419: "CSRF token mismatch.",
    422: "The given data was invalid.",
    429: "Too Many Attempts.",
    500: "Server Error",
    503: "Service Unavailable",
}
"""The backend's own words for a status; it has none for the others."""


class Refusal(Exception):
    """A request the service would not carry out. `hint` is one plain sentence for the X-Fake-Hint header."""

    status: ClassVar[int] = 400

    def __init__(self, message: str, hint: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        return {"message": self.message}


class BadQuery(Refusal):
    """A sort, include, filter or cursor that the service does not know."""


class BadBody(Refusal):
    """A body that cannot be read at all."""


class BadPath(Refusal):
    """A path that is no text."""


class WrongContentType(Refusal):
    """A body in a form the operation does not read."""

    status = 415


class Unauthenticated(Refusal):
    """No token, or one that is unknown, expired or revoked."""

    status = 401

    def __init__(self, hint: str) -> None:
        super().__init__(WORDS[self.status], hint)


class MissingScope(Refusal):
    """A good token without the scope that the operation asks for."""

    status = 403

    def __init__(self, hint: str) -> None:
        super().__init__(WORDS[self.status], hint)


class NotFound(Refusal):
    """No such route or record."""

    status = 404


class MethodNotAllowed(Refusal):
    """A known path, asked with another method."""

    status = 405


class NotReady(Refusal):
    """The world is still being loaded."""

    status = 503


class BodyTooLarge(Refusal):
    """More bytes than the service reads."""

    status = 413


class TooManyAttempts(Refusal):
    """The rate limit of this token's window is used up."""

    status = 429

    def __init__(self, hint: str, headers: Mapping[str, str]) -> None:
        super().__init__(WORDS[self.status], hint, headers)


class Invalid(Refusal):
    """A readable body or parameter with wrong values: every message of every field, in declared order."""

    status = 422

    def __init__(self, errors: Mapping[str, list[str]], hint: str | None = None) -> None:
        messages = [message for texts in errors.values() for message in texts]
        more = len(messages) - 1
        tail = "" if more < 1 else f" (and {more} more error{'s' if more > 1 else ''})"
        super().__init__(messages[0] + tail, hint)
        self.errors = dict(errors)

    def body(self) -> dict[str, Any]:
        return {"message": self.message, "errors": self.errors}


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name most like `word`, or None where nothing is near."""
    by_lower = {name.lower(): name for name in known}
    asked = word[:100].lower()
    found = get_close_matches(asked, list(by_lower), n=1, cutoff=0.6)
    begun = [name for name in by_lower if asked.strip("-") and name.lstrip("-").startswith(asked.strip("-"))]
    return by_lower[(found + begun)[0]] if found or begun else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence that names the nearest valid name, or lists the first ones."""
    names = list(known)
    if not names:
        return "there are none."
    near = nearest(word, names)
    if near:
        return f"did you mean {near}?"
    return f"known: {', '.join(names[:12])}{' and more' if len(names) > 12 else ''}."


def ignored(what: str, names: Collection[str], known: Iterable[str]) -> str:
    """A sentence about what nobody read, with the nearest known name where there is one; empty for nothing."""
    if not names:
        return ""
    known = list(known)
    shown = [(name[:40], nearest(name, known)) for name in list(dict.fromkeys(names))[:10]]
    said = ", ".join(f"{name} (did you mean {near}?)" if near else name for name, near in shown)
    return f"Ignored {what}: {said}."
