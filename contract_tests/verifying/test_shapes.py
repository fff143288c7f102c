"""Every way in which an answer can differ from its printed shape has its line and its sentence."""

from typing import Any

import pytest

from contract_tests.documented.shapes import differences
from contract_tests.expected import LOGO_DATA

pytestmark = pytest.mark.proves("README: Is it true?")
SPACE = {"id": "s", "name": "Studio"}


def found(task: Any) -> list[tuple[str, str]]:
    return [(one.line, one.sentence) for one in differences("TaskData", task, "data[3]", set())]


def test_a_task_as_it_is_printed_differs_in_nothing() -> None:
    assert found(LOGO_DATA) == []


@pytest.mark.parametrize(
    "field, value, line, sentence",
    [
        ("due_date", 17, "data[3].due_date: documented date or null, got 17", "task.due-date"),
        ("due_date", "2026-02-30", "data[3].due_date: documented date or null, got '2026-02-30'", "task.due-date"),
        ("title", None, "data[3].title: documented string, got null", "task.types"),
        ("is_public", 1, "data[3].is_public: documented boolean, got 1", "task.is-public"),
        ("list_sorting", True, "data[3].list_sorting: documented integer, got True", "task.types"),
        ("estimated_hours", "2", "data[3].estimated_hours: documented number or null, got '2'", "task.types"),
        ("status", "Done", "data[3].status: documented TaskStatus, got 'Done'", "task.status-values"),
        ("created_at", "March", "data[3].created_at: documented date-time or null, got 'March'", "task.times"),
        ("attachements", {}, "data[3].attachements: documented array of FileData, got {}", "task.attachements"),
        ("attachements", [5], "data[3].attachements[0]: documented FileData, got 5", "task.attachements"),
        ("assignee", "Zoë", "data[3].assignee: documented UserData or null, got 'Zoë'", "task.assignee"),
        ("color", "red", "data[3].color: not documented, got 'red'", "task.types"),
        ("title", ["x" * 99], f"data[3].title: documented string, got ['{'x' * 75}...", "task.types"),
    ],
)
def test_a_wrong_field_has_its_line(field: str, value: Any, line: str, sentence: str) -> None:
    assert found({**LOGO_DATA, field: value}) == [(line, sentence)]


def test_what_is_wrong_inside_is_said_with_its_place() -> None:
    user = {"id": 5, "first_name": "Z", "last_name": "M", "email": "z@example.com", "type": "boss", "space": SPACE}
    assert found({**LOGO_DATA, "assignee": user}) == [
        ("data[3].assignee.id: documented string, got 5", "user.fields"),
        ("data[3].assignee.type: documented UserType, got 'boss'", "user.types"),
    ]


def test_a_field_that_is_missing_has_its_line() -> None:
    without = {name: value for name, value in LOGO_DATA.items() if name != "uri"}
    assert found(without) == [("data[3].uri: documented string, missing", "task.required-fields")]


def test_a_field_that_need_not_be_there_may_be_missing() -> None:
    assert found({name: value for name, value in LOGO_DATA.items() if name not in ("phase", "epic")}) == []


def test_where_the_documentation_contradicts_itself_both_forms_are_noted() -> None:
    notes: set[str] = set()
    project = {"project": None, "parent_task_id": None}
    assert list(differences("TaskData", {**LOGO_DATA, **project}, "task", notes)) == []
    assert notes == {
        "T2: TaskData.project is there, printed is only the include",
        "T4: TaskData.parent_task_id is null",
    }
