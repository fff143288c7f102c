"""Inbox: a real receiver of a world's webhooks, which checks every signature and waits without sleeping."""

import json
import secrets
import threading
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from typing import Any, NamedTuple, Self
from urllib.parse import quote

from fake_server.handle.asker import Asker
from fake_server.handle.connection import ControlError, NotRunning
from fake_server.handle.outlook import Outlook
from fake_server.handle.receiver import Headers, Receiver
from fake_server.listen.line import is_genuine, read

PAUSE = 0.25
"""Seconds between two looks at whether anything can still come."""


class Received(NamedTuple):
    """A delivery as it came. What was no payload has no event."""

    event: str | None
    id: str | None
    """Of the record that it is about."""
    payload: Any
    body: bytes
    headers: Headers
    genuine: bool
    """Whether its signature is that of the body."""
    answered: int

    @property
    def resource(self) -> Any:
        return self.payload["resource"] if self.event else None

    @property
    def data(self) -> Any:
        return self.payload["data"] if self.event else None

    def fits(self, event: str, id: str | None) -> bool:
        wanted = event in ("*", self.event) or event == f"{str(self.event).partition(':')[0]}:*"
        return wanted and id in (None, self.id)


class Inbox:
    """Told of some events of a world (of all, without any), until it is closed.

    `host`, `port`: where it listens. `public_host` or `public_url`: where the fake reaches it, such as
    host.docker.internal for one in a container. Further fields are those of a subscription, such as project_id."""

    def __init__(
        self, asker: Asker, events: Sequence[str] = (), *, host: str = "127.0.0.1", port: int = 0,
        public_host: str | None = None, public_url: str | None = None, secret: str | None = None, **fields: Any,
    ) -> None:  # fmt: skip
        self.asker = asker
        self.secret = secret or secrets.token_hex(16)
        self.arrived = threading.Condition()
        self.came: list[Received] = []
        self.status = 200
        self.times: int | None = None
        """How often it is answered; None: always."""
        self.receiver = Receiver(host, port, self.take)
        reached = public_host or {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        shown = f"[{reached}]" if ":" in reached else quote(reached)
        self.url = public_url or f"http://{shown}:{self.receiver.port}/"
        asked = {"url": self.url, "secret": self.secret, **({"events": list(events)} if events else {}), **fields}
        try:
            self.subscription = asker.ask("POST", "/webhooks", asked)
        except BaseException:
            self.receiver.close()
            raise

    # what came
    def take(self, body: bytes, headers: Headers) -> int:
        """Keeps a delivery; the status to answer."""
        genuine, content = is_genuine(body, headers, self.secret), read(body)
        payload = None if content is None else json.loads(body)
        event, id = (None, None) if content is None else (content.event, content.id)
        with self.arrived:
            status = self.next_status()
            self.came.append(Received(event, id, payload, body, headers, genuine, status))
            self.arrived.notify_all()
        return status

    @property
    def received(self) -> list[Received]:
        """What came with the right signature, also what was answered with a failure on purpose."""
        with self.arrived:
            return [one for one in self.came if one.genuine]

    @property
    def forged(self) -> list[Received]:
        """What came with a wrong signature; while there is any, wait_for fails."""
        with self.arrived:
            return [one for one in self.came if not one.genuine]

    def clear(self) -> None:
        """Forgets what came."""
        with self.arrived:
            self.came.clear()

    # what is answered
    def answer(self, status: int, times: int | None = None) -> None:
        """Answers the next `times` deliveries with this status, and with 200 again afterwards; None: from now on."""
        if not 200 <= status <= 599 or (times is not None and times < 0):
            raise ValueError(f"A delivery is answered with a status from 200 to 599, not {status}; times={times}.")
        with self.arrived:
            self.status, self.times = status, times

    def next_status(self) -> int:
        if self.times is None:
            return self.status
        if self.times == 0:
            return 200
        self.times -= 1
        return self.status

    # waiting
    def wait_for(self, event: str, id: str | None = None, count: int = 1, timeout: float = 5) -> Any:
        """The payload of the first such delivery (`task:update`, `task:*` or `*`), or with a `count` the payloads of
        so many, whether they have come already or come now. AssertionError: they did not come within so many seconds,
        cannot come because the clock stands, or something came with a wrong signature."""
        until, outlook = monotonic() + timeout, Outlook(self.asker, self.subscription)
        while True:
            seen = len(self.came)
            found = self.enough(event, id, count)
            if found is not None:
                return found[0] if count == 1 else found
            cannot, left = outlook.hopeless(event), until - monotonic()
            if not cannot and left > 0:
                self.pause(seen, min(PAUSE, left))
            elif len(self.came) == seen:
                what, why = f"{event} of {id}" if id else event, cannot or f"{timeout:g} seconds are over."
                raise AssertionError(outlook.told(what, count, why, self.received))

    def pause(self, seen: int, seconds: float) -> None:
        """Until more came than was seen, or the time is over."""
        with self.arrived:
            self.arrived.wait_for(lambda: len(self.came) != seen, seconds)

    def enough(self, event: str, id: str | None, count: int) -> list[Any] | None:
        """The payloads, if there are so many."""
        for one in self.forged:
            what = f"{one.event} of {one.id}" if one.event else f"{len(one.body)} bytes that are no payload"
            raise AssertionError(f"A delivery came whose signature is not that of its body: {what}. See .forged.")
        found = [one.payload for one in self.received if one.fits(event, id)]
        return found[:count] if len(found) >= count else None

    # its end
    def close(self) -> None:
        """Is told of nothing any more, and listens no longer."""
        if not self.receiver.closing:
            with suppress(ControlError, NotRunning):
                # After a reset the id may be that of another's subscription.
                if self.subscription in self.asker.ask("GET", "/webhooks")["data"]:
                    self.asker.ask("DELETE", f"/webhooks/{self.subscription['id']}")
            self.receiver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
