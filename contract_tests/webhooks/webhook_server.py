"""A running fake, and what tests of its deliveries ask it."""

import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx2

from contract_tests.client import NOW, Api
from contract_tests.expected import Json
from contract_tests.webhooks.receiver import LONGEST, Received, Receiver
from fake_server.server import FakeServer

SECRET = "kanbert-fake-secret"
"""Of subscriptions that are made without one."""
URL = "http://receiver.test/hook"
"""Of a receiver that is nowhere."""
EVENTS = ["task:create", "task:update", "task:delete", "comment:create", "comment:update", "comment:delete"]


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


def hook(id: str, **fields: Any) -> Json:
    """A subscription's whole row: one that limits nothing, except for `fields`."""
    plain: Json = {
        "id": id,
        "url": URL,
        "events": ["task:*", "comment:*"],
        "project_id": None,
        "client_id": None,
        "secret": SECRET,
        "is_active": True,
        "mischief": [],
        "user_id": None,
        "created_at": "2026-03-12T15:30:00Z",
    }
    assert set(fields) <= set(plain), "no such field of a subscription"
    return {**plain, **fields}


def hooks(api: Api) -> list[Json]:
    return api.control("GET", "/webhooks")["data"]  # type: ignore[no-any-return]


def refused(api: Api, method: str, path: str, body: Any = None) -> tuple[int, str, str]:
    """Status, title and sentence of a problem."""
    answer = api.http.request(method, f"/_fake{path}", **({} if body is None else {"json": body}))
    found = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert found == {"title": found["title"], "detail": found["detail"], "status": answer.status_code}
    return answer.status_code, found["title"], found["detail"]


def one_task_each(api: Api) -> list[Json]:
    """A task of each project, as far as the world has them, and that project's client."""
    return list({task["project_id"]: task for task in api.walk("/tasks")}.values())


def tried(api: Api, id: str = "1") -> list[tuple[str, int | None]]:
    """When each try was, and the status of its answer."""
    return [(one["at"], one["status"]) for one in api.control("GET", f"/deliveries/{id}")["attempts"]]


def attempt(at: float, code: int | None = 200, error: str | None = None, body: str = "") -> Json:
    return {"at": after(at), "status": code, "error": error, "body": body}


def attempts(row: Json) -> list[Json]:
    """Its attempts without their durations, which are real time and must be plausible."""
    assert all(0 <= one["duration"] < 10 for one in row["attempts"])
    return [{name: value for name, value in one.items() if name != "duration"} for one in row["attempts"]]


def titles(received: list[Received]) -> list[str]:
    return [one.json["data"]["title"] for one in received]
