"""Thousands of changes: every one is accounted for, and neither rows nor connections pile up."""

from __future__ import annotations

import json
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import httpx2
import pytest

from contract_tests.client import NOW, Api
from contract_tests.expected import LAUNCH, PROJECT
from contract_tests.plain_http import request
from contract_tests.webhooks.fast_receiver import FastReceiver
from fake_server.server import FakeServer

pytestmark = pytest.mark.proves("W6", "W19")

Json = dict[str, Any]
STATUSES = ("Backlog", "New", "WIP", "Completed", "Approved", "Closed")
AHEAD = 50
"""Requests that are sent before their answers are read."""


class Counting:
    """A receiver that fails every third time, and keeps who got through."""

    def __init__(self) -> None:
        self.asked = 0
        self.accepted: Counter[tuple[str, str]] = Counter()
        """Event and id."""

    def told(self, _: str, __: bytes, body: bytes) -> int:
        self.asked += 1
        if self.asked % 3 == 0:
            return 500
        payload = json.loads(body)
        self.accepted[payload["event"], payload["resource"]["id"]] += 1
        return 200


class Changes:
    """A client that changes tasks over one connection, many requests ahead of their answers, and counts them."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.answers = self.socket.makefile("rb")
        self.titles = count(1)
        self.made: Counter[tuple[str, str]] = Counter()
        """Event and id."""

    def create(self, number: int) -> list[str]:
        """Tasks in all columns of the board."""
        bodies = [{"title": self.title(), "project_id": PROJECT, "status": STATUSES[n % 6]} for n in range(number)]
        ids = [str(task["id"]) for task in self.ask([asking("POST", "/tasks", body) for body in bodies])]
        self.made.update(("task:create", id) for id in ids)
        return ids

    def update(self, ids: list[str]) -> None:
        self.ask([asking("PATCH", f"/tasks/{id}", {"title": self.title()}) for id in ids])
        self.made.update(("task:update", id) for id in ids)

    def delete(self, ids: list[str]) -> None:
        """The newest first, so that few others move up in their columns."""
        self.ask([asking("DELETE", f"/tasks/{id}") for id in reversed(ids)])
        self.made.update(("task:delete", id) for id in ids)

    def title(self) -> str:
        return f"Title {next(self.titles)}"

    def ask(self, requests: list[bytes]) -> list[Json]:
        found = []
        for begin in range(0, len(requests), AHEAD):
            some = requests[begin : begin + AHEAD]
            self.socket.sendall(b"".join(some))
            found += [self.answer() for _ in some]
        return found

    def answer(self) -> Json:
        line, length = self.answers.readline(), 0
        assert line.startswith(b"HTTP/1.1 200 "), line
        while (header := self.answers.readline()) != b"\r\n":
            name, _, value = header.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return json.loads(self.answers.read(length))  # type: ignore[no-any-return]


def asking(method: str, path: str, body: Json | None = None) -> bytes:
    return request(method, f"/api/v1{path}", b"" if body is None else json.dumps(body).encode())


@contextmanager
def running(**switches: Any) -> Iterator[tuple[Api, Changes, Counting, FastReceiver]]:
    """A server of the small world with one receiver, and a client of it."""
    counting = Counting()
    with (
        FastReceiver(counting.told) as receiver,
        FakeServer(world="small", webhook_url=[f"{receiver.url}/hook"], **switches) as fake,
        httpx2.Client(base_url=fake.base_url, timeout=60) as http,
    ):
        changes = Changes(int(fake.base_url.rpartition(":")[2]))
        with changes.socket, changes.answers:
            yield Api(http, "contract"), changes, counting, receiver


def log(api: Api, more: str = "") -> list[Json]:
    """Rows of the log, page by page."""
    rows: list[Json] = []
    while True:
        after = rows[-1]["id"] if rows else 0
        page = api.control("GET", f"/deliveries?after={after}&limit=700{more}")
        assert page["forgotten"] == 0
        rows += page["data"]
        if not page["data"]:
            assert len(rows) == page["total"]
            return rows


def by_event(rows: list[Json]) -> Counter[tuple[str, str]]:
    return Counter((row["event"], row["resource"]["id"]) for row in rows)


def in_three_windows(api: Api, changes: Changes) -> Counter[str]:
    """10,000 changes, and how their rows must end; `sent`: delivered, or failed for good."""
    ids = changes.create(500)
    changes.update(ids * 4)
    changes.delete(ids[300:])  # nobody has heard of these
    api.control("POST", "/clock/advance", {"by": 1})
    changes.update(ids[:300] * 16)
    changes.delete(ids[200:300])  # of these both the update and the end are told
    api.control("POST", "/clock/advance", {"by": 1})
    changes.update(ids[:200] * 12)
    assert sum(changes.made.values()) == 10_000
    return Counter(cancelled=200 + 200, superseded=2000 + 4500 + 2200, sent=300 + 300 + 100 + 200)


@pytest.mark.slow
def test_every_one_of_ten_thousand_changes_is_accounted_for() -> None:
    with running(now=NOW) as (api, changes, counting, _):
        wanted = in_three_windows(api, changes)
        unsent = [row for row in log(api, "&state=pending") if not row["attempts"]]
        assert {str(row["request"]) for row in unsent} == {"None"}, "no bytes are kept before they are sent"
        api.control("POST", "/clock/advance", {"by": "1h"})
        rows = log(api)
        assert [row["id"] for row in rows] == [str(number) for number in range(1, 10_001)]
        assert by_event(rows) == changes.made
        states = Counter("sent" if row["state"] in ("delivered", "failed") else row["state"] for row in rows)
        assert states == wanted
        assert counting.accepted == by_event([row for row in rows if row["state"] == "delivered"])
        assert sum(row["state"] == "failed" for row in rows) > 10
        assert counting.asked == sum(len(row["attempts"]) for row in rows)
        assert [row for row in rows if answers(row) != expected_answers(row)] == []


def answers(row: Json) -> list[int]:
    return [attempt["status"] for attempt in row["attempts"]]


def expected_answers(row: Json) -> list[int]:
    """What the attempts of a row must have been answered, by its state and their number."""
    if row["state"] == "failed":
        return [500, 500, 500]
    return [*[500] * (len(row["attempts"]) - 1), 200] if row["state"] == "delivered" else []


def test_in_real_time_there_are_four_connections_to_a_receiver_at_most() -> None:
    switches = {"webhook_window": 0, "webhook_backoff": [0, 0], "webhook_tries": 10}
    with running(**switches) as (api, changes, counting, receiver):
        changes.update(changes.create(200))
        api.control("POST", "/flush")
        rows = log(api)
        assert Counter(row["state"] for row in rows) == {"delivered": 400}
        assert counting.accepted == by_event(rows) == changes.made
        assert receiver.connections == counting.asked == sum(len(row["attempts"]) for row in rows)
        assert 2 <= receiver.most_open <= 4


def test_the_log_forgets_its_oldest_rows_and_says_how_many(alone: Api) -> None:
    deaf = {"url": "http://receiver.test/", "mischief": [{"trick": "drop"}]}
    for _ in range(201):
        alone.control("POST", "/webhooks", deaf)
    for number in range(100):
        assert alone.patch(f"/tasks/{LAUNCH}", {"title": f"Title {number}"}).status_code == 200
    page = alone.control("GET", "/deliveries?limit=1")
    assert (page["total"], page["forgotten"], page["data"][0]["id"]) == (20_000, 100, "101")


def test_what_finds_no_room_to_wait_has_failed(connect: Any) -> None:
    api = connect(world="small", webhook_window=0)
    for _ in range(500):
        api.control("POST", "/webhooks", {"url": "http://receiver.test/"})
    for number in range(101):
        assert api.patch(f"/tasks/{LAUNCH}", {"title": f"Title {number}"}).status_code == 200
    pending, failed = (api.control("GET", f"/deliveries?limit=1&state={state}") for state in ("pending", "failed"))
    assert (pending["total"], failed["total"] + failed["forgotten"]) == (50_000, 500)
