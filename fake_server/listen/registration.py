"""A subscription with a running fake, which is known over HTTP only."""

from contextlib import suppress
from typing import Any

import httpx2

from fake_server.listen.line import printable
from fake_server.settings import UsageError
from fake_server.webhooks.post import plain

PATIENCE = 2.0
"""Seconds that the fake may take for an answer."""


class NoFake(Exception):
    """No fake answers there; one sentence."""


class Registration:
    """Deliveries of a fake to one URL."""

    def __init__(self, server: str, url: str, events: list[str] | None, secret: str | None) -> None:
        self.server, self.url = server, url
        asked = {"url": url, "events": events, "secret": secret}
        self.asked = {name: value for name, value in asked.items() if value is not None}
        self.http = httpx2.Client(timeout=PATIENCE, trust_env=False, verify=server.startswith("https:"))
        self.id = self.secret = ""
        self.events: list[str] = []
        self.lost = False

    def begin(self) -> None:
        """NoFake where none answers; UsageError where it refuses."""
        for id in self.known():
            # Nobody else listens at this URL: it is of a listener that was killed before it could say so.
            self.ask("DELETE", f"/webhooks/{id}")
        made = self.ask("POST", "/webhooks", json=self.asked)
        try:
            self.id, self.secret, self.events = made["id"], made["secret"], made["events"]
        except (LookupError, TypeError):
            raise self.strange() from None

    def end(self) -> None:
        with suppress(NoFake, UsageError):
            if self.stands():
                self.ask("DELETE", f"/webhooks/{self.id}")

    def stands(self) -> bool:
        """Whether the fake still knows it. A fake that was started anew may have given the id to another."""
        return self.id in self.known()

    def known(self) -> list[str]:
        """The ids of the subscriptions of this URL."""
        try:
            return [row["id"] for row in self.ask("GET", "/webhooks")["data"] if row["url"] == self.url]
        except (LookupError, TypeError):
            raise self.strange() from None

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
        return f"The fake was reset or started anew; registered again, secret={printable(self.secret)}"

    def changed(self, body: bytes, resource: str | None) -> tuple[str, ...] | None:
        """The fields that a delivery under way tells of; None where the fake does not know it."""
        # A delivery is pending until it has been answered; among those there are few of one resource.
        query = {"state": "pending", "subscription": self.id, **({"resource": resource} if resource else {})}
        try:
            rows = self.ask("GET", "/deliveries", params=query)["data"]
        except (NoFake, UsageError):
            return None
        text = body.decode("utf-8", "replace")
        sent = ((row["changed"], row["request"]["body"]) for row in rows if row["request"])
        return next((tuple(changed) for changed, told in sent if told == text), None)

    def strange(self) -> NoFake:
        return NoFake(f"What answers at {self.server} is no fake that knows webhooks.")

    def ask(self, method: str, path: str, **more: Any) -> Any:
        """The JSON of an answer."""
        try:
            answer = self.http.request(method, f"{self.server}/_fake{path}", **more)
            said = answer.json()
        except httpx2.TimeoutException:
            raise NoFake(f"The fake at {self.server} does not answer within {PATIENCE:g} seconds.") from None
        except (httpx2.HTTPError, OSError) as error:
            raise NoFake(f"No fake answers at {self.server}. {plain(error, None)}") from None
        except ValueError:
            raise self.strange() from None
        if answer.is_success:
            return said
        detail = str(said.get("detail", "")) if isinstance(said, dict) else ""
        if answer.status_code == 422 and detail:
            raise UsageError(detail)
        raise NoFake(f"The fake at {self.server} answered {answer.status_code}. {detail}".rstrip())
