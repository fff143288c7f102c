"""The one place where a refusal is answered, and what is refused before anybody looks for a route."""

import logging
from urllib.parse import unquote_to_bytes

import orjson

from fake_server.api.bodies import ClientGone
from fake_server.api.visit import Answer, Scope, Visit
from fake_server.errors import WORDS, BadPath, Refusal
from fake_server.faults import UNHURT

log = logging.getLogger("fake_server")


def failed(visit: Visit, error: Exception) -> Answer:
    """What is said of what went wrong; status 0 where nobody is left to be told."""
    if isinstance(error, Refusal):
        return refused(visit, error)
    if isinstance(error, ClientGone):
        visit.strike = UNHURT
        return Answer(0, b"", {})
    log.error("%s %s failed in the fake itself", visit.entry.method, visit.scope["path"], exc_info=error)
    visit.entry.hints = ("This is a fault of the fake, not of your request: its log has the trace.",)
    return Answer(500, orjson.dumps({"message": WORDS[500]}), {})


def refused(visit: Visit, refusal: Refusal) -> Answer:
    visit.entry.hints += (refusal.hint,) if refusal.hint else ()
    visit.entry.retry_after = int(refusal.headers.get("Retry-After", 0)) or None
    return Answer(refusal.status, orjson.dumps(refusal.body()), {**visit.more, **refusal.headers})


def refuse_unreadable(scope: Scope) -> None:
    """BadPath where the path is not UTF-8."""
    raw = scope.get("raw_path") or b""
    if b"%" in raw:
        try:
            unquote_to_bytes(raw).decode()
        except UnicodeDecodeError:
            raise BadPath("Malformed URL.", "Percent-encode the path as UTF-8.") from None
