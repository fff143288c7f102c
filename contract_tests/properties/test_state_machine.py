"""A space through long random lives: every answer and every list is what the model of the rulings says."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from contract_tests.client import Api
from contract_tests.properties.effort import share
from contract_tests.properties.model import Json
from contract_tests.properties.refusals import Reading
from contract_tests.properties.space_bodies import COMMENTING, SUBSCRIBING
from contract_tests.properties.space_model import Space
from contract_tests.properties.task_bodies import OTHER_SLUG
from contract_tests.properties.task_machine import SLUG, WHICH, Tasks

pytestmark = pytest.mark.proves("T7", "T8", "T10", "T11", "T12", "T13", "T14", "T15", "T16", "T29", "T30")

BOARD = str(Path(__file__).parents[1] / "board.yaml")
GUEST = "guest"
CALLERS = st.sampled_from((SLUG, OTHER_SLUG, GUEST))
KEPT = st.sampled_from(("first", "second"))


class Everything(Tasks):
    """What else can be written than tasks; and worlds that go back to what they were."""

    @initialize()
    def start(self) -> None:
        super().start()
        self.kept: dict[str, Space] = {}
        self.people = {name: self.caller(name).data("/whoami") for name in (SLUG, OTHER_SLUG, GUEST)}
        self.steps = 0

    def caller(self, name: str) -> Api:
        return self.guest if name == GUEST else self.slugs[name]

    def slug(self, name: str) -> str:
        return SLUG if name == GUEST else name

    # what clients do

    @rule(which=WHICH, caller=CALLERS, body=COMMENTING)
    def comment(self, which: int, caller: str, body: Json) -> None:
        project = self.projects[which % len(self.projects)]
        task = self.resolved(body.get("task_id"), project)
        sent = self.resolved({**body, "task_id": task} if "task_id" in body else body, task)
        reading = Reading(self.model, None, self.slug(caller), guest=caller == GUEST)
        values = reading.comment(sent)
        answer = self.caller(caller).post("/tasks/comments", sent)
        if not self.refused(answer, reading):
            made, author = answer.json(), self.people[caller]
            assert made == self.model.comment(made["id"], values, self.slug(caller), author)

    @rule(caller=CALLERS, body=SUBSCRIBING)
    def subscribe(self, caller: str, body: Json) -> None:
        sent = self.resolved(body, None)
        reading = Reading(self.model, None, self.slug(caller))
        values = reading.webhook(sent)
        answer = self.caller(caller).post("/webhooks", sent)
        if not self.refused(answer, reading):
            made = answer.json()
            assert made.pop("secret") == values.get("secret") or values.get("secret") is None
            assert made == self.model.subscribe(made["id"], values, self.people[caller]["id"])

    # what testers do

    @rule(what=st.sampled_from(("keep", "go back", "go back", "load")), name=KEPT)
    def move(self, what: str, name: str) -> None:
        """Snapshots, and what was exported in place of itself."""
        if what == "keep":
            self.api.control("POST", f"/snapshots/{name}")
            self.kept[name] = deepcopy(self.model)
        elif what == "load":
            self.api.control("PUT", "/state", self.api.control("GET", "/state"))
        elif name in self.kept:
            self.api.control("POST", f"/snapshots/{name}/restore")
            self.model = deepcopy(self.kept[name])

    # what always holds

    @invariant()
    def the_rest_is_the_model_too(self) -> None:
        """In turn, because every list takes its time."""
        self.steps += 1
        if self.steps % 2:
            assert self.api.control("GET", "/records/comment")["data"] == self.model.rows_of_comments()
        else:
            name = (SLUG, GUEST)[self.steps % 4 == 0]
            assert list(self.caller(name).walk("/webhooks")) == self.model.webhooks_of(self.people[name]["id"])


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_every_answer_is_what_the_model_says(connect: Any, zone: str) -> None:
    elsewhere = {} if zone == "UTC" else {"time_zone": zone}
    api: Api = connect(world=BOARD, **elsewhere)

    class SpaceOfThisWorld(Everything):
        def __init__(self) -> None:
            super().__init__(api, zone)

    run_state_machine_as_test(SpaceOfThisWorld, settings=share(0.5))
