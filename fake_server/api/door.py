"""The one way in: request -> call -> verb -> answer, by ASGI or at once."""

import logging
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import quote

from fake_server.api.access import bearer, refuse_missing, refuse_scope
from fake_server.api.bodies import Receive, read_body, take_body
from fake_server.api.breaking import deliver_broken, hit, interrupted, struck
from fake_server.api.call import Call
from fake_server.api.plan import unread
from fake_server.api.preflight import preflight
from fake_server.api.refusals import failed, refuse_unreadable
from fake_server.api.routes import PREFIX, Routes
from fake_server.api.visit import Answer, Reply, Scope, Visit, deliver, one_line, reply
from fake_server.declare.body import Body, FileBody
from fake_server.declare.operation import Operation
from fake_server.errors import Refusal
from fake_server.journal import Entry
from fake_server.moment import Moment

log = logging.getLogger("fake_server")


WORLD = b"x-fake-world"
"""Names the world for clients that send a token which the fake has never seen."""


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


class Worlds(Protocol):
    """The worlds that the door leads into."""

    def of(self, token: str, name: str | None) -> Any:
        """The world of a request; Refusal where there is none."""


class Door:
    """An ASGI app for everything under the service's prefix."""

    def __init__(self, routes: Routes, worlds: Worlds, switches: Switches) -> None:
        self.routes = routes
        self.worlds = worlds
        self.switches = switches

    async def __call__(self, scope: Scope, receive: Receive, send: Any) -> None:
        visit = self.visit(scope)
        visit.receive = receive
        visit.enter()
        try:
            answer = await self.carry_out(visit)
        except Exception as error:
            answer = failed(visit, error)
        answer = self.completed(visit, answer)
        if answer.broken:
            await deliver_broken(visit, answer, send)
        elif answer.status:
            await deliver(visit, answer, send)

    def at_once(self, scope: Scope, sent: bytes) -> Reply | None:
        """Answers a request whose whole body is there. None, with nothing done, where it takes the app."""
        visit = self.visit(scope)
        if visit.needs_app():
            return None
        visit.enter()
        try:
            answer = self.carry_out_at_once(visit, sent)
        except Exception as error:
            answer = failed(visit, error)
        return reply(visit, self.completed(visit, answer))

    def visit(self, scope: Scope) -> Visit:
        """The request with its world, or with the reason why it has none."""
        headers = dict(scope["headers"])
        token = bearer(headers.get(b"authorization", b"").decode("latin-1"))
        path = str(scope["path"]).removeprefix(PREFIX)
        visit = Visit(scope, headers, Entry(scope["method"], path, scope["query_string"], 0.0, token))
        name = headers.get(WORLD)
        try:
            visit.world = self.worlds.of(token, None if name is None else name.decode("latin-1"))
        except Refusal as refusal:
            visit.homeless = refusal
        else:
            visit.entry.at = visit.world.clock.time()
        return visit

    async def carry_out(self, visit: Visit) -> Answer:
        """As `carry_out_at_once`, but faults may strike, and the body is still coming."""
        if visit.entry.method == "OPTIONS" and (allowed := self.routes.allowed(visit.entry.path)):
            return preflight(visit, allowed)
        operation, in_path = self.found(visit)
        if visit.world.faults.rows and await hit(visit):
            return Answer(0, b"", {})
        # Not the time of its receipt: a fault may have made it wait.
        moment, sent = admitted(visit, operation, visit.world.clock.time()), None
        if operation.body is not None:
            sent = await received(visit, operation.body)
            # While it was read, the token may have been revoked.
            moment = visit.world.moment_of(visit.entry.token, visit.world.clock.time())
        return self.call(visit, operation, in_path, moment, sent)

    def carry_out_at_once(self, visit: Visit, sent: bytes) -> Answer:
        """The checks in the service's order - route, token, rate, scope, body - then the verb."""
        operation, in_path = self.found(visit)
        moment = admitted(visit, operation, visit.entry.at)
        body = operation.body
        read = None if body is None else take_body(body, visit.content_type, sent, visit.entry)
        return self.call(visit, operation, in_path, moment, read)

    def found(self, visit: Visit) -> tuple[Operation, dict[str, str]]:
        """The operation and its path parameters; Refusal where there is none, or no world for it."""
        refuse_unreadable(visit.scope)
        entry = visit.entry
        entry.operation, in_path = self.routes.find(entry.method, entry.path)
        if visit.homeless is not None:
            raise visit.homeless
        return entry.operation, in_path

    def completed(self, visit: Visit, answer: Answer) -> Answer:
        """What goes out, once a fault and the hints had their say; the journal knows of it."""
        entry = visit.entry
        if visit.strike.fault is not None:
            answer = struck(visit, answer)
        if entry.hints:
            answer.headers["X-Fake-Hint"] = visit.hint
        visit.leave(answer.status)
        if self.switches.log_requests:
            log.info("%s %s %d %s", entry.method, one_line(visit.scope["path"]), answer.status, visit.hint)
        return answer

    def call(self, visit: Visit, operation: Operation, in_path: dict[str, str], moment: Moment, sent: Any) -> Answer:
        world, entry = visit.world, visit.entry
        call = Call(
            operation=operation,
            store=world.store,
            answers=world.answers,
            moment=moment,
            path=in_path,
            raw_query=entry.raw_query,
            url=lambda: self.url(visit),
            most_per_page=self.switches.max_page_size,
            committed=world.committed,
            sent=sent,
            entry=entry,
        )
        # Before the verb, because a query that cannot be read must not be refused after a write.
        if operation.listing is None and call.raw_query and (sentence := unread(operation, call.query)):
            entry.hints += (sentence,)
        return Answer(self.created_status(entry.method), self.checked(call, operation.verb(call)), visit.more)

    def created_status(self, method: str) -> int:
        return self.switches.created_status if method == "POST" else 200

    def checked(self, call: Call, body: bytes) -> bytes:
        """The answer, held against its shape where the settings ask for it."""
        if self.switches.check_answers:
            # Imported here: the models are made only where somebody asks for the check.
            from fake_server.api.checking import check

            check(call.operation, body, call.answers.layouts.shapes)
        return body

    def url(self, visit: Visit) -> str:
        """The absolute URL of the path as the client sees this server."""
        base = self.switches.public_url.rstrip("/")
        if not base:
            scope = visit.scope
            host = visit.headers.get(b"host", b"").decode("latin-1") or "{}:{}".format(*scope["server"])
            base = f"{scope['scheme']}://{host}"
        return f"{base}{PREFIX}{quoted(visit.entry.path)}"


def admitted(visit: Visit, operation: Operation, now: float) -> Moment:
    """That moment, for who calls and is allowed to."""
    access, token = visit.world.access, visit.entry.token
    if not token:
        refuse_missing(visit.headers.get(b"authorization", b"").decode("latin-1"))
    moment: Moment = visit.world.moment_of(token, now)
    visit.more.update(access.count(token, moment.now))
    refuse_scope(moment.caller, operation.scopes)
    return moment


async def received(visit: Visit, body: Body | FileBody) -> Any:
    """What was sent; a refusal where the world was reset or removed while it was read."""
    sent = await read_body(body, visit.content_type, visit.receive, visit.entry)
    assert visit.journal is not None
    if visit.journal.closed.is_set():
        raise interrupted(visit.world)
    return sent


@lru_cache(maxsize=256)
def quoted(path: str) -> str:
    return quote(path)
