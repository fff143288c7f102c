"""What is there: the records of a server, found by its own lists."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from contract_tests.documented import columns
from contract_tests.documented.differs import untried
from contract_tests.documented.guard import Project
from contract_tests.documented.made import is_marked
from contract_tests.documented.reference import OPERATIONS, Json, filters_of
from contract_tests.documented.service import MOST_PAGES, Service, condition

MOST_PROJECTS = 10
"""In how many projects phases are looked for."""
MOST_PARTS = 3
"""How many parts of a list that is too long are read by each id."""


@dataclass
class Listed:
    """A list as it was read: `name` is what stands in its path, `whole` whether that was everything."""

    operation: str
    name: str
    records: list[Json]
    whole: bool
    params: dict[str, str] = field(default_factory=dict)
    """What narrows the list down to these records."""
    rows: dict[str, Json] = field(init=False)
    by_id: dict[str, Json] = field(init=False)

    def __post_init__(self) -> None:
        self.rows = filters_of(self.operation)
        self.by_id = {str(one.get("id")): one for one in self.records}

    def values(self, field: str) -> list[Any]:
        """The values that the records have, the most frequent first."""
        found = [columns.value(record, field) for record in self.records]
        return [value for value, _ in Counter(one for one in found if is_value(one)).most_common()]


def webhook(project: str, path: str) -> Json:
    """The body of a webhook that is not active, as the fake takes it: none is printed."""
    return {"url": f"https://webhook.test/{path}", "events": ["task:*"], "project_id": project, "is_active": False}


def is_value(value: Any) -> bool:
    return value is not None and value is not columns.UNSEEN and not isinstance(value, list | dict)


class Known:
    """What one server is known to have, read once."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.lists: dict[str, Listed] = {}
        self.narrowed: dict[str, Listed] = {}

    def forget(self) -> None:
        """Reads everything again when it is wanted."""
        self.lists.clear()
        self.narrowed.clear()

    def listed(self, operation: str, fresh: bool = False) -> Listed:
        """The records of a list with all that may be included, except what tests make meanwhile."""
        if fresh or operation not in self.lists:
            self.lists[operation] = self.read(operation, self.name_of(operation))
        return self.lists[operation]

    def some(self, operation: str) -> Listed:
        """That list, unless it is empty; webhooks are made where they may be."""
        found = self.listed(operation)
        if operation == "webhooks.index" and len(found.records) < 3 and not self.service.guard.live:
            self.stock()
            found = self.listed(operation, fresh=True)
        return found if found.records else untried(f"no record found: {OPERATIONS[operation]['path']} is empty")

    def stock(self) -> None:
        """Three webhooks that are never sent anything."""
        for path in ("b", "a", "c"):
            self.service.good("webhooks.store", json=webhook(self.some("projects.index").records[0]["id"], path))

    def narrow(self, operation: str) -> Listed:
        """That list, or if it is too long to be read whole, a part of it that is not: what belongs to one other."""
        listed = self.some(operation)
        if listed.whole:
            return listed
        if operation not in self.narrowed:
            self.narrowed[operation] = self.part(listed)
        return self.narrowed[operation]

    def part(self, listed: Listed) -> Listed:
        """The longest part that one condition on an id finds, and that can be read whole."""
        for leaf in self.conditions(listed):
            found = self.read(listed.operation, listed.name, condition([leaf]))
            if found.whole and len(found.records) > 1:
                return found
        return untried(f"the list is longer than {MOST_PAGES} pages, and so is each of its parts that were tried")

    def conditions(self, listed: Listed) -> Iterator[Json]:
        fields = [name for name, row in listed.rows.items() if columns.kind_of(row) == "id" and name != "id"]
        for name in fields:
            for value in listed.values(name)[:MOST_PARTS]:
                yield {"field": name, "op": "eq", "value": value}

    def read(self, operation: str, name: str, params: dict[str, str] | None = None) -> Listed:
        includes = ",".join(OPERATIONS[operation]["includes"])
        asked = {**(params or {}), **({"include": includes} if includes else {})}
        pages = list(self.service.pages(operation, name, asked))
        records = {str(one.get("id")): one for page in pages for one in page.data if not is_marked(one)}
        return Listed(operation, name, list(records.values()), not pages[-1].meta.get("next_cursor"), params or {})

    def name_of(self, operation: str) -> str:
        """A name that fits into the path of a read."""
        if operation == "tasks.show":
            return str(self.some("tasks.index").records[0]["id"])
        return self.with_phases if "{" in OPERATIONS[operation]["path"] else ""

    @cached_property
    def me(self) -> str:
        return str(self.service.good("users.whoami")["id"])

    @cached_property
    def with_phases(self) -> str:
        """The id of a project that has phases."""
        for project in self.some("projects.index").records[:MOST_PROJECTS]:
            if self.service.page("projects.phases", project["id"]).data:
                return str(project["id"])
        return untried(f"no record found: none of the first {MOST_PROJECTS} projects has phases")

    # ------------------------------------------------------------ where to write

    @cached_property
    def project(self) -> Project:
        """Where this run writes: the project that was named, else the one whose tasks have most to offer."""
        if self.service.guard.project:
            return self.service.guard.project
        running = {one["id"]: one for one in self.some("projects.index").records if one.get("status") == "running"}
        used = Counter(task["project_id"] for task in self.listed("tasks.index").records)
        best = max(running.values(), key=lambda one: (self.offers(one["id"]), used[one["id"]]), default=None)
        return Project(best["id"], best["title"]) if best else untried("no record found: no project is running")

    def offers(self, project: str) -> int:
        return sum(bool(self.of_project(kind, project)) for kind in ("phase", "milestone", "epic"))

    def of_project(self, kind: str, project: str) -> str | None:
        """The id of a phase, milestone or epic that a task of the project has."""
        tasks = self.listed("tasks.index").records
        found: str | None = first(
            task[kind]["id"] for task in tasks if task["project_id"] == project and task.get(kind)
        )
        return found

    def person(self) -> str:
        """Whom a task may be given to: of a live server the token's own user, because others would be told."""
        if self.service.guard.live:
            return self.me
        return str(self.some("users.index").records[0]["id"])


def first(found: Iterable[Any]) -> Any:
    return next(iter(found), None)
