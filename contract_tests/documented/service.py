"""A server that claims to be Kanbert, asked by the names of the reference's operations."""

import json
from collections.abc import Generator, Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from contract_tests.documented.differs import Differs, difference, untried
from contract_tests.documented.guard import Guard, Write
from contract_tests.documented.made import MARK, is_marked
from contract_tests.documented.patience import Patience
from contract_tests.documented.reference import OPERATIONS

Json = dict[str, Any]

SECONDS = 30.0
"""How long one request may take."""
MOST_PAGES = 10
"""How much of a list is read at most: a real space may have any number of records."""
MOST_ROUNDS = 20
"""How often what other runs have left is looked for: a list may have more of it than is read at once."""


class NoSuccess(Differs):
    """An answer that is no success, where only one would do."""

    def __init__(self, answer: httpx2.Response, operation: str = "") -> None:
        self.status = answer.status_code
        super().__init__([difference(f"status of {asked(answer)}", "a success", self.status)], operation)


class Bearer(httpx2.Auth):
    """The token, where no report prints it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request

    def __repr__(self) -> str:
        return "<Bearer>"


class Page:
    """One page of a list."""

    def __init__(self, body: Json) -> None:
        self.data: list[Json] = body["data"]
        self.meta: Json = body["meta"]

    @property
    def ids(self) -> list[str]:
        return [str(record.get("id")) for record in self.data]


class Service:
    """The server behind `http`, whose base is the service's own; every write goes through the guard."""

    def __init__(self, http: httpx2.Client, auth: httpx2.Auth, guard: Guard, patience: Patience) -> None:
        self.http, self.auth, self.guard, self.patience = http, auth, guard, patience
        self.made = guard.made
        self.narrow: httpx2.Auth | None = None
        """A token without any scope, where there is one."""
        self.notes: set[str] = set()
        self.broken: dict[str, NoSuccess] = {}
        """Operations that have answered 500 or more since somebody looked here."""
        guard.project_of = self.project_of

    def __repr__(self) -> str:
        return f"<Service {self.http.base_url}>"

    def ask(self, operation: str, name: str = "", params: Any = None, **content: Any) -> httpx2.Response:
        """The answer to an operation, whatever it is; `name` stands for the parameter in its path."""
        entry = OPERATIONS[operation]
        if entry["method"] != "GET":
            find_by = params.get("find_by", "id") if isinstance(params, Mapping) else "id"
            self.guard.check(Write(operation, name, find_by, content.get("json")))
        answer = self._send(entry["method"], placed(entry["path"], name), params=params, **content)
        if entry["method"] != "GET" and answer.is_success:
            self.made.note(operation, name, body_of(answer, operation))
        if answer.is_server_error:
            self.broken.setdefault(operation, NoSuccess(answer, operation))
        return answer

    def get(self, path: str, **content: Any) -> httpx2.Response:
        """Any read, by its path below the service's base."""
        return self._send("GET", path, **content)

    def _send(self, method: str, path: str, **content: Any) -> httpx2.Response:
        """One request, with the token unless `auth` says otherwise; as often as the server says "later"."""
        content.setdefault("auth", self.auth)
        return self.patience.asked(lambda: self.http.request(method, path, **content))

    def good(self, operation: str, name: str = "", params: Any = None, **content: Any) -> Any:
        """The JSON of an answer that must be a success."""
        answer = self.ask(operation, name, params, **content)
        if answer.status_code == 403 and OPERATIONS[operation]["scopes"]:
            untried(f"the token lacks the scope {OPERATIONS[operation]['scopes'][0]}")
        if not answer.is_success:
            raise NoSuccess(answer, operation)
        return body_of(answer, operation)

    # ------------------------------------------------------------ lists

    def page(self, operation: str, name: str = "", params: Any = None) -> Page:
        body = self.good(operation, name, params)
        if not (isinstance(body.get("data"), list) and isinstance(body.get("meta"), dict)):
            line = difference("body", "an object with data, links and meta", list(body), "lists.envelope")
            raise Differs([line], operation)
        return Page(body)

    def pages(self, operation: str, name: str = "", params: Any = None, most: int = MOST_PAGES) -> Iterator[Page]:
        """The first pages of a list, by the cursors that the answers give."""
        cursor: Json = {}
        for _ in range(most):
            page = self.page(operation, name, pairs(params) + pairs(cursor))
            yield page
            if not page.meta.get("next_cursor"):
                return
            cursor = {"page[cursor]": page.meta["next_cursor"]}

    def follow(self, url: Any) -> Page:
        """The page at a URL of an answer; the token goes to no other server."""
        if not (isinstance(url, str) and is_below(url, self.http.base_url)):
            raise Differs(
                [difference("meta.next_cursor_url", f"a URL below {self.http.base_url}", url, "lists.path")]
            )
        answer = self.get(url)
        if not answer.is_success:
            raise NoSuccess(answer)
        return Page(body_of(answer))

    # ------------------------------------------------------------ what the run made

    def project_of(self, name: str, find_by: str) -> str | None:
        """The project of a task, if the server knows the task."""
        answer = self.get(placed("/tasks/{id}", name), params={"find_by": find_by})
        return body_of(answer).get("project_id") if answer.is_success else None

    def clean(self) -> None:
        """Deletes what this run has made, the newest first; what does not go is tried again at the end."""
        for id in reversed(list(self.made.tasks)):
            with suppress(httpx2.HTTPError):
                answer = self._send("DELETE", placed("/tasks/{id}", id))
                if answer.is_success or answer.status_code in (404, 410):
                    self.made.ended(id)

    def marked(self) -> list[Json]:
        """The tasks that are there and that some run made, those of the allowed project."""
        known = [{"field": "title", "op": "startswith", "value": MARK}]
        found = [task for page in self.pages("tasks.index", params=condition(known)) for task in page.data]
        project = self.guard.project
        return [task for task in found if is_marked(task) and (not project or task.get("project_id") == project.id)]

    def earlier(self) -> list[str]:
        """What other runs have left, by name."""
        with suppress(httpx2.HTTPError, Differs, pytest.skip.Exception):
            return [named(task) for task in self.marked() if not self.made.is_own(task)]
        return []

    def clean_up(self) -> tuple[list[str], list[str]]:
        """Deletes what other runs have left: what is gone, and what stays."""
        gone: dict[str, str] = {}
        try:
            for _ in range(MOST_ROUNDS):
                deleted = {task["id"]: named(task) for task in self.marked() if self.deletes(task)}
                gone |= deleted
                if not deleted:
                    break
            return [*gone.values()], [named(task) for task in self.marked()]
        except (httpx2.HTTPError, Differs) as error:
            return [*gone.values()], [f"what is there is not known: {error}"]

    def deletes(self, task: Json) -> bool:
        """Whether a task is gone now; sub-tasks go with their parents."""
        status = self._send("DELETE", placed("/tasks/{id}", task["id"])).status_code
        return status < 300 or status in (404, 410)

    def sweep(self) -> list[str]:
        """Deletes what is still there of this run, and names what stays."""
        self.clean()
        with suppress(httpx2.HTTPError, Differs, pytest.skip.Exception):
            for task in self.marked():
                if self.made.is_own(task):
                    self.made.tasks[task["id"]] = task
            self.clean()
            self.made.tasks |= {task["id"]: task for task in self.marked() if self.made.is_own(task)}
        return [named(task) for task in self.made.tasks.values()] + self.made.lasting


def named(task: Json) -> str:
    return f'task "{task.get("title")}" ({task.get("id")})'


def body_of(answer: httpx2.Response, operation: str = "") -> Any:
    """The JSON object of an answer."""
    try:
        body = answer.json()
    except ValueError:
        body = answer.text
    if not isinstance(body, dict):
        raise Differs([difference(f"body of {asked(answer)}", "a JSON object", body)], operation)
    return body


def asked(answer: httpx2.Response) -> str:
    """The request of an answer, without what is below the service's base."""
    query = answer.request.url.query.decode()
    return f"{answer.request.method} {answer.request.url.path}" + (f"?{query}" if query else "")


def placed(path: str, name: str) -> str:
    """A path with the name in the place of its parameter."""
    before, brace, rest = path.partition("{")
    return before + quote(name, safe="") + rest.partition("}")[2] if brace else path


def pairs(params: Any) -> list[tuple[str, str]]:
    return list(params.items()) if isinstance(params, Mapping) else list(params or ())


def condition(tree: Any) -> Json:
    """The parameter of a filter in JSON."""
    return {"filter": json.dumps(tree, ensure_ascii=False)}


def is_below(url: str, base: httpx2.URL) -> bool:
    wanted = httpx2.URL(url)
    return (wanted.scheme, wanted.host, wanted.port) == (base.scheme, base.host, base.port)
