"""Inbox: a real receiver of a world's webhooks, which checks every signature and waits without sleeping."""

import json
import secrets
import threading
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from typing import Any, NamedTuple, Self
from urllib.parse import quote

from fake_server.handle.connection import ControlError, NotRunning
from fake_server.handle.control import Control
from fake_server.handle.pending import Pending, own
from fake_server.handle.receiver import Headers, Receiver
from fake_server.listen.line import is_genuine, read
from fake_server.urls import reached

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
        self, control: Control, events: Sequence[str] = (), *, host: str = "127.0.0.1", port: int = 0,
        public_host: str | None = None, public_url: str | None = None, secret: str | None = None, **fields: Any,
    ) -> None:  # fmt: skip
        self._control = control
        self.secret = secret or secrets.token_hex(16)
        self._arrived = threading.Condition()
        self._came: list[Received] = []
        self._returned: set[int] = set()
        """Places in it of what wait_for has given."""
        self._status = 200
        self._times: int | None = None
        """How often it is answered; None: always."""
        self._receiver = Receiver(host, port, self._take)
        shown_as = public_host or reached(host)
        shown = f"[{shown_as}]" if ":" in shown_as else quote(shown_as)
        self.url = public_url or f"http://{shown}:{self._receiver.port}/"
        self._asked = {
            "url": self.url, "secret": self.secret, **({"events": list(events)} if events else {}), **fields,
        }  # fmt: skip
        try:
            self.subscription = control.ask("POST", "/webhooks", self._asked)
        except BaseException:
            self._receiver.close()
            raise

    def _renew(self) -> None:
        """Subscribes again where the world has forgotten it; where what it is limited to is gone, it cannot."""
        if self._receiver.closing:
            return
        with self._arrived:
            # What came before is of a life in which the same ids were others.
            self._returned.update(range(len(self._came)))
        there = own(self._control, self.url, self.secret)
        with suppress(ControlError):
            self.subscription = there or self._control.ask("POST", "/webhooks", self._asked)

    # what came
    def _take(self, body: bytes, headers: Headers) -> int:
        """Keeps a delivery; the status to answer."""
        genuine, content = is_genuine(body, headers, self.secret), read(body)
        payload = None if content is None else json.loads(body)
        event, id = (None, None) if content is None else (content.event, content.id)
        with self._arrived:
            status = self._next_status()
            self._came.append(Received(event, id, payload, body, headers, genuine, status))
            self._arrived.notify_all()
        return status

    @property
    def received(self) -> list[Received]:
        """What came with the right signature, also what was answered with a failure on purpose."""
        with self._arrived:
            return [one for one in self._came if one.genuine]

    @property
    def forged(self) -> list[Received]:
        """What came with a wrong signature; while there is any, wait_for fails."""
        with self._arrived:
            return [one for one in self._came if not one.genuine]

    def clear(self) -> None:
        """Forgets what came."""
        with self._arrived:
            self._came.clear()
            self._returned.clear()

    # what is answered
    def answer(self, status: int, times: int | None = None) -> None:
        """Answers the next `times` deliveries with this status, and with 200 again afterwards; None: from now on."""
        if not 200 <= status <= 599 or (times is not None and times < 0):
            raise ValueError(f"A delivery is answered with a status from 200 to 599, not {status}; times={times}.")
        with self._arrived:
            self._status, self._times = status, times

    def _next_status(self) -> int:
        if self._times is None:
            return self._status
        if self._times == 0:
            return 200
        self._times -= 1
        return self._status

    # waiting
    def wait_for(self, event: str, id: str | None = None, count: int = 1, timeout: float = 5) -> Any:
        """The payload of the next such delivery (`task:update`, `task:*` or `*`), or with a `count` the payloads of
        the next so many, whether they have come already or come now. What one call has returned, no later one does;
        `received` lists it all the same. AssertionError: they did not come within so many seconds, cannot come
        because the clock stands, or something came with a wrong signature."""
        until = monotonic() + timeout
        while True:
            seen, pending = len(self._came), Pending(self._control, self.subscription)
            found = self._next(event, id, count)
            if found is not None:
                return found[0] if count == 1 else found
            cannot, left = pending.hopeless(event), until - monotonic()
            if not cannot and left > 0:
                self._pause(seen, min(PAUSE, left))
            elif len(self._came) == seen:
                what, why = f"{event} of {id}" if id else event, cannot or f"{timeout:g} seconds are over."
                raise AssertionError(pending.told(what, count, why, self.received, len(self._returned)))

    def _pause(self, seen: int, seconds: float) -> None:
        """Until more came than was seen, or the time is over."""
        with self._arrived:
            self._arrived.wait_for(lambda: len(self._came) != seen, seconds)

    def _next(self, event: str, id: str | None, count: int) -> list[Any] | None:
        """The payloads, if there are so many; they are returned only once, whichever thread comes first."""
        for one in self.forged:
            what = f"{one.event} of {one.id}" if one.event else f"{len(one.body)} bytes that are no payload"
            raise AssertionError(f"A delivery came whose signature is not that of its body: {what}. See .forged.")
        with self._arrived:
            fitting = [
                place for place, one in enumerate(self._came)
                if place not in self._returned and one.genuine and one.fits(event, id)
            ][:count]  # fmt: skip
            if len(fitting) < count:
                return None
            self._returned.update(fitting)
            return [self._came[place].payload for place in fitting]

    # its end
    def close(self) -> None:
        """Is told of nothing any more, and listens no longer."""
        if not self._receiver.closing:
            with suppress(ControlError, NotRunning):
                there = own(self._control, self.url, self.secret)
                if there is not None:
                    self._control.ask("DELETE", f"/webhooks/{there['id']}")
            self._receiver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
