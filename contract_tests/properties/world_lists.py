"""The lists of a random world as the oracle wants them: worked out from its rows, never from an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis.strategies import SearchStrategy

from contract_tests.client import Api
from contract_tests.oracle import Context
from contract_tests.properties import filters, records, spellings
from contract_tests.properties.records import Json, Listed, flat, seen_by_guests
from contract_tests.properties.worlds import (
    DAYS,
    EMAILS,
    FAMILIES,
    INSTANTS,
    KINDS,
    MOST,
    SHORTCODES,
    URLS,
    Ids,
    Rows,
    World,
)

# --- rows as their list shows them to somebody ------------------------------------------------------------


def tasks(world: World, who: str) -> Rows:
    every = world.sections["tasks"]
    whole = [
        {
            **task,
            "client": task["project"]["client"],
            "parent_task_id": task["parent_task"] and task["parent_task"]["id"],
            "sub_tasks": [other for other in every if other["parent_task"] is task],
        }
        for task in every
    ]
    return seen_by_guests(whole) if who == "guest" else whole


def clients(world: World, _: str) -> Rows:
    """Of the basic list, which knows no archive."""
    return [client for client in world.sections["clients"] if client["archived_at"] is None]


def full_clients(world: World, _: str) -> Rows:
    projects = world.sections["projects"]
    return [
        {**client, "projects": [one for one in projects if one["client"] is client]}
        for client in world.sections["clients"]
    ]


def projects(world: World, _: str) -> Rows:
    return [
        {**project, "created_by": project["created_by"] and project["created_by"]["id"]}
        for project in world.sections["projects"]
    ]


def users(world: World, _: str) -> Rows:
    return world.sections["users"]


def webhooks(world: World, who: str) -> Rows:
    return [webhook for webhook in world.sections["webhooks"] if webhook["user"] is world.user(who)]


SHOWN: Mapping[str, Callable[[World, str], Rows]] = {
    "tasks.index": tasks,
    "projects.index": projects,
    "clients.index": clients,
    "clients.fullindex": full_clients,
    "users.index": users,
    "webhooks.index": webhooks,
}
PHASES = "projects.phases"
NAMES = (*SHOWN, PHASES)


def flattened(name: str, printed: Rows) -> Rows:
    """Under the names of filters and sorts; what is in the archive counts as a sub-task does."""
    return [
        {
            **row,
            "is_sub_task": row["is_sub_task"] or one.get("archived_at") is not None,
            **{f"computed_fields.{alias}": number for alias, number in one.get("computed_fields", {}).items()},
        }
        for row, one in zip(flat(name, printed), printed, strict=True)
    ]


# --- filter tables ---------------------------------------------------------------------------------------

POOLS: Mapping[str, Sequence[str]] = {
    "shortcode": SHORTCODES,
    "uri": [f"{shortcode}-{n}" for shortcode in SHORTCODES for n in (1, 2)],
    "email": EMAILS,
    "url": URLS,
}
"""Of texts that are more than members of a family, by the last word of their field's name."""
TIMES = {"date": DAYS, "datetime": INSTANTS}
NAMED = {
    "project.id": "project", "client.id": "client", "assignee.id": "user", "epic.id": "epic", "phase.id": "phase",
    "milestone.id": "milestone", "parent_task.id": "task", "client.primary_contact_id": "user",
    "primary_contact.id": "user", "origin_space.id": "space", "project_type.id": "project_type",
    "created_by": "user", "group.id": "phase_group", "type.id": "phase_type",
}  # fmt: skip
"""The kind of record that an id field names."""
Members = Mapping[str, str]


class Tables:
    """The documented filter tables, with pools from all that may occur in a world of a family."""

    def __init__(self, ids: Ids) -> None:
        self.ids = ids
        self.trees = cache(lambda name, family: filters.trees(self.fields(name, family), max_leaves=3))

    def fields(self, name: str, family: str) -> filters.Fields:
        rows = records.operation(name)["filters"]
        return records.table(name, [self.occurring(rows, family, n) for n in range(20)])

    def occurring(self, rows: Sequence[Json], family: str, n: int) -> Json:
        """The n-th of all values of each field."""
        return {row["field"]: self.nth(row["field"], row["type"], family, n, row.get("members")) for row in rows}

    def nth(self, field: str, printed: str, family: str, n: int, members: Members | None) -> Any:
        if members is not None:
            return [{name: self.nth(name, kind, family, n, None) for name, kind in members.items()}]
        kind = printed.split()[0]
        if kind in ("enum", "boolean"):
            return None
        pool = self.ids[NAMED[field]] if kind == "id" else TIMES.get(kind, FAMILIES[family])
        special = POOLS.get(field.split(".")[-1], ())
        return (*pool, *special)[n % (len(pool) + len(special))]


# --- a server that has them ------------------------------------------------------------------------------


class Loaded:
    """A server and the random world that it was given last."""

    def __init__(self, api: Api, zone: str, tables: Tables) -> None:
        self.api, self.zone, self.tables = api, ZoneInfo(zone), tables

    def __repr__(self) -> str:
        return f"<a server in {self.zone}>"

    def load(self, world: World) -> None:
        self.api.control("PUT", "/state", world.document())
        self.world = world

    def trees(self, name: str) -> SearchStrategy[spellings.Tree]:
        found: SearchStrategy[spellings.Tree] = self.tables.trees(name, self.world.family)
        return found

    def listed(self, name: str, who: str, which: int) -> Listed:
        """A list as somebody sees it; `which`: of the phases those of one project."""
        world, path = self.world, records.operation(name)["path"]
        context = Context(datetime.fromisoformat(world.now), self.zone, world.user(who)["id"])
        if name == PHASES:
            every = world.sections["projects"]
            project = every[which % len(every)]
            path = path.replace("{id}", project["id"])
            shown = [phase for phase in world.sections["phases"] if phase["project"] is project]
        else:
            shown = SHOWN[name](world, who)
        fields, archives = self.tables.fields(name, world.family), name == "clients.fullindex"
        return Listed(
            self.api.as_token(f"{who}-token"), path, context, fields, flattened(name, shown), archives
        )  # fmt: skip


def ids_of(api: Api) -> Ids:
    """Ids that a server gives, by making so many records of each kind."""
    api.control("POST", "/reset")
    given = {"webhook": {"url": URLS[0]}}
    made = {
        kind: [api.control("POST", f"/records/{kind}", given.get(kind, {}))["id"] for _ in range(MOST)]
        for kind in KINDS.values()
    }
    api.control("POST", "/reset")
    return made
