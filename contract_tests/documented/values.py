"""Values for the printed fields of bodies: where answers show them, and which are wrong."""

from typing import Any

from contract_tests.documented.reference import Json, values_of

SHOWN = {
    "assignee_id": "assignee.id",
    "epic_id": "epic.id",
    "phase_id": "phase.id",
    "milestone_id": "milestone.id",
    "task_id": "task.id",
}
"""Where an answer shows a field of a body, if not under its name."""
HIDDEN = ("watchers", "add_watchers", "insert_before", "insert_after")
"""Fields whose effect needs another read."""
OTHERS = ("project_id", "task_id", "parent_task_id", "insert_before", "insert_after", "parent_comment_id")
"""Fields that say where a record goes: in a live service a wrong one could hit what is not ours."""
DUE = "2031-05-17T12:00:00Z"
"""Noon, which is the same day in most zones."""
WRONG: dict[str, list[Any]] = {
    "string": [["x"], {"x": 1}],
    "number": ["many", ["x"]],
    "boolean": ["perhaps", ["x"]],
    "date-time": ["soon", {"x": 1}],
    "array of string": ["x", 5],
}
"""Values that no reading takes for the type."""


def wrong_values(row: Json) -> list[Any]:
    """What the printed type excludes."""
    if row["type"].startswith("enum"):
        return [f"no {values_of(row['type'])[0]}", ["x"]]
    return WRONG[row["type"]]
