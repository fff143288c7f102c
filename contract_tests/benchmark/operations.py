"""Reads and writes of tasks, each beside a bare Starlette route that answers the same bytes."""

import json
from itertools import cycle
from urllib.parse import quote

from contract_tests.benchmark.loading import Requests, compare, once
from contract_tests.benchmark.servers import Server, fake
from contract_tests.benchmark.table import figure, head
from contract_tests.plain_http import request


def operations(sizes: list[int], rounds: int, seconds: float) -> None:
    head("requests a second")
    rates, memories = {}, {}
    for size in sizes:
        with fake(size) as server:
            again = compare(server, listing("New"), rounds, seconds)
            again.row(f"list 30, filter and sort, {size} tasks, again and again", 0.6)
            rates[size] = again.ours
            compare(server, listing("Backlog"), rounds, seconds).row("  the same with a rarer status")
            compare(server, walk(server), rounds, seconds).row("  the same, one page after the other", 0.6)
            # After lists, so that indexes and kept orders count too.
            memories[size] = server.memory()
            if size in (sizes[0], sizes[-1]):
                single(server, rounds, seconds)
    first, last = sizes[0], sizes[-1]
    if first == last:
        print("the time of large lists beside small ones, and the memory of a task, need two --sizes")
    else:
        figure("list: time at most against fewest tasks", rates[first] / rates[last], 1.5, 2)
        figure("memory, bytes a task", (memories[last] - memories[first]) / (last - first), 2500)


def listing(status: str) -> Requests:
    """Requests for a page of 30 tasks of a status, newest first."""
    return lambda: cycle([request("GET", first_page(status))])


def first_page(status: str) -> str:
    return "/api/v1/tasks?filter=" + quote(f'status = "{status}"') + "&sort=-created_at&page%5Bsize%5D=30"


def walk(server: Server) -> Requests:
    """Requests for such pages one behind the other, as many as there are, and no more than a hundred."""
    pages, cursor = list[bytes](), ""
    while len(pages) < 100 and cursor is not None:
        pages.append(request("GET", f"{first_page('New')}{cursor and '&page%5Bcursor%5D='}{cursor}"))
        cursor = json.loads(once(server.port, pages[-1]))["meta"]["next_cursor"]
    return lambda: cycle(pages)


def single(server: Server, rounds: int, seconds: float) -> None:
    """The rows about one task."""
    known = ids(server, 20)
    project = json.loads(once(server.port, request("GET", f"/api/v1/tasks/{known[0]}")))["project_id"]
    new = request("POST", "/api/v1/tasks", json.dumps({"title": "A new task", "project_id": project}).encode())
    gets = [request("GET", f"/api/v1/tasks/{id}") for id in known]
    patches = [
        request("PATCH", f"/api/v1/tasks/{id}", json.dumps({"title": f"Changed {n}"}).encode())
        for n in range(3) for id in known
    ]  # fmt: skip
    moves = [
        request("PATCH", f"/api/v1/tasks/{id}", json.dumps({"status": status}).encode())
        for status in ("WIP", "New", "Closed") for id in known
    ]  # fmt: skip
    compare(server, lambda: cycle(gets), rounds, seconds).row("get one by id", 0.75)
    compare(server, lambda: cycle([new]), rounds, seconds).row("create one", 0.5)
    compare(server, lambda: cycle(patches), rounds, seconds).row("PATCH one: title")
    compare(server, lambda: cycle(moves), rounds, seconds).row("PATCH one: status")


def ids(server: Server, pages: int) -> list[str]:
    """Ids of tasks from all over the world, newest first."""
    found: list[str] = []
    url = "/api/v1/tasks?sort=-updated_at"
    for _ in range(pages):
        page = json.loads(once(server.port, request("GET", url)))
        found += [task["id"] for task in page["data"]]
        if page["meta"]["next_cursor_url"] is None:
            break
        url = "/api" + page["meta"]["next_cursor_url"].partition("/api")[2]
    return found
