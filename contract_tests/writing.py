"""Writes that must succeed, and what they answer."""

from typing import Any

from contract_tests.client import Api
from contract_tests.expected import PROJECT, Json


def create(api: Api, title: str = "T", **fields: Any) -> Json:
    answer = api.post("/tasks", {"title": title, "project_id": PROJECT, **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def change(api: Api, id: str, **fields: Any) -> Json:
    answer = api.patch(f"/tasks/{id}", fields)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def comment(api: Api, task: str, text: str = "C", **fields: Any) -> Json:
    answer = api.post("/tasks/comments", {"task_id": task, "comment": text, **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]
