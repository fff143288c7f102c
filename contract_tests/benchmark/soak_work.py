"""What one connection of the soak asks, and what is answered to that: work at a desk with a few tasks of its own."""

from collections.abc import Callable, Generator
from random import Random
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import orjson

from contract_tests.plain_http import request

MOST_TASKS = 8
"""At one desk: then one goes for each that comes, so that the world stays as large as it is."""
MOST_FILES, MOST_COMMENTS = 2, 3
"""At one task, which takes them with it when it goes."""
STATUSES = ("Backlog", "New", "WIP", "Completed", "Approved", "Closed")
WORDS = ("logo", "poster", "Überschrift", "menu", "Žluť", "site map", "🚀", "newsletter", "<b>brief</b>")
FILE = 'Content-Disposition: form-data; name="file"; filename="note {}.txt"\r\nContent-Type: text/plain\r\n\r\n'


class Call(NamedTuple):
    """A request, and the status that its answer must have."""

    kind: str
    text: bytes
    status: int = 200


Work = Generator[Call, bytes, None]
"""Calls one after the other; each is sent the body of its answer."""


class Place(NamedTuple):
    """What the desks find in the world: ids that stay."""

    projects: list[str]
    users: list[str]


class Kept(NamedTuple):
    """A task as its desk has left it."""

    id: str
    uri: str
    external: str
    title: str
    files: int = 0
    comments: int = 0


class Desk:
    """One connection's work. The same number and seed ask the same in the same order."""

    def __init__(self, number: int, seed: int, place: Place) -> None:
        self.number, self.random, self.place = number, Random(f"{seed} {number}"), place
        self.project = place.projects[number % len(place.projects)]
        self.count = 0
        self.tasks: list[Kept] = []
        self.gone: list[str] = []

    def work(self) -> Work:
        kinds, weights = list(WORK), [weight for weight, _ in WORK.values()]
        while True:
            kind = self.random.choices(kinds, weights)[0]
            if not self.tasks and kind not in WITHOUT_TASKS:
                kind = "create"
            if kind == "create" and len(self.tasks) >= MOST_TASKS:
                kind = "delete"
            yield from WORK[kind][1](self, kind)

    def one(self) -> int:
        """The place of a task on the desk."""
        return self.random.randrange(len(self.tasks))

    def title(self) -> str:
        self.count += 1
        return f"{' '.join(self.random.sample(WORDS, 3))} {self.number}-{self.count}"

    # reads
    def get(self, kind: str) -> Work:
        task = self.tasks[self.one()]
        by, name = self.random.choice((("id", task.id), ("uri", task.uri), ("external_id", task.external)))
        body = yield asking(kind, f"/tasks/{quote(name)}?find_by={by}")
        answered(kind, orjson.loads(body)["title"], task.title)

    def list(self, kind: str) -> Work:
        status, sort = self.random.choice(STATUSES), self.random.choice(("-created_at", "title", "due_date", "-uri"))
        filter = f'status = "{status}" and project.id = "{self.project}"'
        yield asking(kind, "/tasks", filter=filter, sort=sort, include="watchers,sub_tasks")

    def pages(self, kind: str) -> Work:
        query = {"sort": self.random.choice(("-updated_at", "title")), "page[size]": "15"}
        for _ in range(3):
            page = yield Call(kind, to_service("GET", f"/tasks?{urlencode(query)}"), 200)
            cursor = orjson.loads(page)["meta"]["next_cursor"]
            if cursor is None:
                return
            query["page[cursor]"] = cursor

    def search(self, kind: str) -> Work:
        word = self.random.choice(WORDS)
        yield asking(kind, "/tasks", filter=f'title contains "{word}" or sub_tasks any (status = "New")')

    def others(self, kind: str) -> Work:
        paths = "/projects?include=team,tags", "/clients/full?include=projects", "/users", "/whoami", "/clients"
        yield asking(kind, self.random.choice((*paths, f"/projects/{self.project}/phases")))

    def refused(self, kind: str) -> Work:
        yield self.random.choice(
            (
                asking(kind, f"/tasks/{self.gone[-1] if self.gone else 'nowhere'}", status=404),
                asking(kind, "/tasks", filter="titel = 1", status=400),
                sending(kind, "POST", "/tasks", {"titel": "T"}, status=422),
            )
        )

    # writes
    def create(self, kind: str) -> Work:
        title = self.title()
        external = f"soak {self.number}-{self.count}"
        body = yield sending(
            kind, "POST", "/tasks", {"title": title, "project_id": self.project, "external_id": external}
        )
        made = orjson.loads(body)
        self.tasks.append(Kept(made["id"], made["uri"], external, title))

    def change(self, kind: str) -> Work:
        place, title = self.one(), self.title()
        watchers = self.random.sample(self.place.users, 2)
        more = self.random.choice(({}, {"status": self.random.choice(STATUSES)}, {"add_watchers": watchers}))
        yield sending(kind, "PATCH", f"/tasks/{self.tasks[place].id}", {"title": title, **more})
        self.tasks[place] = self.tasks[place]._replace(title=title)

    def identify(self, kind: str) -> Work:
        place = self.one()
        self.count += 1
        external = f"again {self.number}-{self.count}"
        path = f"/tasks/{self.tasks[place].id}/external-identifier"
        yield sending(kind, "PUT", path, {"external_id": external})
        self.tasks[place] = self.tasks[place]._replace(external=external)

    def comment(self, kind: str) -> Work:
        place = self.one()
        task = self.tasks[place]
        if task.comments < MOST_COMMENTS:
            yield sending(kind, "POST", "/tasks/comments", {"task_id": task.id, "comment": f"<p>{self.title()}</p>"})
            self.tasks[place] = task._replace(comments=task.comments + 1)

    def upload(self, kind: str) -> Work:
        place = self.one()
        task = self.tasks[place]
        if task.files < MOST_FILES:
            head = f"--soak\r\n{FILE.format(self.number)}".encode()
            body = head + self.random.randbytes(self.random.randint(0, 10_000)) + b"\r\n--soak--\r\n"
            yield Call(
                kind, to_service("POST", f"/tasks/{task.id}/upload", body, "multipart/form-data; boundary=soak")
            )
            self.tasks[place] = task._replace(files=task.files + 1)

    def delete(self, kind: str) -> Work:
        place = self.one()
        task = self.tasks[place]
        body = yield Call(kind, to_service("DELETE", f"/tasks/{task.id}"))
        answered(kind, orjson.loads(body)["title"], task.title)
        del self.tasks[place]
        self.gone.append(task.id)


WORK: dict[str, tuple[int, Callable[[Desk, str], Work]]] = {
    "get": (30, Desk.get),
    "list": (10, Desk.list),
    "pages": (3, Desk.pages),
    "search": (2, Desk.search),
    "others": (8, Desk.others),
    "refused": (5, Desk.refused),
    "create": (8, Desk.create),
    "change": (14, Desk.change),
    "identify": (3, Desk.identify),
    "comment": (6, Desk.comment),
    "upload": (4, Desk.upload),
    "delete": (7, Desk.delete),
}
"""How often each is drawn, and what it does."""
WITHOUT_TASKS = ("list", "pages", "search", "others", "refused", "create")


class WrongAnswer(Exception):
    """An answer that says something else than it must."""


def answered(kind: str, found: Any, expected: Any) -> None:
    if found != expected:
        raise WrongAnswer(f"{kind} answered {found!r} instead of {expected!r}")


def asking(kind: str, path: str, *, status: int = 200, **query: str) -> Call:
    return Call(kind, to_service("GET", f"{path}?{urlencode(query)}" if query else path), status)


def sending(kind: str, method: str, path: str, body: Any, status: int = 200) -> Call:
    return Call(kind, to_service(method, path, orjson.dumps(body)), status)


def to_service(method: str, path: str, body: bytes = b"", content_type: str = "application/json") -> bytes:
    return request(method, f"/api/v1{path}", body, "soak", content_type)
