"""What a schema cannot say: ids of records that there are, filters of a list's own fields, cursors of its pages."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeGuard, TypeVar
from zlib import crc32

from contract_tests.client import Api
from contract_tests.declared import LISTINGS, path_of
from fake_server.declare.body import Body
from fake_server.query.kinds import Field
from fake_server.resources import OPERATIONS

T = TypeVar("T")
VALUES = {"string": "'a'", "date": "today", "datetime": "now", "id": "'x'", "boolean": "true"}
NEW = "New"
"""The column of the task that new ones are put beside."""


class Filling:
    """Puts what there is in the small world in the place of random texts."""

    def __init__(self, api: Api) -> None:
        brief, launch, logo = (one["id"] for one in api.data("/tasks"))
        comment = api.control("GET", "/records/comment")["data"][0]["id"]
        self.ids = {kind: [one["id"] for one in api.control("GET", f"/records/{kind}")["data"]]
                    for kind in ("user", "client", "project", "epic", "phase", "milestone")}  # fmt: skip
        self.ids |= {"task": [launch], "comment": [comment]}
        # The empty one leaves a path as it is: nothing has that id.
        self.named = {"task": [brief, logo, ""], "project": [*self.ids["project"], ""]}
        self.commented = logo
        self.cursors = {name: cursor(api, name) for name in LISTINGS}
        self.filters = {name: list(filters(name)) for name in LISTINGS}

    def fill(self, name: str, case: Any) -> Any:
        """The case, still random where the schema says everything."""
        self.fill_path(name, case.path_parameters)
        self.fill_query(name, case.query)
        self.fill_body(name, case.body)
        return case

    def fill_path(self, name: str, path: dict[str, Any]) -> None:
        operation = OPERATIONS[name]
        for key, text in path.items():
            if is_text(text):
                path[key] = one_of(self.named[operation.parent or operation.kind], text) or text

    def fill_query(self, name: str, query: dict[str, Any]) -> None:
        if is_text(query.get("filter")):
            query["filter"] = one_of(self.filters[name], query["filter"])
        if is_text(query.get("page[cursor]")):
            # A cursor belongs to the order of its page, and a list of one record has no second one.
            query.pop("sort", None)
            query |= self.cursors[name]

    def fill_body(self, name: str, body: Any) -> None:
        declared = OPERATIONS[name].body
        if not isinstance(body, dict):
            return
        for field in declared.fields if isinstance(declared, Body) else ():
            value = body.get(field.name)
            if field.to and is_text(value):
                body[field.name] = one_of(self.ids[field.to], value)
            elif field.to and isinstance(value, list) and value and all(map(is_text, value)):
                body[field.name] = [one_of(self.ids[field.to], text) for text in value]
        self.settle(body)

    def settle(self, body: dict[str, Any]) -> None:
        """What the rulings C3, T11 and T28 say of several fields."""
        if body.get("parent_comment_id") in self.ids["comment"] and is_text(body.get("task_id")):
            body["task_id"] = self.commented
        if is_text(body.get("insert_before")):
            body.pop("insert_after", None)
        if is_text(body.get("insert_before")) or is_text(body.get("insert_after")):
            body["status"] = NEW


def is_text(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value.strip())


def one_of(known: Sequence[T], text: str) -> T:
    """The same for the same text, in every run."""
    return known[crc32(text.encode("utf-8", "surrogatepass")) % len(known)]


def cursor(api: Api, name: str) -> dict[str, str]:
    """The parameter with which the second page begins; an empty one begins at the first."""
    meta = api.get(path_of(api, OPERATIONS[name]), {"page[size]": 1}).json()["meta"]
    return {"page[cursor]": meta["next_cursor"] or ""}


def filters(name: str) -> Iterator[str]:
    """One condition for each operator of each field."""
    listing = OPERATIONS[name].listing
    assert listing is not None
    for field in listing.filters.values():
        for operator in field.operators:
            yield f"{field.name} {operator} {operand(field, operator)}".strip()


def operand(field: Field, operator: str) -> str:
    if operator in ("isnull", "isnotnull", "notnull", "any", "none"):
        return ""
    if field.kind == "relation":
        return ">= 1" if operator == "count" else f"({filter_of_member(field)})"
    value = f'"{field.values[0]}"' if field.values else VALUES[field.kind]
    return f"[{value}]" if operator in ("in", "nin", "notin") else value


def filter_of_member(field: Field) -> str:
    member = next(iter(field.members.values()))
    return f"{member.name} eq {operand(member, 'eq')}"
