"""Receivers through long random lives of tasks and comments: in the end they know what the world knows."""

from __future__ import annotations

import hmac
import json
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from contract_tests.client import NOW, Api
from contract_tests.properties.effort import share
from contract_tests.webhooks.fast_receiver import FastReceiver
from fake_server.server import FakeServer

pytestmark = pytest.mark.proves("webhooks.latest-state", "W1", "W5", "W6", "W15")

Json = dict[str, Any]
Resource = tuple[str, str]

BOARD = str(Path(__file__).parents[1] / "board.yaml")
SECRET, OTHER_SECRET = "first secret", "second secret"
STATUSES = ("Backlog", "New", "WIP", "Completed", "Approved", "Closed")
VERBS = ("create", "update", "delete")
WHICH = st.integers(0, 30)


class Integration:
    """What somebody's integration does: it keeps what it is told by id, and forgets what it is told has gone."""

    def __init__(self, secret: str) -> None:
        self.secret = secret.encode()
        self.records: dict[Resource, Json] = {}
        self.verbs: dict[Resource, list[str]] = {}
        self.wrong: list[str] = []
        self.seen: Counter[bytes] = Counter()
        self.every = 0
        """Which request fails: none, each (1), each second ..."""
        self.asked = 0

    def told(self, head: bytes, body: bytes) -> int:
        signature = hmac.new(self.secret, body, "sha256").hexdigest()
        if b"\r\nSignature: %b\r\n" % signature.encode() not in head:
            self.wrong.append(f"{head!r} {body!r}")
        self.asked += 1
        if self.every and self.asked % self.every == 0:
            return 500
        self.apply(json.loads(body))
        return 200

    def apply(self, payload: Json) -> None:
        resource = payload["resource"]["type"], payload["resource"]["id"]
        verb = payload["event"].partition(":")[2]
        assert payload["event"].startswith(f"{resource[0]}:")
        assert payload["data"]["id"] == resource[1]
        self.verbs.setdefault(resource, []).append(verb)
        if verb == "delete":
            self.records.pop(resource, None)
        else:
            self.records[resource] = payload["data"]


class Integrations:
    """The two receivers behind one socket: of everything, and of one project."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.all = {"/all": Integration(SECRET), "/project": Integration(OTHER_SECRET)}
        self.faults: list[BaseException] = []

    def told(self, path: str, head: bytes, body: bytes) -> int:
        try:
            return self.all[path].told(head, body)
        except BaseException as fault:
            self.faults.append(fault)
            return 200


class Lives(RuleBasedStateMachine):
    """One server, what its clients did, and what its receivers must have heard of that."""

    def __init__(self, api: Api, url: str, integrations: Integrations) -> None:
        super().__init__()
        self.api, self.url, self.integrations = api, url, integrations

    @initialize()
    def start(self) -> None:
        self.api.control("POST", "/reset")
        self.integrations.restart()
        self.titles = count(1)
        self.tasks: dict[str, Json] = {task["id"]: task for task in self.api.walk("/tasks")}
        self.comments: dict[str, Json] = {}
        self.task_of: dict[str, str] = {}
        """Comment -> task, of those that are there."""
        self.projects = list(dict.fromkeys(task["project_id"] for task in self.tasks.values()))
        self.project = {id: task["project_id"] for id, task in self.tasks.items()}
        """Task -> project, of those that are gone, too."""
        self.limited = False
        self.rows: Counter[tuple[str, Resource, str]] = Counter()
        """Path of the receiver, resource and event -> the rows that the log must have."""

    # what clients do

    def happened(self, kind: str, id: str, verb: str, task: str) -> None:
        self.rows["/all", (kind, id), verb] += 1
        if self.limited and self.project[task] == self.projects[0]:
            self.rows["/project", (kind, id), verb] += 1

    @rule(project=st.integers(0, 1), parent=st.none() | WHICH)
    def create(self, project: int, parent: int | None) -> None:
        wanted = {"title": f"Task {next(self.titles)}", "project_id": self.projects[project]}
        below = [id for id, task in self.tasks.items() if task["project_id"] == wanted["project_id"]]
        if parent is not None and below:
            wanted["parent_task_id"] = below[parent % len(below)]
        task = self.made("/tasks", wanted)
        self.tasks[task["id"]], self.project[task["id"]] = task, task["project_id"]
        self.happened("task", task["id"], "create", task["id"])

    def made(self, path: str, body: Json) -> Json:
        answer = self.api.post(path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()  # type: ignore[no-any-return]

    @precondition(lambda self: self.tasks)
    @rule(which=WHICH, status=st.none() | st.sampled_from(STATUSES))
    def update(self, which: int, status: str | None) -> None:
        body = {"title": f"Title {next(self.titles)} / \u00e4\U0001f980", **({"status": status} if status else {})}
        id = self.task(which)
        assert self.api.patch(f"/tasks/{id}", body).status_code == 200
        self.happened("task", id, "update", id)

    @precondition(lambda self: self.tasks)
    @rule(which=WHICH)
    def change_nothing(self, which: int) -> None:
        id = self.task(which)
        assert self.api.patch(f"/tasks/{id}", {"title": self.api.data(f"/tasks/{id}")["title"]}).status_code == 200

    def task(self, which: int) -> str:
        """The newest ones first, to which most happens."""
        return list(reversed(self.tasks))[which % len(self.tasks)]

    @precondition(lambda self: self.tasks)
    @rule(which=WHICH)
    def delete(self, which: int) -> None:
        """A task with its sub-tasks, and the comments of all of them."""
        gone = list(self.below(self.task(which)))
        assert self.api.delete(f"/tasks/{gone[0]}").status_code == 200
        for id in gone:
            del self.tasks[id]
            self.happened("task", id, "delete", id)
        for id in [id for id, task in self.task_of.items() if task in gone]:
            self.happened("comment", id, "delete", self.task_of.pop(id))
            del self.comments[id]

    def below(self, id: str) -> Iterator[str]:
        yield id
        for child, task in self.tasks.items():
            if task["parent_task_id"] == id:
                yield from self.below(child)

    @precondition(lambda self: self.tasks)
    @rule(which=WHICH, answered=st.none() | WHICH)
    def comment(self, which: int, answered: int | None) -> None:
        task, body = self.task(which), {"comment": f"<p>Remark {next(self.titles)}</p>"}
        others = [id for id, other in self.task_of.items() if other == task]
        if answered is not None and others:
            body["parent_comment_id"] = others[answered % len(others)]
        comment = self.made("/tasks/comments", {**body, "task_id": task})
        self.comments[comment["id"]], self.task_of[comment["id"]] = comment, task
        self.happened("comment", comment["id"], "create", task)

    @precondition(lambda self: self.tasks)
    @rule(which=WHICH)
    def trigger(self, which: int) -> None:
        id = self.task(which)
        self.api.control("POST", "/trigger", {"event": "task:update", "id": id})
        self.happened("task", id, "update", id)

    # what time and receivers do

    @rule(seconds=st.sampled_from((0.05, 1, 15, 200)))
    def advance(self, seconds: float) -> None:
        tried = self.api.control("POST", "/clock/advance", {"by": seconds})["fell_due"]
        assert [one["at"] for one in tried] == sorted(one["at"] for one in tried)

    @rule(path=st.sampled_from(("/all", "/project")), every=st.sampled_from((0, 1, 2, 3)))
    def fail(self, path: str, every: int) -> None:
        """Up (0), down (1), or so that every second or third request fails."""
        self.integrations.all[path].every = every

    @precondition(lambda self: not self.limited)
    @rule()
    def subscribe_to_a_project(self) -> None:
        wanted = {"url": f"{self.url}/project", "project_id": self.projects[0], "secret": OTHER_SECRET}
        self.api.control("POST", "/webhooks", wanted)
        self.limited = True

    @rule()
    def flush(self) -> None:
        self.api.control("POST", "/flush")
        assert self.api.control("GET", "/deliveries?state=pending")["data"] == []

    @rule()
    def resend(self) -> None:
        """What failed for good and is the newest of its resource; answered before anything else happens."""
        for row in self.newest():
            if row["state"] == "failed":
                self.api.control("POST", f"/deliveries/{row['id']}/resend")
        self.api.control("POST", "/clock/advance", {"by": 0})

    def newest(self) -> list[Json]:
        """Of each resource and subscription the last delivery that is more than a note."""
        told = [row for row in self.log() if row["state"] not in ("superseded", "cancelled")]
        return list({(row["url"], row["resource"]["id"]): row for row in told}.values())

    def log(self) -> list[Json]:
        return self.api.control("GET", "/deliveries?limit=100000")["data"]  # type: ignore[no-any-return]

    # how it ends

    def teardown(self) -> None:
        for integration in self.integrations.all.values():
            integration.every = 0
        self.flush()
        self.resend()
        assert self.integrations.faults == []
        self.every_event_is_in_the_log()
        for path in ("/all", "/project"):
            self.the_receiver_knows_what_is(path, self.integrations.all[path])

    def every_event_is_in_the_log(self) -> None:
        rows = self.log()
        found = Counter(
            (f"/{row['url'].rpartition('/')[2]}", tuple(row["resource"].values()), row["event"].partition(":")[2])
            for row in rows
        )
        assert found == self.rows
        assert {row["state"] for row in rows} <= {"delivered", "cancelled", "superseded", "failed"}
        assert [row for row in self.newest() if row["state"] != "delivered"] == []

    def the_receiver_knows_what_is(self, path: str, integration: Integration) -> None:
        assert integration.wrong == [], "every signature was good"
        for resource, verbs in integration.verbs.items():
            assert verbs == sorted(verbs, key=VERBS.index), f"{resource} in order"
        changed = {resource for at, resource, _ in self.rows if at == path}
        assert integration.verbs.keys() <= changed
        known = {id: comparable(data) for (_, id), data in integration.records.items()}
        assert known == {id: comparable(data) for id, data in self.living(changed)}

    def living(self, changed: set[Resource]) -> Iterator[tuple[str, Json]]:
        for kind, id in changed:
            if kind == "task" and id in self.tasks:
                yield id, self.api.data(f"/tasks/{id}")
            elif id in self.comments:
                yield id, self.comments[id]


def comparable(data: Json) -> Json:
    """Without what changes silently: a task's place in its column, when neighbours come and go, and what a
    comment's payload has besides the comment."""
    apart = ("list_sorting",) if "list_sorting" in data else ("task", "parent_comment", "sub_comments")
    return {name: value for name, value in data.items() if name not in apart}


@pytest.mark.parametrize("window", [0.1, 5])
def test_receivers_know_in_the_end_what_the_world_knows(window: float) -> None:
    integrations = Integrations()
    with FastReceiver(integrations.told) as receiver:
        switches = {"webhook_url": [f"{receiver.url}/all"], "webhook_secret": SECRET, "webhook_window": window}
        with (
            FakeServer(world=BOARD, now=NOW, check_answers=True, **switches) as fake,
            httpx2.Client(base_url=fake.base_url, timeout=20) as http,
        ):

            class LivesHere(Lives):
                def __init__(self) -> None:
                    super().__init__(Api(http, "contract"), receiver.url, integrations)

            run_state_machine_as_test(LivesHere, settings=share(1))
