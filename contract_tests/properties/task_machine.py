"""What clients do to tasks, step by step."""

from __future__ import annotations

from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from contract_tests.client import NOW
from contract_tests.oracle import ordered
from contract_tests.properties.bench import SLUG, SLUGS, WHICH, Bench, fields
from contract_tests.properties.model import STATUSES, Json
from contract_tests.properties.records import SORT_KINDS
from contract_tests.properties.refusals import PLACES, Reading
from contract_tests.properties.task_bodies import CREATING, IDENTIFIER, IDENTIFYING, PATCHING

SORTS = ("title", "uri", "status", "updated_at", "created_at", "due_date")
INCLUDES = "watchers,parent_task,sub_tasks"
WAYS = st.sampled_from(("id", "uri", "external_id"))
SIZES = st.integers(1, 30)
FILE_NAMES = st.sampled_from(("note.txt", "Zo\u00eb's plan.pdf", "a b%c.svg"))
MIME_TYPES = st.sampled_from(("text/plain", "image/svg+xml"))


class Tasks(Bench):
    """Every operation of the section, right and wrong."""

    # what clients do

    @rule(body=CREATING, slug=SLUGS)
    def create(self, body: Json, slug: str) -> None:
        project = self.id_of(body["project_id"], None) if isinstance(body.get("project_id"), tuple) else None
        sent = self.resolved(body, project)
        reading = Reading(self.model, None, slug)
        values = reading.store(sent)
        answer = self.slugs[slug].post("/tasks", sent)
        if not self.refused(answer, reading):
            assert answer.json() == self.model.create(answer.json()["id"], values, slug)

    @precondition(lambda self: self.model.tasks)
    @rule(which=WHICH, place=st.sampled_from(PLACES))
    def create_beside(self, which: int, place: str) -> None:
        other = self.task(which)
        column = {name: other[name] for name in ("project_id", "status")}
        self.create({"title": "Beside", **column, place: other["id"]}, SLUG)

    @precondition(lambda self: self.model.tasks)
    @rule(which=WHICH, way=WAYS, body=PATCHING)
    def patch(self, which: int, way: str, body: Json) -> None:
        task = self.task(which)
        sent = self.resolved(body, task["project_id"])
        reading = Reading(self.model, task, "")
        values = reading.update({name: value for name, value in sent.items() if name not in IDENTIFIER})
        segment, params = self.named(task, way)
        answer = self.api.patch(f"/tasks/{segment}", sent, params)
        if not self.refused(answer, reading):
            assert answer.json() == self.model.patch(task, values)

    @precondition(lambda self: self.model.tasks)
    @rule(which=WHICH, status=st.sampled_from(STATUSES))
    def advance(self, which: int, status: str) -> None:
        self.patch(which, "id", {"status": status})

    @precondition(lambda self: self.model.tasks)
    @rule(which=WHICH, parent=WHICH)
    def hang_under(self, which: int, parent: int) -> None:
        self.patch(which, "id", {"parent_task_id": ("task", parent, True)})

    @precondition(lambda self: self.model.tasks)
    @rule(which=WHICH, way=WAYS, body=IDENTIFYING, slug=SLUGS)
    def identify(self, which: int, way: str, body: Json, slug: str) -> None:
        task = self.task(which)
        segment, params = self.named(task, "id" if way == "uri" else way)
        reading = Reading(self.model, task, slug)
        pair = reading.identifier(body)
        answer = self.slugs[slug].put(f"/tasks/{segment}/external-identifier", body, params)
        if not self.refused(answer, reading):
            self.model.identify(task, pair)
            assert answer.json() == task

    @precondition(lambda self: self.model.tasks)
    @rule(which=WHICH, way=WAYS)
    def delete(self, which: int, way: str) -> None:
        task = self.task(which)
        segment, params = self.named(task, way)
        answer = self.api.delete(f"/tasks/{segment}", params)
        assert (answer.status_code, answer.json()) == (200, task)
        self.model.delete(task)

    @precondition(lambda self: self.model.tasks)
    @rule(which=WHICH, way=WAYS, name=FILE_NAMES, content=st.binary(max_size=20), mime=MIME_TYPES)
    def upload(self, which: int, way: str, name: str, content: bytes, mime: str) -> None:
        task = self.task(which)
        segment, params = self.named(task, way)
        answer = self.api.ask("POST", f"/tasks/{segment}/upload", params, files={"file": (name, content, mime)})
        assert answer.status_code == 200, answer.text
        file = answer.json()
        told = {"file_name": name, "mime_type": mime, "size": len(content), "created_at": NOW}
        assert file == {"id": file["id"], **told, "entity_id": task["id"], "entity_type": "task"}
        self.model.attach(task, file)
        assert self.api.http.get(f"/_fake/files/{file['id']}").content == content

    # what clients do wrong

    @precondition(lambda self: self.model.tasks)
    @rule(which=WHICH, body=IDENTIFYING)
    def ask_in_vain(self, which: int, body: Json) -> None:
        """Tasks have no shortcode, their uri is no way to identify them, and a file is a part named file."""
        path = f"/tasks/{self.task(which)['id']}"
        assert self.api.patch(path).json() == self.task(which)
        identifier, upload = f"{path}/external-identifier", f"{path}/upload"
        assert self.api.put(identifier, body, {"find_by": "shortcode"}).status_code == 404
        assert fields(self.api.put(identifier, body, {"find_by": "uri"})) == {"find_by"}
        assert fields(self.api.ask("POST", upload, files={"other": ("note.txt", b"x", "text/plain")})) == {"file"}
        assert self.api.post(upload, {"file": "x"}).status_code == 415

    @precondition(lambda self: self.model.gone)
    @rule(which=WHICH, way=WAYS, method=st.sampled_from(("GET", "PATCH", "DELETE")))
    def ask_for_a_deleted_one(self, which: int, way: str, method: str) -> None:
        task = self.model.gone[which % len(self.model.gone)]
        segment, params = self.named(task, way)
        if self.model.find(params.get("find_by", "id"), segment, params.get("origin", "")) is None:
            assert self.api.ask(method, f"/tasks/{segment}", params).status_code == 404

    # what clients see

    @precondition(lambda self: self.model.tasks)
    @rule(which=WHICH, text=st.sampled_from(("A-1", "A-2", "nothing")), slug=SLUGS)
    def show(self, which: int, text: str, slug: str) -> None:
        """One task by each of its names; without an origin an external id is in the integration's own."""
        task = self.task(which)
        for segment, params in (self.named(task, way) for way in ("id", "uri", "external_id")):
            assert self.api.data(f"/tasks/{segment}", params) == task
        found = self.model.find("external_id", text, slug)
        answer = self.slugs[slug].get(f"/tasks/{text}", {"find_by": "external_id"})
        assert (answer.status_code, found or 0) == ((200, answer.json()) if found else (404, 0))
        assert self.guest.get(f"/tasks/{task['id']}").status_code == (200 if task["is_public"] else 404)
        self.list_as_a_guest()

    def list_as_a_guest(self) -> None:
        seen = list(self.guest.walk("/tasks", {"include": INCLUDES}))
        public = [task for task in self.model.tasks.values() if task["is_public"]]
        assert seen == [self.model.with_includes(task, guest=True) for task in public]

    @rule(columns=st.lists(st.sampled_from(SORTS), max_size=3, unique=True), down=st.booleans(), size=SIZES)
    def list_sorted(self, columns: list[str], down: bool, size: int) -> None:
        sorts = [f"-{column}" if down else column for column in columns]
        rows = [{**task, "n": n} for n, task in enumerate(self.model.tasks.values())]
        seen = list(self.api.walk("/tasks", {"sort": ",".join(sorts), "page[size]": size}))
        assert seen == [self.model.tasks[id] for id in ordered(rows, sorts, SORT_KINDS)]
        self.list_a_column(self.projects[size % len(self.projects)], STATUSES[size % len(STATUSES)])

    def list_a_column(self, project: str, status: str) -> None:
        seen = list(self.api.walk("/tasks", {"filter": f'project.id = "{project}" and status = "{status}"'}))
        column = self.model.column({"project_id": project, "status": status})
        assert sorted(seen, key=lambda task: int(task["list_sorting"])) == column

    # what always holds

    @invariant()
    def the_list_is_the_model(self) -> None:
        seen = list(self.api.walk("/tasks", {"include": INCLUDES}))
        assert seen == [self.model.with_includes(task) for task in self.model.tasks.values()]
        self.assert_dense(seen)

    def assert_dense(self, tasks: list[Json]) -> None:
        """Positions in every column of the board are 0 to n-1."""
        places = sorted((task["project_id"], task["status"], task["list_sorting"]) for task in tasks)
        counts = Counter((project, status) for project, status, _ in places)
        assert places == [(*column, n) for column in sorted(counts) for n in range(counts[column])]
