"""The lists of a world as the oracle wants them: tables from the documents, flat records from the answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from hypothesis.strategies import SearchStrategy

from contract_tests.client import Api
from contract_tests.oracle import Context, Record, ordered, select
from contract_tests.properties import filters, spellings, sql_oracle

Json = dict[str, Any]

FIXTURES = Path(__file__).parents[2] / "fixtures"
TASK_INCLUDES = "project,client,parent_task,sub_tasks"
ELSEWHERE = {
    "project.name": "project.title",
    "projects.name": "title",
    "client.primary_contact_id": "client.primary_contact.id",
}
"""Fields whose value the answers print under another name."""
MEMBER_ENUMS = {"sub_tasks.status": ("TaskStatus", "E"), "projects.status": ("running closed", "I")}
"""The values and operators of enums that a relation's table names without saying which."""
MEMBER_OPERATORS = {"string": "S", "boolean": "B"}
SORT_KINDS = {
    **dict.fromkeys(("title", "uri", "url", "name", "shortcode", "first_name", "last_name", "email"), "string"),
    **dict.fromkeys(("updated_at", "created_at"), "datetime"),
    **dict.fromkeys(("computed_fields.planned_hours", "computed_fields.budget"), "number"),
    "due_date": "date",
    "is_active": "boolean",
    "status": "enum",
}


@cache
def fixture(name: str) -> Any:
    return yaml.safe_load((FIXTURES / name).read_text(encoding="utf-8"))


def operation(name: str) -> Json:
    """What the documentation prints about an operation."""
    found: Json = next(one for one in fixture("reference/operations.yaml") if one["operation"] == name)
    return found


def operators(letters: str) -> tuple[str, ...]:
    return tuple(fixture("reference/operators.yaml")[letters])


# --- filter tables ---------------------------------------------------------------------------------------


def table(name: str, records: Sequence[Json]) -> filters.Fields:
    """The documented filter table of a list; the values that the records have become the pools."""
    return {row["field"]: spec(row, records) for row in operation(name)["filters"]}


def spec(row: Mapping[str, Any], records: Sequence[Json]) -> filters.Spec:
    field, printed, allowed = row["field"], row["type"], operators(row["operators"])
    if printed != "relation":
        return kind_of(printed), allowed, pool(printed, field, records)
    found = [member for record in records for member in record[field]]
    return "relation", allowed, {name: member(field, name, kind, found) for name, kind in row["members"].items()}


def member(relation: str, name: str, printed: str, records: Sequence[Json]) -> filters.Spec:
    if printed != "enum":
        return printed, operators(MEMBER_OPERATORS[printed]), pool(printed, name, records)
    values, letters = MEMBER_ENUMS[f"{relation}.{name}"]
    return "enum", operators(letters), pool(f"enum {values}", name, records)


def kind_of(printed: str) -> str:
    return "mode" if printed == "enum with only without" else str(printed.split()[0])


def pool(printed: str, field: str, records: Sequence[Json]) -> list[Any]:
    """Every value of an enum; of any other kind those that occur."""
    kind, *words = printed.split()
    if kind != "enum":
        return list(dict.fromkeys(record[field] for record in records))
    known = {one["schema"]: one["enum"] for one in fixture("reference/schemas.yaml") if "enum" in one}
    return list(known.get(words[0], words))


# --- flat records ----------------------------------------------------------------------------------------


def flat(name: str, printed: Iterable[Json]) -> list[Json]:
    """The records of a list, oldest first, under the names of its sorts and its filter table."""
    rows, sorts = operation(name)["filters"], operation(name)["sorts"]
    return [
        {"id": one["id"], "n": n, "is_sub_task": one.get("parent_task_id") is not None}
        | {sort: one.get(sort) for sort in sorts}
        | {row["field"]: value(one, row) for row in rows}
        for n, one in enumerate(printed, 1)
    ]


def value(printed: Json, row: Mapping[str, Any]) -> Any:
    name = row["field"]
    if row["type"] != "relation":
        return reach(printed, ELSEWHERE.get(name, name))
    where = {inner: ELSEWHERE.get(f"{name}.{inner}", inner) for inner in row["members"]}
    return [{inner: reach(one, path) for inner, path in where.items()} for one in printed[name]]


def reach(printed: Any, path: str) -> Any:
    """The value at a dotted path; nothing lies behind a null."""
    for step in path.split("."):
        printed = None if printed is None else printed.get(step)
    return printed


def seen_by_guests(tasks: Iterable[Json]) -> list[Json]:
    """What is left of tasks, printed with their includes, for somebody who sees public ones only."""
    return [
        {**task, "parent_task": shown(task["parent_task"]), "sub_tasks": list(filter(shown, task["sub_tasks"]))}
        for task in tasks
        if shown(task)
    ]


def shown(task: Json | None) -> Json | None:
    return task if task is not None and task["is_public"] else None


# --- a list ----------------------------------------------------------------------------------------------


class Listed:
    """One list of one world: asked through `api`, and what the oracle knows of it. `archives`: whether a filter
    that does not speak of the archive leaves out what is in it."""

    def __init__(
        self,
        api: Api,
        path: str,
        context: Context,
        fields: filters.Fields,
        records: Sequence[Record],
        archives: bool = False,
    ) -> None:
        self.api, self.path, self.context = api, path, context
        self.fields, self.records, self.archives = fields, records, archives

    def __repr__(self) -> str:
        """Short, because a failing property prints it."""
        return f"<{self.path} of {self.context.me}: {len(self.records)} records>"

    @cached_property
    def kinds(self) -> dict[str, str]:
        return filters.kinds_of(self.fields)

    @cached_property
    def trees(self) -> SearchStrategy[spellings.Tree]:
        return filters.trees(self.fields)

    @cached_property
    def table(self) -> sql_oracle.Table:
        return sql_oracle.Table(self.records, self.kinds, self.context)

    def expected(self, tree: spellings.Tree) -> list[str]:
        """The ids of the records that a filter selects, oldest first; both oracles must say so."""
        found = select(self.candidates(tree), tree, self.kinds, self.context)
        listed = {record["id"] for record in self.candidates(tree)}
        assert found == [id for id in self.table.select(tree) if id in listed]
        return found

    def candidates(self, tree: spellings.Tree) -> Sequence[Record]:
        children: Any = tree if isinstance(tree, list) else tree.get("and", [tree])
        if not self.archives or any(child.get("field") == "archived" for child in children):
            return self.records
        return [record for record in self.records if not record["is_sub_task"]]

    def ordered(self, tree: spellings.Tree, sorts: Sequence[str]) -> list[str]:
        """The ids of the records that a filter selects, in the order of a sort."""
        chosen = set(self.expected(tree))
        return ordered([record for record in self.records if record["id"] in chosen], sorts, SORT_KINDS)

    def ids(self, params: Any) -> list[str]:
        """What the server selects, over all pages."""
        return [record["id"] for record in self.api.walk(self.path, params)]


def context(api: Api, now: str, zone: str = "UTC") -> Context:
    return Context(datetime.fromisoformat(now), ZoneInfo(zone), api.data("/whoami")["id"])


def tasks(api: Api, context: Context) -> Listed:
    records = flat("tasks.index", api.walk("/tasks", {"include": TASK_INCLUDES}))
    return Listed(api, "/tasks", context, table("tasks.index", records), records)


def tasks_of_a_guest(api: Api, guest: Api, context: Context) -> Listed:
    """What a guest may see of the tasks that `api` sees, with pools from all of them: guests may guess."""
    everything = list(api.walk("/tasks", {"include": TASK_INCLUDES}))
    fields = table("tasks.index", flat("tasks.index", everything))
    return Listed(guest, "/tasks", context, fields, flat("tasks.index", seen_by_guests(everything)))


def plain_list(api: Api, context: Context, name: str) -> Listed:
    """A list whose answers print all that its filters read."""
    path = operation(name)["path"]
    records = flat(name, api.walk(path))
    return Listed(api, path, context, table(name, records), records)


def phases(api: Api, context: Context) -> list[Listed]:
    """The phases of each project, with pools from all of them."""
    paths = [f"/projects/{project['id']}/phases" for project in api.walk("/projects")]
    found = {path: flat("projects.phases", api.walk(path)) for path in paths}
    fields = table("projects.phases", [record for records in found.values() for record in records])
    return [Listed(api, path, context, fields, records) for path, records in found.items()]


# --- what answers do not print ---------------------------------------------------------------------------


def full_clients(api: Api, context: Context, world: str) -> Listed:
    """The full list of clients; the seed says which are archived."""
    archived = {row["name"]: row["archived_at"] is not None for row in fixture(f"worlds/{world}.yaml")["clients"]}
    printed = api.walk("/clients/full", {"filter": 'archived = "with"', "include": "projects"})
    records = [{**one, "is_sub_task": archived[one["name"]]} for one in flat("clients.fullindex", printed)]
    assert len(records) == len(archived)
    return Listed(api, "/clients/full", context, table("clients.fullindex", records), records, archives=True)


def projects(api: Api, context: Context, world: str) -> Listed:
    """The list of projects; the seed says when and by whom they were made."""
    seed = fixture(f"worlds/{world}.yaml")
    emails = {row["ref"]: row["email"] for row in seed["users"]}
    people = {user["email"]: user["id"] for user in api.walk("/users")}
    made = {
        row["shortcode"]: {
            "created_by": people[emails[row["created_by"]]],
            "created_at": ago(row["created_at"], context.now),
            "updated_at": ago(row["updated_at"], context.now),
            **{f"computed_fields.{alias}": value for alias, value in row["computed_fields"].items()},
        }
        for row in seed["projects"]
    }
    records = [one | made[one["shortcode"]] for one in flat("projects.index", api.walk("/projects"))]
    return Listed(api, "/projects", context, table("projects.index", records), records)


def ago(offset: str, now: datetime) -> str:
    """`-32d 10:00` of a seed as a date-time: so many days before now, at that time of day in UTC."""
    days, time = offset.split("d ")
    hour, minute = map(int, time.split(":"))
    moment = (now + timedelta(days=int(days))).replace(hour=hour, minute=minute, second=0)
    return moment.isoformat().replace("+00:00", "Z")
