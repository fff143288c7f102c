"""A subscription with a running fake, which is known over HTTP only."""

from collections.abc import Collection
from contextlib import suppress
from typing import Any

import httpx2

from fake_server.listen.line import Logged, printable
from fake_server.settings import UsageError
from fake_server.token_text import control_headers
from fake_server.webhooks.post import plain

PATIENCE = 2.0
"""Seconds that the fake may take for an answer."""


class NoFake(Exception):
    """No fake answers there; one sentence."""


class Registration:
    """Deliveries of a fake to one URL: a subscription that it has already, which is left as it is, or one's own."""

    def __init__(
        self, server: str, url: str, events: list[str] | None, secret: str | None, world: str | None = None,
        control_token: str | None = None,
    ) -> None:  # fmt: skip
        self.server, self.url = server, url
        self.named = {} if world is None else {"world": world}
        asked = {"url": url, "events": events, "secret": secret}
        self.asked = {name: value for name, value in asked.items() if value is not None}
        headers, secure = control_headers(control_token), server.startswith("https:")
        self.http = httpx2.Client(headers=headers, timeout=PATIENCE, trust_env=False, verify=secure)
        self.id = self.secret = ""
        self.events: list[str] = []
        self.row: Any = None
        """The subscription, as the fake printed it."""
        self.own = False
        self.lost = False

    def begin(self) -> None:
        """NoFake where none answers; UsageError where it refuses."""
        there = self.suitable()
        row = there or self.ask("POST", "/webhooks", json=self.asked)
        try:
            self.id, self.secret, self.events = row["id"], row["secret"], row["events"]
        except (LookupError, TypeError):
            raise self.strange() from None
        self.row, self.own = row, there is None

    def end(self) -> None:
        with suppress(NoFake, UsageError):
            if self.own and self.stands():
                self.ask("DELETE", f"/webhooks/{self.id}")

    def stands(self) -> bool:
        """Whether the fake still has it. One that was started anew may have given the id to another."""
        return self.row in self.here()

    def here(self) -> list[Any]:
        """The subscriptions of this URL."""
        try:
            return [row for row in self.ask("GET", "/webhooks")["data"] if row["url"] == self.url]
        except (LookupError, TypeError):
            raise self.strange() from None

    def suitable(self) -> Any:
        """One of them that will do; a second one would only bring everything twice."""
        here = self.here()
        try:
            names = self.ask("GET", "/openapi.json")["webhooks"] if here else ()
            return next((row for row in here if self.suits(row, names)), None)
        except (LookupError, TypeError):
            raise self.strange() from None

    def suits(self, row: Any, names: Collection[str]) -> bool:
        """`names`: of all events that there are."""
        secret, events = self.asked.get("secret"), self.asked.get("events", names)
        return row["is_active"] and secret in (None, row["secret"]) and covers(row["events"], events, names)

    @property
    def limits(self) -> list[str]:
        """What the subscription is limited to; one's own to nothing."""
        known = (("project", self.row.get("project_id")), ("client", self.row.get("client_id")))
        return [f"{name}={id}" for name, id in known if id is not None]

    def check(self) -> str | None:
        """Begins again where a reset or a new start of the fake ended it; a sentence where there is news."""
        try:
            if self.stands():
                self.lost = False
                return None
            self.begin()
        except (NoFake, UsageError) as error:
            first, self.lost = not self.lost, True
            return f"{error} Waiting for it." if first else None
        self.lost = False
        news = ", and what happened in between was not received; registered again"
        news = news if self.own else "; it has a subscription of this URL already"
        return f"The fake was reset or started anew{news}, secret={printable(self.secret)}"

    def logged(self, body: bytes, resource: str | None) -> Logged | None:
        """What the log has of a delivery under way; None where the fake does not know it."""
        # A delivery is pending until it has been answered; among those there are few of one resource.
        query = {"state": "pending", "subscription": self.id, **({"resource": resource} if resource else {})}
        try:
            rows = self.ask("GET", "/deliveries", params=query)["data"]
        except (NoFake, UsageError):
            return None
        text = body.decode("utf-8", "replace")
        sent = (row for row in rows if row["request"] and row["request"]["body"] == text)
        return next((Logged(row["id"], len(row["attempts"]) + 1, tuple(row["changed"])) for row in sent), None)

    def strange(self) -> NoFake:
        return NoFake(f"What answers at {self.server} is no fake that knows webhooks.")

    def ask(self, method: str, path: str, **more: Any) -> Any:
        """The JSON of an answer."""
        try:
            query = {**self.named, **more.pop("params", {})}
            answer = self.http.request(method, f"{self.server}/_fake{path}", params=query, **more)
            said = answer.json()
        except httpx2.TimeoutException:
            raise NoFake(f"The fake at {self.server} does not answer within {PATIENCE:g} seconds.") from None
        except (httpx2.HTTPError, OSError) as error:
            raise NoFake(f"No fake answers at {self.server}. {plain(error, None)}") from None
        except UnicodeEncodeError as error:
            raise UsageError(f"{error.object[:80]!r} cannot be sent: it is no text of {error.encoding}.") from None
        except ValueError:
            raise self.strange() from None
        if answer.is_success:
            return said
        detail = str(said.get("detail", "")) if isinstance(said, dict) else ""
        if answer.status_code in (401, 422) and detail:
            raise UsageError(detail)
        raise NoFake(f"The fake at {self.server} answered {answer.status_code}. {detail}".rstrip())


def covers(events: Collection[str], asked: Collection[str], names: Collection[str]) -> bool:
    """Whether who subscribed to `events` is told of all that is asked for; of an unknown event nobody is."""
    known = {*names, *(family(name) for name in names)}
    return known.issuperset(asked) and all(has(events, name) for name in names if has(asked, name))


def has(events: Collection[str], name: str) -> bool:
    return name in events or family(name) in events


def family(name: str) -> str:
    """As a subscription names all events of the kind."""
    return f"{name.partition(':')[0]}:*"
