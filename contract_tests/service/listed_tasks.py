"""The tasks that a list has, told by their titles, numbers and ids."""

from typing import Any

from contract_tests.client import Api


def titles(api: Api, params: Any = None) -> list[str]:
    return [task["title"] for task in api.data("/tasks", params)]


def uris(api: Api, **params: str) -> list[str]:
    return [found["uri"] for found in api.data("/tasks", params)]


def task_ids(api: Api) -> dict[str, str]:
    """The small world's tasks by the last word of their title: brief, site and logo."""
    return {task["title"].rpartition(" ")[2]: task["id"] for task in api.data("/tasks")}
