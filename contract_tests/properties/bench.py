"""A server and a model of it on one bench: what is asked of the one is told the other."""

from __future__ import annotations

from typing import Any

import httpx2
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from contract_tests.client import NOW, Api
from contract_tests.properties.model import Json
from contract_tests.properties.refusals import Reading
from contract_tests.properties.space_model import Space
from contract_tests.properties.task_bodies import OTHER_SLUG, Ref

SLUG, GUEST = "fake-integration", "guest"
SLUGS = st.sampled_from((SLUG, OTHER_SLUG))
WHICH = st.integers(0, 30)


def fields(answer: httpx2.Response) -> set[str]:
    """The fields of which a refusal complains."""
    assert answer.status_code == 422, answer.text
    return set(answer.json()["errors"])


class Bench(RuleBasedStateMachine):
    """One server and one model of it, asked the same."""

    def __init__(self, api: Api, zone: str) -> None:
        super().__init__()
        self.api, self.zone = api, zone

    @initialize()
    def start(self) -> None:
        self.api.control("POST", "/reset")
        self.slugs = {SLUG: self.api, OTHER_SLUG: self.api.register(integration=OTHER_SLUG)}
        self.guest = self.api.as_token("guest-token")
        self.people = {name: self.caller(name).data("/whoami") for name in (*self.slugs, GUEST)}
        self.model = Space(self.api, NOW, self.zone)
        self.projects = list(self.model.projects)
        self.kept: Space | None = None
        self.steps = 0

    def caller(self, name: str) -> Api:
        return self.guest if name == GUEST else self.slugs[name]

    # which task, and how it is named

    def task(self, which: int) -> Json:
        tasks = list(self.model.tasks.values())
        return tasks[which % len(tasks)]

    def named(self, task: Json, way: str) -> tuple[str, Json]:
        """The path segment and the parameters that name a task; by its id where it has no other name."""
        if way == "external_id" and task["external_id"] is not None:
            return task["external_id"], {"find_by": way, "origin": task["external_origin"]}
        return (task["uri"], {"find_by": way}) if way == "uri" else (task["id"], {})

    def resolved(self, value: Any, project: str | None) -> Any:
        """A drawn body with the ids that its references stand for."""
        if isinstance(value, dict):
            return {name: self.resolved(inner, project) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.resolved(inner, project) for inner in value]
        return self.id_of(value, project) if isinstance(value, tuple) else value

    def id_of(self, ref: Ref, owner: str | None) -> str | None:
        """The record that a reference means; `owner`: the project, or of comments the task, that is one's own."""
        kind, number, own = ref
        if kind in ("project", "user", "client"):
            every = list(self.model.every(kind))
            return every[number % len(every)]
        if kind == "comment":
            owners = self.model.stands
        elif kind == "task":
            owners = {id: task["project_id"] for id, task in self.model.tasks.items()}
        else:
            owners = {id: self.model.owners[id] for id in self.model.parts[kind]}
        found = [id for id, whose in owners.items() if not own or whose == owner]
        return found[number % len(found)] if found else None

    def refused(self, answer: httpx2.Response, reading: Reading) -> bool:
        """Whether the answer refuses what it must refuse; it may complain of nothing else."""
        if not reading.certain:
            assert answer.status_code == 200, answer.text
            return False
        assert reading.certain <= fields(answer) <= reading.certain | reading.possible
        return True
