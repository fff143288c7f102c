"""The one way in: ASGI request -> call -> verb -> response, and the one place where a refusal is answered."""

import logging
import re
from collections.abc import Callable, Mapping, MutableMapping
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import quote, unquote_to_bytes

import orjson

from fake_server.api.access import refuse_scope
from fake_server.api.bodies import ClientGone, Receive, read_body
from fake_server.api.call import Call
from fake_server.api.plan import unread
from fake_server.api.routes import PREFIX, Routes
from fake_server.errors import BadPath, NotReady, Refusal

log = logging.getLogger("fake_server")

Scope = MutableMapping[str, Any]
Headers = list[tuple[bytes, bytes]]

JSON = (b"content-type", b"application/json")
LONGEST_HINT = 600
UNPRINTABLE = re.compile(r"[^\x20-\x7e]+")
EXPOSED = b"X-Fake-Hint, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After"


class Switches(Protocol):
    """The settings that the door obeys."""

    @property
    def public_url(self) -> str: ...

    @property
    def created_status(self) -> int: ...

    @property
    def max_page_size(self) -> int: ...

    @property
    def check_answers(self) -> bool: ...

    @property
    def log_requests(self) -> bool: ...


class Door:
    """An ASGI app for everything under the service's prefix. `world` gives the world of a token."""

    def __init__(self, routes: Routes, world: Callable[[], Any], switches: Switches) -> None:
        self.routes = routes
        self.world = world
        self.switches = switches

    async def __call__(self, scope: Scope, receive: Receive, send: Any) -> None:
        headers = dict(scope["headers"])
        status, body, more = await self.answer(scope, headers, receive)
        if self.switches.log_requests:
            log.info("%s %s %d %s", scope["method"], one_line(scope["path"]), status, more.get("X-Fake-Hint", ""))
        if status == 0:
            return
        out: Headers = [JSON] if body else []
        out.append((b"content-length", b"%d" % len(body)))
        out += [(name.lower().encode(), value.encode()) for name, value in more.items()]
        if b"origin" in headers:
            out += [(b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", EXPOSED)]
        await send({"type": "http.response.start", "status": status, "headers": out})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def answer(
        self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive
    ) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and further headers; status 0 where nobody is left to answer."""
        more: dict[str, str] = {}
        hints: list[str] = []
        try:
            status, body = await self.carry_out(scope, headers, receive, more, hints)
        except Refusal as refusal:
            hints += [refusal.hint] if refusal.hint else []
            more.update(refusal.headers)
            status, body = refusal.status, orjson.dumps(refusal.body())
        except ClientGone:
            return 0, b"", {}
        except Exception:
            log.exception("%s %s failed in the fake itself", scope["method"], scope["path"])
            hints = ["This is a fault of the fake, not of your request: its log has the trace."]
            status, body = 500, b'{"message":"Server Error"}'
        if hints:
            more["X-Fake-Hint"] = one_line(" ".join(hints))
        return status, body, more

    async def carry_out(
        self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, more: dict[str, str], hints: list[str]
    ) -> tuple[int, bytes]:
        """The checks in the service's order, then the verb."""
        method, path = scope["method"], readable_path(scope)
        if method == "OPTIONS" and (allowed := self.routes.allowed(path)):
            more.update(preflight(headers, allowed))
            return 204 if b"access-control-request-method" in headers else 200, b""
        operation, in_path = self.routes.find(method, path)
        world = self.admitting()
        now = world.clock.now()
        token, caller = world.access.caller(headers.get(b"authorization", b"").decode("latin-1"), now)
        more.update(world.access.count(token, now))
        refuse_scope(caller, operation.scopes)
        sent = None
        if operation.body is not None:
            content_type = headers.get(b"content-type", b"").decode("latin-1")
            sent = await read_body(operation.body, content_type, receive, hints)
        call = Call(
            operation=operation,
            store=world.store,
            answers=world.answers,
            moment=world.moment(caller),
            path=in_path,
            raw_query=scope["query_string"],
            url=lambda: self.url(scope, headers, path),
            most_per_page=self.switches.max_page_size,
            committed=world.committed,
            sent=sent,
            hints=hints,
        )
        # Before the verb, because a query that cannot be read must not be refused after a write.
        if operation.listing is None and call.raw_query and (sentence := unread(operation, call.query)):
            hints.append(sentence)
        return self.created_status(method), self.checked(call, operation.verb(call))

    def admitting(self) -> Any:
        """The world, once there is one."""
        world = self.world()
        if world is None:
            raise NotReady("Service Unavailable", "The world is being loaded: wait for GET /_fake/ready.")
        return world

    def created_status(self, method: str) -> int:
        return self.switches.created_status if method == "POST" else 200

    def checked(self, call: Call, body: bytes) -> bytes:
        """The answer, held against its shape where the settings ask for it."""
        if self.switches.check_answers:
            # Imported here: the models are made only where somebody asks for the check.
            from fake_server.api.checking import check

            check(call.operation, body, call.answers.shapes)
        return body

    def url(self, scope: Scope, headers: Mapping[bytes, bytes], path: str) -> str:
        """The absolute URL of a path as the client sees this server."""
        base = self.switches.public_url.rstrip("/")
        if not base:
            host = headers.get(b"host", b"").decode("latin-1") or "{}:{}".format(*scope["server"])
            base = f"{scope['scheme']}://{host}"
        return f"{base}{PREFIX}{quoted(path)}"


@lru_cache(maxsize=256)
def quoted(path: str) -> str:
    return quote(path)


def readable_path(scope: Scope) -> str:
    """The decoded path under the prefix; BadPath where it is not UTF-8."""
    raw = scope.get("raw_path") or b""
    if b"%" in raw:
        try:
            unquote_to_bytes(raw).decode()
        except UnicodeDecodeError:
            raise BadPath("Malformed URL.", "Percent-encode the path as UTF-8.") from None
    return str(scope["path"]).removeprefix(PREFIX)


def preflight(headers: Mapping[bytes, bytes], allowed: list[str]) -> dict[str, str]:
    """What a browser wants to know before it asks; a plain OPTIONS gets to know the methods."""
    if b"access-control-request-method" not in headers:
        return {"Allow": ",".join(allowed)}
    return {
        "Access-Control-Allow-Methods": headers[b"access-control-request-method"].decode("latin-1"),
        "Access-Control-Allow-Headers": headers.get(b"access-control-request-headers", b"*").decode("latin-1"),
        "Access-Control-Max-Age": "0",
        "Vary": "Access-Control-Request-Method, Access-Control-Request-Headers",
    }


def one_line(text: str) -> str:
    """A hint as a header may carry it."""
    plain = text.encode("ascii", "backslashreplace").decode()
    return UNPRINTABLE.sub(" ", plain)[:LONGEST_HINT]
