"""What clients write beside tasks, and worlds that go back to what they were, step by step."""

from __future__ import annotations

from copy import deepcopy

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from contract_tests.properties.bench import GUEST, SLUG, WHICH, Bench
from contract_tests.properties.model import Json
from contract_tests.properties.refusals import Reading
from contract_tests.properties.space_bodies import COMMENTING, SUBSCRIBING
from contract_tests.properties.task_bodies import OTHER_SLUG

CALLERS = st.sampled_from((SLUG, OTHER_SLUG, GUEST))
BEFORE = "before"


def slug(caller: str) -> str:
    return SLUG if caller == GUEST else caller


class Beside(Bench):
    """Comments, webhooks, snapshots and documents."""

    # what clients do

    @rule(which=WHICH, caller=CALLERS, body=COMMENTING)
    def comment(self, which: int, caller: str, body: Json) -> None:
        project = self.projects[which % len(self.projects)]
        task = self.resolved(body.get("task_id"), project)
        sent = self.resolved({**body, "task_id": task} if "task_id" in body else body, task)
        reading = Reading(self.model, None, slug(caller), guest=caller == GUEST)
        values = reading.comment(sent)
        answer = self.caller(caller).post("/tasks/comments", sent)
        if not self.refused(answer, reading):
            made, author = answer.json(), self.people[caller]
            assert made == self.model.comment(made["id"], values, slug(caller), author)

    @precondition(lambda self: self.model.comments)
    @rule(which=WHICH, elsewhere=st.booleans(), caller=CALLERS, is_public=st.booleans(), named=st.booleans())
    def answer(self, which: int, elsewhere: bool, caller: str, is_public: bool, named: bool) -> None:
        """Another comment, which some may not see, and which may stand at another task."""
        above = list(self.model.comments)[which % len(self.model.comments)]
        task = self.task(which)["id"] if elsewhere and self.model.tasks else self.model.stands[above]
        body = {"task_id": task, "parent_comment_id": above, "is_public": is_public}
        self.comment(which, caller, body | ({"external_id": "C-1", "external_origin": "jira"} if named else {}))

    @rule(caller=CALLERS, body=SUBSCRIBING)
    def subscribe(self, caller: str, body: Json) -> None:
        sent = self.resolved(body, None)
        reading = Reading(self.model, None, slug(caller))
        values = reading.webhook(sent)
        answer = self.caller(caller).post("/webhooks", sent)
        if not self.refused(answer, reading):
            made = answer.json()
            assert made.pop("secret") == values.get("secret") or values.get("secret") is None
            assert made == self.model.subscribe(made["id"], values, self.people[caller]["id"])

    # what happens to the tasks meanwhile

    @rule(which=WHICH, is_public=st.booleans())
    def add(self, which: int, is_public: bool) -> None:
        sent = {"title": "Talk", "project_id": self.projects[which % len(self.projects)], "is_public": is_public}
        made = self.api.post("/tasks", sent).json()
        assert made == self.model.create(made["id"], sent, SLUG)

    @precondition(lambda self: self.model.tasks)
    @rule(which=WHICH, is_public=st.booleans())
    def publish(self, which: int, is_public: bool) -> None:
        task, sent = self.task(which), {"is_public": is_public}
        assert self.api.patch(f"/tasks/{task['id']}", sent).json() == self.model.patch(task, sent)

    @precondition(lambda self: self.model.tasks)
    @rule(which=WHICH)
    def remove(self, which: int) -> None:
        task = self.task(which)
        assert self.api.delete(f"/tasks/{task['id']}").json() == task
        self.model.delete(task)

    # what testers do

    @rule(what=st.sampled_from(("keep", "go back", "load")))
    def move(self, what: str) -> None:
        """A snapshot, and what was exported in place of itself."""
        if what == "load":
            self.api.control("PUT", "/state", self.api.control("GET", "/state"))
        elif what == "keep" or self.kept is None:
            self.api.control("POST", f"/snapshots/{BEFORE}")
            self.kept = deepcopy(self.model)
        else:
            self.api.control("POST", f"/snapshots/{BEFORE}/restore")
            self.model = deepcopy(self.kept)

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
