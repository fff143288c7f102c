"""Walking a list while several clients write at the same time, over sockets: there and back, nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Semaphore
from typing import Any

import httpx2
import pytest

from contract_tests.client import Api
from contract_tests.oracle import ordered
from contract_tests.properties.asking import backward, first_page, forward, ids
from contract_tests.properties.records import SORT_KINDS, Json

TITLES = ("Same", "same", "S\u00e1me", "Other", "other thing")
DAYS = (None, "2026-03-20", None, "2026-03-21")
STATUSES = ("New", "WIP", "New", "Closed")
STILL, WRITERS = 40, 3
MOST_WRITES = 2000
"""Of each writer; the walks end long before."""
OWN = 4
"""Tasks that a writer has at a time."""
PATIENCE = 10
"""Seconds for a write, which takes milliseconds."""


def body(n: int, project: str) -> Json:
    return {"title": TITLES[n % 5], "due_date": DAYS[n % 4], "status": STATUSES[n % 4], "project_id": project}


def done(answer: httpx2.Response) -> Json:
    assert answer.status_code == 200, answer.text
    task: Json = answer.json()
    return task


class Writers:
    """Clients that make, change and delete tasks of their own until they are stopped."""

    def __init__(self, api: Api, project: str) -> None:
        self.api, self.project = api, project
        self.ended, self.written = Event(), Semaphore(0)

    def write(self, number: int) -> int:
        """How many writes one of them made."""
        own: list[str] = []
        url = self.api.http.base_url
        with httpx2.Client(base_url=url, timeout=PATIENCE, verify=False, trust_env=False) as http:
            api = Api(http, "writer")
            for n in range(MOST_WRITES):
                self.one(api, own, n + number)
                self.written.release()
                if self.ended.is_set():
                    return n + 1
        raise AssertionError("the walks have no end")

    def one(self, api: Api, own: list[str], n: int) -> None:
        if len(own) < OWN:
            own.insert(n % (len(own) + 1), done(api.post("/tasks", body(n, self.project)))["id"])
        elif n % 3:
            done(api.patch(f"/tasks/{own[n % OWN]}", body(n * 7, self.project)))
        else:
            done(api.delete(f"/tasks/{own.pop(n % OWN)}"))

    def another(self) -> None:
        """Waits until one of them has written once more."""
        assert self.written.acquire(timeout=PATIENCE)


@contextmanager
def writing(api: Api, project: str) -> Iterator[Writers]:
    writers = Writers(api, project)
    with ThreadPoolExecutor(WRITERS) as pool:
        running: list[Future[int]] = [pool.submit(writers.write, number) for number in range(WRITERS)]
        try:
            yield writers
        finally:
            writers.ended.set()
        assert all(one.result(PATIENCE) > 1 for one in running)


@pytest.fixture
def still(fake: Api) -> list[Json]:
    """Tasks that nobody touches, oldest first, with their creation numbers."""
    project = fake.data("/projects")[0]["id"]
    for n in range(STILL):
        done(fake.post("/tasks", body(n, project)))
    return [{**task, "n": n} for n, task in enumerate(fake.walk("/tasks"))]


@pytest.mark.proves("L5", "L7", "lists.page-cursor")
@pytest.mark.parametrize("sort", ["", "title", "-due_date,title", "status,-updated_at", "-created_at"])
def test_a_task_that_nobody_touches_comes_once_in_its_place_while_others_come_and_go(
    fake: Api, still: list[Json], sort: str
) -> None:
    expected = ordered(still, sort.split(",") if sort else [], SORT_KINDS)
    params: Any = {"page[size]": 4} | ({"sort": sort} if sort else {})
    with writing(fake, still[0]["project_id"]) as writers:
        there = forward(fake, first_page(fake, "/tasks", params), writers.another)
        assert [id for id in ids(there) if id in expected] == expected
        # All of the last page may have been deleted meanwhile; then it has no cursor back.
        last = there[-1] if there[-1]["data"] else there[-2]
        back = backward(fake, last, writers.another)
        assert [id for id in ids(back) if id in expected] == expected
