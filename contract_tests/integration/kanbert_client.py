"""Kanbert as the sync sees it: the few calls that it makes, repeated until they are answered."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import httpx2

TLS = httpx2.create_ssl_context()  # to read the certificates takes longer than many a call: once is enough


class Refused(Exception):
    """Asking again would not help."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status} {message}")
        self.status = status


class Gone(Refused):
    """There is no such record, or no longer."""


class GaveUp(Exception):
    """The service did not answer, however often it was asked."""


@dataclass(frozen=True)
class Task:
    """What the sync needs of one."""

    id: str
    project_id: str
    title: str
    status: str
    updated: datetime
    external_id: str | None
    external_origin: str | None

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """From TaskData, of an answer or a webhook."""
        return cls(
            id=data["id"],
            project_id=data["project_id"],
            title=data["title"],
            status=data["status"],
            updated=datetime.fromisoformat(data["updated_at"]),
            external_id=data["external_id"],
            external_origin=data["external_origin"],
        )


def not_done_yet() -> None:
    """For calls that do no harm when they are made twice."""


class Kanbert:
    """`origin`: the name of the other system in Kanbert, within which external ids are unique."""

    def __init__(
        self, base_url: str, token: str, *, origin: str, sleep: Callable[[float], object] = time.sleep, tries: int = 5
    ) -> None:
        self.origin = origin
        self.sleep = sleep
        self.tries = tries
        headers = {"Authorization": f"Bearer {token}"}
        self.http = httpx2.Client(base_url=base_url, headers=headers, timeout=5, verify=TLS)

    def close(self) -> None:
        """Ends its connections."""
        self.http.close()

    def ask(
        self, method: str, path: str, *, query: Any = None, body: Any = None, done: Callable[[], Any] = not_done_yet
    ) -> Any:
        """The JSON of the answer. `done` is asked before a repetition whether the lost try did its work after all."""
        for attempt in range(self.tries):
            pause = 2.0**attempt
            try:
                answer = self.http.request(method, path, params=query, json=body)
                if answer.status_code == 429:
                    pause = float(answer.headers.get("Retry-After", pause))
                elif answer.status_code < 500:
                    return understood(answer)
            except (httpx2.RequestError, json.JSONDecodeError):
                pass  # a lost connection, or half an answer: nobody knows what was done
            if attempt + 1 < self.tries:
                self.sleep(pause)
                if (found := done()) is not None:
                    return found
        raise GaveUp(f"{method} {path}: no answer after {self.tries} tries")

    def pages(self, path: str, **query: str) -> Iterator[Any]:
        """What a list has, page by page, as far as it is read."""
        while True:
            page = self.ask("GET", path, query=query)
            yield from page["data"]
            if page["meta"]["next_cursor"] is None:
                return
            query["page[cursor]"] = page["meta"]["next_cursor"]

    def tasks(self, project_id: str, **query: str) -> Iterator[Task]:
        """All of a project; `sort` by name, as the service has it."""
        of_project = json.dumps({"field": "project.id", "op": "eq", "value": project_id})
        return map(Task.read, self.pages("/tasks", filter=of_project, **query))

    def find(self, external_id: str) -> Task | None:
        """The task that stands for something in the other system."""
        try:
            query = {"find_by": "external_id", "origin": self.origin}
            return Task.read(self.ask("GET", f"/tasks/{external_id}", query=query))
        except Gone:
            return None

    def create(self, project_id: str, external_id: str, **fields: str) -> Task:
        """Exactly one, however often it has to be tried, also by a run that was ended too early to remember it."""
        identity = {"project_id": project_id, "external_id": external_id, "external_origin": self.origin}
        try:
            answer = self.ask("POST", "/tasks", body={**identity, **fields}, done=lambda: self.find(external_id))
        except Refused as refusal:
            answer = self.find(external_id) if refusal.status == 422 else None
            if answer is None:
                raise
        return answer if isinstance(answer, Task) else Task.read(answer)

    def change(self, id: str, **fields: str) -> Task:
        """Gone: somebody deleted it."""
        return Task.read(self.ask("PATCH", f"/tasks/{id}", body=fields))

    def delete(self, id: str) -> None:
        """It is gone afterwards, whoever deleted it."""
        with contextlib.suppress(Gone):
            self.ask("DELETE", f"/tasks/{id}")

    def subscribe(self, url: str, project_id: str, secret: str) -> None:
        """To the tasks of a project; nothing happens if that was done before."""

        def subscribed() -> bool | None:
            return any(one["url"] == url for one in self.pages("/webhooks")) or None

        body = {"url": url, "events": ["task:*"], "project_id": project_id, "secret": secret}
        if not subscribed():
            self.ask("POST", "/webhooks", body=body, done=subscribed)


def understood(answer: httpx2.Response) -> Any:
    """Refused, Gone: what came is no success."""
    if answer.is_success:
        return answer.json()
    kind = Gone if answer.status_code == 404 else Refused
    raise kind(answer.status_code, answer.json().get("message", ""))
