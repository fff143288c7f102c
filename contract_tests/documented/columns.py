"""Where the answers of a list print what its filters and sorts read, and of what kind that is."""

from collections.abc import Iterable
from typing import Any

from contract_tests.documented.reference import OPERATIONS, SCHEMAS, Json, fields_of

UNSEEN = object()
"""The value of what an answer does not print."""
ELSEWHERE = {
    "project.name": "project.title",
    "projects.name": "title",
    "client.primary_contact_id": "client.primary_contact.id",
}
"""Fields whose value the answers print under another name."""
MODES = "enum with only without"
KINDS = {"date-time": "datetime", "integer": "number", "TaskStatus": "enum"}
"""The kinds of printed types that have another name."""
UNPRINTED = {"url": "string", "is_active": "boolean", "created_at": "datetime", "updated_at": "datetime"}
"""The kinds of sorts that no printed shape has."""


def kind_of(row: Json) -> str:
    """The kind of a row of a filter table, in the oracle's words."""
    return "mode" if row["type"] == MODES else str(row["type"].split()[0])


def value(record: Json, field: str) -> Any:
    """What a record prints of a field of the filter table."""
    if field == "sub_tasks_in_list":
        return reach(record, "parent_task_id") not in (None, UNSEEN)
    return reach(record, ELSEWHERE.get(field, field))


def members(record: Json, row: Json) -> Any:
    """The members of a relation, flat, by the names of its sub-fields."""
    found = reach(record, row["field"])
    if not isinstance(found, list):
        return UNSEEN
    paths = {name: ELSEWHERE.get(f"{row['field']}.{name}", name) for name in row["members"]}
    return [{name: reach(one, path) for name, path in paths.items()} for one in found]


def reach(record: Any, path: str) -> Any:
    """The value at a dotted path; nothing lies behind a null."""
    for step in path.split("."):
        if record is None or record is UNSEEN:
            return record
        record = record.get(step, UNSEEN) if isinstance(record, dict) else UNSEEN
    return record


# ---------------------------------------------------------------- sorts


def sort_kind(operation: str, sort: str) -> str:
    shape = OPERATIONS[operation]["answer"]["shape"]
    fields = fields_of(shape) if shape in SCHEMAS else {}
    if sort.startswith("computed_fields."):
        return "number"
    printed = str(fields[sort]["type"]) if sort in fields else UNPRINTED[sort]
    return KINDS.get(printed, printed)


def sorts_of(operation: str, records: Iterable[Json]) -> list[str]:
    """The sorts of a list, with an alias that its records have where the reference prints `<alias>`."""
    aliases = {alias for record in records for alias in record.get("computed_fields") or {}}
    named = [sort.replace("<alias>", min(aliases, default="")) for sort in OPERATIONS[operation]["sorts"]]
    return [sort for sort in named if not sort.endswith(".")]
