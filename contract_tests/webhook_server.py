"""A running fake, and what tests of its deliveries ask it."""

import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx2

from contract_tests.client import NOW, Api
from contract_tests.expected import PROJECT, Json
from contract_tests.receiver import LONGEST, Received, Receiver
from fake_server.server import FakeServer

SECRET = "kanbert-fake-secret"
"""Of subscriptions that are made without one."""


@contextmanager
def running(**switches: Any) -> Iterator[Api]:
    """A fake of the small world on a free port; its clock stands still unless `now` is empty."""
    fake = FakeServer(**{"world": "small", "now": NOW, "check_answers": True, **switches}).start()
    # Neither TLS nor proxies: making a client that knows certificates takes longer than a test.
    with httpx2.Client(base_url=fake.base_url, timeout=LONGEST, verify=False, trust_env=False) as http:
        try:
            yield Api(http, "token")
        finally:
            # Before the client goes, so that the server has open connections to care for.
            fake.stop()


def subscribe(api: Api, receiver: Receiver | str, **fields: Any) -> Json:
    url = receiver if isinstance(receiver, str) else receiver.url
    return api.control("POST", "/webhooks", {"url": url, **fields})  # type: ignore[no-any-return]


def create(api: Api, title: str = "T", **fields: Any) -> Json:
    answer = api.post("/tasks", {"title": title, "project_id": PROJECT, **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def change(api: Api, id: str, **fields: Any) -> Json:
    answer = api.patch(f"/tasks/{id}", fields)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def comment(api: Api, task: str, text: str = "C", **fields: Any) -> Json:
    answer = api.post("/tasks/comments", {"task_id": task, "comment": text, **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def log(api: Api, query: str = "") -> list[Json]:
    """Rows of the delivery log, all of them unless a query picks some."""
    return api.control("GET", f"/deliveries{query}")["data"]  # type: ignore[no-any-return]


def flush(api: Api) -> list[Json]:
    return api.control("POST", "/flush")["sent"]  # type: ignore[no-any-return]


def advance(api: Api, by: float | str) -> list[Json]:
    return api.control("POST", "/clock/advance", {"by": by})["fell_due"]  # type: ignore[no-any-return]


def now(api: Api) -> str:
    return api.control("GET", "/clock")["now"]  # type: ignore[no-any-return]


def after(seconds: float) -> str:
    """The instant so long after the start, as the control routes print it."""
    at = datetime.fromisoformat(NOW.rstrip("Z")) + timedelta(milliseconds=round(seconds * 1000))
    return f"{at.isoformat(timespec='milliseconds')}Z"


def payload(event: str, id: str, by: Json, data: Json) -> Json:
    """What the reference prints of every event."""
    return {
        "event": event,
        "resource": {"type": event.partition(":")[0], "id": id},
        "triggered_by": by,
        "data": data,
    }


def written(payload: Json) -> bytes:
    """A payload as PHP's json_encode writes it."""
    return json.dumps(payload, separators=(",", ":")).replace("/", "\\/").encode()


def signed(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, "sha256").hexdigest()


def named(received: list[Received]) -> list[tuple[str, str]]:
    """Event and id of each."""
    return [(one.event, one.json["resource"]["id"]) for one in received]
