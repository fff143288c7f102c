"""What a run has made on the server, so that it can be told from everything else and ends with the run."""

import re
import secrets
from typing import Any

Json = dict[str, Any]

MARK = "[kanbert contract "
"""How the title of everything begins that any run makes."""


class Made:
    """The tasks that one run made, the oldest first, and what cannot be deleted."""

    def __init__(self, run: str = "") -> None:
        self.run = run or secrets.token_hex(4)
        self.tasks: dict[str, Json] = {}
        self.gone: set[str] = set()
        self.comments: set[str] = set()
        self.lasting: list[str] = []
        """What no documented operation deletes."""
        self.count = 0

    @property
    def prefix(self) -> str:
        return f"{MARK}{self.run}] "

    def title(self, about: str = "") -> str:
        """A title that no other record has, by which this run knows its own."""
        self.count += 1
        return f"{self.prefix}{self.count} {about}".rstrip()

    def identifier(self) -> str:
        """An external id that nothing else has."""
        self.count += 1
        return f"contract-{self.run}-{self.count}"

    def note(self, operation: str, name: str | None, answer: Json) -> None:
        """Takes down what a write that succeeded has changed."""
        if operation == "taskcomments.store":
            self.comments.add(str(answer.get("id")))
        elif operation == "webhooks.store":
            self.lasting.append(f"webhook {answer.get('id')}: no operation deletes it")
        elif operation == "tasks.delete":
            self.ended(str(answer.get("id", name)))
        elif operation == "tasks.store" or answer.get("id") in self.tasks:
            self.tasks[str(answer.get("id"))] = answer

    def ended(self, id: str) -> None:
        if self.tasks.pop(id, None):
            self.gone.add(id)

    def plain(self, line: str) -> str:
        """A line that is the same in every run: without the ids and names that only this one has made."""
        line = re.sub(rf"contract-{self.run}-\d+", "{identifier}", line)
        for id in (*self.tasks, *self.gone):
            line = line.replace(id, "{task}")
        return line

    def has(self, name: str, find_by: str = "id") -> bool:
        """Whether a task of this name, living or deleted, is this run's."""
        return name in self.gone or any(str(task.get(find_by)) == name for task in self.tasks.values())

    def is_own(self, task: Json) -> bool:
        return task.get("id") in self.tasks or str(task.get("title")).startswith(self.prefix)


def is_marked(task: Json) -> bool:
    """Whether some run made this task."""
    return str(task.get("title", "")).startswith(MARK)
